"""What Unbound says of itself by HTTP, as `status` in helix.yaml has it."""

import http.client
import json
import re
import socket
import subprocess

from lab import DEADLINE, wait_for

# A line of /metrics: name, labels, value.
SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)*)\})? '
                    r'(\S+)')
LABEL = re.compile(r'([a-z]+)="((?:[^"\\]|\\.)*)"')
ESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=DEADLINE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def samples(text):
    """{(name, {(label, value), ...}): number} of what /metrics says."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = SAMPLE.fullmatch(line).groups()
        key = name, frozenset(
            (label, re.sub(r"\\.", lambda m: ESCAPED[m[0]], text))
            for label, text in LABEL.findall(labels or ""))
        assert key not in found, f"{key} is there twice"
        found[key] = float(value)
    return found


class Status:
    """Reads what an Unbound of the laboratory says.

        status = Status(laboratory)
        unbound = laboratory.unbound(etcd, more=status.more)
        assert status.get("/ready") == (200, "ready\\n")
    """

    def __init__(self, laboratory, listen=None):
        """listen: a port of 127.0.0.1, too."""
        # the folder has a long name, and a socket's may have 107 octets
        self.socket = laboratory.folder / f"s{len(laboratory.servers)}"
        self.more = {"status": {"socket": str(self.socket)}}
        if listen:
            self.more["status"]["listen"] = f"127.0.0.1:{listen}"

    def answer(self, path, method="GET", **headers):
        """An answer: its status, its Content-Type and its text."""
        connection = _UnixConnection(self.socket)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return (answer.status, answer.getheader("Content-Type"),
                    answer.read().decode())
        finally:
            connection.close()

    def wait_until_there(self):
        """Wait until it says anything, as where Unbound has just begun to
        start."""
        def is_there():
            try:
                return self.get("/live")[0] == 200
            except (FileNotFoundError, ConnectionRefusedError):
                return False
        wait_for(is_there, f"{self.socket} was served")

    def get(self, path):
        """An answer: its status, and its text."""
        status, _, text = self.answer(path)
        return status, text

    def ready(self):
        """The reasons why not: none if it is."""
        code, text = self.get("/ready")
        assert (code, text) == (200, "ready\n") or \
            code == 503 and text.strip() and text != "ready\n", (code, text)
        return [] if code == 200 else text.splitlines()

    def json(self, path="/status"):
        code, text = self.get(path)
        assert code == 200, text
        return json.loads(text)

    def keys(self, which):
        """The keys of /keys/bad or /keys/ignored, and why."""
        told = self.json(f"/keys/{which}")
        assert told["total"] >= len(told["keys"])
        return {one["key"]: one["reason"] for one in told["keys"]}

    def metrics(self):
        code, text = self.get("/metrics")
        assert code == 200, text
        return samples(text)

    def value(self, name, **labels):
        """The sum of a metric over all labels but those that are named; None
        if there is no such sample."""
        found = [value for (one, has), value in self.metrics().items()
                 if one == name and labels.items() <= dict(has).items()]
        return sum(found) if found else None

    def wait_for(self, name, expected, **labels):
        """Wait until a metric has this value, or until a function says that
        it is as expected."""
        seen = None

        def is_there():
            nonlocal seen
            seen = self.value(name, **labels)
            return seen is not None and (
                expected(seen) if callable(expected) else seen == expected)
        wait_for(is_there, lambda: f"{name}{labels} was as expected; it is "
                 f"{seen}:\n{self.get('/metrics')[1]}")

    def wait_until_ready(self, ready=True):
        """Wait until it is ready, or is not; returns the reasons."""
        wait_for(lambda: bool(self.ready()) != ready,
                 lambda: f"it was {'' if ready else 'not '}ready: "
                 f"{self.get('/status')[1]}")
        return self.ready()


def promtool(*words, stdin=None):
    """Run promtool; returns its exit status and all that it says."""
    done = subprocess.run(["promtool", *map(str, words)], input=stdin,
                          text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=DEADLINE)
    return done.returncode, done.stdout
