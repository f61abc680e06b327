"""Names whose answers are partly in etcd and partly elsewhere: aliases out of
the zones and into them, delegations out of them, and a zone that lies over
another one."""

import contextlib
import subprocess

import dns.edns
import dns.flags
import dns.rcode
import dns.rdatatype
import dns.reversename
import pytest

import lab
from foreign import Foreign, question, record
from lab_etcd import key
from lab_load import Load, catch_up
from lab_unbound import addresses_of

OUTSIDE = """
$ORIGIN example.net.
@ 3600 IN SOA ns hostmaster 1 3600 600 86400 60
@ 3600 IN NS ns
ns 3600 IN A 127.0.0.1
host 300 IN A 198.51.100.1
host 300 IN AAAA 2001:db8::1
alias 300 IN CNAME www.example.com.
twice 300 IN CNAME alias
any 300 IN CNAME www.example.com.
any2 300 IN CNAME nothing.example.com.
lost 300 IN CNAME nothing.example.com.
bare 300 IN CNAME inner.example.com.
below 300 IN CNAME host.sub.example.com.
moved 300 IN CNAME host.moved.example.com.
host.cut 300 IN A 198.51.100.4
named 300 IN CNAME host
tree 300 IN DNAME tree.example.com.
there 300 IN CNAME back.example.com.
circle 300 IN CNAME circle.example.com.
round1 300 IN CNAME round2.example.com.
round3 300 IN CNAME round4.example.com.
"""
CHILD = """
$ORIGIN sub.example.com.
@ 300 IN SOA ns hostmaster 1 3600 600 86400 60
@ 300 IN NS ns
ns 300 IN A {address}
host 300 IN A 198.51.100.2
deep.host 300 IN A 198.51.100.3
"""
KEYS = {
    "www/A": "192.0.2.1",
    "inner/host/A": "192.0.2.2",
    "out/CNAME": "host.example.net.",
    "out2/CNAME": "out.example.com",
    "nowhere/CNAME": "nothing.example.net.",
    "broken/CNAME": "www.broken.example.",
    "back/CNAME": "host.example.net",
    "circle/CNAME": "circle.example.net",
    "round2/CNAME": "round3.example.net",
    "round4/CNAME": "round1.example.net",
    "loop/CNAME": "loop2.example.com",
    "loop2/CNAME": "loop.example.com",
    "self/CNAME": "self.example.com",
    "into/CNAME": "host.sub.example.com",
    "tree/leaf/A": "192.0.2.3",
    "tree/*/A": "192.0.2.4",
    "dname/DNAME": "example.net",
}


def stubs(nsd, *zones):
    return "".join(f"stub-zone:\n  name: {zone}\n"
                   f"  stub-addr: {nsd.address}@{nsd.port}\n"
                   for zone in zones)


@pytest.fixture(scope="module")
def etcd(shared):
    etcd = shared.etcd()
    etcd.put_many([(f"/helix/com/example/{key}", value)
                   for key, value in KEYS.items()])
    return etcd


@pytest.fixture(scope="module")
def child(shared):
    """The server of a zone that is delegated; delegations have no ports."""
    address = lab.free_network() + ".2"
    return shared.nsd({"sub.example.com": CHILD.format(address=address)},
                      address=address, port=53)


@pytest.fixture(scope="module")
def outside(shared):
    return shared.nsd({"example.net": OUTSIDE})


@pytest.fixture(scope="module")
def unbound(shared, etcd, outside, child):
    etcd.put("/helix/com/example/sub/NS", "ns.sub.example.com")
    etcd.put("/helix/com/example/sub/ns/A", child.address)
    unbound = shared.unbound(
        etcd, zones=["example.com"],
        server=["access-control: 127.0.0.1/32 allow_snoop",
                "minimal-responses: no"],
        extra=stubs(outside, "example.net", "broken.example"))
    unbound.wait_for_answer("www.example.com", ["192.0.2.1"])
    return unbound


def chain(answer):
    """The answer section, as owner, type and what it says."""
    return [(rrset.name.to_text(), dns.rdatatype.to_text(rrset.rdtype),
             *sorted(record.to_text() for record in rrset))
            for rrset in answer.answer]


# --- out of the zones -------------------------------------------------------

def test_an_alias_out_of_the_zone_comes_with_its_address(unbound):
    for name in "out", "out", "out2":
        answer = unbound.ask(f"{name}.example.com")
        assert chain(answer)[-2:] == [
            ("out.example.com.", "CNAME", "host.example.net."),
            ("host.example.net.", "A", "198.51.100.1")]
        assert answer.flags & dns.flags.AA
        assert not answer.flags & dns.flags.AD


def test_other_types_follow_it_too(unbound):
    assert chain(unbound.ask("out.example.com", "AAAA"))[-1] == (
        "host.example.net.", "AAAA", "2001:db8::1")
    answer = unbound.ask("out.example.com", "MX")
    assert len(answer.answer) == 1 and answer.rcode() == dns.rcode.NOERROR
    assert answer.authority[0].name.to_text() == "example.net."


def test_the_alias_itself_is_not_followed(unbound):
    for rdtype in "CNAME", "ANY":
        assert chain(unbound.ask("out.example.com", rdtype)) == [
            ("out.example.com.", "CNAME", "host.example.net.")]


def test_a_target_that_does_not_exist(unbound):
    answer = unbound.ask("nowhere.example.com")
    assert answer.rcode() == dns.rcode.NXDOMAIN
    assert chain(answer) == [
        ("nowhere.example.com.", "CNAME", "nothing.example.net.")]


def test_a_target_whose_servers_are_down(unbound):
    assert unbound.ask("broken.example.com").rcode() == dns.rcode.SERVFAIL


def test_without_recursion_the_chain_ends_where_the_zone_does(unbound):
    answer = unbound.ask("out2.example.com", rd=False)
    assert chain(answer) == [
        ("out2.example.com.", "CNAME", "out.example.com."),
        ("out.example.com.", "CNAME", "host.example.net.")]
    assert answer.rcode() == dns.rcode.NOERROR
    assert answer.flags & dns.flags.AA


def test_a_subtree_that_is_elsewhere(unbound):
    answer = unbound.ask("host.dname.example.com")
    assert chain(answer) == [
        ("dname.example.com.", "DNAME", "example.net."),
        ("host.dname.example.com.", "CNAME", "host.example.net."),
        ("host.example.net.", "A", "198.51.100.1")]


def test_an_alias_that_changes_leads_elsewhere_at_once(etcd, unbound):
    etcd.put("/helix/com/example/moves/CNAME", "host.example.net")
    unbound.wait_for_answer("moves.example.com", [
        "198.51.100.1", "host.example.net."])
    etcd.put("/helix/com/example/moves/CNAME", "www.example.com")
    unbound.wait_for_answer("moves.example.com", [
        "192.0.2.1", "www.example.com."])


# --- into the zones ---------------------------------------------------------

def test_a_foreign_alias_comes_with_our_address(etcd, unbound):
    for times in range(2):
        for number in range(2):
            address = f"192.0.2.{100 + times}"
            etcd.put("/helix/com/example/www/A", address)
            unbound.wait_for_answer("www.example.com", [address])
            answer = unbound.ask("twice.example.net")
            assert chain(answer) == [
                ("twice.example.net.", "CNAME", "alias.example.net."),
                ("alias.example.net.", "CNAME", "www.example.com."),
                ("www.example.com.", "A", address)]
            assert not answer.flags & (dns.flags.AA | dns.flags.AD)
            assert answer.answer[-1].ttl == 5
    etcd.put("/helix/com/example/www/A", "192.0.2.1")
    unbound.wait_for_answer("www.example.com", ["192.0.2.1"])


def test_a_foreign_alias_that_is_asked_for_with_type_any(unbound):
    """Unbound follows it."""
    for number in range(2):
        assert chain(unbound.ask("any.example.net", "ANY")) == [
            ("any.example.net.", "CNAME", "www.example.com."),
            ("www.example.com.", "A", "192.0.2.1")]
    assert unbound.ask("any2.example.net", "ANY").rcode() == dns.rcode.NXDOMAIN


def test_a_foreign_alias_to_nothing_and_to_an_empty_name(unbound):
    for number in range(2):
        answer = unbound.ask("lost.example.net")
        assert answer.rcode() == dns.rcode.NXDOMAIN
        assert answer.authority[0].name.to_text() == "example.com."
        answer = unbound.ask("bare.example.net")
        assert answer.rcode() == dns.rcode.NOERROR
        assert answer.authority[0].name.to_text() == "example.com."


def test_a_foreign_alias_to_nothing_which_is_put_then(etcd, unbound):
    etcd.delete("/helix/com/example/nothing/A")
    unbound.wait_for_answer("lost.example.net", "NXDOMAIN")
    etcd.put("/helix/com/example/nothing/A", "192.0.2.7")
    unbound.wait_for_answer("nothing.example.com", ["192.0.2.7"])
    assert unbound.addresses("lost.example.net") == [
        "192.0.2.7", "nothing.example.com."]
    etcd.delete("/helix/com/example/nothing/A")
    unbound.wait_for_answer("nothing.example.com", "NXDOMAIN")
    assert unbound.addresses("lost.example.net") == "NXDOMAIN"


def test_a_foreign_subtree_that_is_ours(unbound):
    assert chain(unbound.ask("leaf.tree.example.net"))[-1] == (
        "leaf.tree.example.com.", "A", "192.0.2.3")
    assert chain(unbound.ask("any.tree.example.net"))[-1] == (
        "any.tree.example.com.", "A", "192.0.2.4")


def test_out_in_and_out_again(unbound):
    assert chain(unbound.ask("there.example.net")) == [
        ("there.example.net.", "CNAME", "back.example.com."),
        ("back.example.com.", "CNAME", "host.example.net."),
        ("host.example.net.", "A", "198.51.100.1")]


@pytest.mark.parametrize("name", [
    "loop.example.com", "self.example.com", "circle.example.com",
    "circle.example.net", "round1.example.net", "round2.example.com",
    "round3.example.net"])
def test_circles_end(unbound, name):
    for number in range(2):
        answer = unbound.ask(name)
        assert answer.rcode() in (dns.rcode.NOERROR, dns.rcode.SERVFAIL)
        owners = [rrset.name for rrset in answer.answer]
        assert len(owners) == len(set(owners)) <= 5
        if "example.com" in name:
            assert answer.rcode() == dns.rcode.NOERROR and owners


def sign(folder, zone, text):
    """Sign a zone; returns its text then, and its trust anchor."""
    (folder / zone).write_text(text)

    def run(*command):
        return subprocess.run(command, cwd=folder, check=True, text=True,
                              capture_output=True).stdout.split()[-1]
    key = run("dnssec-keygen", "-a", "ECDSAP256SHA256", "-f", "KSK", zone)
    run("dnssec-keygen", "-a", "ECDSAP256SHA256", zone)
    run("dnssec-signzone", "-S", "-o", zone, zone)
    return ((folder / f"{zone}.signed").read_text(),
            (folder / f"{key}.key").read_text().splitlines()[-1])


def test_a_foreign_alias_below_a_trust_anchor(shared, etcd, tmp_path):
    """The foreign zone is signed, and ours is below a trust anchor."""
    signed, anchor = sign(tmp_path, "example.net", OUTSIDE)
    nsd = shared.nsd({"example.net": signed})
    unbound = shared.unbound(
        etcd, zones=["example.com"],
        server=[f'trust-anchor: "{anchor}"',
                f'trust-anchor: "com. DS 1 13 2 {"0" * 64}"'],
        extra=stubs(nsd, "example.net"))
    assert unbound.ask("host.example.net",
                       want_dnssec=True).flags & dns.flags.AD
    for number in range(2):
        answer = unbound.ask("alias.example.net", want_dnssec=True)
        assert answer.rcode() == dns.rcode.NOERROR
        assert chain(answer)[-1] == ("www.example.com.", "A", "192.0.2.1")
        assert not answer.flags & dns.flags.AD
    assert unbound.addresses("out.example.com") == [
        "198.51.100.1", "host.example.net."]
    assert unbound.addresses("lost.example.net") == "NXDOMAIN"


def test_a_foreign_alias_with_a_signature_that_is_not_its_own(shared, etcd,
                                                              tmp_path):
    """Nobody is told but who checks for himself; and he gets etcd's records,
    whatever the type, or that there are none."""
    signed, anchor = sign(tmp_path, "example.net",
                          OUTSIDE.replace("example.com", "example.con"))
    assert "example.con" in signed
    nsd = shared.nsd({"example.net": signed.replace("example.con",
                                                    "example.com")})
    unbound = shared.unbound(etcd, zones=["example.com"],
                             server=[f'trust-anchor: "{anchor}"'],
                             extra=stubs(nsd, "example.net"))
    for rdtype, count in (("A", 2), ("DS", 1), ("MX", 1), ("TYPE4711", 1)):
        answer = unbound.ask("alias.example.net", rdtype)
        assert answer.rcode() == dns.rcode.SERVFAIL, answer
        answer = unbound.ask("alias.example.net", rdtype,
                             flags=dns.flags.RD | dns.flags.CD)
        assert answer.rcode() == dns.rcode.NOERROR
        assert len(chain(answer)) == count, answer


# --- delegations ------------------------------------------------------------

def test_a_delegated_name_is_recursed(unbound):
    for number in range(2):
        answer = unbound.ask("host.sub.example.com")
        assert chain(answer) == [
            ("host.sub.example.com.", "A", "198.51.100.2")]
        assert not answer.flags & dns.flags.AA
    assert unbound.addresses("none.sub.example.com") == "NXDOMAIN"
    assert unbound.addresses("deep.host.sub.example.com") == ["198.51.100.3"]


@pytest.mark.parametrize("name", [
    "sub.example.com", "host.sub.example.com", "ns.sub.example.com"])
def test_without_recursion_there_is_a_referral(unbound, child, name):
    """Also where the cache has an answer."""
    for number in range(2):
        answer = unbound.ask(name, rd=False)
        assert answer.rcode() == dns.rcode.NOERROR
        assert not answer.answer and not answer.flags & dns.flags.AA
        (rrset,) = answer.authority
        # from the module, or, its TTL counting down, from the RRset cache
        assert rrset.ttl <= 5
        assert rrset.name.to_text() == "sub.example.com."
        assert rrset[0].to_text() == "ns.sub.example.com."
        (rrset,) = answer.additional
        assert rrset.name.to_text() == "ns.sub.example.com."
        assert rrset[0].to_text() == child.address
        unbound.ask(name)


def test_the_delegation_signer_is_the_parents(unbound):
    answer = unbound.ask("sub.example.com", "DS")
    assert answer.rcode() == dns.rcode.NOERROR and not answer.answer
    assert answer.flags & dns.flags.AA
    assert answer.authority[0].name.to_text() == "example.com."


def test_an_alias_below_a_delegation(unbound):
    for name in "into.example.com", "below.example.net":
        for number in range(2):
            assert chain(unbound.ask(name))[-1] == (
                "host.sub.example.com.", "A", "198.51.100.2")
    answer = unbound.ask("into.example.com", rd=False)
    assert chain(answer) == [
        ("into.example.com.", "CNAME", "host.sub.example.com.")]
    assert answer.authority[0].rdtype == dns.rdatatype.NS
    assert answer.flags & dns.flags.AA


def test_a_delegation_below_a_name_that_does_not_exist(shared, etcd, child,
                                                       tmp_path):
    """Outside, the name above our zone is proved not to exist, and that is
    cached."""
    signed, anchor = sign(
        tmp_path, "com", "@ 300 IN SOA ns hostmaster 1 3600 600 86400 60\n"
        "@ 300 IN NS ns\nns 300 IN A 127.0.0.1\n")
    etcd.put("/helix/com/private/example/sub/NS", "ns.sub.example.com")
    nsd = shared.nsd({"com": signed})
    unbound = shared.unbound(etcd, zones=["example.com",
                                          "example.private.com"],
                             server=[f'trust-anchor: "{anchor}"'],
                             extra=stubs(nsd, "com"))
    answer = unbound.ask("private.com", want_dnssec=True)
    assert answer.rcode() == dns.rcode.NXDOMAIN
    assert answer.flags & dns.flags.AD
    # the servers are asked, and refuse: they do not have that zone
    for number in range(2):
        assert unbound.addresses("host.sub.example.private.com") == "SERVFAIL"
    etcd.delete("/helix/com/private/example/sub/NS")


def test_a_delegation_that_comes_and_goes(etcd, unbound, child):
    """What recursion had cached is not held against etcd."""
    etcd.put("/helix/com/example/late/host/A", "192.0.2.8")
    unbound.wait_for_answer("host.late.example.com", ["192.0.2.8"])
    etcd.put("/helix/com/example/late/NS", "ns.sub.example.com")
    # that server knows nothing of it
    unbound.wait_for_answer("host.late.example.com", "SERVFAIL")
    etcd.delete("/helix/com/example/late/NS")
    unbound.wait_for_answer("host.late.example.com", ["192.0.2.8"])


def delegate(shared, name, address, ns="ns"):
    """A server for a name that is delegated, and the keys that say so."""
    server = shared.nsd({name: f"@ 300 IN SOA {ns} hostmaster 1 3600 600 86400"
                         f" 60\n@ 300 IN NS {ns}\n{ns} 300 IN A {address}\n"
                         f"host 300 IN A {address}\n"},
                        address=address, port=53)
    return server, [(key(f"{ns}.{name}"),
                     f'{{"ttl": 86400, "rdata": "{address}"}}'),
                    (key(name, "NS"),
                     f'{{"ttl": 86400, "rdata": "{ns}.{name}"}}')]


@pytest.mark.parametrize("cache", [True, False], ids=["cache", "no-cache"])
def test_a_delegation_that_changes_whose_server_is_dead(shared, etcd, outside,
                                                        cache):
    """Nothing of the old one is left: not for names below, not for an alias
    from elsewhere, and not until its TTL ends. (An old one that is asked is
    silent.)"""
    network = lab.free_network((5, 6))
    old, old_keys = delegate(shared, "moved.example.com", f"{network}.5")
    new, new_keys = delegate(shared, "moved.example.com", f"{network}.6",
                             "other")
    etcd.put("/helix/com/example/moved/host/A", "192.0.2.40")
    etcd.put_many(old_keys)
    unbound = shared.unbound(etcd, extra=stubs(outside, "example.net"),
                             more={"cache": cache})
    alias = "host.moved.example.com."
    unbound.wait_for_answer("host.moved.example.com", [old.address])
    assert unbound.addresses("moved.example.net") == [old.address, alias]
    old.stop()
    etcd.put_many(new_keys)
    catch_up(etcd, unbound)
    assert unbound.addresses("moved.example.net") == [new.address, alias]
    assert unbound.addresses("host.moved.example.com") == [new.address]
    new.stop()
    for key, _ in new_keys:
        etcd.delete(key)
    catch_up(etcd, unbound)
    assert unbound.addresses("moved.example.net") == ["192.0.2.40", alias]
    assert unbound.addresses("host.moved.example.com") == ["192.0.2.40"]
    for server in old, new:
        shared.servers.remove(server)
    etcd.delete("/helix/com/example/moved/host/A")


def test_the_cache_says_nothing_of_our_names_without_recursion(unbound):
    """It has a delegation for a name above them."""
    unbound.ask("host.example.net")
    answer = unbound.ask("www.example.com", rd=False)
    assert chain(answer) == [("www.example.com.", "A", "192.0.2.1")]


def test_a_zone_that_is_new_wins_over_what_was_cached(shared, etcd, outside):
    etcd.put("/helix/net/example/host/AAAA", "2001:db8::99")
    unbound = shared.unbound(etcd, zones=["example.com"],
                             extra=stubs(outside, "example.net"))
    assert unbound.addresses("host.example.net", "AAAA") == ["2001:db8::1"]
    unbound.configure(["example.com", "example.net"])
    unbound.reload("reload_keep_cache")
    assert unbound.addresses("host.example.net", "AAAA") == ["2001:db8::99"]
    unbound.configure(["example.com"])
    unbound.reload("reload_keep_cache")
    assert unbound.addresses("host.example.net", "AAAA") == ["2001:db8::1"]
    etcd.delete("/helix/net/example/host/AAAA")


def test_all_of_it_at_once_while_etcd_changes(etcd, unbound):
    """Many ask at once, by both of Unbound's threads."""
    steady = {"out.example.com": ["198.51.100.1", "host.example.net."],
              "alias.example.net": ["192.0.2.1", "www.example.com."],
              "host.sub.example.com": ["198.51.100.2"],
              "below.example.net": ["198.51.100.2", "host.sub.example.com."],
              "lost.example.net": "NXDOMAIN",
              "nothing.sub.example.com": "NXDOMAIN"}
    etcd.put("/helix/com/example/flips/CNAME", "www.example.com")
    unbound.wait_for_answer("flips.example.com", [
        "192.0.2.1", "www.example.com."])
    with contextlib.ExitStack() as stack:
        loads = [stack.enter_context(Load(unbound, name, expected))
                 for name, expected in steady.items()]
        for _ in range(10):
            etcd.put("/helix/com/example/flips/CNAME", "host.sub.example.com")
            unbound.wait_for_answer("flips.example.com", [
                "198.51.100.2", "host.sub.example.com."])
            etcd.put("/helix/com/example/flips/CNAME", "host.example.net")
            unbound.wait_for_answer("flips.example.com", [
                "198.51.100.1", "host.example.net."])
        for load in loads:
            load.wait_for_more()
    assert not [load.wrong for load in loads if load.wrong]


# --- reverse zones ----------------------------------------------------------

def test_reverse_zones(shared, etcd):
    """Unbound has local zones for addresses that are for documentation."""
    zones = "2.0.192.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa"
    nibbles = "/".join("20010db8" + "0" * 23 + "1")
    etcd.put("/helix/arpa/in-addr/192/0/2/1/PTR", "www.example.com")
    etcd.put(f"/helix/arpa/ip6/{nibbles}/PTR", "www.example.com")
    names = [dns.reversename.from_address(address)
             for address in ("192.0.2.1", "2001:db8::1")]
    taken = shared.unbound(etcd, zones=zones)
    ours = shared.unbound(etcd, zones=zones, server=[
        f'local-zone: "{zone}." nodefault' for zone in zones])
    for name in names:
        assert ours.addresses(name, "PTR") == ["www.example.com."]
        assert taken.addresses(name, "PTR") == "NXDOMAIN"
        above = ours.ask(name.parent(), "PTR")
        assert not above.answer and above.flags & dns.flags.AA


# --- a zone that lies over another ------------------------------------------

@pytest.fixture(scope="module")
def overlay(shared, etcd, outside):
    """example.net is served by others, and a few names of it by us."""
    etcd.put_many([("/helix/net/example/ours/A", "192.0.2.20"),
                   ("/helix/net/example/x/y/A", "192.0.2.21"),
                   ("/helix/net/example/wild/*/A", "192.0.2.22"),
                   ("/helix/net/example/to/CNAME", "host.example.net")])
    unbound = shared.unbound(
        etcd, zones=[{"name": "example.net", "fallthrough": True},
                     "example.com"],
        extra=stubs(outside, "example.net"))
    unbound.wait_for_answer("ours.example.net", ["192.0.2.20"])
    return unbound


def test_names_that_etcd_lacks_are_recursed(overlay):
    assert overlay.addresses("host.example.net") == ["198.51.100.1"]
    assert overlay.addresses("none.example.net") == "NXDOMAIN"
    assert overlay.addresses("x.example.net") == "NXDOMAIN"
    answer = overlay.ask("example.net", "SOA")
    assert answer.answer[0][0].serial == 1
    assert overlay.addresses("a.wild.example.net") == ["192.0.2.22"]
    assert overlay.addresses("y.x.example.net") == ["192.0.2.21"]
    answer = overlay.ask("ours.example.net", "MX")
    assert answer.rcode() == dns.rcode.NOERROR and not answer.answer


def test_nobody_can_ask_for_what_is_kept(overlay):
    """What was recursed is kept under a class of its own, and a secret name."""
    for _ in range(2):
        assert overlay.addresses("host.example.net") == ["198.51.100.1"]
    answer = overlay.ask("host.example.net", rdclass="CLASS65384")
    assert not answer.answer
    kept = [line for line in overlay.control("dump_cache").splitlines()
            if line.startswith("msg ") and "CLASS65384" in line]
    assert any("host.example.net." in line for line in kept)
    assert not any(line.startswith("msg host.example.net.") for line in kept)


def test_an_alias_to_what_etcd_lacks(overlay):
    assert overlay.addresses("to.example.net") == [
        "198.51.100.1", "host.example.net."]
    assert overlay.addresses("alias.example.net") == [
        "192.0.2.1", "www.example.com."]


def test_a_put_wins_at_once_over_what_was_cached(etcd, overlay):
    assert overlay.addresses("host.example.net") == ["198.51.100.1"]
    assert overlay.addresses("named.example.net") == [
        "198.51.100.1", "host.example.net."]
    assert overlay.addresses("new.example.net") == "NXDOMAIN"
    etcd.put_many([("/helix/net/example/host/A", "192.0.2.30"),
                   ("/helix/net/example/new/A", "192.0.2.31"),
                   ("/helix/net/example/done/A", "192.0.2.32")])
    # the names of one commit do not change at one moment
    overlay.wait_for_answer("done.example.net", ["192.0.2.32"])
    overlay.wait_for_answer("host.example.net", ["192.0.2.30"])
    overlay.wait_for_answer("new.example.net", ["192.0.2.31"])
    assert overlay.addresses("to.example.net") == [
        "192.0.2.30", "host.example.net."]
    assert overlay.addresses("named.example.net") == [
        "192.0.2.30", "host.example.net."]
    etcd.delete("/helix/net/example/host/A")
    overlay.wait_for_answer("host.example.net", ["198.51.100.1"])


def test_a_delegation_wins_at_once_over_what_was_cached(shared, etcd, overlay):
    address = lab.free_network((4,)) + ".4"
    shared.nsd({"host.example.net":
                "@ 300 IN SOA ns hostmaster 1 3600 600 86400 60\n"
                "@ 300 IN NS ns\n@ 300 IN AAAA 2001:db8::5\n"
                f"ns 300 IN A {address}\n"}, address=address, port=53)
    assert overlay.addresses("host.example.net", "AAAA") == ["2001:db8::1"]
    etcd.put("/helix/net/example/host/ns/A", address)
    etcd.put("/helix/net/example/host/NS", "ns.host.example.net")
    overlay.wait_for_answer("host.example.net", ["2001:db8::5"], "AAAA")
    etcd.delete("/helix/net/example/host/NS")
    etcd.delete("/helix/net/example/host/ns/A")


def test_a_delegation_that_is_deleted_leads_nowhere(shared, etcd, overlay):
    """Not the names below either that others answer then."""
    server, keys = delegate(shared, "cut.example.net",
                            lab.free_network((7,)) + ".7")
    etcd.put_many(keys)
    overlay.wait_for_answer("host.cut.example.net", [server.address])
    for key, _ in keys:
        etcd.delete(key)
    catch_up(etcd, overlay)
    assert overlay.addresses("host.cut.example.net") == ["198.51.100.4"]


def test_an_alias_into_it_below_a_trust_anchor(shared, etcd, tmp_path):
    """What is validated on the way is what others have of the name."""
    signed, anchor = sign(tmp_path, "example.net", OUTSIDE)
    nsd = shared.nsd({"example.net": signed, "example.org": """
@ 300 IN SOA ns hostmaster 1 3600 600 86400 60
@ 300 IN NS ns
ns 300 IN A 127.0.0.1
alias 300 IN CNAME host.example.net.
"""})
    etcd.put("/helix/net/example/host/A", "192.0.2.23")
    unbound = shared.unbound(
        etcd, zones=[{"name": "example.net", "fallthrough": True}],
        server=[f'trust-anchor: "{anchor}"'],
        extra=stubs(nsd, "example.net", "example.org"))
    for _ in range(4):
        assert unbound.addresses("host.example.net") == ["192.0.2.23"]
    assert unbound.addresses("alias.example.org") == [
        "192.0.2.23", "host.example.net."]
    etcd.delete("/helix/net/example/host/A")


def test_a_server_whose_name_is_ours(shared, etcd):
    """Its address is etcd's, and follows at the next look."""
    server = shared.add(Foreign, lambda name, rdtype:
                        [f"{name}. 60 A 198.51.100.9"]
                        if rdtype == "A" else []).start()
    # with more threads, Unbound reads that port by all of them at once
    unbound = shared.unbound(
        etcd, zones=["example.com"], server=["num-threads: 1"],
        extra='stub-zone:\n  name: "example.edu"\n'
        f'  stub-host: "ns.example.com@{server.port}"\n')
    etcd.put("/helix/com/example/ns/A", "127.0.0.9")
    unbound.wait_for_answer("ns.example.com", ["127.0.0.9"])
    etcd.put("/helix/com/example/ns/A", "127.0.0.1")
    unbound.wait_for_answer("ns.example.com", ["127.0.0.1"])
    assert unbound.addresses("www.example.edu") == ["198.51.100.9"]
    assert unbound.addresses("ns.example.com") == ["127.0.0.1"]


class Near(Foreign):
    """Answers by the client's subnet, and says so (RFC 7871)."""

    def _answer(self, query, client):
        name, rdtype = question(query)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AA
        subnet = next((option for option in query.options
                       if option.otype == dns.edns.ECS), None)
        if subnet:
            answer.use_edns(0, options=[dns.edns.ECSOption(
                subnet.address, subnet.srclen, subnet.srclen)])
        if subnet and rdtype == "A":
            answer.answer.append(record(f"{name}. 300 A {subnet.address}"))
        self._socket.sendto(answer.to_wire(), client)


def test_what_is_said_to_a_subnet_is_not_for_others(shared, etcd):
    near = shared.add(Near, None).start()
    etcd.put("/helix/net/example/ours/A", "192.0.2.20")
    unbound = shared.unbound(
        etcd, zones=[{"name": "example.net", "fallthrough": True}],
        extra=near.stub("example.net"), server=[
            'module-config: "dynlib subnetcache validator iterator"',
            "send-client-subnet: 127.0.0.0/8"])
    unbound.wait_for_answer("ours.example.net", ["192.0.2.20"])
    for subnet in ["10.0.1.0", "10.0.2.0"] * 2:
        answer = unbound.ask("near.example.net", options=[
            dns.edns.ECSOption(subnet, 24)])
        assert addresses_of(answer) == [subnet]


@pytest.mark.parametrize("order", ["dynlib respip", "respip dynlib"])
def test_what_is_kept_comes_by_response_ip(shared, etcd, outside, order):
    """Also if it was an alias that has led to it first."""
    etcd.put_many([("/helix/net/example/ours/A", "192.0.2.20"),
                   ("/helix/net/example/to/CNAME", "host.example.net")])
    unbound = shared.unbound(
        etcd, zones=[{"name": "example.net", "fallthrough": True}],
        extra=stubs(outside, "example.net"), server=[
            f'module-config: "{order} validator iterator"',
            "response-ip: 198.51.100.0/24 always_nxdomain"])
    unbound.wait_for_answer("ours.example.net", ["192.0.2.20"])
    unbound.ask("to.example.net")
    for _ in range(2):
        assert unbound.addresses("host.example.net") == "NXDOMAIN"
