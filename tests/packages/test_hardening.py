"""The drop-in that confines Unbound's unit: systemd takes it as it is printed,
and in it Unbound and the module do all that they do without it."""

import re
import socket
import threading

import dns.message
import dns.rrset
import pytest

from documents import commands_of
from full import NAME, SNAPSHOT, SOCKET, FullHost, SecureEtcd
from lab import SOURCE, wait_for
from upstream import ADDRESS, ANSWER, Upstream

FALSE_ROOT = "127.0.0.8"
# A trust anchor as Unbound writes it, before its keys.
SEEN = """; autotrust trust anchor file
;;id: . 1
;;last_queried: 1700000000
;;last_success: 1700000000
;;next_probe_time: 4000000000
;;query_failed: 0
;;query_interval: 43200
;;retry_time: 8640
"""
DROP_IN = "/etc/systemd/system/unbound.service.d/hardening.conf"
TEXT = (SOURCE / "conf/systemd/hardening.conf").read_text()


@pytest.fixture(scope="module")
def host(make_shared_root, packages, tmp_path_factory):
    root = make_shared_root(packages=["systemd-sysv", "dbus"])
    etcd = SecureEtcd(root, tmp_path_factory.mktemp("etcd"))
    with Upstream(root):
        root.boot()
        host = FullHost(root, packages, etcd)
        root.write("/etc/unbound/unbound.conf.d/signed.conf", f"""
forward-zone:
	name: signed.test
	forward-addr: {ADDRESS}
forward-zone:
	name: "."
	forward-addr: {FALSE_ROOT}
""")
        root.run("systemctl restart unbound")
        host.figure_before = figure(host)
        for command, _ in commands_of("confinement"):
            root.run(command)
        yield host
    etcd.stop()


class FalseRoot:
    """Gives the DNS root a key that no trust anchor has."""

    def __init__(self, root):
        self.socket = root.listen((FALSE_ROOT, 53), socket.SOCK_DGRAM)
        self.thread = threading.Thread(target=self._serve)

    def _serve(self):
        while True:
            wire, client = self.socket.recvfrom(4096)
            if not wire:
                return
            answer = dns.message.make_response(dns.message.from_wire(wire))
            answer.answer.append(dns.rrset.from_text(
                ".", 3600, "IN", "DNSKEY", "257 3 15 " + "A" * 43 + "="))
            self.socket.sendto(answer.to_wire(), client)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        # an empty datagram from itself ends it
        self.socket.sendto(b"", (FALSE_ROOT, 53))
        self.thread.join()
        self.socket.close()


def figure(host):
    """systemd's, of how exposed the unit is."""
    told = host.root.run("systemd-analyze security --no-pager "
                         "unbound.service", check=False).output
    return float(re.search(r"Overall exposure level for unbound\.service: "
                           r"([\d.]+)", told)[1])


def shown(host, name):
    return host.root.run(["systemctl", "show", "-P", name,
                          "unbound"]).stdout.strip()


def test_systemd_understands_it(host):
    """Without a word; and it would have said one."""
    verify = "systemd-analyze verify --man=no unbound.service"
    assert host.root.run(verify).output == ""
    host.root.write(DROP_IN, TEXT.replace("ProtectHome=", "ProtectHouse="))
    assert "Unknown key" in host.root.run(verify, check=False).output
    host.root.write(DROP_IN, TEXT)


def test_the_figures_are_those_in_its_head(host):
    before, after = re.search(r": ([\d.]+)\n# before, ([\d.]+) after",
                              TEXT).groups()
    assert (host.figure_before, figure(host)) == \
        (float(before), float(after))


def test_it_is_in_force(host):
    """What it sets is what the unit has; and the process, too."""
    for name, value in re.findall(r"^(\w+)=(yes|strict|invisible|pid)$", TEXT,
                                  re.M):
        assert shown(host, name) == value, name
    pid = shown(host, "MainPID")
    status = host.root.run(["cat", f"/proc/{pid}/status"]).stdout
    assert "NoNewPrivs:\t1\n" in status
    assert "Seccomp:\t2\n" in status
    # of user unbound, without any capability
    assert "CapEff:\t0000000000000000\n" in status

    def inside(command):
        return host.root.run(["nsenter", f"--target={pid}", "--mount", "bash",
                              "-c", command], check=False)
    for path in "/etc", "/usr", "/var/cache", "/var/log":
        assert "Read-only file system" in \
            inside(f"touch {path}/helix-test").output, path
    for path in "/var/lib/unbound", "/run/unbound":
        assert not inside(f"touch {path}/t && rm {path}/t").returncode, path


def test_it_answers_and_follows(host):
    """Of zones, from outside, by TCP; and after a change in etcd."""
    host.wait_for_answer("www.helix.test", "192.0.2.1")
    assert host.ask("www.helix.test", "+tcp") == "192.0.2.1"
    assert host.ask("there.outside.test") == ANSWER
    host.etcd.put("new", "192.0.2.2")
    host.wait_for_answer("new.helix.test", "192.0.2.2")


def test_it_has_its_sockets(host):
    """unbound-control's, and both of the status."""
    assert "is running" in host.root.run("unbound-control status").stdout
    assert host.root.run(["curl", "-s", "--noproxy", "*", "--unix-socket",
                          SOCKET, "http://helix/ready"]).stdout
    assert "helix_" in host.root.run(
        "curl -s --noproxy '*' http://127.0.0.1:9167/metrics").stdout
    assert NAME in host.status()


def test_reloads(host):
    """By unbound-control, and by systemd, whose kill is outside of it."""
    root = host.root
    pid = shown(host, "MainPID")
    host.wait_for_answer("www.helix.test", "192.0.2.1")
    text = root.read("/etc/unbound/helix.yaml")
    for number, command in enumerate(("unbound-control reload",
                                      "systemctl reload unbound")):
        zone = f"more{number}.test"
        root.write("/etc/unbound/helix.yaml",
                   text.replace("helix.test\n", f"helix.test\n  - name: {zone}"
                                "\n"))
        root.run(command)
        wait_for(lambda: "SOA" in root.run(
            ["dig", "+noall", "+answer", zone, "SOA", "@127.0.0.1"]).stdout,
            lambda: f"{zone} was served:\n{root.system.journal('unbound')}")
        host.wait_for_answer("www.helix.test", "192.0.2.1")
    root.write("/etc/unbound/helix.yaml", text)
    root.run("unbound-control reload")
    assert shown(host, "MainPID") == pid


def test_it_keeps_its_snapshot(host):
    """And starts with it, while etcd is away."""
    root = host.root
    host.etcd.put("kept", "192.0.2.3")
    host.wait_for_answer("kept.helix.test", "192.0.2.3")
    wait_for(lambda: b"kept" in root.path(SNAPSHOT).read_bytes()
             if root.exists(SNAPSHOT) else False,
             lambda: "the snapshot had the name:\n" +
             root.system.journal("unbound"))
    host.etcd.pause()
    try:
        root.run("systemctl restart unbound")
        host.wait_for_answer("kept.helix.test", "192.0.2.3")
    finally:
        host.etcd.resume()
    assert not root.exists(f"{SNAPSHOT}.new")


def test_the_trust_anchor(host):
    """Debian's helper renews it before a start, and Unbound writes it."""
    root = host.root
    root.run("systemctl stop unbound && rm /var/lib/unbound/root.key && "
             "systemctl start unbound")
    assert root.run("stat -c '%U:%G %a' /var/lib/unbound/root.key").stdout == \
        "unbound:unbound 644\n"
    # Unbound notes there what came of each look at the root's keys, once it
    # has seen good ones; here they are false
    keys = re.findall("^.*DNSKEY 257 .*?(?= *;)",
                      root.read("/var/lib/unbound/root.key"), re.M)
    root.write("/var/lib/unbound/root.key", SEEN + "".join(
        f"{key} ;;state=2 ;;count=0 ;;lastchange=1700000000\n"
        for key in keys))
    assert keys
    root.run("systemctl restart unbound")
    with FalseRoot(root):
        host.ask("signed.test")
        wait_for(lambda: re.search(";;query_failed: [1-9]",
                                   root.read("/var/lib/unbound/root.key")),
                 lambda: "Unbound wrote the trust anchor:\n" +
                 root.system.journal("unbound"))


def test_a_slip_is_told(host):
    """Type=notify holds: a start that fails says so, and a later one is
    good."""
    root = host.root
    root.write("/etc/unbound/unbound.conf.d/slip.conf", "server:\n\tslip: 1\n")
    assert root.run("systemctl restart unbound", check=False).returncode == 1
    root.path("/etc/unbound/unbound.conf.d/slip.conf").unlink()
    root.run("systemctl reset-failed unbound; systemctl restart unbound")
    host.wait_for_answer("www.helix.test", "192.0.2.1")


def test_nothing_was_refused(host):
    """Nothing that Unbound tried."""
    journal = host.root.system.journal("unbound")
    assert not re.search("not permitted|denied|Read-only", journal), journal
