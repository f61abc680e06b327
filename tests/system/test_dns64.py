"""With Unbound's module dns64 behind dynlib, names that have only A records
get AAAA records."""

import ipaddress
import socket

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

import lab
from lab import wait_for
from lab_unbound import Unbound

MODULES = "dynlib dns64 validator iterator"
PREFIX = "64:ff9b::"
OUTSIDE = """$ORIGIN example.org.
@ 3600 IN SOA ns hostmaster 1 3600 900 86400 300
@ 3600 IN NS ns.example.net.
four 3600 IN A 192.0.2.44
six 3600 IN AAAA 2001:db8::66
into 3600 IN CNAME four.example.com.
into-both 3600 IN CNAME both.example.com.
into-none 3600 IN CNAME none.example.com.
into-fall 3600 IN CNAME four.fall.example.
into-many 3600 IN CNAME many.example.com.
"""
FALL = """$ORIGIN fall.example.
@ 3600 IN SOA ns hostmaster 1 3600 900 86400 300
@ 3600 IN NS ns.example.net.
four 3600 IN AAAA 2001:db8::bad
away 3600 IN A 192.0.2.45
"""
KEYS = {
    "/helix/com/example/four/A": "192.0.2.4",
    "/helix/com/example/six/AAAA": "2001:db8::6",
    "/helix/com/example/both/A": "192.0.2.7",
    "/helix/com/example/both/AAAA": "2001:db8::7",
    "/helix/com/example/none/TXT": "none",
    "/helix/com/example/alias/CNAME": "four.example.com",
    "/helix/com/example/chain/CNAME": "alias.example.com",
    "/helix/com/example/out/CNAME": "four.example.org",
    "/helix/com/example/round/CNAME": "into.example.org",
    "/helix/com/example/*/A": "192.0.2.9",
    "/helix/com/example/ignored/A": "192.0.2.8",
    "/helix/com/example/ignored/AAAA": "2001:db8::8",
    "/helix/com/example/ignored-six/AAAA": "2001:db8::9",
    "/helix/example/fall/four/A": "192.0.2.4",
    "/helix/example/silent/four/A": "192.0.2.4",
    "/helix/example/silent/both/A": "192.0.2.4",
    "/helix/example/silent/both/AAAA": "2001:db8::4",
    "/helix/example/silent/ignored/A": "192.0.2.4",
    "/helix/example/silent/ignored/AAAA": "2001:db8::4",
}


@pytest.fixture(scope="module")
def servers(shared):
    etcd = shared.etcd()
    etcd.put_many(KEYS.items())
    nsd = shared.nsd({"example.org": OUTSIDE, "fall.example": FALL})
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    silent.setblocking(False)
    stubs = "".join(f'stub-zone:\n  name: "{name}"\n'
                    f"  stub-addr: 127.0.0.1@{port}\n"
                    for name, port in (
                        ("example.org", nsd.port), ("fall.example", nsd.port),
                        ("silent.example", silent.getsockname()[1])))
    unbound = shared.add(
        Unbound, [etcd.url],
        zones=[{"name": "example.com", "ttl": 86400},
               {"name": "fall.example", "ttl": 86400, "fallthrough": True},
               {"name": "silent.example", "fallthrough": True}],
        server=[f'module-config: "{MODULES}"',
                f'dns64-prefix: "{PREFIX}/96"',
                'dns64-ignore-aaaa: "ignored.example.com"',
                'dns64-ignore-aaaa: "ignored-six.example.com"',
                'dns64-ignore-aaaa: "ignored.silent.example"'], extra=stubs)
    unbound.start()
    unbound.wait_for_answer("four.example.com", ["192.0.2.4"])
    yield etcd, unbound, silent
    silent.close()


@pytest.fixture
def unbound(servers):
    return servers[1]


def aaaa(unbound, name, **options):
    """The addresses of a name, without its aliases."""
    answer = unbound.ask(name, "AAAA", **options)
    assert answer.rcode() == dns.rcode.NOERROR, answer
    return sorted(record.to_text() for rrset in answer.answer
                  for record in rrset if rrset.rdtype == dns.rdatatype.AAAA)


def made(address):
    """What is made of an IPv4 address."""
    return str(ipaddress.IPv6Address(int(ipaddress.IPv6Address(PREFIX)) |
                                     int(ipaddress.IPv4Address(address))))


@pytest.mark.parametrize("name, expected", [
    ("four.example.com", [made("192.0.2.4")]),
    ("six.example.com", ["2001:db8::6"]),
    ("both.example.com", ["2001:db8::7"]),
    ("none.example.com", []),
    ("alias.example.com", [made("192.0.2.4")]),
    ("chain.example.com", [made("192.0.2.4")]),
    ("some.wild.example.com", [made("192.0.2.9")]),
    ("out.example.com", [made("192.0.2.44")]),
    ("round.example.com", [made("192.0.2.4")]),
    ("ignored.example.com", [made("192.0.2.8")]),
    # there is nothing to make one of
    ("ignored-six.example.com", ["2001:db8::9"]),
    ("four.fall.example", [made("192.0.2.4")]),
    ("away.fall.example", [made("192.0.2.45")]),
    ("four.example.org", [made("192.0.2.44")]),
    ("six.example.org", ["2001:db8::66"]),
    ("into.example.org", [made("192.0.2.4")]),
    ("into-both.example.org", ["2001:db8::7"]),
    ("into-none.example.org", []),
    ("into-fall.example.org", [made("192.0.2.4")]),
])
def test_aaaa(unbound, name, expected):
    for options in ({}, {"want_dnssec": True}, {"rd": False}, {}):
        if options.get("rd") is False and ".example.com" not in name:
            continue
        assert aaaa(unbound, name, **options) == expected


def test_checking_disabled(unbound):
    """Who validates gets what there is (RFC 6147 5.5)."""
    query = dns.message.make_query("four.example.com", "AAAA")
    query.flags |= dns.flags.CD
    answer = dns.query.udp(query, "127.0.0.1", lab.DEADLINE, unbound.port)
    assert answer.rcode() == dns.rcode.NOERROR and not answer.answer


def test_no_such_name(unbound):
    assert unbound.ask("x.none.example.com", "AAAA").rcode() == \
        dns.rcode.NXDOMAIN


def test_the_answer_is_authoritative_and_whole(unbound):
    answer = unbound.ask("alias.example.com", "AAAA")
    assert answer.flags & dns.flags.AA
    assert [(rrset.name.to_text(), rrset.ttl, dns.rdatatype.to_text(
        rrset.rdtype)) for rrset in answer.answer] == [
            ("alias.example.com.", 86400, "CNAME"),
            ("four.example.com.", 86400, "AAAA")]


def test_as_many_as_fit(servers):
    etcd, unbound, _ = servers
    etcd.put_many((f"/helix/com/example/many/A/{i}", lab.address(i))
                  for i in range(3000))

    def count():
        answer = unbound.ask("many.example.com", tcp=True)
        return sum(len(rrset) for rrset in answer.answer)
    wait_for(lambda: count() == 3000, "all were there")
    expected = {made(lab.address(i)) for i in range(3000)}
    for name in "many.example.com", "into-many.example.org":
        answer = unbound.ask(name, "AAAA", tcp=True)
        assert not answer.flags & dns.flags.TC
        addresses = [record.to_text() for record in answer.answer[-1]]
        assert len(addresses) == 2285 and expected.issuperset(addresses)


def test_other_types_are_as_they_are(unbound):
    assert unbound.addresses("four.example.com") == ["192.0.2.4"]
    assert unbound.addresses("none.example.com", "TXT") == ['"none"']
    answer = unbound.ask("both.example.com", "ANY")
    assert answer.rcode() == dns.rcode.NOERROR and answer.answer


def test_nobody_is_asked_elsewhere(servers):
    """Not even for a zone that falls through."""
    etcd, unbound, silent = servers
    for name in "four", "both", "ignored":
        for _ in range(3):
            aaaa(unbound, f"{name}.silent.example")
    with pytest.raises(BlockingIOError):
        print(silent.recv(512))


def test_what_etcd_says_wins_at_the_next_query(servers):
    """Each state is asked often enough for it to be cached, if it were."""
    etcd, unbound, _ = servers
    keys = {"live.example.com": "/helix/com/example/live",
            "live.fall.example": "/helix/example/fall/live"}
    etcd.put("/helix/com/example/to-live/CNAME", "live.example.com")
    names = list(keys) + ["to-live.example.com"]

    def expect(expected):
        for name in names:
            wait_for(lambda: aaaa(unbound, name) == expected,
                     lambda: f"{name} was {expected}, "
                     f"is {aaaa(unbound, name)}")
            for _ in range(4):
                assert aaaa(unbound, name) == expected

    def put(rdtype, value):
        for key in keys.values():
            etcd.put(f"{key}/{rdtype}", value)
    put("A", "192.0.2.101")
    expect([made("192.0.2.101")])
    put("A", "192.0.2.102")
    expect([made("192.0.2.102")])
    put("AAAA", "2001:db8::102")
    expect(["2001:db8::102"])
    put("AAAA", "2001:db8::103")
    expect(["2001:db8::103"])
    for key in keys.values():
        etcd.delete(f"{key}/AAAA")
    expect([made("192.0.2.102")])
    put("TXT", "still there")
    for key in keys.values():
        etcd.delete(f"{key}/A")
    expect([])


def test_aliases_from_outside_follow_at_once(servers):
    etcd, unbound, _ = servers
    names = ["into.example.org", "round.example.com", "four.example.com"]
    for value in "192.0.2.104", "192.0.2.105", "192.0.2.4":
        etcd.put("/helix/com/example/four/A", value)
        unbound.wait_for_answer("four.example.com", [value])
        for name in names * 3:
            assert aaaa(unbound, name) == [made(value)]
    etcd.put("/helix/com/example/four/AAAA", "2001:db8::4")
    unbound.wait_for_answer("four.example.com", ["2001:db8::4"], "AAAA")
    for name in names * 3:
        assert aaaa(unbound, name) == ["2001:db8::4"]
    etcd.delete("/helix/com/example/four/AAAA")
    unbound.wait_for_answer("four.example.com", [made("192.0.2.4")], "AAAA")
    for name in names * 3:
        assert aaaa(unbound, name) == [made("192.0.2.4")]
