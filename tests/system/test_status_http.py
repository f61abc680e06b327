"""The status server: its sockets, over starts, reloads and ends; and what
clients do to it that mean no good."""

import contextlib
import json
import os
import signal
import socket
import stat
import threading

import pytest

import lab
from lab import DEADLINE, free_port, wait_for
from lab_load import Load
from lab_status import Status
from lab_unbound import Unbound

PATHS = ["/metrics", "/ready", "/live", "/status", "/keys/bad",
         "/keys/ignored"]


@pytest.fixture
def status(laboratory):
    return Status(laboratory, listen=free_port())


@pytest.fixture
def unbound(laboratory, etcd, status):
    etcd.put("/helix/com/example/www/A", "192.0.2.1")
    return laboratory.unbound(etcd, more=status.more)


def tcp(status):
    """Address and port of its TCP socket."""
    host, port = status.more["status"]["listen"].rsplit(":", 1)
    return host.strip("[]"), int(port)


def client(where):
    """A connection to a unix socket or to an address."""
    if isinstance(where, tuple):
        return socket.create_connection(where, DEADLINE)
    made = socket.socket(socket.AF_UNIX)
    # one that waits: else the kernel refuses it when its queue is full
    made.connect(str(where))
    made.settimeout(DEADLINE)
    return made


def read_all(connection):
    """All that comes until the end, or until the connection is reset."""
    text = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            text += part
    return text


def ask(where, octets):
    """What is answered to any octets."""
    with client(where) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(octets)
        return read_all(connection)


def code(answer):
    """The status code of an answer."""
    return int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else None


def get(path):
    return f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode()


# --- what is answered -------------------------------------------------------

def test_pages(unbound, status):
    for where in status.socket, tcp(status):
        for path in PATHS:
            head, body = ask(where, get(path)).split(b"\r\n\r\n", 1)
            assert code(head) == 200, path
            assert f"Content-Length: {len(body)}\r\n".encode() in head
            assert body
            headed = ask(where, get(path).replace(b"GET", b"HEAD"))
            assert code(headed) == 200 and headed.endswith(b"\r\n\r\n")
        for path in "/", "/metric", "/metrics/", "/../metrics", "/keys":
            assert code(ask(where, get(path))) == 404, path
    assert status.ready() == []
    for path in "/status", "/keys/bad", "/keys/ignored":
        assert status.answer(path)[1] == "application/json"
        status.json(path)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS",
                                    "TRACE", "PATCH", "CONNECT", "BREW",
                                    "get"])
def test_other_methods(unbound, status, method):
    body = b"x" * 200000
    answer = ask(status.socket, f"{method} /ready HTTP/1.1\r\nHost: h\r\n"
                 f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    assert code(answer) == 405
    assert b"\r\nAllow: GET, HEAD\r\n" in answer
    assert status.ready() == []


@pytest.mark.parametrize("octets, expected", [
    (b"GET /ready\r\n\r\n", 400),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    (b"GET /ready HTTP/1.1\r\n\r\n", 400),
    (b"GET /ready HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    (b"GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    (b"GET /ready HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 1000000, 431),
    (b"GET /ready HTTP/1.1\r\nHost: h\r\n" + b"X: y\r\n" * 200000, 431),
    (b"GET /" + b"x" * 1000000 + b" HTTP/1.1\r\n\r\n", 414),
    (b"\n" * 1000000, 414),
    (os.urandom(1 << 16).replace(b"\n", b"."), 414),
], ids=range(11))
def test_garbage(unbound, status, octets, expected):
    """Whatever it is, it is answered, and nobody else notices."""
    for where in status.socket, tcp(status):
        answer = ask(where, octets)
        assert code(answer) == expected, answer
    assert status.ready() == []
    assert unbound.addresses("www.example.com") == ["192.0.2.1"]


# --- clients that mean no good ----------------------------------------------

def slow_clients(where, count):
    """Clients that ask for nothing, or not to the end, or take nothing."""
    clients = []
    for number in range(count):
        clients.append(client(where))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            clients[-1].sendall([b"", b"GET /ready HTTP/1.1\r\nX: ",
                                 get("/metrics")][number % 3])
    return clients


@pytest.mark.parametrize("kind", ["socket", "listen"])
def test_slow_clients(unbound, status, kind):
    """Names are answered, and so is who asks for a page, by either way."""
    where = status.socket if kind == "socket" else tcp(status)
    with contextlib.ExitStack() as stack:
        load = stack.enter_context(
            Load(unbound, "www.example.com", ["192.0.2.1"]))
        for _ in range(3):
            clients = [stack.enter_context(one)
                       for one in slow_clients(where, 200)]
            for _ in range(20):
                for one in clients:
                    # a few octets more, as long as they are wanted
                    with contextlib.suppress(OSError):
                        one.send(b"x")
                for way in status.socket, tcp(status):
                    assert code(ask(way, get("/ready"))) == 200
            load.wait_for_more()
    assert load.wrong == []
    # its files are its own: no connection is held for long
    files = len(os.listdir(f"/proc/{unbound.process.pid}/fd"))
    assert files < 300, files


def test_a_flood_of_requests(unbound, status):
    """Who asks as fast as can be gets answers, and names are answered."""
    end = threading.Event()
    wrong, answered = [], []

    def flood():
        while not end.is_set():
            for path in PATHS:
                try:
                    got = code(ask(tcp(status), get(path)))
                except ConnectionResetError:
                    got = None
                # the connection may have made room for others
                if got not in (200, None):
                    wrong.append((path, got))
                answered.append(got)
    threads = [threading.Thread(target=flood) for _ in range(8)]
    with Load(unbound, "www.example.com", ["192.0.2.1"]) as load:
        for thread in threads:
            thread.start()
        wait_for(lambda: answered.count(200) > 2000, "the flood went on")
        load.wait_for_more()
        end.set()
        for thread in threads:
            thread.join()
    assert wrong == [] and load.wrong == []


# --- starts -----------------------------------------------------------------

def test_a_start_says_what_it_waits_for(laboratory, status):
    """Before there is a copy, and before Unbound answers."""
    unbound = laboratory.add(Unbound, [f"http://127.0.0.1:{free_port()}"],
                             more=status.more, startup_wait="10m")
    unbound.launch_daemon()
    unbound.wait_for_log("serving the status on 127")
    wait_for(lambda: status.get("/ready")[0] == 503 and
             "last tried" in status.get("/ready")[1],
             "the reason was there")
    assert any("no copy of etcd's data yet" in one for one in status.ready())
    assert status.get("/live") == (200, "live\n")
    assert status.value("helix_ready") == 0
    assert status.json()["ready"] is False
    assert "start of service" not in unbound.log()
    unbound.kill()


def test_permissions_and_end(unbound, status):
    """The file is for Unbound's user and group, and goes with Unbound."""
    assert stat.filemode(status.socket.stat().st_mode) == "srw-rw----"
    unbound.stop()
    assert not status.socket.exists()
    with pytest.raises(ConnectionRefusedError):
        client(tcp(status))


def test_a_file_that_was_left_behind_is_replaced(unbound, status):
    unbound.kill()
    assert status.socket.is_socket()
    unbound.start()
    assert status.ready() == []
    assert stat.filemode(status.socket.stat().st_mode) == "srw-rw----"
    assert "cannot serve the status" not in unbound.log()


def test_a_file_that_is_no_socket_is_left(laboratory, etcd, status):
    status.socket.write_text("mine")
    unbound = laboratory.unbound(etcd, more=status.more)
    assert status.socket.read_text() == "mine"
    unbound.wait_for_log(r"warning: helix: cannot serve the status on .*: "
                         r".* is no socket; remove it")
    # the other socket is served
    assert code(ask(tcp(status), get("/ready"))) == 200
    unbound.stop()
    assert status.socket.read_text() == "mine"


def test_a_socket_of_another_is_left(laboratory, etcd, unbound, status):
    """Two Unbounds with one configuration: the first has the sockets."""
    second = laboratory.unbound(etcd, more=status.more)
    second.wait_for_log("another process listens on")
    second.wait_for_log("cannot serve the status on 127.*: Address already")
    assert second.addresses("www.example.com") == ["192.0.2.1"]
    second.stop()
    assert status.ready() == []
    # now it can have them
    unbound.stop()
    second.start()
    assert status.ready() == []


def test_a_folder_that_is_missing_is_one_warning(laboratory, etcd):
    status = Status(laboratory)
    status.socket = status.socket.with_name("missing") / "s"
    unbound = laboratory.unbound(
        etcd, more={"status": {"socket": str(status.socket)}})
    assert unbound.log().count("cannot serve the status") == 1
    assert unbound.log().count("No such file or directory") == 1
    status.socket.parent.mkdir()
    unbound.reload()
    assert status.ready() == []


def test_a_port_that_is_taken_is_a_warning(laboratory, etcd):
    status = Status(laboratory, listen=free_port())
    with socket.create_server(tcp(status)):
        unbound = laboratory.unbound(etcd, more=status.more)
        unbound.wait_for_log("cannot serve the status on 127.*: Address "
                             "already in use; names are answered as before")
        assert status.ready() == []
    unbound.reload()
    assert code(ask(tcp(status), get("/ready"))) == 200


def test_ipv6(laboratory, etcd):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("there is no ::1")
    port = free_port()
    laboratory.unbound(etcd, more={"status": {"listen": f"[::1]:{port}"}})
    assert code(ask(("::1", port), get("/ready"))) == 200


def test_nothing_by_default(laboratory, etcd):
    unbound = laboratory.unbound(etcd)
    assert "status" not in unbound.log()


# --- reloads ----------------------------------------------------------------

def restructured(unbound, status, **etcd):
    """Write another helix.yaml. etcd: changed keys of its mapping."""
    unbound.etcd = {**unbound.etcd, **etcd}
    unbound.more = {**unbound.more, **status.more}
    unbound.configure(["example.com"])


@pytest.mark.parametrize("change", [{}, {"prefix": "/other"}],
                         ids=["kept", "replaced"])
def test_connections_live_on_over_a_reload(etcd, unbound, status, change):
    """A request that began before it is answered behind it, by what is in
    force then."""
    etcd.put("/other/com/example/www/A", "192.0.2.2")
    request = get("/status")
    with client(status.socket) as connection:
        connection.sendall(request[:10])
        restructured(unbound, status, **change)
        unbound.reload()
        connection.sendall(request[10:])
        answer = read_all(connection)
    assert code(answer) == 200
    said = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    assert said["sources"][0]["prefix"] == change.get("prefix", "/helix")


def test_a_refused_reload_says_so(unbound, status):
    unbound.helix_yaml.write_text("zones: [{nmae: example.com}]\n")
    unbound.reload()
    assert status.ready() == []
    assert status.value("helix_config_ok") == 0
    config = status.json()["config"]
    assert config["ok"] is False and "nmae" in config["error"]
    restructured(unbound, status)
    unbound.reload()
    assert status.value("helix_config_ok") == 1


def test_a_reload_that_gets_no_copy_keeps_the_sockets(unbound, status):
    """The new configuration does not come into force, nor do its sockets."""
    moved = status.socket.with_name("moved")
    before = unbound.more
    unbound.more = {**before, "startup-wait": "100ms",
                    "status": {"socket": str(moved)}}
    unbound.etcd = {**unbound.etcd,
                    "endpoints": [f"http://127.0.0.1:{free_port()}"]}
    unbound.configure(["example.com"])
    unbound.reload()
    assert "the previous configuration stays in force" in unbound.log()
    assert status.ready() == []
    assert not moved.exists()
    assert status.value("helix_config_ok") == 0


@pytest.mark.parametrize("change", [{}, {"prefix": "/other"}],
                         ids=["kept", "replaced"])
def test_sockets_change_at_a_reload(unbound, status, change):
    old = status.socket, tcp(status)
    status.socket = status.socket.with_name("moved")
    status.more = {"status": {"socket": str(status.socket)}}
    restructured(unbound, status, **change)
    unbound.reload()
    assert status.ready() == []
    assert not old[0].exists()
    with pytest.raises(ConnectionRefusedError):
        client(old[1])
    status.more = {"status": {}}
    restructured(unbound, status)
    unbound.reload()
    assert not status.socket.exists()
    assert unbound.addresses("nothing.example.com") == "NXDOMAIN"


@pytest.mark.parametrize("change", [{}, {"prefix": "/other"}],
                         ids=["kept", "replaced"])
@pytest.mark.parametrize("gone", ["file", "folder"])
def test_a_reload_finds_that_the_socket_is_gone(laboratory, etcd, gone,
                                                change):
    status = Status(laboratory)
    status.socket = status.socket.with_name("run") / "s"
    status.more["status"]["socket"] = str(status.socket)
    status.socket.parent.mkdir()
    unbound = laboratory.unbound(etcd, more=status.more)
    assert status.ready() == []
    status.socket.unlink()
    if gone == "folder":
        status.socket.parent.rmdir()
        status.socket.parent.mkdir()
    restructured(unbound, status, **change)
    unbound.reload()
    assert status.ready() == []
    assert "cannot serve the status" not in unbound.log()
    unbound.stop()
    assert not status.socket.exists()


def test_scrapes_while_it_reloads(etcd, unbound, status):
    """Each answer is whole, whatever is replaced at that moment; and each
    name is answered."""
    etcd.put("/other/com/example/www/A", "192.0.2.1")
    end = threading.Event()
    scraped, wrong = [], []

    def scrape(where):
        while not end.is_set():
            for path in PATHS:
                answer = ask(where, get(path))
                head, _, body = answer.partition(b"\r\n\r\n")
                if code(head) != 200 or \
                        f"Length: {len(body)}\r\n".encode() not in head:
                    wrong.append((path, answer))
                scraped.append(path)
    threads = [threading.Thread(target=scrape, args=(where,))
               for where in (status.socket, tcp(status))]
    for thread in threads:
        thread.start()
    try:
        for number in range(6):
            goal = len(scraped) + 20
            restructured(unbound, status,
                         prefix="/other" if number % 3 == 0 else "/helix")
            unbound.reload()
            assert unbound.addresses("www.example.com") == ["192.0.2.1"]
            wait_for(lambda: len(scraped) >= goal, "scrapes went on")
    finally:
        end.set()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_it_ends_while_clients_wait(unbound, status):
    with contextlib.ExitStack() as stack:
        for where in status.socket, tcp(status):
            for one in slow_clients(where, 20):
                stack.enter_context(one)
        unbound.signal(signal.SIGTERM)
        assert unbound.process.wait(lab.DEADLINE) == 0
    assert not status.socket.exists()
