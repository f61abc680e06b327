"""The laboratory: etcd, Unbound and NSD, real ones, on free ports of the
loopback interface, each started and ended by the test that needs it."""

import base64
import concurrent.futures
import contextlib
import http.client
import ipaddress
import itertools
import json
import os
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


# Ports below the kernel's ephemeral range, so that no outgoing connection
# takes one between its choice and its use; each test process has its own.
_ports = itertools.count(10000 + os.getpid() * 64 % 20000)


def free_port():
    """A port on which nothing listens, on TCP and UDP."""
    while True:
        port = 10000 + (next(_ports) - 10000) % 22000
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


class Server:
    """A program that runs until it is ended."""

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
        self.process.terminate()
        try:
            status = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("it does not end: " + self.log())
        self.process = None
        return status


class Etcd(Server):
    """One etcd, or one member of a cluster."""

    api = "v3"
    options = ()
    ctl_options = ()
    scheme = "http"
    # what is said when etcd's history does not reach back far enough
    history_gone = "compacted"

    def __init__(self, folder, port=None, name="lone", peers=None):
        super().__init__(folder)
        self.port = port or free_port()
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        self.name = name
        self.peers = peers or {name: f"http://127.0.0.1:{free_port()}"}
        self.data = self.folder / "data"

    def launch_member(self):
        peer = self.peers[self.name]
        cluster = ",".join(f"{n}={u}" for n, u in self.peers.items())
        self.launch(["etcd", "--name", self.name, "--data-dir", self.data,
                     "--listen-client-urls", self.url,
                     "--advertise-client-urls", self.url,
                     "--listen-peer-urls", peer,
                     "--initial-advertise-peer-urls", peer,
                     "--initial-cluster", cluster,
                     "--heartbeat-interval", "50",
                     "--election-timeout", "500", *self.options])

    def start(self):
        self.launch_member()
        self.wait_until_healthy()
        return self

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

    def put(self, key, value, lease=None):
        self.ctl("put", key, value, *(["--lease", lease] if lease else []))

    def delete(self, key):
        self.ctl("del", key)

    def gateway(self, path, body):
        """POST to the JSON gateway."""
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(),
            {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return json.load(answer)

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


class Relay:
    """Stands between Unbound and etcd, keeps what Unbound asked, and can be
    cut."""

    def __init__(self, folder, target):
        self.target = ("127.0.0.1", target)
        self.asked = b""
        self.connections = 0
        self.whole = True
        self._ends = set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def start(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def stop(self):
        self.cut()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        for end in self._server, *self._ends:
            end.close()

    def cut(self):
        """Close all connections, and let no more come about."""
        self.whole = False
        for end in list(self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self):
        self.whole = True

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                inner = self._server.accept()[0]
                try:
                    outer = socket.create_connection(self.target)
                except OSError:
                    inner.close()
                    continue
                self._ends |= {inner, outer}
                self.connections += 1
                if not self.whole:
                    self.cut()
                for pair in (inner, outer), (outer, inner):
                    threading.Thread(target=self._pass, args=pair,
                                     daemon=True).start()

    def _pass(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if sink.getpeername() == self.target:
                    self.asked += data
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def wait_for_more(self, text, count):
        """Wait until something was asked for so many times more."""
        goal = self.asked.count(text) + count
        wait_for(lambda: self.asked.count(text) >= goal,
                 f"{text!r} was asked for {count} times more")


class Nsd(Server):
    """The world outside: an authoritative server."""

    def __init__(self, folder, zones):
        """zones: from a zone's name to the text of its zone file."""
        super().__init__(folder)
        self.port = free_port()
        lines = ["server:", f"  ip-address: 127.0.0.1@{self.port}",
                 f'  zonesdir: "{self.folder}"', f'  database: ""',
                 f'  xfrdfile: "{self.folder}/xfrd"',
                 f'  zonelistfile: "{self.folder}/zonelist"',
                 f'  pidfile: ""', '  username: ""', "  rrl-ratelimit: 0",
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
            return dns.query.udp(query, "127.0.0.1", 0.2, self.port)
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
            "TSAN_OPTIONS": f"{reports}:halt_on_error=0:history_size=5"}

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

    def __init__(self, folder, etcd_urls, zones=("example.com",),
                 server=(), extra="", etcd=None, startup_wait="5s",
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
        return subprocess.run(
            [UNBOUND / "sbin/unbound-control", "-c",
             self.folder / "unbound.conf", *words], text=True,
            env={**os.environ, **self.sanitizer_options()},
            capture_output=True, check=True, timeout=DEADLINE).stdout

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
        answer = self.ask(name, rdtype)
        if answer.rcode() != dns.rcode.NOERROR:
            return dns.rcode.to_text(answer.rcode())
        return sorted(record.to_text() for rrset in answer.answer
                      for record in rrset)

    def wait_for_answer(self, name, expected, rdtype="A"):
        """Wait until a name has just these addresses, or that rcode."""
        seen = None

        def as_expected():
            nonlocal seen
            seen = self.addresses(name, rdtype)
            return seen == expected
        wait_for(as_expected, lambda: f"{name} {rdtype} was {expected}, "
                 f"it is {seen}:\n{self.log()}")


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
            if seen != self.expected:
                self.wrong.append(seen)
            self.answers += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def wait_for_more(self, count=50):
        goal = self.answers + count
        wait_for(lambda: self.answers >= goal, "the load went on")
