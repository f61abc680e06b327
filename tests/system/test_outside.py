"""Aliases of other people's zones that lead into ours, where Unbound would
ask others about our names: forwarders, servers of a zone that falls through,
and what a fast_reload leaves of the fence."""

import pytest

from foreign import Foreign, reply
from lab_load import Load

WRONG = "198.51.100.66"
KEYS = {"www/A": "192.0.2.1", "www/AAAA": "2001:db8::1",
        "out/CNAME": "host.example.net", "again/CNAME": "www.own.org"}
# The aliases that others have, and where they lead.
ALIASES = {"to-www.example.net": "www.own.org",
           "to-none.example.net": "none.own.org",
           "to-out.example.net": "out.own.org",
           "to-again.example.net": "again.own.org",
           "first.example.net": "second.example.edu",
           "second.example.edu": "www.own.org",
           "to-lost.example.net": "lost.own.org"}
# a type and what is said, for each of them
EXPECTED = {
    "to-www.example.net": ("A", ["192.0.2.1", "www.own.org."]),
    "to-www.example.net.": ("AAAA", ["2001:db8::1", "www.own.org."]),
    "to-none.example.net": ("A", "NXDOMAIN"),
    "to-out.example.net": ("A", ["198.51.100.1", "host.example.net.",
                                 "out.own.org."]),
    "to-again.example.net": ("A", ["192.0.2.1", "again.own.org.",
                                   "www.own.org."]),
    "first.example.net": ("A", ["192.0.2.1", "second.example.edu.",
                                "www.own.org."]),
    "second.example.edu": ("A", ["192.0.2.1", "www.own.org."]),
}


def is_ours(name):
    return name.endswith("own.org")


def follow(name):
    """An alias, with those behind it, and where they lead in the end."""
    records = []
    while name in ALIASES:
        records.append(f"{name}. 300 CNAME {ALIASES[name]}.")
        name = ALIASES[name]
    return records, name


class Forwarder(Foreign):
    """Says what a way of saying it makes of a question."""

    def __init__(self, folder, way):
        super().__init__(folder, self.say)
        self.way = way

    def say(self, name, rdtype):
        if name == "host.example.net":
            return [f"{name}. 300 A 198.51.100.1"] if rdtype == "A" else []
        return self.way(name, rdtype)


def only_the_alias(of_ours):
    """A way: one alias at a time, and of our names something else."""
    def say(name, rdtype):
        if is_ours(name):
            return of_ours
        return follow(name)[0][:1] or "NXDOMAIN"
    return say


def all_of_it(name, rdtype):
    """A way: the whole chain, with a wrong address."""
    if is_ours(name):
        return [f"{name}. 300 A {WRONG}"] if rdtype == "A" else []
    records, end = follow(name)
    if not records:
        return "NXDOMAIN"
    return records + [f"{end}. 300 A {WRONG}" if rdtype == "A" else
                      f"{end}. 300 {rdtype} 2001:db8::66"]


def all_that_is_not(name, rdtype):
    """A way: the whole chain, to a name that does not exist."""
    return reply(follow(name)[0], rcode="NXDOMAIN", authority=[
        "org. 60 SOA ns. hostmaster. 1 3600 600 86400 60"])


def aliases_and_an_error(name, rdtype):
    """A way: the aliases, and no word about the end."""
    return "SERVFAIL" if is_ours(name) else reply(follow(name)[0], ())


WAYS = {"nxdomain": only_the_alias("NXDOMAIN"),
        "servfail": only_the_alias("SERVFAIL"),
        "refused": only_the_alias("REFUSED"),
        "silent": only_the_alias(None),
        "wrong-address": only_the_alias([f"www.own.org. 300 A {WRONG}"]),
        "whole-chain": all_of_it, "whole-chain-to-nothing": all_that_is_not,
        "aliases-alone": aliases_and_an_error}
HASTY = ["unknown-server-time-limit: 400", "infra-cache-min-rtt: 200",
         "infra-cache-max-rtt: 800", "infra-host-ttl: 1",
         "outbound-msg-retry: 2", "discard-timeout: 0"]


@pytest.fixture(scope="module")
def etcd(shared):
    etcd = shared.etcd()
    etcd.put_many((f"/helix/org/own/{key}", value)
                  for key, value in KEYS.items())
    return etcd


@pytest.fixture(scope="module")
def others(shared):
    return shared.add(Forwarder, None).start()


def start(shared, etcd, extra, **options):
    zone = {"name": "own.org", **options.pop("zone", {})}
    unbound = shared.unbound(etcd, zones=[zone], extra=extra,
                             server=HASTY + options.pop("server", []))
    unbound.wait_for_answer("www.own.org", ["192.0.2.1"])
    return unbound


def everything_is_forwarded(others):
    return others.stub(".", kind="forward")


def org_is_forwarded(others):
    return others.stub("org", kind="forward") + \
        others.stub("example.net", "example.edu")


def org_is_a_stub(others):
    return others.stub("org", "example.net", "example.edu")


def our_zone_is_a_stub(others):
    return others.stub("own.org", "example.net", "example.edu")


@pytest.fixture(scope="module", params=[
    everything_is_forwarded, org_is_forwarded, org_is_a_stub,
    our_zone_is_a_stub])
def forwarding(request, shared, etcd, others):
    return start(shared, etcd, request.param(others))


def forget(unbound, others):
    """Let nothing of what was recursed before be known."""
    for zone in "net", "edu", "org":
        unbound.control("flush_zone", zone)
    unbound.control("flush_infra", "all")
    others.asked.clear()


def check(unbound, names=EXPECTED):
    """All aliases are right, when they are asked for and out of the cache."""
    seen = {name: [unbound.addresses(name, EXPECTED[name][0])
                   for _ in range(2)] for name in names}
    assert seen == {name: [EXPECTED[name][1]] * 2 for name in names}


# --- forwarders -------------------------------------------------------------

@pytest.mark.parametrize("way", WAYS)
def test_forwarders_are_not_asked_about_our_names(forwarding, others, way):
    others.way = WAYS[way]
    forget(forwarding, others)
    check(forwarding)
    assert not [name for name in others.names() if is_ours(name)]


def put_lost(etcd, unbound, address):
    """Put a name, to which an alias of others leads."""
    etcd.put("/helix/org/own/lost/A", address)
    unbound.wait_for_answer("lost.own.org", [address])
    assert unbound.addresses("to-lost.example.net") == [address,
                                                        "lost.own.org."]


def test_forwarders_are_not_asked_after_a_change(etcd, forwarding, others):
    others.way = WAYS["servfail"]
    forget(forwarding, others)
    for number in range(3):
        put_lost(etcd, forwarding, f"192.0.2.{10 + number}")
        etcd.delete("/helix/org/own/lost/A")
        forwarding.wait_for_answer("lost.own.org", "NXDOMAIN")
        assert forwarding.addresses("to-lost.example.net") == "NXDOMAIN"
    assert not [name for name in others.names() if is_ours(name)]


@pytest.mark.parametrize("command", ["reload", "reload_keep_cache"])
def test_forwarders_are_not_asked_after_a_reload(forwarding, others, command):
    others.way = WAYS["servfail"]
    forget(forwarding, others)
    forwarding.reload(command)
    check(forwarding)
    assert not [name for name in others.names() if is_ours(name)]


def test_forwarders_that_unbound_control_adds(forwarding, others):
    """Its commands change what is forwarded, and leave no hole for us."""
    others.way = WAYS["servfail"]
    forget(forwarding, others)
    forwarding.control("forward_add", "org", f"{others.address}@{others.port}")
    check(forwarding)
    assert not [name for name in others.names() if is_ours(name)]


def test_an_alias_below_a_trust_anchor(shared, etcd, others):
    others.way = WAYS["servfail"]
    unbound = start(shared, etcd, others.stub(".", kind="forward"), server=[
        f'trust-anchor: "org. DS 1 13 2 {"0" * 64}"'])
    others.asked.clear()
    check(unbound)
    assert not [name for name in others.names() if is_ours(name)]


# --- zones that fall through ------------------------------------------------

@pytest.mark.parametrize("says", [
    "servfail", "refused", "silent", "nxdomain", "wrong-address",
    "whole-chain", "whole-chain-to-nothing", "aliases-alone"])
@pytest.mark.parametrize("forwarded", [True, False],
                         ids=["forwarded", "stub"])
def test_servers_that_fail_for_a_zone_that_falls_through(
        others, open_zones, says, forwarded):
    """etcd has the alias's target all the same."""
    others.way = WAYS[says]
    unbound = open_zones[forwarded]
    forget(unbound, others)
    check(unbound, [name for name in EXPECTED if "none" not in name])


@pytest.fixture(scope="module")
def open_zones(shared, etcd, others):
    """Unbounds that forward all, or just our zone, which falls through."""
    stubs = others.stub("own.org", "example.net", "example.edu")
    return {is_forwarded: start(shared, etcd, extra,
                                zone={"fallthrough": True})
            for is_forwarded, extra in (
                (True, everything_is_forwarded(others)), (False, stubs))}


def test_a_put_and_a_delete_while_those_servers_fail(etcd, others, open_zones):
    others.way = WAYS["refused"]
    for unbound in open_zones.values():
        forget(unbound, others)
        for number in range(3):
            put_lost(etcd, unbound, f"192.0.2.{10 + number}")
        etcd.delete("/helix/org/own/lost/A")
        unbound.wait_for_answer("lost.own.org", "SERVFAIL")
        assert unbound.addresses("to-lost.example.net") == "SERVFAIL"


# --- fast_reload ------------------------------------------------------------

# a zone that is ours and an auth-zone of unbound.conf as well
AUTH_ZONE = """
auth-zone:
  name: own.org
  zonefile: "{folder}/own.org.zone"
  for-downstream: no
  for-upstream: yes
  fallback-enabled: no
"""
AUTH_TEXT = f"""
own.org. 300 SOA ns. hostmaster. 1 3600 600 86400 60
own.org. 300 NS ns.own.org.
www.own.org. 300 A {WRONG}
"""


@pytest.fixture(scope="module")
def fast_reload():
    """A function that has an Unbound reload that way."""
    def reload(unbound):
        if not unbound.has_fast_reload():
            pytest.skip("this Unbound has no fast_reload")
        unbound.fast_reload()
    return reload


@pytest.fixture(scope="module")
def auth_zone(shared):
    (shared.folder / "own.org.zone").write_text(AUTH_TEXT)
    return AUTH_ZONE.format(folder=shared.folder)


@pytest.mark.parametrize("anchor", [False, True], ids=["plain", "anchor"])
@pytest.mark.parametrize("where", ["stub", "forward", "auth-zone"])
def test_a_fast_reload_that_changes_nothing(shared, etcd, others, fast_reload,
                                            auth_zone, where, anchor):
    others.way = WAYS["servfail"]
    stubs = others.stub("example.net", "example.edu")
    unbound = start(
        shared, etcd, {"forward": others.stub(".", kind="forward"),
                       "auth-zone": stubs + auth_zone, "stub": stubs}[where],
        server=[f'trust-anchor: "org. DS 1 13 2 {"0" * 64}"']
        if anchor else [])
    for _ in range(3):
        forget(unbound, others)
        check(unbound)
        fast_reload(unbound)
        forget(unbound, others)
        check(unbound)
        assert not [name for name in others.names() if is_ours(name)]


@pytest.mark.parametrize("is_asked", [False, True])
def test_a_fast_reload_that_removes_an_auth_zone(shared, etcd, others,
                                                 fast_reload, auth_zone,
                                                 is_asked):
    """is_asked: whether a query has been passed on before."""
    others.way = WAYS["servfail"]
    unbound = start(shared, etcd, others.stub("example.net", "example.edu") +
                    auth_zone)
    if is_asked:
        check(unbound)
    conf = unbound.folder / "unbound.conf"
    conf.write_text(conf.read_text().replace(auth_zone, ""))
    fast_reload(unbound)
    forget(unbound, others)
    check(unbound)
    conf.write_text(conf.read_text() + auth_zone)
    fast_reload(unbound)
    forget(unbound, others)
    check(unbound)


def test_fast_reloads_while_foreign_aliases_are_asked_for(
        shared, etcd, others, fast_reload):
    """No answer is lost to them, not even of what is on its way."""
    others.way = WAYS["servfail"]
    unbound = start(shared, etcd, others.stub("example.net", "example.edu"),
                    server=["cache-max-ttl: 0"])
    with Load(unbound, "to-www.example.net",
                  ["192.0.2.1", "www.own.org."]) as load:
        for _ in range(10):
            fast_reload(unbound)
            load.wait_for_more()
    assert not load.wrong, load.wrong[:5]


# --- what looks like the fence, and is not ----------------------------------

@pytest.mark.parametrize("rcode", ["NOERROR", "NXDOMAIN"])
@pytest.mark.parametrize("owner", ["example.net.", "net.", "."])
def test_a_foreign_soa_that_is_all_zero(forwarding, others, owner, rcode):
    """A zone elsewhere may have one."""
    others.way = lambda name, rdtype: reply(
        (), [f"{owner} 300 SOA . . 0 0 0 0 0"], rcode=rcode)
    forget(forwarding, others)
    expected = [] if rcode == "NOERROR" else rcode
    assert forwarding.addresses("x.example.net") == expected
    assert forwarding.addresses("y.example.net", "TXT") == expected


def test_a_foreign_alias_to_a_name_with_such_a_soa(forwarding, others):
    others.way = lambda name, rdtype: \
        [f"{name}. 300 CNAME x.example.edu."] if "net" in name else reply(
            (), ["example.edu. 300 SOA . . 0 0 0 0 0"])
    forget(forwarding, others)
    assert forwarding.addresses("z.example.net") == ["x.example.edu."]


def test_a_soa_that_is_all_zero_in_a_zone_that_falls_through(
        etcd, others, open_zones):
    others.way = lambda name, rdtype: reply(
        (), ["own.org. 300 SOA . . 0 0 0 0 0"])
    for unbound in open_zones.values():
        forget(unbound, others)
        for _ in range(2):
            assert unbound.addresses("nothing.own.org") == []
        assert unbound.addresses("www.own.org") == ["192.0.2.1"]


# --- servers of the root ----------------------------------------------------

def alias_of_the_root(name, rdtype):
    """A way: the root's name is an alias of our apex."""
    return [". 300 CNAME own.org."] if name == "." else "NXDOMAIN"


@pytest.mark.parametrize("minimised", ["yes", "no"])
def test_the_root_is_no_alias_of_our_zone(laboratory, etcd, others, minimised):
    """Our name servers would be taken for those of the root, and Unbound 1.17
    crashes when it asks them."""
    others.way = alias_of_the_root
    unbound = start(laboratory, etcd,
                    others.stub(".") + "  stub-prime: yes\n",
                    zone={"ns": ["ns.example.net"]},
                    server=[f"qname-minimisation: {minimised}"])
    others.asked.clear()
    for number in range(5):
        assert unbound.addresses(f"host-{number}.example.net") == "SERVFAIL"
    assert (".", "NS") in others.asked
    assert unbound.addresses("www.own.org") == ["192.0.2.1"]
    assert unbound.is_running()
