"""The laboratory: real servers, on free ports of the loopback interface, each
started and ended by the test that needs it. Here is what all of them need;
lab_etcd.py, lab_unbound.py, lab_nsd.py and lab_prometheus.py have the servers,
lab_relay.py what stands between them, lab_load.py what asks them, lab_status.py
reads what Unbound says by HTTP, and lab_ctl.py runs helixctl."""

import contextlib
import ipaddress
import itertools
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

SOURCE = Path(os.environ.get("HELIX_SOURCE", Path(__file__).parents[2]))
MODULE = Path(os.environ.get("HELIX_MODULE", SOURCE / ".libs/helix.so"))
HELIXCTL = MODULE.parents[1] / "helixctl"
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
        """Have it stand still. The signal is sent at once, and each thread
        stops when it comes to see it: until then, it may still answer."""
        self.signal(signal.SIGSTOP)
        wait_for(lambda: self.thread_states() <= set("TtZX"), "it stood still")

    def thread_states(self):
        """The states of its threads: see proc(5), /proc/PID/stat."""
        states = set()
        for file in Path(f"/proc/{self.process.pid}/task").glob("*/stat"):
            # one may end meanwhile
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                states.add(file.read_text().rpartition(")")[2].split()[0])
        return states

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
