"""The network between Unbound and etcd fails in every way it can: it is slow,
it cuts, it mangles, it falls silent, and something else than etcd answers.
Names are answered throughout, and are right again afterwards, by
themselves."""

import contextlib
import json
import random
import socket
import threading

import pytest

from lab import address, wait_for
from lab_etcd import b64
from lab_load import Clock, Names, steady_load


@pytest.fixture(params=["v3", "v2"])
def api(request):
    return request.param


@pytest.fixture
def names(etcd):
    made = Names()
    made.put_all(etcd)
    return made


def pause(seconds):
    """What a slow network does."""
    threading.Event().wait(seconds)


# --- slow -------------------------------------------------------------------

def test_every_chunk_is_late(laboratory, etcd, names):
    relay = laboratory.relay(etcd)

    def late(_, data):
        for at in range(0, len(data), 1000):
            pause(0.01)
            yield data[at:at + 1000]
    relay.fault = late
    unbound = laboratory.unbound(relay.url, startup_wait="60s")
    with steady_load(unbound, etcd):
        names.change(etcd, 50)
        names.check(unbound, etcd)


def trickle(kind):
    """A fault: the body of an answer of a kind comes an octet at a time, and
    would take an hour; but it does go on."""
    def fault(connection, data):
        if connection.kind != kind:
            yield data
            return
        head = data.find(b"\r\n\r\n") + 4 if not connection.answer else 0
        yield data[:head]
        fault.begun = True
        for octet in data[head:]:
            pause(0.1)
            yield bytes([octet])
    fault.begun = False
    return fault


def test_a_list_that_trickles_is_given_up(laboratory, etcd, names):
    slow, good = laboratory.relay(etcd), laboratory.relay(etcd)
    unbound = laboratory.unbound([slow.url, good.url],
                                 etcd={"request-timeout": "1s"})
    with steady_load(unbound, etcd):
        slow.cut()
        good.cut()
        names.change(etcd, 50)
        etcd.forget_history()
        slow.mend()
        slow.fault = trickle("list")
        wait_for(lambda: slow.fault.begun, "a list began to trickle")
        good.mend()
        unbound.wait_for_log(f"following etcd {good.url}")
        names.check(unbound, etcd)


def test_a_watch_that_trickles_is_given_up(laboratory, etcd, names):
    """Only the watch does: probes are answered as ever."""
    slow, good = laboratory.relay(etcd), laboratory.relay(etcd)
    unbound = laboratory.unbound([slow.url, good.url],
                                 etcd={"request-timeout": "1s"})
    unbound.wait_for_log(f"following etcd {slow.url}: ")
    with steady_load(unbound, etcd):
        slow.fault = trickle("watch")
        names.change(etcd, 50)
        unbound.wait_for_log(f"lost etcd {slow.url}: ")
        unbound.wait_for_log(f"following etcd {good.url} again")
        names.check(unbound, etcd)


# --- too large --------------------------------------------------------------

@pytest.mark.parametrize("api", ["v3"], indirect=True)
def test_messages_over_a_limit_do_not_pass(laboratory, etcd, names):
    """As with the gateways of etcd 3.4.0 to 3.4.16. What does not pass as an
    event is listed, and what does not pass as a page of a list is listed in
    smaller ones."""
    gateway = laboratory.gateway(etcd)
    gateway.limit = 4 << 20
    relay = laboratory.relay(gateway)
    unbound = laboratory.unbound(relay.url)
    unbound.wait_for_log("following etcd")
    with steady_load(unbound, etcd):
        # after an outage
        relay.cut()
        for at in range(0, 600, 100):
            etcd.put_many((f"/helix/com/example/large{i}/TXT",
                           f"{i}:" + "x" * 9000) for i in range(at, at + 100))
        names.change(etcd, 10)
        relay.mend()
        names.check(unbound, etcd)
        assert gateway.refused["/v3/watch"] == 1
        assert gateway.refused["/v3/kv/range"] >= 1
        unbound.wait_for_log("larger than max .* the watch cannot deliver it; "
                             "listing again")
        unbound.wait_for_log(r"larger than max .*; listing \d+ keys at a time")
        # and while all is well
        etcd.put_many((f"/helix/com/example/gone/{i:05}/{'y' * 40}/A",
                       address(i)) for i in range(40000))
        last = f"{'y' * 40}.39999.gone.example.com"
        unbound.wait_for_answer(last, [address(39999)])
        etcd.ctl("del", "--prefix", "/helix/com/example/gone/")
        unbound.wait_for_answer(last, "NXDOMAIN")
        assert gateway.refused["/v3/watch"] >= 2
        names.change(etcd, 10)
        names.check(unbound, etcd)


# --- kept back --------------------------------------------------------------

def test_a_proxy_buffers_answers(laboratory, etcd, names):
    """As nginx does by default."""
    gateway = laboratory.gateway(etcd)
    gateway.buffer = 4096
    unbound = laboratory.unbound(gateway.url, etcd={"request-timeout": "1s"},
                                 more={"max-stale": "60s"})
    with steady_load(unbound, etcd):
        names.change(etcd, 30)
        names.check(unbound, etcd)
        # a buffer full, and part of a message
        etcd.put_many((f"/helix/com/example/many{i}/A", address(i))
                      for i in range(100))
        names.change(etcd, 30)
        names.check(unbound, etcd)
        if etcd.api == "v2":
            return
        unbound.wait_for_log("no watch gets through, as behind a proxy that "
                             r"buffers answers \(nginx: proxy_buffering off")
        gateway.buffer = None
        unbound.wait_for_log("following etcd .* again")
        names.change(etcd, 30)
        names.check(unbound, etcd)
    assert unbound.log().count("no watch gets through") == 1


# --- cut --------------------------------------------------------------------

def pair(number):
    return sorted([address(2 * number), address(2 * number + 1)])


def put_pair(etcd, number):
    """Two addresses of one name, which change at once."""
    if etcd.api == "v3":
        etcd.put_many(zip(["/helix/com/example/pair/A/one",
                           "/helix/com/example/pair/A/two"], pair(number)))
    else:
        etcd.put("/helix/com/example/pair/A", json.dumps(pair(number)))


class Cuts:
    """A fault: an answer of a kind is cut, together with all connections,
    after `first` octets, the next one after `step` octets more, and so on;
    until one has passed whole. Then it is the next kind's turn."""

    def __init__(self, relay, kinds, first, step):
        self.relay, self.kinds, self.step = relay, list(kinds), step
        # octets after which an answer of a kind is to be cut next
        self.next = dict.fromkeys(kinds, first)
        # the answers that have passed whole
        self.passed = {}
        self._lock = threading.Lock()
        relay.answered = {}

    def __call__(self, connection, data):
        if connection.lost:
            return
        cut_after = self._cut_after(connection, data)
        yield data[:cut_after]
        if cut_after is not None:
            self.relay.drop()

    def _cut_after(self, connection, data):
        """How many octets of these are to be passed; None: all of them."""
        with self._lock:
            if not self._has_turn():
                return None
            kind = self.kinds[0]
            if connection.kind != kind:
                # these are asked for after a connection was lost; history is
                # if there is an event that has not been seen
                return 0 if kind in ("resume", "history") and \
                    connection.kind == "watch" and \
                    (b"event" in data or b"action" in data) else None
            left = self.next[kind] - len(connection.answer)
            if len(data) <= left:
                self._note_events(connection, data)
                return None
            self.next[kind] += self.step
            return left

    def _note_events(self, connection, data):
        """A v3 watch is one answer that never ends; two messages of events
        are enough of it."""
        answer = bytes(connection.answer + data)
        if b'"events"' in answer.partition(b'"events"')[2] and \
                answer.endswith(b"}]}}\n\r\n"):
            self.relay.answered["watch"] = answer

    def _has_turn(self):
        while self.kinds and self.kinds[0] in self.relay.answered:
            kind = self.kinds.pop(0)
            self.passed[kind] = self.relay.answered[kind]
            self.relay.answered.clear()
        return bool(self.kinds)


def wait_for_pair(unbound, number):
    """Wait until the pair is this one. Until then it is the one before, and
    never one of each."""
    def as_put():
        seen = unbound.addresses("pair.example.com")
        assert seen in (pair(number - 1), pair(number))
        return seen == pair(number)
    wait_for(as_put, lambda: f"pair {number} was seen:\n{unbound.log()}", 300)


def test_the_connection_is_cut_after_every_octet(laboratory, etcd):
    """Each Unbound has so many endpoints that it never waits for the next
    attempt; they are all one relay. And there are several, as most of the
    time is spent waiting for etcd, and share the work."""
    step = 8
    kinds = ["list", "watch", "resume", "probe"]
    if etcd.api == "v2":
        kinds.insert(3, "history")
    put_pair(etcd, 0)
    relays = [laboratory.relay(etcd) for _ in range(step)]
    followers = [laboratory.unbound([relay.url] * 1000, etcd={
        "heartbeat": "200ms"}) for relay in relays]
    with steady_load(followers[0], etcd):
        for follower in followers:
            follower.wait_for_answer("steady.example.com", ["203.0.113.1"])
        for relay in relays:
            relay.cut()
        put_pair(etcd, 1)
        etcd.forget_history()
        cuts = [Cuts(relay, kinds, first, step)
                for first, relay in enumerate(relays)]
        for relay, relay.fault in zip(relays, cuts):
            relay.whole = True
        number = 1
        while any(cut.kinds for cut in cuts):
            for follower in followers:
                wait_for_pair(follower, number)
            number += 1
            put_pair(etcd, number)
        for follower in followers:
            wait_for_pair(follower, number)
            # nothing that is cut is taken for an answer that is complete
            assert "is empty" not in follower.log()
            assert "without an event" not in follower.log()
    for first, cut in enumerate(cuts):
        for kind in kinds:
            passed = cut.passed[kind]
            assert passed.startswith(b"HTTP/1.1 ") and len(passed) > 150
            # so there was a cut after every octet of it
            assert cut.next[kind] >= len(passed), kind


# --- mangled ----------------------------------------------------------------

def mangled(chance):
    """A fault: octets of answers are replaced by others. Not those of which
    the result would be another answer of etcd's, such as digits: TCP and TLS
    have checksums for them. But any of an answer's head, and all that makes
    JSON of text."""
    def fault(connection, data):
        data = bytearray(data)
        head = data.find(b"\r\n\r\n") if not connection.answer else -1
        for at, octet in enumerate(data):
            if (at < head and not chr(octet).isdigit() or
                    octet in b'{}[]",:\r\n') and chance.random() < 0.002:
                data[at] = chance.randrange(256)
                fault.count += 1
        yield bytes(data)
    fault.count = 0
    return fault


class History:
    """Puts names, and knows all that each has ever been."""

    def __init__(self, names):
        self.names = names
        self.been = {name: [[value]] for name, value in
                     names.address.items()}

    def change(self, etcd, number):
        self.names.change(etcd, number)
        for name, value in self.names.address.items():
            self.been[name].append([value] if value else "NXDOMAIN")

    def check(self, unbound):
        """Whatever is answered now was once true."""
        for name, been in self.been.items():
            seen = unbound.addresses(f"{name}.example.com")
            assert seen in been, (name, seen)


def test_what_is_mangled_is_not_believed(laboratory, etcd, names):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    relay = laboratory.relay(etcd)
    unbound = laboratory.unbound([relay.url] * 10, etcd={
        "request-timeout": "1s"})
    history = History(names)
    with steady_load(unbound, etcd):
        relay.fault = fault = mangled(random.Random(seed))
        while fault.count < 100:
            relay.drop()
            history.change(etcd, 3)
            history.check(unbound)
        relay.fault = None
        relay.drop()
        names.check(unbound, etcd)


def test_a_message_that_is_mangled_loses_no_other(laboratory, etcd, names):
    """Its end is not seen; etcd is there, and the next message may be long in
    coming."""
    relay = laboratory.relay(etcd)
    unbound = laboratory.unbound(relay.url, etcd={"request-timeout": "1s"})

    def without_end(connection, data):
        if connection.kind == "watch" and \
                (b"198.18.9.9" in data or b64("198.18.9.9").encode() in data):
            head, _, tail = data.rpartition(b"}")
            data = head + b"," + tail
            without_end.happened = True
        yield data
    without_end.happened = False
    with steady_load(unbound, etcd):
        relay.fault = without_end
        etcd.put("/helix/com/example/mangled/A", "198.18.9.9")
        wait_for(lambda: without_end.happened, "a message was mangled")
        relay.fault = None
        unbound.wait_for_answer("mangled.example.com", ["198.18.9.9"])
        names.check(unbound, etcd)


# --- something else than etcd -----------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


# what is said at first, what is said for ever then, and what the log says
OTHERS = {
    "it never answers": (b"", b"", r"no answer in \d+ ms"),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", b"",
                "HTTP/0.9"),
    "no HTTP, for ever": (b"", b"\xff\x00" * 10000, "HTTP/0.9"),
    "an HTML page": (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                     b"Content-Length: 30\r\n\r\n<html><body>Hi</body>"
                     b"</html>\r\n\r\n", b"", "not JSON"),
    "a head that does not end": (HEAD, b"X-More: more\r\n" * 1000,
                                 "header|no answer"),
    # libcurl says one of these of any line of more than 100 kB
    "a line of the head that does not end": (
        HEAD + b"X-More: ", b"x" * 10000,
        "Out of memory|grew larger than allowed"),
    # the limit of size, or of time, whichever is met first
    "a string that does not end": (CHUNKED + chunk(b'{"kvs":[{"key":"'),
                                   chunk(b"x" * 10000),
                                   "too large|timed out|too slow|no answer"),
    "space that does not end": (CHUNKED, chunk(b" " * 10000),
                                "nothing but white space"),
    "brackets that do not end": (CHUNKED, chunk(b'{"node":' * 1000),
                                 "too deep"),
    "a redirection": (b"HTTP/1.1 307 Temporary Redirect\r\nLocation: "
                      b"http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
                      b"", "HTTP status 307"),
    "an answer that is nothing": (CHUNKED + b"0\r\n\r\n", b"", "is empty"),
}


class Other:
    """A server that is not etcd."""

    def __init__(self, folder, first, ever):
        self.first, self.ever = first, ever
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def start(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def stop(self):
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._answer, daemon=True,
                                 args=self._server.accept()[:1]).start()

    def _answer(self, connection):
        with contextlib.suppress(OSError), connection:
            while connection.recv(65536):
                connection.sendall(self.first)
                while self.ever:
                    connection.sendall(self.ever)


@pytest.mark.parametrize("what", OTHERS)
def test_something_else_than_etcd_answers(laboratory, etcd, names, what):
    first, ever, reason = OTHERS[what]
    other = laboratory.add(Other, first, ever).start()
    relay = laboratory.relay(etcd)
    unbound = laboratory.unbound([other.url, relay.url], etcd={
        "heartbeat": "2s", "request-timeout": "8s"})
    unbound.wait_for_log(f"cannot follow etcd {other.url}: .*({reason})")
    unbound.wait_for_log(f"following etcd {relay.url}: ")
    with steady_load(unbound, etcd):
        # it is asked again, as soon as etcd is lost
        relay.cut()
        unbound.wait_for_log(f"lost etcd {relay.url}")
        unbound.wait_for_log(f"cannot follow etcd {other.url}: .*({reason})",
                             2)
        names.change(etcd, 10)
        relay.mend()
        names.check(unbound, etcd)
        # of an object, 16 MB are kept at most
        assert unbound.memory("HWM") < 200 << 20


# --- silent -----------------------------------------------------------------

@pytest.mark.parametrize("moment", ["when all is quiet", "in a message"])
def test_packets_vanish(laboratory, etcd, names, moment):
    """Connections stay open, and nothing comes any more."""
    silent, good = laboratory.relay(etcd), laboratory.relay(etcd)
    unbound = laboratory.unbound([silent.url, good.url])
    unbound.wait_for_log(f"following etcd {silent.url}: ")

    def half(connection, data):
        if connection.kind != "watch":
            yield data
            return
        yield data[:len(data) // 2]
        silent.hold()
        yield data[len(data) // 2:]
    with steady_load(unbound, etcd):
        if moment == "in a message":
            silent.fault = half
        else:
            silent.hold()
        names.change(etcd, 30)
        unbound.wait_for_log(f"lost etcd {silent.url}: ")
        unbound.wait_for_log(f"following etcd {good.url} again")
        names.check(unbound, etcd)
        silent.mend()
        good.hold()
        unbound.wait_for_log(f"lost etcd {good.url}: ")
        unbound.wait_for_log(f"following etcd {silent.url} again")
        names.check(unbound, etcd)


# --- parted -----------------------------------------------------------------

PARTED = {
    "from the others": lambda one, others: [
        *((one, other) for other in others),
        *((other, one) for other in others)],
    "and hears nothing": lambda one, others: [
        (other, one) for other in others],
    "and is not heard": lambda one, others: [
        (one, other) for other in others],
}


@pytest.mark.parametrize("how", PARTED)
def test_the_connected_member_is_cut_off(laboratory, how):
    """By the network: it runs, and Unbound reaches it."""
    network = laboratory.network()
    members = first, second, third = list(network.members.values())
    names = Names()
    names.put_all(first)
    unbound = laboratory.unbound(members)
    unbound.wait_for_log(f"following etcd {first.url}: ")
    with steady_load(unbound, second) as load, \
            Clock(unbound, second) as clock:
        network.cut(*PARTED[how](first.name, [second.name, third.name]))
        unbound.wait_for_log(f"lost etcd {first.url}: ")
        second.wait_until_healthy()
        names.change(second, 30)
        clock.tick(second)
        names.check(unbound, third)
        # none is left but the one that is cut off
        second.pause()
        third.pause()
        unbound.wait_for_log(f"cannot follow etcd {first.url}: ")
        load.wait_for_more()
        second.resume()
        third.resume()
        second.wait_until_healthy()
        clock.tick(second)
        network.mend()
        first.wait_until_healthy()
        names.change(first, 10)
        clock.tick(first)
        names.check(unbound, first)
    assert not clock.wrong, clock.wrong[:5]


# --- of the past ------------------------------------------------------------

def test_a_member_that_was_stopped_is_all_that_is_left(laboratory):
    members = first, second, third = laboratory.cluster()
    names = Names()
    names.put_all(first)
    relays = [laboratory.relay(member) for member in members]
    unbound = laboratory.unbound([relay.url for relay in relays])
    unbound.wait_for_log(f"following etcd {relays[0].url}: ")
    with steady_load(unbound, second) as load, \
            Clock(unbound, second) as clock:
        first.pause()
        second.wait_until_healthy()
        names.change(second, 30)
        clock.tick(second)
        names.check(unbound, third)
        # it knows nothing of that, and finds nobody to ask
        for relay in relays[1:]:
            relay.cut()
        second.pause()
        third.pause()
        first.resume()
        relays[0].wait_for_more(b" HTTP/1.1\r\n", 5)
        load.wait_for_more()
        # and now it does; we still reach nobody else
        second.resume()
        third.resume()
        first.wait_until_healthy()
        clock.tick(first)
        names.change(second, 10)
        names.check(unbound, second)
        unbound.wait_for_log(f"following etcd {relays[0].url} again")
    assert not clock.wrong, clock.wrong[:5]
    assert unbound.log().count("listed in") == 1


def test_a_restart_is_no_replacement(laboratory):
    """While the one that is known starts again, another cluster that is
    listed beside it answers at once, and again and again."""
    etcd, other = laboratory.etcd(), laboratory.etcd()
    other.put("/helix/com/example/steady/A", "192.0.2.1")
    relay = laboratory.relay(other)
    unbound = laboratory.unbound([etcd.url, relay.url],
                                 etcd={"heartbeat": "5s"})
    with steady_load(unbound, etcd):
        etcd.stop()
        relay.wait_for_more(b" HTTP/1.1\r\n", 4)
        etcd.start()
        unbound.wait_for_log(f"following etcd {etcd.url} again")
    assert "etcd was replaced" not in unbound.log()


def test_a_cluster_is_replaced_by_one_member_from_a_backup(laboratory):
    members = first, second, third = laboratory.cluster()
    names = Names()
    names.put_all(first)
    unbound = laboratory.unbound(members)
    with steady_load(unbound, first):
        snapshot = laboratory.folder / "snapshot"
        names.check(unbound, first)
        first.save(snapshot)
        later = Names()
        later.next = 1000
        later.change(second, 30)
        later.check(unbound, second)
        for member in members:
            member.kill()
        first.restore(snapshot)
        # a v2 backup has the names of all members in it
        first.launch_member(*["--force-new-cluster"] * (first.api == "v2"))
        first.wait_until_healthy()
        unbound.wait_for_log("etcd was replaced; listing again")
        names.check(unbound, first)
