"""What is measured of a server."""

import base64
import http.client
import itertools
import json
import multiprocessing
import random
import re
import select
import socket
import subprocess
import time

import lab
from lab_etcd import b64
from questions import (HITS, KINDS, NODATA, Question, ask, hot_names,
                       questions, wire)
from servers import LOAD_CORES, key, name, prefix


# --- instructions -----------------------------------------------------------

def instructions(server, size, warm, count):
    """Instructions of user space for a question of each kind, of a server
    under callgrind that has been asked some before it counts; and how long
    it took, as the TTL may have ended meanwhile."""
    found = {}
    server.tell_callgrind("-i", "on")
    for kind in KINDS:
        asked = questions(kind, size, seed="counted")
        first = list(itertools.islice(asked, warm))
        rest = list(itertools.islice(asked, count))
        if len(rest) < count:
            continue
        ask(server.port, first)
        server.tell_callgrind("-z")
        began = time.monotonic()
        ask(server.port, rest)
        took = time.monotonic() - began
        found[kind] = {"instructions": server.counted() / count,
                       "seconds": took}
    server.tell_callgrind("-i", "off")
    return found


def read_instructions(server, count):
    """Instructions of user space for a read of /metrics, of a server under
    callgrind. Each page is written anew: within a second, the same may be
    given again."""
    server.tell_callgrind("-i", "on")
    server.read_metrics()
    server.tell_callgrind("-z")
    for _ in range(count):
        time.sleep(1.1)
        server.read_metrics()
    read = server.counted() / count
    server.tell_callgrind("-i", "off")
    return read


# --- speed ------------------------------------------------------------------

class QuestionFile:
    """Questions of a kind, as dnsperf reads them. Those of the hot names are
    asked round and round, others once."""

    def __init__(self, folder, kind, size, count, seed=0):
        self.path = folder / f"{size}-{KINDS.index(kind)}"
        again = kind in (HITS, NODATA)
        if again:
            count = len(hot_names(size))
        asked = list(itertools.islice(questions(kind, size, seed), count))
        self.is_empty = not asked
        self.rcode = asked[0].rcode if asked else None
        self.options = [] if again else ["-n", "1"]
        self.path.write_text("".join(f"{question.name} {question.rdtype}\n"
                                     for question in asked))


class Dnsperf:
    """dnsperf, which has begun to ask."""

    def __init__(self, file, port, seconds, *options):
        self.rcode = file.rcode
        threads = max(1, len(LOAD_CORES) // 2)
        self.process = subprocess.Popen(
            ["taskset", "-c", ",".join(map(str, LOAD_CORES)), "dnsperf",
             "-s", "127.0.0.1", "-p", str(port), "-d", str(file.path),
             "-l", str(seconds), "-c", str(threads), "-T", str(threads),
             *file.options, *options],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def result(self):
        """What it found, when it has ended. Every answer was as expected."""
        out, errors = self.process.communicate(timeout=lab.DEADLINE)
        assert self.process.returncode == 0, errors
        told = dict(re.findall(r"^ *(.+?): +(.+)$", out, re.M))
        rcodes = re.findall(r"(\w+) \d+ \(", told["Response codes"])
        assert rcodes == [self.rcode], out
        return {"answers": int(told["Queries completed"].split()[0]),
                "lost": int(told["Queries lost"].split()[0]),
                "seconds": float(told["Run time (s)"]),
                "qps": float(told["Queries per second"])}

    def stop(self):
        """End it before its time."""
        self.process.terminate()
        self.process.communicate()


def speed(server, file, seconds):
    """What dnsperf finds, and the microseconds of a processor that the server
    spent on a query: all its threads, and the one that answers."""
    worker, cpu = server.worker_cpu(), server.cpu()
    found = Dnsperf(file, server.port, seconds).result()
    cpu, worker = server.cpu() - cpu, server.worker_cpu() - worker
    return {**found, "cpu": 1e6 * cpu / found["answers"],
            "worker": 1e6 * worker / found["answers"],
            "busy": cpu / found["seconds"]}


# --- from put to answer -----------------------------------------------------

def connect(etcd):
    return http.client.HTTPConnection("127.0.0.1", etcd.port,
                                      timeout=lab.DEADLINE)


def post(connection, path, body):
    connection.request("POST", path, body,
                       {"Content-Type": "application/json"})
    answer = connection.getresponse()
    told = answer.read()
    assert answer.status == 200, told
    return told


class Delay:
    """Puts addresses of one name, and asks for it until they are seen."""

    def __init__(self, etcd, server, size):
        self.connection = connect(etcd)
        self.connection.connect()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.connect(("127.0.0.1", server.port))
        self.poll = select.poll()
        self.poll.register(self.udp, select.POLLIN)
        self.poll.register(self.connection.sock, select.POLLIN)
        number = hot_names(size)[0]
        self.key = b64(key(size, number))
        self.query = wire(Question(name(number), "A", "NOERROR", 1), 1)
        # addresses that no name of the zone has
        self.next = 1 << 21

    def put(self):
        """Milliseconds until etcd says that it has the new address, and until
        the first answer has it."""
        self.next += 1
        address = lab.address(self.next)
        body = json.dumps({"key": self.key, "value": b64(address)})
        wanted = socket.inet_aton(address)
        done = seen = None
        began = time.monotonic()
        self.connection.request("POST", "/v3/kv/put", body,
                                {"Content-Type": "application/json"})
        self.udp.send(self.query)
        while not (done and seen):
            ready = [fd for fd, _ in self.poll.poll(1000)]
            now = time.monotonic()
            assert now - began < lab.DEADLINE, "no answer had the new address"
            if self.connection.sock.fileno() in ready:
                self.connection.getresponse().read()
                done = now
            if self.udp.fileno() in ready and \
                    self.udp.recv(4096).endswith(wanted):
                seen = seen or now
            elif not seen and (not ready or self.udp.fileno() in ready):
                self.udp.send(self.query)
        return 1000 * (done - began), 1000 * (seen - began)

    def close(self):
        self.connection.close()
        self.udp.close()


def delays(etcd, server, size, puts, file):
    """From put to answer, while others ask too."""
    delay = Delay(etcd, server, size)
    others = Dnsperf(file, server.port, 600, "-Q", "10000")
    try:
        found = [delay.put() for _ in range(puts)]
    finally:
        others.stop()
    delay.close()
    return {"etcd": [done for done, _ in found],
            "answer": [seen for _, seen in found]}


# --- the first copy ---------------------------------------------------------

# as in module/etcd/v3.c: keys of the first page; a page that has fewer octets
# is followed by one of twice the keys
PAGE, PAGE_OCTETS = 10000, 8 * 1024 * 1024


class Curl:
    """curl, fetching what the module's first copy fetches where etcd is quick:
    the same pages, one after the other, over one connection."""

    def __init__(self, etcd, size, folder):
        """The bodies of the requests are made before."""
        connection = connect(etcd)
        end = b64(prefix(size) + "0")
        body = {"key": b64(prefix(size) + "/"), "range_end": end}
        lines, limit = [], PAGE
        while body:
            body["limit"] = str(limit)
            lines += [f'url = "{etcd.url}/v3/kv/range"',
                      f"data = {json.dumps(json.dumps(body))}",
                      "output = /dev/null",
                      'write-out = "%{http_code} %{time_total}\\n"', "next"]
            answer = post(connection, "/v3/kv/range", json.dumps(body))
            page = json.loads(answer)
            if len(answer) <= PAGE_OCTETS:
                limit *= 2
            body["revision"] = body.get("revision",
                                        page["header"]["revision"])
            last = base64.b64decode(page["kvs"][-1]["key"])
            body["key"] = b64(last + b"\0")
            body = body if page.get("more") else None
        connection.close()
        self.config = folder / f"curl-{size}"
        self.config.write_text("\n".join(lines[:-1]) + "\n")

    def seconds(self):
        told = subprocess.run(["curl", "--silent", "-K", self.config],
                              text=True, check=True, capture_output=True,
                              timeout=lab.DEADLINE).stdout.split()
        assert set(told[::2]) == {"200"}, told
        return sum(map(float, told[1::2]))


# --- many changes -----------------------------------------------------------

RATE = 5000             # keys a second
BATCH = 100             # keys of a transaction
OF_THEM_HOT = 5
WRITERS = 4             # each waits for etcd, and all keep up the rate


def _write(etcd, size, made, end):
    """Change names that are chosen at random, until the end."""
    chance = random.Random()
    hot = hot_names(size)
    connection = connect(etcd)
    turn = time.monotonic()
    while not end.is_set():
        chosen = {*chance.sample(range(size), BATCH - OF_THEM_HOT),
                  *chance.sample(hot, OF_THEM_HOT)}
        address = b64(lab.address(chance.randrange(1 << 22, 1 << 23)))
        post(connection, "/v3/kv/txn", json.dumps({"success": [
            {"requestPut": {"key": b64(key(size, number)), "value": address}}
            for number in chosen]}))
        with made.get_lock():
            made.value += len(chosen)
        turn += WRITERS * BATCH / RATE
        end.wait(max(0, turn - time.monotonic()))
    connection.close()


class Writers:
    """Programs that change keys, at that rate if etcd takes them."""

    def __init__(self, etcd, size):
        fork = multiprocessing.get_context("fork")
        self._made, self._end = fork.Value("q", 0), fork.Event()
        self._processes = [
            fork.Process(target=_write,
                         args=(etcd, size, self._made, self._end))
            for _ in range(WRITERS)]

    def __enter__(self):
        for process in self._processes:
            process.start()
        lab.wait_for(lambda: self._made.value, "keys were changed")
        self._began = time.monotonic(), self._made.value
        return self

    def __exit__(self, *_):
        now, made = time.monotonic(), self._made.value
        self.rate = (made - self._began[1]) / (now - self._began[0])
        self._end.set()
        for process in self._processes:
            process.join()
            assert process.exitcode == 0


def while_keys_change(etcd, server, size, file, seconds):
    """Speed while none change, and while they do."""
    quiet = speed(server, file, seconds)
    before = etcd.cpu()
    with Writers(etcd, size) as writers:
        changing = speed(server, file, seconds)
    return {"quiet": quiet, "changing": changing, "rate": writers.rate,
            "etcd": (etcd.cpu() - before) / changing["seconds"]}
