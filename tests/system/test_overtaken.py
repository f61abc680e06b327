"""What etcd says wins at the next query, whatever Unbound is doing at that
moment: a foreign server that answers when the test says so lets etcd's data
change while a name is being recursed."""

import collections
import itertools
import socket

import dns.flags
import pytest

import lab
from foreign import Asked, Foreign, reply
from lab_etcd import key
from lab_load import Load, catch_up
from quick import Crowd

ELSEWHERE = "198.51.100.66"
ALIASES = 1000
numbers = itertools.count(1)


def elsewhere(name, rdtype):
    """Has one address for all names, but for some."""
    if name.startswith("into-"):
        # into-host-x.example.net is an alias of host.x.example.com
        target = name.split(".")[0].removeprefix("into-").replace("-", ".")
        return [f"{name}. 1 CNAME {target}.example.com."]
    if name.startswith("ns."):
        return reply(rcode="NXDOMAIN")
    return [f"{name}. 300 A {ELSEWHERE}"] if rdtype == "A" else []


class Child(Foreign):
    """Port 53 of an address, to which names are delegated."""

    def __init__(self, folder, host, answer):
        super().__init__(folder, self.say, lab.free_network((host,)) +
                         f".{host}", 53)
        self.answer = answer

    def say(self, name, rdtype):
        if self.answer is None or isinstance(self.answer, str):
            return self.answer
        if rdtype != "A":
            return []
        # whatever the name servers are called, they have this one's address
        return [f"{name}. 300 A " + (self.address if name.startswith("ns.")
                                     else self.answer[0])]


@pytest.fixture(scope="module")
def etcd(shared):
    etcd = shared.etcd()
    etcd.put(key("www.example.com"), "192.0.2.80")
    return etcd


@pytest.fixture(scope="module")
def outside(shared):
    return shared.add(Foreign, elsewhere).start()


def start(shared, etcd, outside, **options):
    """An Unbound with one thread, so that a query that is answered shows that
    the ones before it have been seen; and with patience, so that none is sent
    twice because this machine is slow."""
    server = ["num-threads: 1", "qname-minimisation: yes",
              "unknown-server-time-limit: 20000", "discard-timeout: 0"]
    more = options.pop("server", [])
    unbound = shared.unbound(
        etcd, server=server + more,
        extra=outside.stub("example.com", "example.net"), **options)
    unbound.wait_for_answer("www.example.com", ["192.0.2.80"])
    return unbound


@pytest.fixture(scope="module", params=[True, False],
                ids=["cache", "no-cache"])
def overlay(request, shared, etcd, outside):
    """example.com is served elsewhere, and some names of it by us. Without a
    validator, Unbound answers from its cache what none has looked at."""
    return start(shared, etcd, outside, more={"cache": request.param},
                 zones=[{"name": "example.com", "fallthrough": True}],
                 server=[] if request.param else
                 ['module-config: "dynlib iterator"'])


@pytest.fixture(scope="module")
def ours(shared, etcd, outside):
    """example.com is ours."""
    return start(shared, etcd, outside, zones=["example.com"])


def some():
    """A label that was not asked for before."""
    return f"n{next(numbers)}"


@pytest.fixture
def stops(outside):
    """Holds what is about some text, and lets go in the end."""
    def hold(text):
        outside.hold(lambda name, rdtype: text in name)
    yield hold
    outside.release()


# --- a validator before the module ------------------------------------------

def test_what_a_validator_sees_is_not_kept(shared, etcd, outside):
    """It hears of answers after the module, and has them stored."""
    unbound = start(shared, etcd, outside,
                    zones=[{"name": "example.com", "fallthrough": True}],
                    server=['module-config: "validator dynlib iterator"'])
    label = some()
    names = f"{label}.example.com", f"into-{label}.example.net"
    for name in names * 2:
        assert ELSEWHERE in unbound.addresses(name)
    etcd.put(key(names[0]), "192.0.2.1")
    catch_up(etcd, unbound)
    for name in names:
        assert "192.0.2.1" in unbound.addresses(name)


# --- minimised names --------------------------------------------------------

# that nobody is to validate for the client
UNCHECKED = dns.flags.RD | dns.flags.CD


@pytest.mark.parametrize("flags", [dns.flags.RD, UNCHECKED],
                         ids=["plain", "unchecked"])
@pytest.mark.parametrize("alias", [False, True], ids=["asked", "alias"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_name_above_one_that_is_being_recursed(etcd, overlay, outside,
                                                 stops, when, alias, flags):
    """On its way, the iterator asks for it, and keeps what it hears."""
    def addresses(name, rdtype="A"):
        return Asked(overlay, name, rdtype, flags=flags).addresses()
    above = f"{some()}.example.com"
    label = above.split(".")[0]
    deep = f"into-x-a-b-{label}.example.net" if alias else f"x.a.b.{above}"
    if when == "before":
        etcd.put(key(above), "192.0.2.1")
        catch_up(etcd, overlay)
        assert addresses(above) == ["192.0.2.1"]
    stops(f"b.{label}.")
    asked = Asked(overlay, deep, flags=flags)
    outside.wait_until_held(f"b.{label}.")
    assert (above, "A") in outside.asked
    if when == "after":
        etcd.put(key(above), "192.0.2.1")
    catch_up(etcd, overlay)
    for _ in range(3):
        assert addresses(above) == ["192.0.2.1"]
        assert addresses(above, "AAAA") == []
    outside.release()
    assert asked.addresses()[0] == ELSEWHERE
    assert addresses(above) == ["192.0.2.1"]


def test_a_name_above_that_does_not_exist_elsewhere(etcd, overlay, outside,
                                                    stops):
    """harden-below-nxdomain: what is below is not there either, but for what
    etcd has."""
    label = some()
    outside.says = lambda name, rdtype: "NXDOMAIN" \
        if name.endswith(f"{label}.example.com") else elsewhere(name, rdtype)
    try:
        overlay.addresses(f"x.a.{label}.example.com")
        etcd.put(key(f"y.a.{label}.example.com"), "192.0.2.1")
        catch_up(etcd, overlay)
        assert overlay.addresses(f"y.a.{label}.example.com") == ["192.0.2.1"]
        # a name without records
        assert overlay.addresses(f"a.{label}.example.com") == "NXDOMAIN"
        assert overlay.addresses(f"into-y-a-{label}.example.net")[0] == \
            "192.0.2.1"
    finally:
        outside.says = elsewhere


def test_many_ask_for_names_below_one_of_etcd(etcd, overlay):
    """As above, with no word of the test's about when."""
    label = some()
    name = f"sub.{label}.example.com"
    etcd.put(key(name), "192.0.2.1")
    catch_up(etcd, overlay)
    below = []
    with Load(overlay, name, ["192.0.2.1"]) as load:
        for number in range(200):
            below.append(Asked(overlay, f"x.a.b{number}.{name}"))
            if len(below) == 10:
                for asked in below:
                    assert asked.addresses() == [ELSEWHERE]
                below.clear()
        load.wait_for_more()
    assert not load.wrong


# --- queries that are joined to one under way -------------------------------

def overtake(etcd, unbound, outside, stops, name, text, change):
    """Ask for a name twice, with a change of etcd's between; what is about
    the text is held back until both queries and the change are known. Returns
    what both are told."""
    stops(text)
    before = Asked(unbound, name)
    outside.wait_until_held(text)
    change()
    catch_up(etcd, unbound)
    after = Asked(unbound, name)
    catch_up(etcd, unbound)
    outside.release()
    return before.addresses(), after.addresses()


def test_a_put_while_the_name_is_recursed(etcd, overlay, outside, stops):
    label = some()
    name = f"{label}.example.com"
    seen = overtake(etcd, overlay, outside, stops, name, f"{label}.",
                    lambda: etcd.put(key(name), "192.0.2.1"))
    assert seen == (["192.0.2.1"], ["192.0.2.1"])
    assert overlay.addresses(name) == ["192.0.2.1"]


@pytest.mark.parametrize("said", ["NXDOMAIN", "SERVFAIL", "REFUSED", []],
                         ids=str)
def test_a_put_while_the_servers_say_no(etcd, overlay, outside, stops, said):
    label = some()
    name = f"{label}.example.com"
    outside.says = lambda asked, rdtype: said if label in asked \
        else elsewhere(asked, rdtype)
    try:
        seen = overtake(etcd, overlay, outside, stops, name, f"{label}.",
                        lambda: etcd.put(key(name), "192.0.2.1"))
    finally:
        outside.says = elsewhere
    assert seen == (["192.0.2.1"], ["192.0.2.1"])
    assert overlay.addresses(name) == ["192.0.2.1"]


def test_a_put_of_another_type_while_the_name_is_recursed(etcd, overlay,
                                                          outside, stops):
    """Then the name is etcd's, with all its types."""
    label = some()
    name = f"{label}.example.com"
    seen = overtake(etcd, overlay, outside, stops, name, f"{label}.",
                    lambda: etcd.put(key(name, "TXT"), "text"))
    assert seen == ([], [])


def test_a_put_while_a_foreign_alias_is_recursed(etcd, overlay, outside,
                                                 stops):
    label = some()
    name = f"{label}.example.com"
    alias = f"into-{label}.example.net"
    seen = overtake(etcd, overlay, outside, stops, alias, f"{label}.example.c",
                    lambda: etcd.put(key(name), "192.0.2.1"))
    expected = ["192.0.2.1", f"{name}."]
    assert seen == (expected, expected)
    assert overlay.addresses(alias) == expected


# what an alias of ours becomes, and what is seen then
REPOINTED = {
    "to-us": ("CNAME", "www.example.com", ["192.0.2.80", "www.example.com."]),
    "elsewhere": ("CNAME", "quick.example.net",
                  [ELSEWHERE, "quick.example.net."]),
    "deleted": ("CNAME", None, "NXDOMAIN"),
    "an-address": ("A", "192.0.2.1", ["192.0.2.1"])}


def repoint(etcd, name, rdtype, value):
    """Change an alias into what REPOINTED has."""
    if value is None or rdtype == "A":
        etcd.delete(key(name, "CNAME"))
    if value:
        etcd.put(key(name, rdtype), value)


@pytest.mark.parametrize("what", REPOINTED)
def test_an_alias_whose_target_is_being_resolved(etcd, ours, outside, stops,
                                                 what):
    rdtype, value, expected = REPOINTED[what]
    label = some()
    name = f"{label}.example.com"
    etcd.put(key(name, "CNAME"), f"{label}.slow.example.net")
    catch_up(etcd, ours)
    seen = overtake(etcd, ours, outside, stops, name, f"{label}.slow",
                    lambda: repoint(etcd, name, rdtype, value))
    assert seen == (expected, expected)
    assert ours.addresses(name) == expected


@pytest.mark.parametrize("what", REPOINTED)
def test_a_foreign_alias_of_such_an_alias(etcd, ours, outside, stops, what):
    rdtype, value, expected = REPOINTED[what]
    label = some()
    name, alias = f"{label}.example.com", f"into-{label}.example.net"
    etcd.put(key(name, "CNAME"), f"{label}.slow.example.net")
    catch_up(etcd, ours)
    if expected != "NXDOMAIN":
        expected = sorted([*expected, f"{name}."])
    seen = overtake(etcd, ours, outside, stops, alias, f"{label}.slow",
                    lambda: repoint(etcd, name, rdtype, value))
    assert seen == (expected, expected)
    assert ours.addresses(alias) == expected


def test_an_alias_behind_an_alias(etcd, ours, outside, stops):
    """What changes is not the name that was asked for."""
    label = some()
    first, second = f"1.{label}.example.com", f"2.{label}.example.com"
    etcd.put(key(first, "CNAME"), second)
    etcd.put(key(second, "CNAME"), f"{label}.slow.example.net")
    catch_up(etcd, ours)
    seen = overtake(
        etcd, ours, outside, stops, first, f"{label}.slow",
        lambda: etcd.put(key(second, "CNAME"), "www.example.com"))
    expected = ["192.0.2.80", f"{second}.", "www.example.com."]
    expected = sorted(expected)
    assert seen == (expected, expected)


# --- delegations ------------------------------------------------------------

@pytest.fixture(scope="module")
def old(shared):
    return shared.add(Child, 4, ["198.51.100.4"]).start()


@pytest.fixture(scope="module")
def new(shared):
    return shared.add(Child, 5, ["198.51.100.5"]).start()


def delegate(etcd, label, child, ttl=86400):
    cut = f"{label}.example.com"
    for name, rdtype, value in ((cut, "NS", f"ns.{cut}"),
                                (f"ns.{cut}", "A", child.address)):
        etcd.put(key(name, rdtype), f'{{"ttl": {ttl}, "rdata": "{value}"}}')


def undelegate(etcd, label):
    etcd.delete(key(f"{label}.example.com", "NS"))
    etcd.delete(key(f"ns.{label}.example.com"))


@pytest.mark.parametrize("said", ["REFUSED", "SERVFAIL", None, ["203.0.113.9"]],
                         ids=["refused", "servfail", "silent", "alive"])
@pytest.mark.parametrize("what", ["mended", "deleted", "taken-over"])
def test_a_delegation_that_changes_meanwhile(request, etcd, old, new, what,
                                             said):
    """Its server is dead, or so slow that a change of etcd's is earlier."""
    unbound = request.getfixturevalue("ours" if said else "hasty")
    label = some()
    name = f"host.{label}.example.com"
    delegate(etcd, label, old)
    catch_up(etcd, unbound)
    old.answer = said
    old.hold(lambda asked, rdtype: label in asked)
    before = Asked(unbound, name)
    lab.wait_for(lambda: old.held, "the old server was asked")
    # first, as a query that begins anew is answered at once
    if what == "taken-over":
        etcd.put(key(name), "192.0.2.1")
    if what == "mended":
        delegate(etcd, label, new)
    else:
        undelegate(etcd, label)
    catch_up(etcd, unbound)
    after = Asked(unbound, name)
    catch_up(etcd, unbound)
    old.release()
    expected = {"mended": ["198.51.100.5"], "deleted": "NXDOMAIN",
                "taken-over": ["192.0.2.1"]}[what]
    assert after.addresses() == expected
    # where the server is silent, Unbound may have given up before the change
    assert before.addresses() == expected or not said
    assert unbound.addresses(name) == expected


@pytest.fixture(scope="module")
def hasty(shared, etcd, outside):
    """An Unbound that soon gives up servers that are silent."""
    return start(shared, etcd, outside, zones=["example.com"], server=[
        "unknown-server-time-limit: 400", "infra-cache-min-rtt: 200",
        "infra-cache-max-rtt: 800", "infra-host-ttl: 1",
        "outbound-msg-retry: 2"])


@pytest.mark.parametrize("is_dead", [False, True], ids=["alive", "dead"])
def test_a_delegation_with_a_long_life_is_deleted(etcd, ours, old, is_dead):
    old.answer = ["198.51.100.4"]
    label = some()
    cut = f"{label}.example.com"
    delegate(etcd, label, old)
    etcd.put(key(f"alias.{label}n.example.com", "CNAME"), f"host.{cut}")
    catch_up(etcd, ours)
    assert ours.addresses(f"host.{cut}") == ["198.51.100.4"]
    assert ours.addresses(f"into-host-{label}.example.net") == [
        "198.51.100.4", f"host.{cut}."]
    if is_dead:
        old.answer = None
    undelegate(etcd, label)
    etcd.put(key(f"ours.{cut}"), "192.0.2.1")
    catch_up(etcd, ours)
    old.asked.clear()
    for _ in range(2):
        assert ours.addresses(f"host.{cut}") == "NXDOMAIN"
        assert ours.addresses(f"ours.{cut}") == ["192.0.2.1"]
        assert ours.addresses(f"into-ours-{label}.example.net") == [
            "192.0.2.1", f"ours.{cut}."]
        assert ours.addresses(f"into-host-{label}.example.net") == \
            "NXDOMAIN"
        assert ours.addresses(f"alias.{label}n.example.com") == "NXDOMAIN"
    assert not [name for name in old.names() if label in name]


@pytest.mark.parametrize("is_dead", [False, True], ids=["alive", "dead"])
def test_such_a_delegation_in_a_zone_that_falls_through(etcd, overlay, old,
                                                        is_dead):
    """Below it, names are of the servers above again."""
    old.answer = ["198.51.100.4"]
    label = some()
    cut = f"{label}.example.com"
    delegate(etcd, label, old)
    catch_up(etcd, overlay)
    assert overlay.addresses(f"host.{cut}") == ["198.51.100.4"]
    if is_dead:
        old.answer = "REFUSED"
    undelegate(etcd, label)
    catch_up(etcd, overlay)
    old.asked.clear()
    for name in f"host.{cut}", f"new.{cut}", f"x.y.{cut}":
        assert overlay.addresses(name) == [ELSEWHERE]
    assert overlay.addresses(f"into-other-{label}.example.net") == [
        ELSEWHERE, f"other.{cut}."]
    assert not [name for name in old.names() if label in name]


def test_a_delegation_that_leads_to_other_servers(etcd, ours, old, new):
    """It was to live for a day."""
    old.answer = ["198.51.100.4"]
    label = some()
    name = f"host.{label}.example.com"
    delegate(etcd, label, old)
    catch_up(etcd, ours)
    assert ours.addresses(name) == ["198.51.100.4"]
    etcd.put(key(f"{label}.example.com", "NS"), f"ns.{label}x.example.com")
    etcd.put(key(f"ns.{label}x.example.com"), new.address)
    catch_up(etcd, ours)
    for _ in range(2):
        assert ours.addresses(name) == ["198.51.100.5"]
        assert ours.addresses(f"into-host-{label}.example.net") == [
            "198.51.100.5", f"{name}."]


# --- several threads, and no fence ------------------------------------------

# A forwarder that follows aliases by itself, and knows of names of ours what
# is not so.
FORWARDER = f"""
. 300 SOA ns. hostmaster. 1 3600 600 86400 60
. 300 NS ns.
ns. 300 A 127.0.0.1
*.to-www.example.net. 2 CNAME www.example.com.
*.to-new.example.net. 2 CNAME new.example.com.
www.example.com. 300 A {ELSEWHERE}
"""


@pytest.fixture(scope="module", params=["forwarder", "fallthrough"])
def threads(request, shared, etcd):
    """An Unbound of two threads, without a fence around example.com."""
    nsd = shared.nsd({".": FORWARDER})
    is_open = request.param == "fallthrough"
    etcd.put(key("new.example.com"), "192.0.2.80")
    unbound = shared.unbound(
        etcd, zones=[{"name": "example.com", "fallthrough": is_open}],
        extra="".join(f"{kind}-zone:\n  name: {zone}\n"
                      f"  {kind}-addr: 127.0.0.1@{nsd.port}\n"
                      for kind, zone in
                      ([("stub", "example.com"), ("stub", "example.net")]
                       if is_open else [("forward", ".")])))
    for name in "www", "new":
        unbound.wait_for_answer(f"{name}.example.com", ["192.0.2.80"])
    return unbound


@pytest.mark.parametrize("alias", ["to-www", "to-new"])
def test_threads_that_ask_for_foreign_aliases(threads, alias):
    """Each answer is etcd's, also for a thread that looks into the cache while
    another one is about to complete what others said."""
    crowd, seen = Crowd(threads, 4), collections.Counter()
    for number in range(ALIASES):
        seen.update(crowd.ask(f"{next(numbers)}.{alias}.example.net", 16))
    crowd.close()
    assert seen == {socket.inet_aton("192.0.2.80"): ALIASES * 4 * 16}
