"""Unbound is told to stop or to reload, at every point that the module can be
at; it does, without a word that is bad."""

import re
import signal
import socket
import threading

import dns.rcode
import pytest

import lab
from lab import address, free_port, wait_for
from lab_unbound import Unbound


@pytest.fixture(params=["v3", "v2"])
def api(request):
    return request.param


WWW = "203.0.113.1"


class Silent:
    """Takes connections up, and says nothing; keeps what was sent to it."""

    def __init__(self, folder):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.taken = []
        self.heard = b""
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        try:
            while True:
                self.taken.append(self.server.accept()[0])
                self.heard += self.taken[-1].recv(1)
        except OSError:
            pass

    def stop(self):
        self.server.shutdown(socket.SHUT_RDWR)
        for end in self.server, *self.taken:
            end.close()


class Garbled(Silent):
    """Answers a handshake with what is none."""

    def accept(self):
        try:
            while True:
                with self.server.accept()[0] as end:
                    self.heard += end.recv(1)
                    end.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        except OSError:
            pass


# Each way to a point returns the Unbound that is there.

def in_a_list(laboratory):
    etcd = laboratory.etcd()
    etcd.put_many((f"/helix/com/example/host{i}/A", address(i))
                  for i in range(2000))
    relay = laboratory.relay(etcd)
    half = threading.Event()

    def half_of_it(connection, data):
        room = 30000 - len(connection.answer)
        yield data[:room]
        if room < len(data):
            relay.hold()
            half.set()
    relay.fault = half_of_it
    unbound = laboratory.unbound(relay.url, startup_wait="0s", etcd={
        "heartbeat": "1m", "request-timeout": "10m"})
    wait_for(half.is_set, "the list was half told")
    return unbound


def in_a_stream_of_events(laboratory):
    etcd = laboratory.etcd()
    etcd.put("/helix/com/example/www/A", WWW)
    unbound = laboratory.unbound(etcd)
    unbound.wait_for_log("following etcd")
    end = threading.Event()

    def stream():
        number = 0
        while not end.is_set():
            etcd.put_many((f"/helix/com/example/host{i}/A",
                           address(number + i)) for i in range(100))
            number += 1
    writer = threading.Thread(target=stream)
    writer.start()
    laboratory.servers.append(type("Writer", (), {
        "stop": lambda self: (end.set(), writer.join())})())
    first = unbound.addresses("host0.example.com")
    wait_for(lambda: unbound.addresses("host0.example.com") != first,
             "events came")
    return unbound


def in_back_off(laboratory):
    unbound = laboratory.unbound(f"http://127.0.0.1:{free_port()}",
                                 startup_wait="0s")
    unbound.wait_for_log("cannot follow etcd")
    return unbound


def in_back_off_with_a_copy(laboratory):
    etcd = laboratory.etcd()
    etcd.put("/helix/com/example/www/A", WWW)
    unbound = laboratory.unbound(etcd)
    unbound.wait_for_answer("www.example.com", [WWW])
    unbound.wait_for_state("following")
    etcd.kill()
    unbound.wait_for_log("lost etcd")
    return unbound


def in_a_handshake(laboratory):
    silent = laboratory.add(Silent)
    unbound = laboratory.unbound(f"https://127.0.0.1:{silent.port}",
                                 startup_wait="0s",
                                 etcd={"connect-timeout": "1m",
                                       "heartbeat": "1m"})
    wait_for(lambda: silent.heard, "a handshake had begun")
    return unbound


def in_a_request(laboratory):
    silent = laboratory.add(Silent)
    unbound = laboratory.unbound(f"http://127.0.0.1:{silent.port}",
                                 startup_wait="0s", etcd={
                                     "heartbeat": "1m",
                                     "request-timeout": "10m"})
    wait_for(lambda: silent.heard, "a request was sent")
    return unbound


def right_after_the_start(laboratory):
    etcd = laboratory.etcd()
    etcd.put("/helix/com/example/www/A", WWW)
    return laboratory.unbound(etcd, startup_wait="0s")


points = pytest.mark.parametrize("point", [
    in_a_list, in_a_stream_of_events, in_back_off, in_back_off_with_a_copy,
    in_a_handshake, in_a_request, right_after_the_start])


def assert_nothing_bad(unbound):
    bad = [line for line in unbound.log().splitlines() if re.search(
        r"error:|fatal|assert|out of memory|Sanitizer|free\(\)", line)]
    assert not bad, bad


def terminate(unbound):
    return unbound.stop()


def control_stop(unbound):
    unbound.control("stop")
    return unbound.process.wait(lab.DEADLINE)


@points
@pytest.mark.parametrize("stop", [terminate, control_stop])
def test_stop(laboratory, point, stop):
    unbound = point(laboratory)
    assert stop(unbound) == 0
    assert_nothing_bad(unbound)


@pytest.mark.parametrize("api", ["v3"])
def test_stop_while_handshakes_fail(laboratory):
    """Unbound 1.26 takes OpenSSL down before the process ends. There are so
    many endpoints that the next handshake follows at once."""
    garbled = laboratory.add(Garbled)
    unbound = laboratory.add(
        Unbound, [f"https://127.0.0.1:{garbled.port}"] * 400,
        startup_wait="0s")
    for _ in range(5):
        garbled.heard = b""
        unbound.start()
        wait_for(lambda: garbled.heard, "a handshake had begun")
        assert terminate(unbound) == 0


def hang_up(unbound):
    unbound.signal(signal.SIGHUP)


def control_reload(unbound):
    unbound.control("reload")


@points
@pytest.mark.parametrize("reload", [hang_up, control_reload])
def test_reload_and_then_stop(laboratory, point, reload):
    """It answers as before, of the same copy or of none, and goes on."""
    unbound = point(laboratory)
    before = unbound.ask("www.example.com").rcode()
    for number in range(3):
        reload(unbound)
        unbound.wait_for_log("the copy of etcd's data is kept", number + 1)
        unbound.wait_for_log("start of service", number + 2)
        after = unbound.ask("www.example.com").rcode()
        # a copy may have come meanwhile, but none has gone
        assert after == before or before == dns.rcode.SERVFAIL
    assert terminate(unbound) == 0
    assert_nothing_bad(unbound)


def waiting(laboratory):
    """An Unbound that waits for its first copy, from an etcd that is silent
    until it is let speak."""
    etcd = laboratory.etcd()
    etcd.put("/helix/com/example/www/A", WWW)
    etcd.pause()
    unbound = laboratory.add(Unbound, [etcd.url], etcd={
        "api": etcd.api, "heartbeat": "1m"}, startup_wait="5m")
    unbound.launch_daemon()
    unbound.wait_for_log("init module 0: dynlib")
    return etcd, unbound


def test_stop_while_it_waits_for_the_first_copy(laboratory):
    """As the README says: it does not stop while it waits. It does when it
    has the copy."""
    etcd, unbound = waiting(laboratory)
    unbound.signal(signal.SIGTERM)
    # what it would have ended by now, had it obeyed
    other = laboratory.unbound(etcd, startup_wait="0s")
    assert other.stop() == 0
    assert unbound.is_running()
    etcd.resume()
    assert terminate(unbound) == 0
    assert_nothing_bad(unbound)


def test_reload_while_it_waits_for_the_first_copy(laboratory):
    etcd, unbound = waiting(laboratory)
    unbound.signal(signal.SIGHUP)
    etcd.resume()
    unbound.wait_for_log("start of service")
    unbound.wait_for_answer("www.example.com", [WWW])
    assert terminate(unbound) == 0
    assert_nothing_bad(unbound)


def test_fast_reload(laboratory):
    """Unbound 1.23 and later have it; it asks nothing of modules."""
    unbound = in_back_off_with_a_copy(laboratory)
    if not unbound.has_fast_reload():
        pytest.skip("this Unbound has no fast_reload")
    for _ in range(3):
        unbound.fast_reload()
        assert unbound.addresses("www.example.com") == [WWW]
    assert terminate(unbound) == 0
    assert_nothing_bad(unbound)
