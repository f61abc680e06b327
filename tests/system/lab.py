"""The laboratory: etcd, Unbound and NSD, real ones, on free ports of the
loopback interface, each started and ended by the test that needs it."""

import base64
import collections
import concurrent.futures
import contextlib
import http.client
import http.server
import ipaddress
import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

SOURCE = Path(os.environ.get("HELIX_SOURCE", Path(__file__).parents[2]))
MODULE = Path(os.environ.get("HELIX_MODULE", SOURCE / ".libs/helix.so"))
UNBOUND = Path(os.environ.get("UNBOUND_PREFIX", "/usr"))

# How long any condition may take to come true. Far longer than it takes, so
# that a busy machine fails no test; nothing is measured by it.
DEADLINE = int(os.environ.get("HELIX_TEST_DEADLINE", 60))


def wait_for(condition, what, deadline=DEADLINE):
    """Wait until condition() is true, and return its value."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"in {deadline} s it did not happen that "
                                 + (what() if callable(what) else what))
        time.sleep(0.005)


def _own_ports():
    """Ports below the kernel's ephemeral range, so that no outgoing connection
    takes one between its choice and its use; each test process has its own, by
    a name that leaves nothing behind (unix(7), abstract)."""
    for slot in itertools.cycle(range(22)):
        lock = socket.socket(socket.AF_UNIX)
        try:
            lock.bind(f"\0unbound-helix-test-ports-{slot}")
        except OSError:
            lock.close()
            continue
        first = 10000 + 1000 * slot
        return lock, itertools.cycle(range(first, first + 1000))


_ports_lock, _ports = _own_ports()


def free_port():
    """A port on which nothing listens, on TCP and UDP."""
    while True:
        port = next(_ports)
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("127.0.0.1", port))
            return port
        except OSError:
            continue


@contextlib.contextmanager
def claim(port):
    """Have a certain port for oneself, among all tests that claim it: by a
    name that leaves nothing behind (unix(7), abstract)."""
    with socket.socket(socket.AF_UNIX) as lock:
        def claimed():
            try:
                lock.bind(f"\0unbound-helix-test-port-{port}")
                return True
            except OSError:
                return False
        wait_for(claimed, f"port {port} was free for this test", 1800)
        yield port


def address(number):
    """One of many addresses."""
    return str(ipaddress.ip_address("198.18.0.0") + number)


def free_network(hosts=(2, 3)):
    """The beginning of loopback addresses on whose port 53 nobody listens.
    hosts: their last octets."""
    for number in itertools.count(os.getpid()):
        network = f"127.{number // 250 % 200 + 20}.{number % 250 + 1}"
        try:
            for host in hosts:
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    with socket.socket(socket.AF_INET, kind) as probe:
                        probe.bind((f"{network}.{host}", 53))
            return network
        except PermissionError:
            pytest.skip("port 53 of a loopback address is for root")
        except OSError:
            continue


class Server:
    """A program that runs until it is ended."""

    # How long it has to end, before it is told once more.
    patience = DEADLINE

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_path = self.folder / "log"
        self.process = None

    def launch(self, command, env=None):
        assert not self.is_running(), "it runs already"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, cwd=self.folder,
                env=None if env is None else {**os.environ, **env})

    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_for_log(self, pattern, count=1):
        """Wait until the log has so many matches, and return the last."""
        def find():
            found = list(re.finditer(pattern, self.log()))
            return found[-1] if len(found) >= count else None
        return wait_for(find, lambda: f"{count} times {pattern!r} was in the "
                        f"log:\n{self.log()}")

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        os.kill(self.process.pid, number)

    def pause(self):
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    def kill(self):
        """As a power failure would."""
        if not self.is_running():
            return
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self):
        """As a service manager would; returns the exit status."""
        if not self.is_running():
            return None
        self.resume()

        def ended():
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(self.patience)
            return self.process.poll() is not None
        try:
            wait_for(ended, lambda: "it ended:\n" + self.log())
        except AssertionError:
            self.kill()
            raise
        status, self.process = self.process.returncode, None
        return status


class Etcd(Server):
    """One etcd, or one member of a cluster."""

    api = "v3"
    options = ()
    ctl_options = ()
    scheme = "http"
    # what is said when etcd's history does not reach back far enough
    history_gone = "compacted"
    # None of them outlives a power failure; and where all wait for one disk,
    # etcd answers later than Unbound has patience in these tests.
    no_disk = ("--unsafe-no-fsync",)

    def __init__(self, folder, port=None, name="lone", peers=None,
                 peer_listens=None):
        """peers: from the members' names to the URLs by which they reach each
        other; peer_listens: where this one listens, if it is not its URL."""
        super().__init__(folder)
        self.port = port or free_port()
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        self.name = name
        self.peers = peers or {name: f"http://127.0.0.1:{free_port()}"}
        self.peer_listens = peer_listens or self.peers[name]
        self.data = self.folder / "data"

    def launch_member(self, *more):
        peer = self.peers[self.name]
        cluster = ",".join(f"{n}={u}" for n, u in self.peers.items())
        self.launch(["etcd", "--name", self.name, "--data-dir", self.data,
                     "--listen-client-urls", self.url,
                     "--advertise-client-urls", self.url,
                     "--listen-peer-urls", self.peer_listens,
                     "--initial-advertise-peer-urls", peer,
                     "--initial-cluster", cluster,
                     "--heartbeat-interval", "50",
                     "--election-timeout", "500",
                     *self.no_disk, *self.options, *more])

    def start(self):
        self.launch_member()
        self.wait_until_healthy()
        return self

    def stop(self):
        """It may wait for a leader that does not come: how an etcd ends is
        no test's to say."""
        with contextlib.suppress(AssertionError):
            super().stop()

    def wait_until_healthy(self):
        wait_for(self.is_healthy, lambda: "etcd was healthy:\n" + self.log())

    def is_healthy(self):
        assert self.is_running(), self.log()
        try:
            with urllib.request.urlopen(self.url + "/health",
                                        timeout=2) as answer:
                return json.load(answer)["health"] == "true"
        except (OSError, ValueError):
            return False

    def sockets(self):
        """Its open files, as the kernel names sockets."""
        names = set()
        with contextlib.suppress(OSError, AttributeError):
            for path in Path(f"/proc/{self.process.pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    names.add(os.readlink(path))
        return names

    def wipe(self):
        shutil.rmtree(self.data)

    def save(self, snapshot):
        """Make a backup."""
        self.ctl("snapshot", "save", snapshot)

    def restore(self, snapshot):
        """Make the data directory anew from a backup."""
        self.wipe()
        peer = self.peers[self.name]
        self.ctl("snapshot", "restore", snapshot, "--name", self.name,
                 "--data-dir", self.data, "--initial-cluster",
                 f"{self.name}={peer}", "--initial-advertise-peer-urls", peer)

    def ctl(self, *words, stdin=None):
        """Run etcdctl, and return what it prints."""
        return subprocess.run(
            ["etcdctl", "--endpoints", self.url, *self.ctl_options,
             *map(str, words)],
            env={**os.environ, "ETCDCTL_API": "3"}, input=stdin, text=True,
            capture_output=True, check=True, timeout=DEADLINE).stdout

    def change(self, *words):
        """Run etcdctl for a change, again while its members have no leader:
        the change may have been made, or not."""
        def done():
            try:
                self.ctl(*words)
                return True
            except subprocess.CalledProcessError as failure:
                if not re.search("no leader|leader changed|request timed out|"
                                 "deadline exceeded", failure.stderr):
                    raise AssertionError(failure.stderr) from failure
                return False
        wait_for(done, f"etcd had a leader for {words}")

    def put(self, key, value, lease=None):
        self.change("put", key, value, *(["--lease", lease] if lease else []))

    def delete(self, key):
        self.change("del", key)

    def gateway(self, path, body):
        """POST to the JSON gateway."""
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(),
            {"Content-Type": "application/json"})

        def told():
            try:
                with urllib.request.urlopen(request,
                                            timeout=DEADLINE) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as failure:
                if failure.code < 500:
                    raise
                return None
        return wait_for(told, f"etcd had a leader for {path}")

    def put_many(self, pairs):
        """Put many keys, in transactions of 100."""
        pairs = list(pairs)
        for at in range(0, len(pairs), 100):
            self.gateway("/v3/kv/txn", {"success": [
                {"requestPut": {"key": b64(k), "value": b64(v)}}
                for k, v in pairs[at:at + 100]]})

    def revision(self):
        answer = self.gateway("/v3/kv/range", {"key": b64("none")})
        return int(answer["header"]["revision"])

    def forget_history(self):
        """Make what has happened so far unknown to those who were away."""
        self.gateway("/v3/kv/compaction", {"revision": str(self.revision()),
                                           "physical": True})


class EtcdV2(Etcd):
    """An etcd whose v2 API is used."""

    api = "v2"
    options = ("--enable-v2=true",)
    history_gone = "dropped the events"

    def keys(self, method, key, connection=None, **form):
        """A request to the v2 API; returns the answer's JSON. A form's names
        that begin with '_' go into the query."""
        path = "/v2/keys" + urllib.parse.quote(key)
        query = {k[1:]: v for k, v in form.items() if k[0] == "_"}
        form = {k: v for k, v in form.items() if k[0] != "_"}
        if query:
            path += "?" + urllib.parse.urlencode(query)
        mine = connection or self.connect()
        codes = []

        def told():
            mine.request(method, path, urllib.parse.urlencode(form),
                         {"Content-Type":
                          "application/x-www-form-urlencoded"})
            answer = json.loads(mine.getresponse().read())
            codes.append(answer.get("errorCode"))
            # raft's, between leaders: it may have been done, or not
            return codes[-1] != 300 and answer
        answer = wait_for(told, f"etcd had a leader for {key}")
        if not connection:
            mine.close()
        gone = method == "DELETE" and codes[0] == 300 and codes[-1] == 100
        assert codes[-1] is None or gone, (key, answer)
        return answer

    def connect(self):
        return http.client.HTTPConnection(self.url.removeprefix("http://"),
                                          timeout=DEADLINE)

    def put(self, key, value, **form):
        self.keys("PUT", key, value=value, **form)

    def delete(self, key, **query):
        self.keys("DELETE", key, **{f"_{k}": v for k, v in query.items()})

    def put_many(self, pairs):
        """Put many keys, over several connections, as each waits for the
        disk."""
        pairs = list(pairs)

        def put_part(part):
            connection = self.connect()
            for key, value in part:
                self.keys("PUT", key, connection, value=value)
            connection.close()
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            list(pool.map(put_part, [pairs[i::32] for i in range(32)]))

    def revision(self):
        try:
            with urllib.request.urlopen(self.url + "/v2/keys/",
                                        timeout=DEADLINE) as answer:
                return int(answer.headers["X-Etcd-Index"])
        except urllib.error.HTTPError as error:
            return int(error.headers["X-Etcd-Index"])

    def forget_history(self):
        """Write as much elsewhere as etcd keeps events."""
        self.put_many((f"/elsewhere/{i}", "x") for i in range(1100))

    def save(self, snapshot):
        self.pause()
        shutil.copytree(self.data, snapshot)
        self.resume()

    def restore(self, snapshot):
        self.wipe()
        shutil.copytree(snapshot, self.data)


def b64(data):
    data = data.encode() if isinstance(data, str) else data
    return base64.b64encode(data).decode()


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


class Nsd(Server):
    """The world outside: an authoritative server."""

    def __init__(self, folder, zones, server=(), address="127.0.0.1",
                 port=None):
        """zones: from a zone's name to the text of its zone file; server:
        more lines for nsd.conf's server clause."""
        super().__init__(folder)
        self.address = address
        self.port = port or free_port()
        lines = ["server:", f"  ip-address: {self.address}@{self.port}",
                 f'  zonesdir: "{self.folder}"', f'  database: ""',
                 f'  xfrdfile: "{self.folder}/xfrd"',
                 f'  zonelistfile: "{self.folder}/zonelist"',
                 f'  pidfile: ""', '  username: ""', "  rrl-ratelimit: 0",
                 *("  " + line for line in server),
                 "remote-control:", "  control-enable: no"]
        for name, text in zones.items():
            (self.folder / f"{name}.zone").write_text(text)
            lines += ["zone:", f'  name: "{name}"',
                      f'  zonefile: "{name}.zone"']
        (self.folder / "nsd.conf").write_text("\n".join(lines) + "\n")

    def start(self):
        self.launch(["/usr/sbin/nsd", "-d", "-c", self.folder / "nsd.conf"])
        wait_for(self.answers, lambda: "NSD answered:\n" + self.log())
        return self

    def answers(self):
        assert self.is_running(), self.log()
        query = dns.message.make_query(".", "NS")
        try:
            return dns.query.udp(query, self.address, 0.2, self.port)
        except (dns.exception.Timeout, OSError):
            return False


def sanitizer():
    """The sanitizer that Unbound and the module were built with, if any."""
    daemon = (UNBOUND / "sbin/unbound").read_bytes()
    for name, mark in ("address", b"__asan_init"), ("thread", b"__tsan_init"):
        if mark in daemon:
            return name
    return None


class Sanitized(Server):
    """A program that may have been built with sanitizers. What they find is
    written into its folder, and fails the test when the program is ended."""

    def sanitizer_options(self):
        reports = f"log_path={self.folder}/sanitizer:exitcode=99"
        return {
            "ASAN_OPTIONS": f"{reports}:detect_stack_use_after_return=1",
            "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
            "TSAN_OPTIONS": f"{reports}:halt_on_error=0:history_size=5:"
                            f"suppressions={SOURCE}/tests/system/threads.supp"}

    def launch(self, command, env=None):
        super().launch(command, {**self.sanitizer_options(), **(env or {})})

    def check(self):
        """Fail if a sanitizer has found something, or the program has
        crashed."""
        reports = "".join(path.read_text(errors="replace") for path
                          in sorted(self.folder.glob("sanitizer.*")))
        assert not reports, reports
        # of UndefinedBehaviorSanitizer, which knows no other place
        assert not self.log_path.exists() or \
            ": runtime error: " not in self.log(), self.log()
        assert self.process is None or (self.process.poll() or 0) >= 0, \
            f"it ended by signal {-self.process.returncode}:\n{self.log()}"

    def memory(self, kind="RSS"):
        """Octets of memory that it has (RSS), or had at its peak (HWM). None
        under a sanitizer, which keeps what is freed, and more."""
        if sanitizer():
            return 0
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(re.search(rf"Vm{kind}:\s+(\d+)", status)[1])

    def kill(self):
        super().kill()
        self.check()

    def stop(self):
        status = super().stop()
        self.check()
        assert not status, f"exit status {status}:\n{self.log()}"
        return status


class Unbound(Sanitized):
    """Unbound with the module."""

    # It loses a SIGTERM now and then, while it starts or reloads.
    patience = 5

    def __init__(self, folder, etcd_urls, zones=("example.com",),
                 server=(), extra="", etcd=None, startup_wait="30s",
                 binary=None, clients="127.0.0.0/8", more=None,
                 module=MODULE):
        """server: more lines for unbound.conf's server clause; extra: more
        clauses; zones: names, or mappings as in helix.yaml; etcd: more keys
        for helix.yaml's etcd mapping; more: more keys of helix.yaml."""
        super().__init__(folder)
        self.port = free_port()
        self.binary = binary or UNBOUND / "sbin/unbound"
        self.helix_yaml = self.folder / "helix.yaml"
        self.control_socket = self.folder / "control"
        self.etcd = {"endpoints": list(etcd_urls), "heartbeat": "500ms",
                     "connect-timeout": "1s", **(etcd or {})}
        self.more = {"startup-wait": startup_wait, **(more or {})}
        self.configure(zones)
        (self.folder / "unbound.conf").write_text("\n".join([
            "server:",
            '  module-config: "dynlib validator iterator"',
            f"  interface: 127.0.0.1@{self.port}",
            f"  access-control: {clients} allow_setrd",
            "  do-not-query-localhost: no",
            '  username: ""', '  chroot: ""', "  use-syslog: no",
            f'  pidfile: "{self.folder}/pid"',
            f'  directory: "{self.folder}"', '  logfile: ""',
            "  verbosity: 1", "  extended-statistics: yes",
            "  num-threads: 2",
            *("  " + line for line in server),
            "remote-control:", "  control-enable: yes",
            f'  control-interface: "{self.control_socket}"',
            "  control-use-cert: no",
            "dynlib:", f'  dynlib-file: "{module}"', extra]) + "\n")

    def configure(self, zones):
        """Write helix.yaml. JSON is YAML."""
        self.helix_yaml.write_text(json.dumps({
            "etcd": self.etcd, **self.more,
            "zones": [zone if isinstance(zone, dict) else {"name": zone}
                      for zone in zones]}, indent=1))

    def launch_daemon(self):
        self.launch([self.binary, "-d", "-c", self.folder / "unbound.conf"],
                    env={"HELIX_CONF": str(self.helix_yaml)})

    def start(self):
        """Start, and wait until it serves."""
        starts = self.log().count("start of service") \
            if self.log_path.exists() else 0
        self.launch_daemon()
        wait_for(lambda: not self.is_running() or
                 self.log().count("start of service") > starts,
                 lambda: "Unbound started:\n" + self.log())
        assert self.is_running(), self.log()
        return self

    def wait_for_state(self, state):
        """Wait until the last that the log says of etcd is that it is
        "following" it, or has "lost" it."""
        def is_last():
            told = re.findall(r"helix: (following|lost) etcd", self.log())
            return told[-1:] == [state]
        wait_for(is_last, lambda: f"it was {state} etcd:\n{self.log()}")

    def control(self, *words):
        # it ends without a free of all that it has read of unbound.conf
        options = self.sanitizer_options()
        options["ASAN_OPTIONS"] += ":detect_leaks=0"
        return subprocess.run(
            [UNBOUND / "sbin/unbound-control", "-c",
             self.folder / "unbound.conf", *words], text=True,
            env={**os.environ, **options},
            capture_output=True, check=True, timeout=DEADLINE).stdout

    def reload(self, command="reload"):
        """Reload, and wait until it is done: unbound-control is told so
        before, and meanwhile another thread may go on answering."""
        started = self.log().count("start of service")
        self.control(command)
        self.wait_for_log("start of service", started + 1)

    def ask(self, name, rdtype="A", rd=True, tcp=False, timeout=DEADLINE,
            **options):
        """One query; returns the answer as dnspython has it."""
        query = dns.message.make_query(name, rdtype, use_edns=0,
                                       payload=1232, **options)
        if not rd:
            query.flags &= ~dns.flags.RD
        send = dns.query.tcp if tcp else dns.query.udp
        return send(query, "127.0.0.1", timeout, self.port)

    def addresses(self, name, rdtype="A"):
        """The addresses of a name, sorted; the rcode if there is no name."""
        return addresses_of(self.ask(name, rdtype))

    def ttl(self, name, rdtype="A"):
        """The TTL of an answer that does not come out of the cache."""
        self.control("flush_type", name, rdtype)
        return self.ask(name, rdtype).answer[0].ttl

    def wait_for_answer(self, name, expected, rdtype="A"):
        """Wait until a name has just these addresses, or that rcode."""
        seen = None

        def as_expected():
            nonlocal seen
            seen = self.addresses(name, rdtype)
            return seen == expected
        wait_for(as_expected, lambda: f"{name} {rdtype} was {expected}, "
                 f"it is {seen}:\n{self.log()}")


def addresses_of(answer):
    """The addresses in an answer, sorted; its rcode if that is an error."""
    if answer.rcode() != dns.rcode.NOERROR:
        return dns.rcode.to_text(answer.rcode())
    return sorted(record.to_text() for rrset in answer.answer
                  for record in rrset)


class Load:
    """Asks one name over and over, from a thread, and keeps what went
    wrong."""

    def __init__(self, unbound, name, expected):
        self.unbound, self.name, self.expected = unbound, name, expected
        self.answers, self.wrong = 0, []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._end.is_set():
            try:
                seen = self.unbound.addresses(self.name)
            except (dns.exception.Timeout, OSError) as error:
                seen = repr(error)
            if not self.is_right(seen):
                self.wrong.append(seen)
            self.answers += 1

    def is_right(self, seen):
        return seen == self.expected

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def wait_for_more(self, count=50):
        goal = self.answers + count
        wait_for(lambda: self.answers >= goal, "the load went on")


class Clock(Load):
    """A name whose address goes up and up, and is never seen to go back."""

    def __init__(self, unbound, etcd):
        super().__init__(unbound, "clock.example.com", None)
        self.time = 0
        self.last = address(0)
        self.tick(etcd)

    def tick(self, etcd):
        """Go up, several times, and wait until that is seen."""
        for _ in range(5):
            self.time += 1
            etcd.put("/helix/com/example/clock/A", address(self.time))
        self.unbound.wait_for_answer(self.name, [address(self.time)])

    def is_right(self, seen):
        if not isinstance(seen, list) or ipaddress.ip_address(seen[0]) < \
                ipaddress.ip_address(self.last):
            return False
        self.last = seen[0]
        return True


class Names:
    """What has been put, and so what must be answered in the end."""

    count = 200

    def __init__(self):
        self.address = {f"host{i}": address(i) for i in range(self.count)}
        self.next = self.count

    def put_all(self, etcd):
        etcd.put_many((f"/helix/com/example/{name}/A", value)
                      for name, value in self.address.items())

    def change(self, etcd, number):
        """Change a few names, make some and delete some."""
        chance = random.Random(number)
        for _ in range(number):
            name = chance.choice(sorted(self.address))
            if self.address[name] and chance.random() < 0.3:
                etcd.delete(f"/helix/com/example/{name}/A")
                self.address[name] = None
            else:
                self.next += 1
                self.address[name] = address(self.next)
                etcd.put(f"/helix/com/example/{name}/A", self.address[name])

    def check(self, unbound, etcd):
        """A last change is seen, and every name is as in etcd; the names of
        one commit do not change at one moment."""
        self.next += 1
        etcd.put("/helix/com/example/last/A", address(self.next))
        unbound.wait_for_answer("last.example.com", [address(self.next)])
        for name, value in self.address.items():
            unbound.wait_for_answer(f"{name}.example.com",
                                    [value] if value else "NXDOMAIN")


@contextlib.contextmanager
def steady_load(unbound, etcd):
    """A name that is asked for all the while, and never fails."""
    etcd.put("/helix/com/example/steady/A", "203.0.113.1")
    unbound.wait_for_answer("steady.example.com", ["203.0.113.1"])
    with Load(unbound, "steady.example.com", ["203.0.113.1"]) as load:
        yield load
        load.wait_for_more()
    assert not load.wrong, load.wrong[:5]
