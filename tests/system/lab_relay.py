"""What stands between Unbound and etcd, or between the members of a cluster."""

import collections
import contextlib
import http.client
import http.server
import json
import socket
import threading
from pathlib import Path

from lab import wait_for

# By what in a request the kind of its answer is known; "resume" otherwise.
KINDS = ((b"/v3/watch ", "watch"), (b"wait=true&recursive=true", "watch"),
         (b'"limit"', "list"), (b"recursive=true&quorum=true", "list"),
         (b'"keys_only"', "probe"), (b"/_unbound-helix?", "probe"),
         (b"wait=true", "history"))


class Connection:
    """A connection through a relay: what was asked last, and what has passed
    of the answer."""

    def __init__(self, inner, outer):
        self.inner, self.outer = inner, outer
        self.request, self.answer = bytearray(), bytearray()
        self.lost = False
        # which member of a cluster has opened it; see Network
        self.caller = None
        self._ways = 2

    @property
    def kind(self):
        return next((kind for mark, kind in KINDS if mark in self.request),
                    "resume")

    def drop(self):
        self.lost = True
        for end in self.inner, self.outer:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def end_way(self):
        """Nothing more comes from one of the ends; says whether that was the
        second one."""
        self._ways -= 1
        if self._ways == 0:
            self.inner.close()
            self.outer.close()
        return self._ways == 0


class Relay:
    """Stands between Unbound and etcd, keeps what Unbound asked, and can be
    cut, fall silent, or do to the answers what a test's function says."""

    def __init__(self, folder, target):
        self.target = ("127.0.0.1", target)
        self.asked = bytearray()
        self.connections = 0
        self.whole = True
        # yields what is to be passed of some octets of an answer
        self.fault = None
        # the last complete answer of each kind
        self.answered = {}
        self._flowing = threading.Event()
        self._flowing.set()
        self._open = set()
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def start(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def stop(self):
        self.cut()
        self._flowing.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def drop(self):
        """Close all connections; others may come about."""
        for connection in list(self._open):
            connection.drop()

    def cut(self):
        """Close all connections, and let no more come about."""
        self.whole = False
        self.drop()

    def hold(self):
        """Pass nothing more, and say nothing of it."""
        self._flowing.clear()

    def mend(self):
        self.whole = True
        self.fault = None
        self._flowing.set()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                inner = self._server.accept()[0]
                try:
                    outer = socket.create_connection(self.target)
                except OSError:
                    inner.close()
                    continue
                connection = Connection(inner, outer)
                self._open.add(connection)
                self.connections += 1
                if not self.whole:
                    connection.drop()
                for pair in (inner, outer), (outer, inner):
                    threading.Thread(target=self._pass, daemon=True,
                                     args=(connection, *pair)).start()

    def wait_until_it_flows(self, connection, source):
        self._flowing.wait()

    def _note_request(self, connection, data):
        self.asked += data
        if data.startswith((b"POST ", b"GET ")):
            if connection.answer:
                self.answered[connection.kind] = bytes(connection.answer)
            connection.request, connection.answer = bytearray(), bytearray()
        connection.request += data

    def _pieces(self, connection, source, data):
        """What is to be passed of what has come."""
        if source is connection.inner:
            self._note_request(connection, data)
            yield data
            return
        for piece in self.fault(connection, data) if self.fault else [data]:
            connection.answer += piece
            yield piece

    def _pass(self, connection, source, sink):
        with contextlib.suppress(OSError):
            while not connection.lost and (data := source.recv(65536)):
                for piece in self._pieces(connection, source, data):
                    self.wait_until_it_flows(connection, source)
                    if connection.lost:
                        break
                    sink.sendall(piece)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        with self._lock:
            if connection.end_way():
                self._open.discard(connection)

    def wait_for_more(self, text, count):
        """Wait until something was asked for so many times more."""
        goal = self.asked.count(text) + count
        wait_for(lambda: self.asked.count(text) >= goal,
                 f"{text!r} was asked for {count} times more")


class Gateway:
    """Stands between Unbound and etcd, and knows their messages: refuses those
    over a limit, as etcd 3.4.0's own gateway does, and keeps them back until
    it has buffers full of them, as nginx does by default."""

    TOO_LARGE = "grpc: received message larger than max ({} vs. {})"

    def __init__(self, folder, target):
        self.limit = None
        self.buffer = None
        # how many messages were refused, of each path
        self.refused = collections.Counter()
        self.asked = collections.Counter()
        self.target = ("127.0.0.1", target)
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.close_connection = not gateway.pass_on(self)
            do_GET = do_POST

            def log_message(self, *_):
                pass
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                       Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        threading.Thread(target=self._server.serve_forever,
                         daemon=True).start()
        return self

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def pass_on(self, asked):
        """Says whether the connection can stay."""
        self.asked[asked.path] += 1
        etcd = http.client.HTTPConnection(*self.target)
        with contextlib.suppress(OSError, http.client.HTTPException), \
                contextlib.closing(etcd):
            etcd.request(asked.command, asked.path, asked.rfile.read(
                int(asked.headers.get("Content-Length", 0))),
                {name: value for name, value in asked.headers.items()
                 if name.lower() not in ("host", "connection")})
            answer = etcd.getresponse()
            if answer.getheader("Transfer-Encoding") == "chunked" and \
                    asked.path == "/v3/watch":
                self._pass_stream(asked, answer)
                return False
            return self._pass_body(asked, answer)
        return False

    def _pass_body(self, asked, answer):
        body, status = answer.read(), answer.status
        if self.limit and len(body) > self.limit:
            self.refused[asked.path] += 1
            text = self.TOO_LARGE.format(len(body), self.limit)
            body, status = json.dumps({"error": text, "message": text,
                                       "code": 8}).encode(), 429
        asked.send_response(status)
        for name, value in answer.getheaders():
            if name.startswith("X-Etcd"):
                asked.send_header(name, value)
        asked.send_header("Content-Length", str(len(body)))
        asked.end_headers()
        asked.wfile.write(body)
        return True

    def _pass_stream(self, asked, answer):
        asked.send_response(answer.status)
        asked.send_header("Transfer-Encoding", "chunked")
        head, held = True, b""
        while line := answer.readline():
            late = self.limit and len(line) > self.limit
            if late:
                self.refused[asked.path] += 1
                line = json.dumps({"error": {
                    "grpc_code": 8, "http_code": 429,
                    "message": self.TOO_LARGE.format(len(line), self.limit),
                    "http_status": "Too Many Requests"}}).encode()
            held += line
            full = len(held)
            if self.buffer:
                full -= full % self.buffer
            if full:
                if head:
                    asked.end_headers()
                head = False
                asked.wfile.write(b"%x\r\n%s\r\n" % (full, held[:full]))
                held = held[full:]
            if late:
                break
        asked.wfile.write(b"0\r\n\r\n")


class PeerRelay(Relay):
    """Stands between a member of a cluster and the others that call it, and
    passes only what is to pass: see Network."""

    def __init__(self, folder, target, network, name):
        super().__init__(folder, target)
        self.network, self.name = network, name

    def drop(self):
        with self.network.changed:
            super().drop()
            self.network.changed.notify_all()

    def wait_until_it_flows(self, connection, source):
        caller = self.network.caller(connection)
        way = (caller, self.name) if source is connection.inner else \
            (self.name, caller)
        with self.network.changed:
            self.network.changed.wait_for(
                lambda: connection.lost or way not in self.network.cuts)


class Network:
    """What is between the members of a cluster. Of any two of them, what one
    says can be kept from the other: it vanishes, and connections stay."""

    def __init__(self):
        self.members, self.relays = {}, {}
        # pairs of names: who says it, and who does not hear it
        self.cuts = set()
        self.changed = threading.Condition()

    def caller(self, connection):
        """The name of the member that has opened a connection. The kernel
        knows which socket has that port, and which process has the socket."""
        if not connection.caller:
            port = "%04X" % connection.inner.getpeername()[1]
            lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
            inode = next((f[9] for f in map(str.split, lines)
                          if f[1] == "0100007F:" + port), None)
            connection.caller = next(
                (name for name, member in self.members.items()
                 if f"socket:[{inode}]" in member.sockets()), None)
        return connection.caller

    def cut(self, *pairs):
        with self.changed:
            self.cuts |= set(pairs)

    def cut_off(self, name):
        """Part a member from all others."""
        self.cut(*((a, b) for a in self.members for b in self.members
                   if a != b and name in (a, b)))

    def mend(self):
        with self.changed:
            self.cuts.clear()
            for relay in self.relays.values():
                relay.drop()
