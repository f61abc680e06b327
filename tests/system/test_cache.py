"""Answers come out of Unbound's cache, and none of them is older than what
etcd has said since."""

import contextlib
import itertools
import re
import subprocess

import dns.exception
import dns.flags
import dns.rcode
import pytest

import lab
from lab_etcd import key
from lab_load import Load, catch_up
from lab_nsd import Nsd

# What would keep an answer for long in any other zone.
HOLDING_ON = ["cache-min-ttl: 3600", "serve-expired: yes",
              "serve-expired-ttl: 0", "prefetch: yes"]
CHILD = """
@ 300 IN SOA ns hostmaster 1 3600 600 86400 60
@ 300 IN NS ns
www 300 IN A 198.51.100.9
"""
OTHERS = """
@ 300 IN SOA ns hostmaster 1 3600 600 86400 60
@ 300 IN NS ns
ns 300 IN A 127.0.0.1
other 300 IN MX 10 mail.example
mail.example 3600 IN A 198.51.100.9
"""
marks = itertools.count(1)


@pytest.fixture(scope="module")
def etcd(shared):
    return shared.etcd()


@pytest.fixture(scope="module", params=[1, 4], ids=["1-thread", "4-threads"])
def unbound(request, shared, etcd):
    return shared.unbound(etcd, zones=["example.com", "ns.example", "dname.example"],
                          server=[f"num-threads: {request.param}",
                                  *HOLDING_ON])


def hits(unbound):
    """How many answers came out of the cache so far."""
    return int(re.search(r"total\.num\.cachehits=(\d+)",
                         unbound.control("stats_noreset"))[1])


def put_into_cache(etcd, unbound, name, rdtype="A"):
    """Ask for a name until its answer comes out of the cache."""
    catch_up(etcd, unbound)

    def is_cached():
        before = hits(unbound)
        unbound.addresses(name, rdtype)
        return hits(unbound) > before
    lab.wait_for(is_cached, f"{name} {rdtype} was cached")


class Reader(Load):
    """Asks for a name all the while, and keeps what it was told whenever
    that was something else."""

    def __init__(self, unbound, name):
        super().__init__(unbound, name, None)
        self.told = []

    def is_right(self, seen):
        if not self.told or self.told[-1] != seen:
            self.told.append(seen)
        return True


@contextlib.contextmanager
def readers(unbound, name, count=3):
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(Reader(unbound, name))
                 for _ in range(count)]
        yield crowd
        for reader in crowd:
            reader.wait_for_more()


def test_answers_come_out_of_the_cache(etcd, unbound):
    etcd.put(key("plain.example.com", "A"),
             '{"ttl": 600, "rdata": "192.0.2.1"}')
    put_into_cache(etcd, unbound, "plain.example.com")
    before = hits(unbound)
    answer = unbound.ask("PLAIN.example.com")
    assert hits(unbound) == before + 1
    assert answer.flags & dns.flags.AA and not answer.flags & dns.flags.AD
    assert answer.answer[0].to_rdataset().to_text().endswith("A 192.0.2.1")
    assert answer.answer[0].name.to_text() == "PLAIN.example.com."
    assert answer.answer[0].ttl <= 600


def test_what_says_no_is_not_cached(etcd, unbound):
    """A put at any other name could make it wrong."""
    etcd.put(key("only.example.com", "A"), "192.0.2.1")
    etcd.put(key("*.tame.example.com", "A"), "192.0.2.2")
    catch_up(etcd, unbound)
    before = hits(unbound)
    for _ in range(4):
        assert unbound.addresses("none.example.com") == "NXDOMAIN"
        assert unbound.addresses("only.example.com", "AAAA") == []
        assert unbound.addresses("a.tame.example.com") == ["192.0.2.2"]
    assert hits(unbound) == before


# name; what etcd has, what is answered; what is put or deleted, what is
# answered then. Keys are (name, type and id).
CHANGES = {
    "a change": (
        "host.example.com",
        {("host.example.com", "A"): "192.0.2.1"}, ["192.0.2.1"],
        {("host.example.com", "A"): "192.0.2.2"}, ["192.0.2.2"]),
    "one more address": (
        "host.example.com",
        {("host.example.com", "A/x"): "192.0.2.1"}, ["192.0.2.1"],
        {("host.example.com", "A/y"): "192.0.2.2"},
        ["192.0.2.1", "192.0.2.2"]),
    "one address less": (
        "host.example.com",
        {("host.example.com", "A/x"): "192.0.2.1",
         ("host.example.com", "A/y"): "192.0.2.2"},
        ["192.0.2.1", "192.0.2.2"],
        {("host.example.com", "A/y"): None}, ["192.0.2.1"]),
    "a delete": (
        "host.example.com",
        {("host.example.com", "A"): "192.0.2.1"}, ["192.0.2.1"],
        {("host.example.com", "A"): None}, "NXDOMAIN"),
    "a delete beside other records": (
        "host.example.com",
        {("host.example.com", "A"): "192.0.2.1",
         ("host.example.com", "TXT"): "stays"}, ["192.0.2.1"],
        {("host.example.com", "A"): None}, []),
    "a delete below a wildcard": (
        "host.example.com",
        {("host.example.com", "A"): "192.0.2.1",
         ("*.example.com", "A"): "192.0.2.2"}, ["192.0.2.1"],
        {("host.example.com", "A"): None}, ["192.0.2.2"]),
    "a first put": (
        "host.example.com", {}, "NXDOMAIN",
        {("host.example.com", "A"): "192.0.2.1"}, ["192.0.2.1"]),
    "a name below one that does not exist": (
        "host.example.com", {}, "NXDOMAIN",
        {("below.host.example.com", "A"): "192.0.2.1"}, []),
    "a wildcard put": (
        "a.wild.example.com", {}, "NXDOMAIN",
        {("*.wild.example.com", "A"): "192.0.2.1"}, ["192.0.2.1"]),
    "a wildcard removed": (
        "a.wild.example.com",
        {("*.wild.example.com", "A"): "192.0.2.1"}, ["192.0.2.1"],
        {("*.wild.example.com", "A"): None}, "NXDOMAIN"),
    "a name put below a wildcard": (
        "a.wild.example.com",
        {("*.wild.example.com", "A"): "192.0.2.1"}, ["192.0.2.1"],
        {("a.wild.example.com", "A"): "192.0.2.2"}, ["192.0.2.2"]),
    "an alias's target": (
        "alias.example.com",
        {("alias.example.com", "CNAME"): "one.example.com",
         ("one.example.com", "A"): "192.0.2.1",
         ("two.example.com", "A"): "192.0.2.2"},
        ["192.0.2.1", "one.example.com."],
        {("alias.example.com", "CNAME"): "two.example.com"},
        ["192.0.2.2", "two.example.com."]),
    "the address of an alias's target": (
        "alias.example.com",
        {("alias.example.com", "CNAME"): "one.example.com",
         ("one.example.com", "A"): "192.0.2.1"},
        ["192.0.2.1", "one.example.com."],
        {("one.example.com", "A"): "192.0.2.3"},
        ["192.0.2.3", "one.example.com."]),
    "an alias's target that becomes one": (
        "alias.example.com",
        {("alias.example.com", "CNAME"): "one.example.com",
         ("one.example.com", "A"): "192.0.2.1",
         ("two.example.com", "A"): "192.0.2.2"},
        ["192.0.2.1", "one.example.com."],
        {("one.example.com", "A"): None,
         ("one.example.com", "CNAME"): "two.example.com"},
        ["192.0.2.2", "one.example.com.", "two.example.com."]),
    "an alias that gets company": (
        "alias.example.com",
        {("alias.example.com", "CNAME"): "one.example.com",
         ("one.example.com", "A"): "192.0.2.1"},
        ["192.0.2.1", "one.example.com."],
        {("alias.example.com", "A"): "192.0.2.4"}, ["192.0.2.4"]),
    "a bad value": (
        "host.example.com",
        {("host.example.com", "A"): "192.0.2.1"}, ["192.0.2.1"],
        {("host.example.com", "A"): "nonsense"}, "NXDOMAIN"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_seen_by_the_next_query(etcd, unbound, what):
    name, before, was, after, becomes = CHANGES[what]
    etcd.put_many((key(*at), value) for at, value in before.items())
    catch_up(etcd, unbound)
    with readers(unbound, name) as crowd:
        for reader in crowd:
            reader.wait_for_more()
        assert unbound.addresses(name) == was
        for at, value in after.items():
            if value is None:
                etcd.delete(key(*at))
            else:
                etcd.put(key(*at), value)
        catch_up(etcd, unbound)
        assert unbound.addresses(name) == becomes
    # in between, with two changes, there may be one more
    for reader in crowd:
        assert reader.told[0] == was and reader.told[-1] == becomes
        assert len(reader.told) <= 1 + len(after), reader.told
    for at in {**before, **after}:
        etcd.delete(key(*at))
    catch_up(etcd, unbound)


def test_a_ttl_is_changed(etcd, unbound):
    etcd.put(key("long.example.com", "A"),
             '{"ttl": 3600, "rdata": "192.0.2.1"}')
    put_into_cache(etcd, unbound, "long.example.com")
    etcd.put(key("long.example.com", "A"), '{"ttl": 7, "rdata": "192.0.2.1"}')
    catch_up(etcd, unbound)
    assert unbound.ask("long.example.com").answer[0].ttl <= 7


def test_many_changes_of_a_name_that_is_asked_for(etcd, unbound):
    """Each is seen when it is known, and nobody is told an older one after a
    newer one."""
    name = "busy.example.com"
    etcd.put(key(name, "A"), lab.address(0))
    catch_up(etcd, unbound)
    with readers(unbound, name) as crowd:
        for number in range(1, 60):
            etcd.put(key(name, "A"), lab.address(number))
            catch_up(etcd, unbound)
            assert unbound.addresses(name) == [lab.address(number)]
    for reader in crowd:
        assert reader.told == sorted(
            reader.told, key=lambda seen: int(seen[0].split(".")[3])), \
            reader.told


@pytest.mark.parametrize("rdtype", ["NS", "DNAME"])
def test_a_first_cut_above_a_cached_name(shared, etcd, unbound, rdtype):
    """What was answered before is not the zone's any more."""
    zone = f"{rdtype.lower()}.example"
    name = f"www.cut.{zone}"
    address = lab.free_network((6,)) + ".6"
    etcd.put_many([(key(name, "A"), "192.0.2.1"),
                   (key(f"www.to.{zone}", "A"), "192.0.2.7")])
    catch_up(etcd, unbound)
    assert unbound.addresses(name) == ["192.0.2.1"]
    child = Nsd(shared.folder / f"{rdtype}{next(marks)}",
                    {f"cut.{zone}": CHILD + f"ns 300 IN A {address}\n"},
                    address=address, port=53)
    shared.servers.append(child)
    child.start()
    with readers(unbound, name):
        if rdtype == "NS":
            etcd.put(key(f"ns.cut.{zone}", "A"), address)
            etcd.put(key(f"cut.{zone}", "NS"), f"ns.cut.{zone}")
        else:
            etcd.put(key(f"cut.{zone}", "DNAME"), f"to.{zone}")
        catch_up(etcd, unbound)
        seen = unbound.addresses(name)
    assert seen == (["198.51.100.9"] if rdtype == "NS" else
                    ["192.0.2.7", f"to.{zone}.", f"www.to.{zone}."])
    etcd.delete(key(f"cut.{zone}", rdtype))
    etcd.delete(key(f"ns.cut.{zone}", "A"))
    catch_up(etcd, unbound)
    assert unbound.addresses(name) == ["192.0.2.1"]


def test_expired_answers_are_not_old_ones(etcd, unbound):
    """serve-expired may give what is older than its TTL, and that is as etcd
    has it."""
    name = "expired.example.com"
    etcd.put(key(name, "A"), '{"ttl": 1, "rdata": "192.0.2.1"}')
    put_into_cache(etcd, unbound, name)
    etcd.put(key(name, "A"), '{"ttl": 1, "rdata": "192.0.2.2"}')
    catch_up(etcd, unbound)
    assert unbound.addresses(name) == ["192.0.2.2"]


def test_what_others_say_of_our_names(laboratory, etcd):
    """It comes into the cache with answers of theirs, and is not taken for
    what etcd says, not even where that is over its time."""
    nsd = laboratory.nsd({"com": OTHERS})
    unbound = laboratory.unbound(etcd, server=HOLDING_ON, extra=(
        f"stub-zone:\n  name: com\n  stub-addr: {nsd.address}@{nsd.port}\n"))
    name = "mail.example.com"
    etcd.put(key(name, "A"), '{"ttl": 1, "rdata": "192.0.2.1"}')
    put_into_cache(etcd, unbound, name)
    lab.wait_for(lambda: f"\n{name}.\t" not in unbound.control("dump_cache"),
                 f"{name} is over its time, and not shown any more")
    unbound.ask("other.com", "MX")
    assert "198.51.100.9" in unbound.control("dump_cache")
    assert unbound.addresses(name) == ["192.0.2.1"]


def test_a_reload_with_another_ttl(laboratory, etcd):
    name = "plain.example.com"
    etcd.put(key(name, "A"), "192.0.2.1")
    unbound = laboratory.unbound(etcd, zones=[{"name": "example.com",
                                               "ttl": 3600}])
    put_into_cache(etcd, unbound, name)
    unbound.configure(["example.com"])
    unbound.reload("reload_keep_cache")
    put_into_cache(etcd, unbound, name)
    assert unbound.ask(name).answer[0].ttl <= 5


def test_a_reload_that_keeps_the_cache(etcd, unbound):
    """What changes meanwhile is not missed, nor what the new configuration
    says."""
    name = "kept.example.com"
    etcd.put(key(name, "A"), '{"ttl": 3600, "rdata": "192.0.2.1"}')
    put_into_cache(etcd, unbound, name)
    for number in range(2, 6):
        unbound.reload("reload_keep_cache")
        etcd.put(key(name, "A"),
                 f'{{"ttl": 3600, "rdata": "192.0.2.{number}"}}')
        unbound.wait_for_answer(name, [f"192.0.2.{number}"])
        put_into_cache(etcd, unbound, name)


def test_reloads_and_changes_at_once(laboratory, etcd):
    """Unbound deletes its caches and makes them anew at a reload that gives
    them another size, while names that are in there change."""
    unbound = laboratory.unbound(etcd, server=["rrset-cache-size: 1m"])
    names = [f"r{i}.example.com" for i in range(20)]
    conf = unbound.folder / "unbound.conf"
    text = conf.read_text()
    numbers = itertools.count(1)

    def change_all():
        number = lab.address(next(numbers))
        etcd.put_many((key(name, "A"), number) for name in names)
        return [number]
    with contextlib.ExitStack() as stack:
        change_all()
        unbound.wait_for_answer(names[0], [lab.address(1)])
        for name in names[:3]:
            stack.enter_context(Reader(unbound, name))
        for size in range(2, 8):
            conf.write_text(text.replace("rrset-cache-size: 1m",
                                         f"rrset-cache-size: {size}m"))
            started = unbound.log().count("start of service")
            unbound.control("reload")
            lab.wait_for(lambda: change_all() and unbound.log().count(
                "start of service") > started, "it was reloaded")
    last = change_all()
    for name in names:
        unbound.wait_for_answer(name, last)


def patient_addresses(unbound, name):
    """The addresses of a name, from a thread that answers."""
    seen = []

    def is_answered():
        with contextlib.suppress(dns.exception.Timeout):
            seen.append(addresses_of(unbound.ask(name, timeout=0.3)))
        return seen
    lab.wait_for(is_answered, f"a thread answered {name}")
    return seen[0]


def addresses_of(answer):
    return [record.to_text() for rrset in answer.answer for record in rrset]


def has_silent_thread(unbound):
    try:
        unbound.ask("www.example.com", timeout=0.5)
    except dns.exception.Timeout:
        return True
    return False


def threads_asked(unbound):
    """Have each thread asked for what no cache has; how many were."""
    for _ in range(10):
        assert unbound.addresses("none.example.com") == "NXDOMAIN"
    return len(re.findall(r"thread\d+\.num\.queries=[1-9]",
                          unbound.control("stats_noreset")))


@contextlib.contextmanager
def first_thread_stands_still(unbound):
    """It waits for the rest of what it is to load into its cache."""
    with subprocess.Popen(
            [lab.UNBOUND / "sbin/unbound-control", "-c",
             unbound.folder / "unbound.conf", "load_cache"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as control:
        try:
            control.stdin.write(b"START_RRSET_CACHE\n")
            control.stdin.flush()
            lab.wait_for(lambda: has_silent_thread(unbound),
                         "the first thread stood still")
            yield
        finally:
            control.kill()


def test_a_thread_that_stands_still(laboratory, etcd):
    """The others tell nothing old, whichever it is."""
    etcd.put(key("www.example.com", "A"), "192.0.2.1")
    unbound = laboratory.unbound(etcd, zones=[{"name": "example.com",
                                               "ttl": 86400}])
    number = itertools.count(2)
    for _ in range(2):
        # it has new threads then, of which another may be the first asked
        unbound.reload()
        lab.wait_for(lambda: threads_asked(unbound) == 2, "both were asked")
        put_into_cache(etcd, unbound, "www.example.com")
        address = lab.address(next(number))
        with first_thread_stands_still(unbound):
            etcd.put(key("www.example.com", "A"), address)
            # no query but for what is in the cache
            lab.wait_for(lambda: patient_addresses(
                unbound, "www.example.com") == [address],
                "the other thread told what is new")
        unbound.wait_for_answer("www.example.com", [address])


def test_without_the_cache(laboratory, etcd):
    """cache: no; and TTLs do not count down."""
    etcd.put(key("plain.example.com", "A"), "192.0.2.1")
    unbound = laboratory.unbound(etcd, more={"cache": False})
    unbound.wait_for_answer("plain.example.com", ["192.0.2.1"])
    before = hits(unbound)
    for _ in range(5):
        assert unbound.ask("plain.example.com").answer[0].ttl == 5
    assert hits(unbound) == before
    unbound.more["cache"] = True
    unbound.configure(["example.com"])
    unbound.reload("reload_keep_cache")
    put_into_cache(etcd, unbound, "plain.example.com")
    unbound.more["cache"] = False
    unbound.configure(["example.com"])
    unbound.reload("reload_keep_cache")
    unbound.wait_for_answer("plain.example.com", ["192.0.2.1"])
    etcd.put(key("plain.example.com", "A"), "192.0.2.2")
    catch_up(etcd, unbound)
    assert unbound.addresses("plain.example.com") == ["192.0.2.2"]


def test_what_may_become_too_old_is_not_cached(laboratory, etcd):
    """With max-stale, no cache may go on for longer."""
    etcd.put(key("plain.example.com", "A"), "192.0.2.1")
    unbound = laboratory.unbound(etcd, more={"max-stale": "1h"})
    unbound.wait_for_answer("plain.example.com", ["192.0.2.1"])
    before = hits(unbound)
    for _ in range(5):
        assert unbound.addresses("plain.example.com") == ["192.0.2.1"]
    assert hits(unbound) == before


def test_what_response_ip_changes_is_not_cached(laboratory, etcd):
    """It changes what comes out of the cache, but not what comes from a
    module that stands before it."""
    unbound = laboratory.unbound(etcd, server=[
        'module-config: "dynlib respip validator iterator"',
        "response-ip: 192.0.2.0/24 redirect",
        'response-ip-data: 192.0.2.0/24 "A 198.51.100.9"'])
    etcd.put(key("plain.example.com", "A"), "192.0.2.1")
    unbound.wait_for_answer("plain.example.com", ["192.0.2.1"])
    for _ in range(5):
        assert unbound.addresses("plain.example.com") == ["192.0.2.1"]
