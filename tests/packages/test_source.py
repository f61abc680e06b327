"""INSTALL: an Unbound from source in /opt, in place of Debian's, by the
commands as they are printed, on a host where Debian's unbound runs with a
configuration of its own. After each of them, Unbound can be started."""

import pytest
from documents import HELIX, INSTALL, commands_in, commands_of, is_as_told
from lab import wait_for
from test_production import TREE, unpack_source

SYSTEMD = ["systemd-sysv", "dbus"]
DROP_IN = "/etc/systemd/system/unbound.service.d/helix.conf"
SLIP = "/etc/unbound/unbound.conf.d/slip.conf"
# Debian's own, and what each start is to have kept
OWN = """server:
	module-config: "respip validator iterator"
	local-data: "own.test. A 192.0.2.53"
	local-zone: "test." transparent
"""


def run_as_printed(root, command, expected, cwd=TREE):
    done = root.run(command, cwd=cwd, timeout=1800)
    lines = [line for line in done.stdout.splitlines() if line]
    assert not expected or is_as_told(lines, expected), str(done)


def answers(root, name, address):
    done = root.run(f"dig +short +tries=1 +time=2 {name} @127.0.0.1",
                    check=False)
    return done.stdout.split() == [address]


def daemon(root):
    """The program that runs as the service, and its arguments."""
    pid = root.run("systemctl show -P MainPID unbound").stdout.strip()
    program = root.run(f"readlink /proc/{pid}/exe").stdout.strip()
    arguments = root.run(["cat", f"/proc/{pid}/cmdline"]).stdout.split("\0")
    return program, arguments[1:-1]


def restart(root, check=True):
    """Start the service anew, as a boot would."""
    done = root.run("systemctl reset-failed unbound; systemctl daemon-reload; "
                    "systemctl restart unbound", check=check)
    if check:
        assert answers(root, "own.test", "192.0.2.53"), \
            root.system.journal("unbound")
    return done


def run_section(root, section, after=None):
    """Run the commands of a section; Unbound starts after each. after: called
    with each of them before that."""
    for command, expected in commands_in(INSTALL, section):
        run_as_printed(root, command, expected)
        if after:
            after(command)
        restart(root)


def prepare(root):
    """A host with Debian's unbound, which runs."""
    # procps has /bin/kill, with which Debian's unit reloads
    root.install("unbound", "dns-root-data", "bind9-dnsutils", "procps")
    root.write("/etc/unbound/unbound.conf.d/own.conf", OWN)
    root.write("/etc/default/unbound", 'DAEMON_OPTS="-v"\n')
    restart(root)
    assert daemon(root) == ("/usr/sbin/unbound", ["-d", "-p", "-v"])


@pytest.fixture(scope="module")
def host(make_shared_root):
    """Such a host, on which the section Build was run. The archive for other
    hosts is beside the source."""
    root = make_shared_root(packages=SYSTEMD)
    root.boot()
    prepare(root)
    unpack_source(root)
    for command, expected in commands_in(INSTALL, "Build"):
        run_as_printed(root, command, expected)
    assert not root.exists("/etc/unbound/helix.yaml")
    pack, *_ = commands_in(INSTALL, "Build on one machine and run on another")
    run_as_printed(root, *pack)
    return root


def test_all_commands_are_run_here():
    """Those of INSTALL, section by section, and those on reloading."""
    sections = ["Build", "Run it", "Switch the module on", "Upgrade",
                "Go back", "Build on one machine and run on another",
                "Remove it"]
    assert commands_of("source") == [
        command for document, section in
        [*((INSTALL, section) for section in sections), (HELIX, "Reloading")]
        for command in commands_in(document, section)]


def edit_helix_yaml(root):
    """As README has it: two lines."""
    edits = [command for command, _ in commands_of("packages")
             if command.startswith("sed ")]
    assert edits
    for command in edits:
        root.run(command)


def test_on_another_machine(host, make_root):
    other = make_root(packages=SYSTEMD)
    other.boot()
    prepare(other)
    _, *unpack = commands_in(INSTALL,
                             "Build on one machine and run on another")
    archive = "unbound-1.tar.gz"
    other.path(f"/root/{archive}").write_bytes(
        host.path(f"{TREE}/{archive}").read_bytes())
    for command, expected in unpack:
        run_as_printed(other, command, expected, cwd="/root")
    missing, _ = unpack[-1]
    assert other.run(missing).stdout == ""
    for section in "Run it", "Switch the module on":
        for command, expected in commands_in(INSTALL, section):
            run_as_printed(other, command, expected, cwd="/root")
            if command.endswith("/etc/unbound/helix.yaml"):
                edit_helix_yaml(other)
    restart(other)
    program, _ = daemon(other)
    assert program == "/opt/unbound-1/sbin/unbound"
    assert "dynlib" in other.run("unbound-checkconf -o module-config").stdout
    # each of the libraries is there for a reason
    for command, _ in unpack:
        if command.startswith("apt-get install -y "):
            for package in command.split()[3:]:
                # apt itself needs one of them: no removal
                files = [other.path(file) for file in other.run(
                    f"dpkg -L {package} | grep '[.]so[.]'").stdout.split()]
                for file in files:
                    file.rename(f"{file}.away")
                assert "not found" in other.run(missing).stdout, package
                for file in files:
                    file.with_name(f"{file.name}.away").rename(file)


def test_beside_debian(host):
    host.install("etcd-server", "etcd-client")
    host.run("systemctl start etcd")
    before = host.files("/etc", "/usr/local")
    run_section(host, "Run it")
    assert daemon(host) == ("/opt/unbound-1/sbin/unbound", ["-d", "-p", "-v"])
    assert host.run("unbound-control status").stdout
    # Debian's scripts see nothing new
    host.run("/usr/libexec/unbound-helper root_trust_anchor_update")

    run_section(host, "Switch the module on",
                lambda command: command.endswith("/etc/unbound/helix.yaml")
                and edit_helix_yaml(host))
    assert host.run("unbound-checkconf -o module-config").stdout == \
        "dynlib respip validator iterator\n"
    host.run("/usr/libexec/unbound-helper root_trust_anchor_update")
    host.run("helixctl put www.example.com A 192.0.2.1")
    assert_answers(host, "192.0.2.1")
    for command, expected in commands_in(HELIX, "Reloading"):
        run_as_printed(host, command, expected)
    assert_answers(host, "192.0.2.1")
    refuses_a_slip(host)

    def before_the_restart(command):
        if command.startswith("mv "):
            reload_is_refused(host, "differ")
    run_section(host, "Upgrade", before_the_restart)
    assert daemon(host)[0] == "/opt/unbound-2/sbin/unbound"
    assert_answers(host, "192.0.2.1")
    refuses_another_build(host)
    run_section(host, "Go back", before_the_restart)
    assert daemon(host)[0] == "/opt/unbound-1/sbin/unbound"
    assert_answers(host, "192.0.2.1")

    run_section(host, "Remove it")
    assert daemon(host) == ("/usr/sbin/unbound", ["-d", "-p", "-v"])
    assert host.files("/etc", "/usr/local") == before
    assert not host.files("/opt")


def assert_answers(root, address):
    wait_for(lambda: answers(root, "www.example.com", address),
             lambda: f"{address}:\n" + root.system.journal("unbound"))


def reload_is_refused(root, reason):
    """And what runs goes on."""
    running = daemon(root)
    done = root.run("systemctl reload unbound", check=False)
    assert done.returncode == 1, str(done)
    assert reason in root.system.journal("unbound")
    assert daemon(root) == running
    assert answers(root, "own.test", "192.0.2.53")


def restart_is_refused(root, reason):
    """systemctl says so; nothing hides it."""
    done = restart(root, check=False)
    assert done.returncode == 1, str(done)
    assert reason in root.system.journal("unbound")


def refuses_a_slip(root):
    root.write(SLIP, "server:\n\tnonsense: yes\n")
    reload_is_refused(root, "nonsense")
    restart_is_refused(root, "nonsense")
    root.path(SLIP).unlink()
    helix_yaml = root.read("/etc/unbound/helix.yaml")
    root.write("/etc/unbound/helix.yaml", helix_yaml + "nonsense: yes\n")
    restart_is_refused(root, 'unknown key "nonsense"')
    root.write("/etc/unbound/helix.yaml", helix_yaml)
    restart(root)
    root.write("/etc/unbound/helix.yaml", helix_yaml + "nonsense: yes\n")
    reload_is_refused(root, 'unknown key "nonsense"')
    root.write("/etc/unbound/helix.yaml", helix_yaml)
    root.run("systemctl reload unbound")
    assert_answers(root, "192.0.2.1")


def refuses_another_build(root):
    """The module of the one with the daemon of the other."""
    root.run("helixctl enable --module /opt/unbound-1/lib/unbound/helix.so")
    restart_is_refused(root, "this helix.so was built for")
    root.run("helixctl enable --module /opt/unbound/lib/unbound/helix.so")
    restart(root)
