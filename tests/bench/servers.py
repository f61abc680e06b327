"""The servers that are compared: they have the same names, with the same TTL,
and one thread that answers."""

import concurrent.futures
import contextlib
import http.client
import itertools
import os
import re
import subprocess
from pathlib import Path

import lab
import lab_etcd
import lab_nsd
import lab_unbound

ZONE = "bench.example"
TTL = 5
SOA = f"{ZONE}. {TTL} IN SOA {ZONE}. hostmaster.{ZONE}. 1 3600 600 86400 {TTL}"

LOCAL_DATA, AUTH_ZONE, NSD = "local-data", "auth-zone", "NSD"
CACHE_YES, CACHE_NO = "cache: yes", "cache: no"
# All are compared with the first.
SERVERS = (LOCAL_DATA, AUTH_ZONE, NSD, CACHE_YES, CACHE_NO)
MODULE = (CACHE_YES, CACHE_NO)
# as CACHE_YES, with `status` in helix.yaml
STATUS = "status"

# One processor is for what answers, and the others are for what asks.
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORES = CORES[:1]
LOAD_CORES = CORES[1:] or CORES


def name(number):
    return f"n{number:06d}.{ZONE}"


def records(size):
    """The records of the names of a zone of this size, as in a zone file."""
    for number in range(size):
        yield f"{name(number)}. {TTL} IN A {lab.address(number)}"


def prefix(size):
    """Where the keys of a zone of this size are; each is a zone of its own."""
    return f"/helix-{size}"


def key(size, number):
    return f"{prefix(size)}/example/bench/n{number:06d}/A"


def tree(pid):
    """A process, and those that it has started."""
    with contextlib.suppress(OSError):
        yield pid
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from tree(int(child))


def thread_cpu(pid, tid):
    """Seconds that a thread was on a processor."""
    told = Path(f"/proc/{pid}/task/{tid}/schedstat").read_text()
    return int(told.split()[0]) / 1e9


class Benched:
    """What a measurement asks of any server. It can run under callgrind,
    which counts only when it is told to."""

    def __init__(self, folder, *args, callgrind=False, **options):
        super().__init__(folder, *args, **options)
        self.callgrind = callgrind
        self.dumps = 0

    def launch(self, command, env=None):
        if self.callgrind:
            command = ["valgrind", "--tool=callgrind", "--instr-atstart=no",
                       "--trace-children=yes",
                       f"--callgrind-out-file={self.folder}/counted.%p",
                       *command]
        super().launch(command, env)

    def pids(self):
        return list(tree(self.process.pid))

    def pin(self):
        """Have the threads that answer on a processor of their own."""
        for pid in self.pids():
            os.sched_setaffinity(pid, SERVER_CORES)

    def cpu(self):
        """Seconds that all its threads were on a processor."""
        return sum(thread_cpu(pid, task.name) for pid in self.pids()
                   for task in Path(f"/proc/{pid}/task").iterdir())

    def worker_cpu(self):
        """The same of the first thread, which in Unbound is the one that
        answers."""
        return thread_cpu(self.process.pid, self.process.pid)

    def tell_callgrind(self, *words):
        pids = self.pids()
        told = subprocess.run(
            ["callgrind_control", *words, *map(str, pids)], text=True,
            capture_output=True, timeout=lab.DEADLINE)
        assert told.stdout.count("  OK.") == len(pids), told

    def counted(self):
        """Instructions since the last time that callgrind was told to zero
        or to dump."""
        self.dumps += 1
        paths = [self.folder / f"counted.{pid}.{self.dumps}"
                 for pid in self.pids()]
        self.tell_callgrind("-d")
        return sum(self._total(path) for path in paths)

    def _total(self, path):
        """What a file says that may not be complete yet."""
        def total():
            return path.exists() and re.search(r"^totals: (\d+)",
                                               path.read_text(), re.M)
        return int(lab.wait_for(total, f"callgrind wrote {path}")[1])


class Unbound(Benched, lab_unbound.Unbound):
    """Unbound without the module."""

    server = ("num-threads: 1", "extended-statistics: no")
    modules = "validator iterator"

    def __init__(self, folder, lines=(), extra="", urls=(), **options):
        super().__init__(folder, list(urls), extra=extra, server=(
            *self.server, f'module-config: "{self.modules}"', *lines),
            **options)


class LocalData(Unbound):
    def __init__(self, folder, size, **options):
        data = folder / "local-data"
        folder.mkdir(parents=True)
        with open(data, "w") as file:
            file.write(f'local-zone: "{ZONE}." static\n'
                       f"local-data: '{SOA}'\n")
            file.writelines(f"local-data: '{line}'\n"
                            for line in records(size))
        super().__init__(folder, [f'include: "{data}"'], **options)


def zone_file(size):
    return "\n".join([SOA, f"{ZONE}. {TTL} IN NS ns.{ZONE}.",
                      f"ns.{ZONE}. {TTL} IN A 127.0.0.1",
                      *records(size)]) + "\n"


class AuthZone(Unbound):
    def __init__(self, folder, size, **options):
        folder.mkdir(parents=True)
        (folder / "zone").write_text(zone_file(size))
        super().__init__(folder, extra="\n".join([
            "auth-zone:", f'  name: "{ZONE}."', f'  zonefile: "{folder}/zone"',
            "  for-downstream: yes", "  for-upstream: no",
            "  fallback-enabled: no"]), **options)


class Nsd(Benched, lab_nsd.Nsd):
    def __init__(self, folder, size, **options):
        super().__init__(folder, {ZONE: zone_file(size)}, server=(
            "server-count: 1", "minimal-responses: yes"), **options)


class Module(Unbound):
    """Unbound with the module; the names are in etcd."""

    modules = "dynlib validator iterator"

    def __init__(self, folder, size, etcd, cache, status=False,
                 callgrind=False):
        self.status_port = lab.free_port() if status else None
        more = {"status": {"listen": f"127.0.0.1:{self.status_port}"}} \
            if status else {}
        # Under callgrind, no probe of etcd is to be among what is counted.
        super().__init__(
            folder, urls=[etcd.url], zones=[{"name": ZONE, "ttl": TTL}],
            startup_wait="600s", more={"cache": cache, **more},
            callgrind=callgrind,
            etcd={"prefix": prefix(size), "request-timeout": "600s",
                  "heartbeat": "600s" if callgrind else "5s"})

    def start(self):
        """Start, and wait until it has all keys."""
        super().start()
        self.first_copy()
        return self

    def first_copy(self):
        """Seconds that it took to copy all keys, as the log says."""
        return int(self.wait_for_log(r"listed in (\d+) ms")[1]) / 1000

    def read_metrics(self):
        """As Prometheus does."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.status_port, timeout=lab.DEADLINE)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics")
            answer = connection.getresponse()
            assert answer.status == 200 and b"helix_ready 1" in answer.read()

    def own_memory(self):
        """Octets that the module says it has."""
        self.control("set_option", "extended-statistics:", "yes")
        return int(re.search(r"mem\.mod\.dynlibmod=(\d+)",
                             self.control("stats_noreset"))[1])


class Etcd(Benched, lab_etcd.Etcd):
    options = ("--quota-backend-bytes", str(8 << 30))

    def load(self, size):
        """Put the records of a zone of this size, over several connections,
        as each waits for the disk."""
        def put_part(part):
            self.put_many((key(size, number), lab.address(number))
                          for number in range(part, size, 8))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(put_part, range(8)))


class Site:
    """Makes servers in folders of their own, and ends them all."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self._count = itertools.count()
        self._to_end = contextlib.ExitStack()
        self.etcd = self._add(Etcd).start()

    def _add(self, kind, *args, **options):
        server = kind(self.folder / str(next(self._count)), *args, **options)
        self._to_end.callback(server.stop)
        return server

    def make(self, label, size, **options):
        """A server that has not been started."""
        if label in (*MODULE, STATUS):
            return self._add(Module, size, self.etcd, label != CACHE_NO,
                             label == STATUS, **options)
        return self._add({LOCAL_DATA: LocalData, AUTH_ZONE: AuthZone,
                          NSD: Nsd}[label], size, **options)

    @contextlib.contextmanager
    def running(self, label, size, **options):
        server = self.make(label, size, **options)
        try:
            yield server.start()
        finally:
            server.stop()

    def close(self):
        self._to_end.close()
