"""What an operator is told: of zones that Unbound answers by itself, and that
answers may be out of date."""

import re

import dns.edns
import dns.message
import dns.query
import pytest
from lab import DEADLINE, wait_for

STALE = 3  # Stale Answer, RFC 8914

OUTSIDE = """
$ORIGIN example.net.
@ 300 IN SOA ns hostmaster 1 3600 600 86400 60
@ 300 IN NS ns
ns 300 IN A 127.0.0.1
host 300 IN A 198.51.100.1
in 300 IN CNAME blocked.example.com.
"""
POLICY = """
$ORIGIN rpz.
@ 300 IN SOA ns hostmaster 1 3600 600 86400 60
blocked.example.com 300 IN CNAME .
host.example.net 300 IN CNAME .
32.66.2.0.192.rpz-ip 300 IN CNAME .
"""


@pytest.fixture(scope="module")
def etcd(shared):
    return shared.etcd()


def shadowed(unbound):
    """The zones that the log says are shadowed, how, and where."""
    return re.findall(r"zone (\S+) is not answered from etcd.*?"
                      r"unbound.conf needs: (local-zone: \S+ transparent)",
                      unbound.log())


def test_shadowed_zones(shared, etcd):
    """A zone that one of Unbound's local zones answers for is told, with the
    line that mends it."""
    names = {"a.test": "test/a", "1.1.10.in-addr.arpa": "arpa/in-addr/10/1/1",
             "1.16.172.in-addr.arpa": "arpa/in-addr/172/16/1",
             "x.example.com": "com/example/x", "s.up.example.net":
             "net/example/up/s"}
    for path in names.values():
        etcd.put(f"/helix/{path}/TXT", "etcd")
    unbound = shared.unbound(
        etcd, zones=["example.com", "test", "1.10.in-addr.arpa",
                     "172.in-addr.arpa", "up.example.net", "example.org"],
        server=["local-zone: example.com transparent",
                "local-zone: EXAMPLE.net. always_nxdomain",
                "local-zone: example.org typetransparent",
                "local-data: 'example.org A 192.0.2.1'"])
    mended = {
        "test.": 'local-zone: "test." transparent',
        "1.10.in-addr.arpa.": 'local-zone: "1.10.in-addr.arpa." transparent',
        "172.in-addr.arpa.":
            'local-zone: "16.172.in-addr.arpa." transparent',
        "up.example.net.": 'local-zone: "up.example.net." transparent'}
    # no query comes to the module
    answer = unbound.ask("a.test", "TXT")
    assert "localhost. nobody.invalid." in answer.authority[0].to_text()
    wait_for(lambda: dict(shadowed(unbound)) == mended,
             lambda: f"they were told:\n{unbound.log()}")
    assert len(shadowed(unbound)) == len(mended)
    # once, whichever thread is asked
    for name in names:
        unbound.ask(name, "TXT")
    assert len(shadowed(unbound)) == len(mended)
    config = unbound.folder / "unbound.conf"
    config.write_text(config.read_text().replace(
        "server:", "\n  ".join(["server:", *mended.values()]), 1))
    unbound.reload()
    for name in names:
        assert unbound.addresses(name, "TXT") == ['"etcd"'], name
    # the next of those that are below
    told = shadowed(unbound)[len(mended):]
    assert told == [("172.in-addr.arpa.",
                     'local-zone: "17.172.in-addr.arpa." transparent')]
    unbound.stop()


def errors(answer):
    """The codes of the extended errors of an answer."""
    return [option.code for option in answer.options
            if isinstance(option, dns.edns.EDEOption)]


@pytest.mark.parametrize("cache", [True, False])
def test_stale_answers(shared, etcd, cache):
    """While etcd is away, answers say that they may be out of date, be they
    the module's or the cache's, of names that are there or not."""
    etcd.put("/helix/com/example/www/A", "192.0.2.1")
    etcd.put("/helix/com/example/alias/CNAME", "www.example.com")
    unbound = shared.unbound(
        etcd, more={"cache": cache},
        server=["local-zone: local.example. redirect", "ede: no",
                "local-data: 'local.example. A 192.0.2.2'"])
    names = ("www.example.com", "alias.example.com", "no.example.com")

    def said(name):
        return errors(unbound.ask(name))
    for name in names * 2:
        assert said(name) == []
    etcd.pause()
    try:
        for name in names:
            wait_for(lambda: said(name) == [STALE],
                     lambda: f"it was said of {name}:\n{unbound.log()}")
        for name in names * 2:
            assert said(name) == [STALE]
        assert unbound.addresses("www.example.com") == ["192.0.2.1"]
        # of other names it is not
        assert said("local.example") == []
        # and not to a client that has no EDNS
        plain = dns.message.make_query("www.example.com", "A", use_edns=False)
        answer = dns.query.udp(plain, "127.0.0.1", DEADLINE, unbound.port)
        assert answer.edns == -1 and answer.answer
    finally:
        etcd.resume()
    wait_for(lambda: said("www.example.com") == [], "it was over")
    assert said("no.example.com") == []
    unbound.stop()


def test_stale_and_expired(shared, etcd):
    """What Unbound itself says of an expired answer is not said twice."""
    etcd.put("/helix/com/example/brief/A",
             '{"ttl": 1, "rdata": "192.0.2.1"}')
    unbound = shared.unbound(
        etcd, server=["serve-expired: yes", "ede: yes",
                      "serve-expired-client-timeout: 0",
                      "serve-expired-ttl: 0",
                      "ede-serve-expired: yes"])

    def said():
        answer = unbound.ask("brief.example.com")
        assert errors(answer) in ([], [STALE])
        return [option.text for option in answer.options]
    unbounds = [None]
    wait_for(lambda: said() == unbounds, "Unbound said it")
    etcd.pause()
    try:
        ours = wait_for(lambda: said() not in ([], unbounds) and said(),
                        "the module said it")
        wait_for(lambda: said() == unbounds, "Unbound said it")
        wait_for(lambda: said() == ours, "the module said it")
    finally:
        etcd.resume()
    unbound.stop()


def stub(nsd, zone):
    return (f"stub-zone:\n  name: {zone}\n"
            f"  stub-addr: {nsd.address}@{nsd.port}\n")


@pytest.mark.parametrize("order", ["respip dynlib", "dynlib respip"])
def test_response_policies(shared, etcd, order, tmp_path):
    """Which of RPZ's triggers, and of response-ip, apply to etcd's data."""
    etcd.put_many([(f"/helix/com/example/{key}", value) for key, value in {
        "blocked/A": "192.0.2.1", "address/A": "192.0.2.66",
        "other/A": "192.0.2.77", "inner/CNAME": "blocked.example.com",
        "out/CNAME": "host.example.net"}.items()])
    policy = tmp_path / "rpz.zone"
    policy.write_text(POLICY)
    nsd = shared.nsd({"example.net": OUTSIDE})
    unbound = shared.unbound(
        etcd, extra=stub(nsd, "example.net") +
        f"rpz:\n  name: rpz.\n  zonefile: {policy}\n",
        server=[f'module-config: "{order} validator iterator"',
                "response-ip: 192.0.2.77/32 redirect",
                'response-ip-data: 192.0.2.77/32 "A 203.0.113.1"'])
    first = order.startswith("respip")
    expected = {
        # what the client asks for
        "blocked.example.com": "NXDOMAIN",
        "host.example.net": "NXDOMAIN",
        # what it leads to
        "inner.example.com": ["192.0.2.1", "blocked.example.com."],
        "in.example.net": ["192.0.2.1", "blocked.example.com."],
        # an address
        "address.example.com": "NXDOMAIN" if first else ["192.0.2.66"],
        "other.example.com": ["203.0.113.1" if first else "192.0.2.77"]}
    for _ in range(2):
        for name, answer in expected.items():
            assert unbound.addresses(name) == answer, name
        # that depends on Unbound's version
        assert unbound.addresses("out.example.com") in (
            ["198.51.100.1", "host.example.net."], "NXDOMAIN")
    # and a put wins
    etcd.put("/helix/com/example/address/A", "192.0.2.67")
    unbound.wait_for_answer("address.example.com", ["192.0.2.67"])
    etcd.put("/helix/com/example/address/A", "192.0.2.66")
    unbound.wait_for_answer("address.example.com",
                            expected["address.example.com"])
    unbound.stop()
    nsd.stop()
