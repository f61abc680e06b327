"""How long helixctl takes to import a zone file, and how long etcd takes for
the same transactions, if they only have to be sent."""

import base64
import contextlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import time

import lab
from lab_etcd import b64
from servers import SOA, ZONE, Etcd, records

# as many changes as helixctl puts into one transaction: etcd takes 128
# conditions, and each key that is new has two
BATCH = 64
PREFIX = "/helix"


def beside(key, rdtype):
    """The key of another type at the same name; all in base64."""
    name = base64.b64decode(key).rpartition(b"/")[0]
    return base64.b64encode(name + b"/" + rdtype).decode()


def write_zone(path, size):
    with open(path, "w", encoding="ascii") as file:
        file.write(SOA + "\n")
        for record in itertools.islice(records(size), size):
            file.write(record + "\n")


class Imports:
    """Each time into an etcd that is empty, as one that is full is slower."""

    def __init__(self, folder, size):
        self.folder = folder / "import"
        self.folder.mkdir()
        self.size = size
        self.zone = self.folder / "zone"
        self.requests = self.folder / "requests"
        self.conf = self.folder / "helix.yaml"
        # transactions, once they are known
        self.count = 0
        self.rounds = 0
        write_zone(self.zone, size)

    @contextlib.contextmanager
    def etcd(self):
        folder = self.folder / "etcd"
        shutil.rmtree(folder, ignore_errors=True)
        etcd = Etcd(folder).start()
        begin = etcd.revision()
        try:
            yield etcd
            transactions = etcd.revision() - begin
        finally:
            etcd.stop()
        assert transactions == self.count, (transactions, self.count)

    def seconds(self):
        """helixctl's own time and etcd's, and the memory that helixctl had at
        most. Each is the first one every other time."""
        parts = [self.measure_import, self.measure_etcd]
        found = {}
        for part in reversed(parts) if self.rounds % 2 else parts:
            part(found)
        self.rounds += 1
        return {**found, "transactions": self.count}

    def measure_import(self, found):
        with self.etcd() as etcd:
            self.conf.write_text(json.dumps({
                "etcd": {"endpoints": [etcd.url], "prefix": PREFIX},
                "zones": [{"name": ZONE, "ttl": 60}]}))
            found["helixctl"], found["memory"] = self.run()
            if not self.count:
                self.write_requests(etcd)

    def measure_etcd(self, found):
        with self.etcd() as etcd:
            found["etcd"] = self.replay(etcd.port)

    def run(self):
        """Import the zone; returns the seconds, and the octets of memory."""
        with open(self.folder / "said", "w", encoding="ascii") as said:
            begin = time.monotonic()
            process = subprocess.Popen(
                [lab.HELIXCTL, "--config", self.conf, "import", self.zone],
                stdout=said, stderr=said)
            _, status, usage = os.wait4(process.pid, 0)
            took = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        assert status == 0, (self.folder / "said").read_text()[-1000:]
        return took, usage.ru_maxrss * 1024

    def write_requests(self, etcd):
        """Make the requests before they are sent: what is in etcd now, in
        transactions like those by which it got there."""
        pairs = self.pairs(etcd)
        with open(self.requests, "wb") as file:
            while batch := list(itertools.islice(pairs, BATCH)):
                self.count += 1
                guards = [{"key": beside(key, b"CNAME"),
                           "range_end": beside(key, b"CNAME0")}
                          for key, _ in batch]
                body = json.dumps({
                    "compare": [{"target": "MOD", "result": "EQUAL", "key": key,
                                 "mod_revision": "0"} for key, _ in batch]
                    + [{"target": "MOD", "result": "LESS", **guard,
                        "mod_revision": "1"} for guard in guards],
                    "success": [{"request_put": {"key": key, "value": value}}
                                for key, value in batch],
                    "failure": [{"request_range": {"key": key}}
                                for key, _ in batch]
                    + [{"request_range": {**guard, "min_mod_revision": "1",
                                          "keys_only": True, "limit": "1"}}
                       for guard in guards]},
                    separators=(",", ":")).encode()
                file.write(b"POST /v3/kv/txn HTTP/1.1\r\nHost: etcd\r\n"
                           b"Content-Type: application/json\r\n"
                           b"Content-Length: %d\r\n\r\n" % len(body) + body)
                file.write(b"\0\n")

    def pairs(self, etcd):
        """All keys and values, in base64 as the gateway has them."""
        key, end = b64(PREFIX + "/"), b64(PREFIX + "0")
        while key:
            page = etcd.gateway("/v3/kv/range", {
                "key": key, "range_end": end, "limit": "10000"})
            for kv in page.get("kvs", []):
                yield kv["key"], kv["value"]
            key = b64(base64.b64decode(page["kvs"][-1]["key"]) + b"\0") \
                if page.get("more") else None

    def replay(self, port):
        """Send the requests one after the other, over one connection; returns
        the seconds."""
        with open(self.requests, "rb") as file, \
                socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            took = 0
            for _ in range(self.count):
                request = b""
                while not request.endswith(b"\0\n"):
                    request += file.readline()
                begin = time.monotonic()
                connection.sendall(request[:-2])
                answer = self.answer(connection)
                took += time.monotonic() - begin
                assert b'"succeeded":true' in answer, answer[:1000]
        return took

    def answer(self, connection):
        data = b""
        while True:
            head, found, body = data.partition(b"\r\n\r\n")
            if found:
                assert head.startswith(b"HTTP/1.1 200 "), data
                if b"chunked" in head:
                    if data.endswith(b"\r\n0\r\n\r\n"):
                        return body
                else:
                    length = head.lower().split(b"content-length:")[1]
                    if len(body) == int(length.split()[0]):
                        return body
            more = connection.recv(1 << 20)
            assert more, data
            data += more
