"""A zone that BIND delegates to Unbound, as conf/bind has it, and resolvers
that know the parent alone.

A delegation has addresses and no ports. So the parent and the delegated
server are reached at port 53 of loopback addresses of their own, from where
what comes is passed on to the free ports that they have."""

import contextlib
import re
import socket
import subprocess
import threading

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

import lab
from lab import SOURCE, wait_for
from lab_unbound import Unbound

CONF = SOURCE / "conf/bind"
ZONE = "b.probablyfine.co.uk"
PARENT_SOA = dns.name.from_text("probablyfine.co.uk")


def conf_text(name, changes):
    """A file of conf/bind, with some of its words changed."""
    text = (CONF / name).read_text()
    for old, new in changes.items():
        assert old in text, f"{name} has no {old}"
        text = text.replace(old, new)
    return text


class Bind(lab.Server):
    """BIND 9."""

    address = "127.0.0.1"

    def __init__(self, folder, write_conf):
        """write_conf: makes named.conf of the folder and the port."""
        super().__init__(folder)
        self.port = lab.free_port()
        (self.folder / "named.conf").write_text(
            write_conf(self.folder, self.port))

    def start(self):
        self.launch(["named", "-g", "-c", self.folder / "named.conf"])
        self.wait_for_log(" running\n")
        return self


def parent_conf(network):
    """For Bind: conf/bind, in other places."""
    def write(folder, port):
        (folder / "probablyfine.co.uk.zone").write_text(conf_text(
            "probablyfine.co.uk.zone", {"192.0.2.1": f"{network}.2",
                                        "192.0.2.2": f"{network}.3"}))
        return conf_text("named.conf", {
            "listen-on { 192.0.2.1; }":
                f"listen-on port {port} {{ 127.0.0.1; }}",
            "/etc/bind": str(folder), "/var/cache/bind": str(folder),
            "options {": "options { pid-file none; session-keyfile none;",
        }) + "controls { };\n"
    return write


class PlainUnbound(Bind):
    """Unbound without the module."""

    def start(self):
        self.launch([lab.UNBOUND / "sbin/unbound", "-d", "-c",
                     self.folder / "named.conf"])
        self.wait_for_log("start of service")
        return self


class Wire:
    """Port 53 of an address: passes queries on, and keeps the answers."""

    def __init__(self, folder, address, port, source="127.0.0.1"):
        """port: of 127.0.0.1, to which queries go, from the address
        source."""
        self.answers = []
        self._port, self._source = port, source
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind((address, 53))

    def start(self):
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def stop(self):
        with contextlib.suppress(OSError):
            self._front.shutdown(socket.SHUT_RDWR)
        self._front.close()

    def _run(self):
        with contextlib.suppress(OSError):
            while True:
                query, client = self._front.recvfrom(65536)
                if not query:
                    return
                threading.Thread(target=self._pass, args=(query, client),
                                 daemon=True).start()

    def _pass(self, query, client):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back, \
                contextlib.suppress(OSError):
            back.bind((self._source, 0))
            back.settimeout(lab.DEADLINE)
            back.sendto(query, ("127.0.0.1", self._port))
            answer = back.recv(65536)
            self.answers.append(answer)
            self._front.sendto(answer, client)


class Delegation:
    """All of it."""

    def __init__(self, shared, network):
        self.network = network
        self.parent_address = f"{network}.2"
        self.helix_address = f"{network}.3"
        self.outsider = f"{network}.9"
        self.etcd = shared.etcd()
        self.etcd.put("/helix/uk/co/probablyfine/b/A", "123.123.123.123")
        self.parent = shared.add(Bind, parent_conf(network)).start()
        shared.add(Wire, self.parent_address, self.parent.port).start()
        self.helix = shared.unbound(
            self.etcd, clients="127.0.0.1",
            zones=[{"name": ZONE, "ns": ["hdns.probablyfine.co.uk"]}],
            extra=self.helix_conf() + self.stub())
        self.wire = shared.add(Wire, self.helix_address, self.helix.port,
                               self.outsider).start()
        self.resolvers = {
            "BIND": shared.add(Bind, self.bind_resolver_conf).start(),
            "Unbound": shared.add(PlainUnbound,
                                  self.unbound_resolver_conf).start()}

    def helix_conf(self):
        """conf/bind/unbound.conf, in other places; Unbound lets all of
        127.0.0.0/8 ask, so that the world is but a part of that."""
        return "\n" + conf_text("unbound.conf", {
            "\tinterface: 192.0.2.2": "", "127.0.0.0/8": "127.0.0.1",
            "0.0.0.0/0": f"{self.network}.0/24"})

    def stub(self):
        return (f'\nstub-zone:\n  name: "probablyfine.co.uk"\n'
                f'  stub-addr: {self.parent_address}\n')

    def bind_resolver_conf(self, folder, port):
        return f"""
            options {{ directory "{folder}"; pid-file none;
                session-keyfile none; listen-on-v6 {{ none; }};
                listen-on port {port} {{ 127.0.0.1; }};
                recursion yes; dnssec-validation no; }};
            controls {{ }};
            zone "probablyfine.co.uk" {{ type static-stub;
                server-addresses {{ {self.parent_address}; }}; }};
            """

    def unbound_resolver_conf(self, folder, port):
        return f"""
server:
  module-config: "iterator"
  interface: 127.0.0.1@{port}
  do-not-query-localhost: no
  username: ""
  chroot: ""
  use-syslog: no
  logfile: ""
  pidfile: ""
remote-control:
  control-enable: no
""" + self.stub()

    def ask_as_outsider(self, name, rdtype, rd=False):
        query = dns.message.make_query(name, rdtype)
        if not rd:
            query.flags &= ~dns.flags.RD
        return dns.query.udp(query, "127.0.0.1", lab.DEADLINE,
                             self.helix.port, source=self.outsider)


def ask(resolver, name, rdtype="A"):
    query = dns.message.make_query(name, rdtype)
    return dns.query.udp(query, resolver.address, lab.DEADLINE, resolver.port)


def addresses(answer):
    return sorted(record.to_text() for rrset in answer.answer
                  for record in rrset)


@pytest.fixture(scope="module")
def delegation(shared):
    return Delegation(shared, lab.free_network())


@pytest.fixture(params=["BIND", "Unbound"])
def resolver(request, delegation):
    return delegation.resolvers[request.param]


def test_a_resolver_follows_the_delegation(delegation, resolver):
    answer = ask(resolver, ZONE)
    assert addresses(answer) == ["123.123.123.123"]
    assert answer.answer[0].ttl <= 5


def test_the_answers_on_the_wire_are_authoritative(delegation, resolver):
    name = f"wire-{resolver.port}.{ZONE}"
    delegation.etcd.put("/helix/uk/co/probablyfine/b/"
                        f"wire-{resolver.port}/A", "203.0.113.1")
    delegation.helix.wait_for_answer(name, ["203.0.113.1"])
    assert addresses(ask(resolver, name)) == ["203.0.113.1"]
    seen = [dns.message.from_wire(wire) for wire in delegation.wire.answers]
    mine = [m for m in seen if m.question[0].name == dns.name.from_text(name)]
    assert mine
    for message in seen:
        if message.question[0].rdtype != dns.rdatatype.DS:
            assert message.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
            assert message.flags & dns.flags.AA, message


def test_a_name_put_later_appears_through_the_resolver(delegation, resolver):
    label = f"later-{resolver.port}"
    answer = ask(resolver, f"{label}.{ZONE}")
    assert answer.rcode() == dns.rcode.NXDOMAIN
    # as long as a resolver may keep that
    assert answer.authority[0].ttl <= 5 and answer.authority[0][0].minimum == 5
    delegation.etcd.put(f"/helix/uk/co/probablyfine/b/{label}/A",
                        "203.0.113.2")
    wait_for(lambda: addresses(ask(resolver, f"{label}.{ZONE}")) ==
             ["203.0.113.2"], "the resolver saw the name")
    delegation.etcd.put(f"/helix/uk/co/probablyfine/b/{label}/A",
                        "203.0.113.3")
    wait_for(lambda: addresses(ask(resolver, f"{label}.{ZONE}")) ==
             ["203.0.113.3"], "the resolver saw the change")


def test_ds_at_the_apex_is_the_parents(delegation, resolver):
    """RFC 4035 3.1.4.1: DS is data of the parent zone, which has none."""
    answer = ask(resolver, ZONE, "DS")
    assert answer.rcode() == dns.rcode.NOERROR
    assert not answer.answer
    assert answer.authority[0].name == PARENT_SOA


def test_ds_at_the_apex_asked_of_unbound(delegation):
    """By a client of our own, it is resolved; by an outsider it is refused,
    as all that is the parent's, and who follows a delegation asks there."""
    answer = delegation.helix.ask(ZONE, "DS")
    assert answer.rcode() == dns.rcode.NOERROR
    assert not answer.answer
    assert answer.authority[0].name == PARENT_SOA
    assert delegation.ask_as_outsider(ZONE, "DS").rcode() == \
        dns.rcode.REFUSED


@pytest.mark.parametrize("rd", [False, True])
@pytest.mark.parametrize("name", [
    "probablyfine.co.uk", "ns.probablyfine.co.uk", "xb.probablyfine.co.uk",
    "example.org", "."])
def test_an_outsider_is_refused_other_names(delegation, name, rd):
    # which our own clients have brought into the cache
    delegation.helix.ask("ns.probablyfine.co.uk")
    answer = delegation.ask_as_outsider(name, "A", rd)
    assert answer.rcode() == dns.rcode.REFUSED
    assert not answer.answer


@pytest.mark.parametrize("rd", [False, True])
def test_an_outsider_is_answered_about_the_zone(delegation, rd):
    answer = delegation.ask_as_outsider(ZONE, "A", rd)
    assert answer.flags & dns.flags.AA
    assert addresses(answer) == ["123.123.123.123"]
    answer = delegation.ask_as_outsider(ZONE, "NS", rd)
    assert answer.flags & dns.flags.AA
    assert answer.answer[0].to_text().endswith(
        " IN NS hdns.probablyfine.co.uk.")
    answer = delegation.ask_as_outsider(f"absent.{ZONE}", "A", rd)
    assert answer.flags & dns.flags.AA
    assert answer.rcode() == dns.rcode.NXDOMAIN


def test_our_own_clients_may_ask_for_all(delegation):
    assert delegation.helix.addresses("ns.probablyfine.co.uk") == \
        [delegation.parent_address]
    assert delegation.helix.addresses(ZONE) == ["123.123.123.123"]


def test_checkers_find_the_files_and_the_zone_sound(delegation, tmp_path):
    def check(*command):
        done = subprocess.run(command, text=True, capture_output=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not re.search("warning|error", done.stdout + done.stderr), \
            done.stdout + done.stderr
    parent = CONF / "probablyfine.co.uk.zone"
    check("named-checkconf", str(CONF / "named.conf"))
    check("named-checkzone", "probablyfine.co.uk", str(parent))
    check("nsd-checkzone", "probablyfine.co.uk", str(parent))
    # what Unbound answers, as a zone file
    zone = tmp_path / "zone"
    zone.write_text("".join(
        f"{rrset.to_text()}\n" for rdtype in ("SOA", "NS", "A")
        for rrset in delegation.helix.ask(ZONE, rdtype).answer))
    check("named-checkzone", ZONE, str(zone))
    check("nsd-checkzone", ZONE, str(zone))


def test_the_example_helix_yaml_is_the_one_tested(delegation, tmp_path):
    unbound = Unbound(tmp_path / "other", [delegation.etcd.url])
    unbound.helix_yaml.write_text(
        (CONF / "helix.yaml").read_text() +
        f"etcd:\n  endpoints: [{delegation.etcd.url}]\n")
    unbound.start()
    try:
        assert unbound.addresses(ZONE) == ["123.123.123.123"]
        assert unbound.ask(ZONE, "NS").answer[0].to_text() == \
            f"{ZONE}. 5 IN NS hdns.probablyfine.co.uk."
    finally:
        assert unbound.stop() == 0
