"""More than is usual: many keys, large values, long names, crowded names, and
more changes than can be told one by one. What is over a limit costs itself,
and memory follows the data. With --large, ten times as many keys and changes.
"""

import concurrent.futures
import http.client
import json
import re
import threading

import dns.flags
import dns.rcode
import pytest

from lab import address, wait_for
from lab_etcd import b64
from lab_load import Load

MEGABYTE = 1024 * 1024
# just within etcd's own limit of a request, --max-request-bytes
LARGE = 3 * MEGABYTE // 2 - 4096
LAST = "203.0.113.2"


@pytest.fixture
def api(request):
    """v3, but in the tests that are marked as for both."""
    return getattr(request, "param", "v3")


both_apis = pytest.mark.parametrize("api", ["v3", "v2"], indirect=True)


@pytest.fixture
def times(request):
    """By what to multiply."""
    return 10 if request.config.getoption("--large") else 1


def put_large(etcd, key, value):
    """Put a value that is too long for a command line."""
    if etcd.api == "v2":
        etcd.put(key, value)
    else:
        etcd.put_many([(key, value)])


def wait_for_last(etcd, unbound):
    """A last change is seen, so all before it were."""
    etcd.put("/helix/com/example/last/A", LAST)
    unbound.wait_for_answer("last.example.com", [LAST])
    etcd.delete("/helix/com/example/last/A")
    unbound.wait_for_answer("last.example.com", "NXDOMAIN")


class Writer:
    """Writes as fast as etcd takes it, over several connections, each with
    names of its own, so that the last value of each is known."""

    threads = 8
    names = 125

    def __init__(self, etcd):
        self.etcd = etcd
        self.last = [0] * self.threads
        self.stop = threading.Event()

    def key(self, thread, number):
        return f"/helix/com/example/t{thread}-{number}/A"

    def value(self, thread, number, turn):
        return address((turn * self.threads + thread) * self.names + number)

    def write(self, connection, thread, turn):
        pairs = [(self.key(thread, i), self.value(thread, i, turn))
                 for i in range(self.names)]
        if self.etcd.api == "v2":
            for key, value in pairs:
                self.etcd.keys("PUT", key, connection, value=value)
            return
        connection.request("POST", "/v3/kv/txn", json.dumps({"success": [
            {"requestPut": {"key": b64(k), "value": b64(v)}}
            for k, v in pairs]}))
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()

    def write_turns(self, thread, turns):
        connection = http.client.HTTPConnection("127.0.0.1", self.etcd.port)
        for turn in range(self.last[thread], turns):
            if self.stop.is_set():
                break
            self.write(connection, thread, turn)
            self.last[thread] = turn + 1
        connection.close()

    def run(self, turns):
        """Write each name so many times in all."""
        with concurrent.futures.ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(lambda thread: self.write_turns(thread, turns),
                          range(self.threads)))

    def check(self, unbound):
        for thread in range(self.threads):
            for i in range(self.names):
                assert unbound.addresses(f"t{thread}-{i}.example.com") == \
                    [self.value(thread, i, self.last[thread] - 1)]


# --- many -------------------------------------------------------------------

def test_a_hundred_thousand_keys_and_memory_follows_them(laboratory, times):
    count = 100000 * times
    etcd = laboratory.etcd()
    unbound = laboratory.unbound(etcd, startup_wait="0s")
    unbound.wait_for_log("following etcd")
    empty = unbound.memory()
    etcd.put_many((f"/helix/com/example/n{i % 100}/host{i}/A", address(i))
                  for i in range(count))
    wait_for_last(etcd, unbound)
    for i in range(0, count, count // 2000):
        assert unbound.addresses(f"host{i}.n{i % 100}.example.com") == \
            [address(i)]
    # measured: 190 octets a key
    assert unbound.memory() - empty < 400 * count
    fresh = laboratory.unbound(etcd, startup_wait="50s")
    fresh.wait_for_log(f"following etcd .*: {count} keys of revision")
    for i in range(0, count, count // 2000):
        assert fresh.addresses(f"host{i}.n{i % 100}.example.com") == \
            [address(i)]
    assert fresh.memory() - empty < 400 * count + 32 * MEGABYTE


@both_apis
def test_a_burst_of_changes_while_a_list_is_under_way(laboratory, api):
    etcd = laboratory.etcd()
    etcd.put_many((f"/helix/com/example/old{i}/A", address(i))
                  for i in range(20000 if api == "v3" else 5000))
    writer = Writer(etcd)
    writer.run(1)
    burst = threading.Thread(target=writer.run, args=(1000000,))
    burst.start()
    try:
        wait_for(lambda: min(writer.last) > 1, "the burst had begun")
        unbound = laboratory.unbound(etcd, startup_wait="0s")
        unbound.wait_for_log("following etcd")
        listed = min(writer.last)
        wait_for(lambda: min(writer.last) > listed, "the burst went on")
    finally:
        writer.stop.set()
        burst.join()
    wait_for_last(etcd, unbound)
    writer.check(unbound)
    for i in range(0, 5000, 10):
        assert unbound.addresses(f"old{i}.example.com") == [address(i)]


@both_apis
def test_as_many_changes_as_etcd_takes_and_memory_does_not_grow(
        laboratory, etcd, unbound, api, times):
    """The same thousand names, again and again; a name that never changes is
    answered all the while."""
    turns = (200 if api == "v3" else 20) * times
    writer = Writer(etcd)
    etcd.put("/helix/com/example/steady/A", "203.0.113.1")
    unbound.wait_for_answer("steady.example.com", ["203.0.113.1"])
    with Load(unbound, "steady.example.com", ["203.0.113.1"]) as load:
        writer.run(turns // 10)
        wait_for_last(etcd, unbound)
        before = unbound.memory()
        writer.run(turns)
        wait_for_last(etcd, unbound)
        load.wait_for_more()
    assert not load.wrong, load.wrong[:5]
    writer.check(unbound)
    # the data are a fifth of a megabyte; what is added here is what the
    # allocator and the largest message of a watch leave behind
    assert unbound.memory() - before < 16 * MEGABYTE


def test_a_transaction_of_128_changes_becomes_visible_at_once(
        etcd, unbound):
    """All 128 are records of one name, which is never seen half changed."""
    count = 128

    def state(turn):
        return sorted(address(turn * count + i) for i in range(count))

    def put(turn):
        etcd.gateway("/v3/kv/txn", {"success": [
            {"requestPut": {"key": b64(f"/helix/com/example/all/A/id{i}"),
                            "value": b64(address(turn * count + i))}}
            for i in range(count)]})
    seen, end = [], threading.Event()

    def look():
        while not end.is_set():
            answer = unbound.ask("all.example.com", tcp=True)
            seen.append(sorted(record.to_text() for record
                               in answer.answer[0]))
    put(0)
    wait_for(lambda: unbound.ask("all.example.com").rcode() ==
             dns.rcode.NOERROR, "the first was seen")
    looker = threading.Thread(target=look)
    looker.start()
    for turn in range(1, 50):
        put(turn)
    wait_for(lambda: seen and seen[-1] == state(49), "the last was seen")
    end.set()
    looker.join()
    turns = [seen_state for n, seen_state in enumerate(seen)
             if n == 0 or seen_state != seen[n - 1]]
    known = [state(turn) for turn in range(50)]
    assert [known.index(one) for one in turns] == \
        sorted(known.index(one) for one in turns)


# --- large ------------------------------------------------------------------

@both_apis
def test_values_as_large_as_etcd_takes_them(laboratory, etcd, unbound):
    """Each costs one line of the log, and is served as far as it goes."""
    addresses = [address(i) for i in range(LARGE // 18)]
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    put_large(etcd, "/helix/com/example/legal/A", json.dumps(addresses))
    put_large(etcd, "/helix/com/example/space/A",
              " " * (LARGE - 20) + "203.0.113.3\n")
    put_large(etcd, "/helix/com/example/junk/A", "x" * LARGE)
    put_large(etcd, "/helix/com/example/deep/A", "[" * LARGE)
    put_large(etcd, "/helix/com/example/text/TXT", '"' + "x" * LARGE + '"')
    put_large(etcd, "/helix/com/example/list/AAAA",
              json.dumps(["x" * 100] * (LARGE // 110)))
    wait_for_last(etcd, unbound)
    other = laboratory.unbound(etcd, startup_wait="60s")
    for one in unbound, other:
        assert one.addresses("www.example.com") == ["203.0.113.1"]
        assert one.addresses("space.example.com") == ["203.0.113.3"]
        served = one.ask("legal.example.com", tcp=True).answer[0]
        assert {record.to_text() for record in served} == \
            set(addresses[:4000])
        for name in "junk", "deep", "text", "list":
            assert one.addresses(f"{name}.example.com") == "NXDOMAIN"
        for key in "junk/A", "deep/A", "text/TXT", "list/AAAA":
            one.wait_for_log(f"key /helix/com/example/{key} is not served: ")
        one.wait_for_log(f"legal.example.com. A has {len(addresses)} records,"
                         " and 4000 of them fit")
        helix = [line for line in one.log().splitlines() if "helix" in line]
        assert max(len(line) for line in helix) < 400


def test_many_large_values_are_listed(laboratory):
    """etcd takes longer to make up a page of them than it may be silent."""
    etcd = laboratory.etcd()
    junk = "x" * LARGE
    for i in range(40):
        put_large(etcd, f"/helix/com/example/big{i}/A", junk)
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound = laboratory.unbound(etcd, startup_wait="60s")
    unbound.wait_for_log("keys served: 1, bad: 40, in none of the zones: 0")
    assert unbound.addresses("www.example.com") == ["203.0.113.1"]
    # 60 megabytes went through; a page is read key by key
    assert unbound.memory() < 80 * MEGABYTE


@pytest.mark.parametrize("api", ["v2"], indirect=True)
def test_a_value_that_v2_writes_six_times_as_large(laboratory, etcd, unbound):
    """And twice in an event: with the value before. It costs only itself."""
    key = "/helix/com/example/big/A"
    for _ in range(3):
        etcd.put(key, "\x01" * (3 * MEGABYTE))
    wait_for_last(etcd, unbound)
    assert "too large" not in unbound.log()
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    other = laboratory.unbound(etcd, startup_wait="60s")
    assert other.addresses("www.example.com") == ["203.0.113.1"]
    other.wait_for_log("keys served: 1, bad: 1, in none of the zones: 0")
    etcd.put(key, "203.0.113.3")
    for one in unbound, other:
        one.wait_for_answer("big.example.com", ["203.0.113.3"])


@both_apis
def test_names_of_255_octets(etcd, unbound):
    # with the root's octet, and one octet of length for each label
    rest = 255 - 1 - len("example.com") - 1
    labels = ["x" * 59] * 3 + ["y" * (rest - 3 * 60 - 1)]
    longest = "/".join(labels)
    etcd.put(f"/helix/com/example/{longest}/A", "203.0.113.1")
    etcd.put(f"/helix/com/example/{longest}y/A", "203.0.113.2")
    etcd.put(f"/helix/com/example/{longest[:-1]}*/A", "203.0.113.3")
    name = ".".join(reversed(labels)) + ".example.com"
    wait_for_last(etcd, unbound)
    assert unbound.addresses(name) == ["203.0.113.1"]
    assert unbound.ask(name, "AAAA").rcode() == dns.rcode.NOERROR
    assert unbound.addresses("n" + name[1:]) == "NXDOMAIN"
    unbound.wait_for_log(r"key /helix/com/example/x.*yy/A is not served: "
                         ".*over 255 octets")


# --- crowded names ----------------------------------------------------------

def answered(unbound, name):
    answer = unbound.ask(name, tcp=True)
    return {record.to_text() for rrset in answer.answer for record in rrset}


def test_thousands_of_records_of_one_key(etcd, unbound):
    def put(count):
        put_large(etcd, "/helix/com/example/many/A",
                  json.dumps([address(i) for i in range(count)]))
        wait_for_last(etcd, unbound)
        return {address(i) for i in range(count)}
    expected = put(3000)
    assert answered(unbound, "many.example.com") == expected
    answer = unbound.ask("many.example.com")
    assert answer.flags & dns.flags.TC
    unbound.wait_for_log("many.example.com. A has 3000 records, and 3000 of "
                         "them fit into an answer")
    # the first 4000, in the canonical order
    assert answered(unbound, "many.example.com") < put(5000)
    assert answered(unbound, "many.example.com") == \
        {address(i) for i in range(4000)}
    assert answered(unbound, "many.example.com") > put(3)
    assert unbound.addresses("many.example.com") == \
        [address(i) for i in range(3)]


@both_apis
def test_thousands_of_keys_of_one_rrset(etcd, unbound):
    key = "/helix/com/example/many/A/node-{}".format
    etcd.put_many((key(i), address(i)) for i in range(3000))
    wait_for_last(etcd, unbound)
    assert answered(unbound, "many.example.com") == \
        {address(i) for i in range(3000)}
    for i in range(0, 3000, 100):
        etcd.delete(key(i))
    etcd.put_many((key(i), address(0)) for i in range(50, 3000, 100))
    wait_for_last(etcd, unbound)
    assert answered(unbound, "many.example.com") == {address(0)} | \
        {address(i) for i in range(3000) if i % 50}


# --- bad ones, and those of others ------------------------------------------

@both_apis
def warnings_told(unbound):
    """How many bad keys the log tells of one by one, and the numbers of those
    that were suppressed and of those that were bad then."""
    log = unbound.log()
    return log.count("is not served:"), [
        (int(out), int(bad)) for out, bad in re.findall(
            r"(\d+) more warnings suppressed; bad keys now: "
            r"(\d+)", log)]


def test_a_flood_of_ten_thousand_bad_values_is_counted(
        laboratory, etcd, unbound, api):
    """Few of them get a line of the log; of the others, their number is told,
    none is told twice, and none is forgotten."""
    count = 10000 if api == "v3" else 900
    etcd.put_many((f"/helix/com/example/flood{i}/A", "bad")
                  for i in range(count))
    etcd.put_many((f"/helix/org/example/other{i}/A", "203.0.113.3")
                  for i in range(1000 if api == "v3" else 90))
    etcd.put("/helix/com/example/www/A", "203.0.113.1")

    def told():
        """Those that were told, one by one or by number, so far."""
        # it is told by whatever comes next
        etcd.put("/helix/com/example/next/A", "203.0.113.1")
        etcd.delete("/helix/com/example/next/A")
        singly, left_out = warnings_told(unbound)
        return singly + sum(out for out, _ in left_out) >= count
    wait_for(told, lambda: f"all {count} were told of:\n" +
             unbound.log()[-3000:])
    singly, left_out = warnings_told(unbound)
    assert singly + sum(out for out, _ in left_out) == count
    assert left_out[-1][1] == count
    assert singly < 300
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    # and by who finds them there
    other = laboratory.unbound(etcd, startup_wait="60s")
    other.wait_for_log("more warnings suppressed; bad keys now: "
                       f"{count}")
    singly, left_out = warnings_told(other)
    assert singly + sum(out for out, _ in left_out) == count
    assert singly < 300
    outside = 1000 if api == "v3" else 90
    other.wait_for_log(f"keys served: [12], bad: {count}, in none of the "
                       f"zones: {outside}")
