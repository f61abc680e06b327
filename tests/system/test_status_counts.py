"""What is counted of answers and changes: by a real Unbound with two threads,
as its metrics tell it.

A page that took long to write is given again for a while. So a test waits until
its own last query is counted, or its last change."""

import dns.rcode
import pytest

import lab
from foreign import Foreign
from lab import wait_for
from lab_status import Status

KINDS = {"data", "alias", "nodata", "nxdomain", "referral", "recursed",
         "servfail"}
KEYS = {"com/example/www/A": "203.0.113.1",
        "com/example/alias/CNAME": "www.example.com.",
        "com/example/out/CNAME": "www.outside.net.",
        "com/example/lost/CNAME": "lost.outside.net.",
        "com/example/d/DNAME": "www.example.com.",
        "com/example/cut/NS": "ns.outside.net.",
        "org/example/www/A": "203.0.113.2",
        "net/example/last/A": "203.0.113.3"}


def others(name, rdtype):
    """The rest of the world."""
    if name.startswith("lost."):
        return "SERVFAIL"
    if name == "in.outside.net":
        return ["in.outside.net. 300 CNAME www.example.org."]
    return [f"{name}. 300 A 198.51.100.1"] if rdtype == "A" else []


def counts(status):
    """{(zone without its final dot, kind): number} of the answers."""
    return {(dict(labels)["zone"][:-1], dict(labels)["kind"]): int(value)
            for (name, labels), value in status.metrics().items()
            if name == "helix_answers_total"}


@pytest.fixture(scope="module")
def watched(shared):
    """An Unbound that answers all by the module, and its status."""
    class Watched:
        lasts = 0

        @classmethod
        def counts(cls):
            """The counts as they are now, without those of example.net."""
            told = {}
            assert cls.unbound.addresses("last.example.net") == \
                ["203.0.113.3"]
            cls.lasts += 1

            def is_last():
                told.update(counts(cls.status))
                return told["example.net", "data"] == cls.lasts
            wait_for(is_last, lambda: f"the last query was counted: {told}")
            return {which: number for which, number in told.items()
                    if which[0] != "example.net"}

        etcd = shared.etcd()
        etcd.put_many((f"/helix/{key}", value) for key, value in KEYS.items())
        rest = shared.add(Foreign, others).start()
        status = Status(shared)
        unbound = shared.unbound(
            etcd, more={**status.more, "cache": False},
            zones=["example.com", "example.net",
                   {"name": "example.org", "fallthrough": True}],
            server=["access-control: 127.0.0.1/32 allow_snoop"],
            extra=rest.stub(".", kind="forward"))
    return Watched


@pytest.mark.parametrize("name, rdtype, rd, rcode, counted", [
    ("www.example.com", "A", True, "NOERROR", "example.com data"),
    ("WWW.example.COM", "A", True, "NOERROR", "example.com data"),
    ("alias.example.com", "CNAME", True, "NOERROR", "example.com data"),
    ("www.example.org", "A", True, "NOERROR", "example.org data"),
    ("alias.example.com", "A", True, "NOERROR", "example.com alias"),
    ("out.example.com", "A", True, "NOERROR", "example.com alias"),
    ("x.d.example.com", "MX", True, "NXDOMAIN", "example.com alias"),
    ("www.example.com", "MX", True, "NOERROR", "example.com nodata"),
    ("gone.example.com", "A", True, "NXDOMAIN", "example.com nxdomain"),
    ("www.cut.example.com", "A", False, "NOERROR", "example.com referral"),
    ("absent.example.org", "A", True, "NOERROR", "example.org recursed"),
    ("lost.example.org", "A", True, "SERVFAIL", "example.org servfail"),
    ("lost.example.com", "A", True, "SERVFAIL", "example.com servfail"),
    # another's alias, which leads here; and what does not
    ("in.outside.net", "A", True, "NOERROR", "example.org data"),
    ("www.outside.net", "A", True, "NOERROR", None),
    ("lost.outside.net", "A", True, "SERVFAIL", None),
])
def test_what_becomes_of_a_query_is_counted(watched, name, rdtype, rd, rcode,
                                            counted):
    before = watched.counts()
    assert before.keys() == {(zone, kind) for kind in KINDS
                             for zone in ("example.com", "example.org")}
    answer = watched.unbound.ask(name, rdtype, rd=rd)
    assert dns.rcode.to_text(answer.rcode()) == rcode
    more = {" ".join(which): number - before[which]
            for which, number in watched.counts().items()
            if number != before[which]}
    assert more == ({counted: 1} if counted else {})


def test_counts_go_on_over_reloads(watched):
    """Both threads answer, before and after; each reload ends them and begins
    others."""
    start = watched.counts()
    for reload in range(1, 5):
        for _ in range(100):
            watched.unbound.ask("www.example.com")
            watched.unbound.ask("gone.example.com")
        answered = watched.counts()
        assert {which: number - start[which]
                for which, number in answered.items()
                if number != start[which]} == {
                    ("example.com", "data"): 100 * reload,
                    ("example.com", "nxdomain"): 100 * reload}
        watched.unbound.reload(
            "reload" if reload % 2 else "reload_keep_cache")
        assert watched.counts() == answered
    threads = [line for line in watched.unbound.control(
        "stats_noreset").splitlines()
        if line.startswith("thread") and "num.queries=" in line]
    assert len(threads) == 2


def test_each_change_counts_with_its_delay(watched):
    status, etcd, unbound = watched.status, watched.etcd, watched.unbound

    def told():
        return [int(status.value("helix_source_events_total", type="put")),
                int(status.value("helix_source_events_total", type="delete")),
                int(status.value("helix_change_visible_seconds_count"))]
    watched.counts()
    before = told()
    seconds = status.value("helix_change_visible_seconds_sum")
    for number in range(20):
        etcd.put("/helix/com/example/often/A", lab.address(number))
        unbound.wait_for_answer("often.example.com", [lab.address(number)])
    etcd.delete("/helix/com/example/often/A")
    unbound.wait_for_answer("often.example.com", "NXDOMAIN")
    # another's key changes nothing, and is an event all the same
    etcd.put("/helix/dev/example/often/A", "203.0.113.1")
    expected = [before[0] + 21, before[1] + 1, before[2] + 21]
    wait_for(lambda: told() == expected,
             lambda: f"{expected} were counted, it is {told()}")
    assert status.value("helix_change_visible_seconds_bucket", le="+Inf") == \
        expected[2]
    assert status.value("helix_change_visible_seconds_sum") > seconds


def test_what_the_cache_gets_and_loses_is_counted(laboratory):
    """What it answers is not counted here: Unbound counts that."""
    etcd, status = laboratory.etcd(), Status(laboratory)
    for number in range(10):
        etcd.put(f"/helix/com/example/n{number}/A", "203.0.113.1")
    unbound = laboratory.unbound(etcd, more={**status.more, "cache": True})
    for _ in range(10):
        for number in range(10):
            unbound.ask(f"n{number}.example.com")
    hits = int(unbound.control("stats_noreset").split(
        "total.num.cachehits=")[1].split()[0])
    assert hits >= 10
    status.wait_for("helix_answers_total", 100 - hits, kind="data")
    # each is worth a place in the cache when it is asked for again
    status.wait_for("helix_cache_handed_over_total",
                    lambda value: value >= 10)
    taken_back = status.value("helix_cache_taken_back_total")
    for number in range(10):
        etcd.put(f"/helix/com/example/n{number}/A", "203.0.113.2")
    for number in range(10):
        unbound.wait_for_answer(f"n{number}.example.com", ["203.0.113.2"])
    status.wait_for("helix_cache_taken_back_total",
                    lambda value: value >= taken_back + 10)


def test_without_a_copy_each_answer_is_a_servfail(laboratory):
    status = Status(laboratory)
    unbound = laboratory.unbound(f"http://127.0.0.1:{lab.free_port()}",
                                 more=status.more, startup_wait="0s")
    for _ in range(3):
        assert unbound.addresses("www.example.com") == "SERVFAIL"
    status.wait_for("helix_answers_total", 3, zone="example.com.",
                    kind="servfail")


@pytest.mark.parametrize("which", ["bad", "ignored"])
def test_the_lists_follow_etcd(laboratory, which):
    """More keys are not served than are listed. Those that are mended leave
    the list, and others take their places."""
    etcd, status = laboratory.etcd(), Status(laboratory)
    if which == "bad":
        keys = [(f"/helix/com/example/n{number}/A", "no address")
                for number in range(1500)]
    else:
        keys = [(f"/helix/com/example/n{number}/{rdtype}", value)
                for number in range(1500)
                for rdtype, value in (("TXT", "text"),
                                      ("CNAME", "www.example.com."))]
    etcd.put_many(keys)
    laboratory.unbound(etcd, more=status.more)
    first = status.json(f"/keys/{which}")
    assert first["total"] == 1500 and len(first["keys"]) == 1000
    listed = {one["key"] for one in first["keys"]}
    assert len(listed) == 1000 and listed <= {key for key, _ in keys}
    assert status.value("helix_keys", state=which) == 1500
    gone = sorted(listed)[:700]
    etcd.put_many((key.replace("/CNAME", "/TXT"), "other") if which ==
                  "ignored" else (key, "203.0.113.1") for key in gone)
    if which == "ignored":
        for key in gone:
            etcd.delete(key)
    status.wait_for("helix_keys", 800, state=which)
    wait_for(lambda: status.json(f"/keys/{which}")["total"] == 800,
             lambda: f"800 are {which}: {status.json(f'/keys/{which}')}")
    rest = status.json(f"/keys/{which}")
    assert len(rest["keys"]) == 800
    assert not {one["key"] for one in rest["keys"]} & set(gone)
