"""etcd, by its v3 or its v2 API."""

import base64
import concurrent.futures
import contextlib
import functools
import http.client
import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from lab import DEADLINE, Server, free_port, wait_for


@functools.lru_cache
def version():
    """Such as (3, 5)."""
    said = subprocess.run(["etcd", "--version"], text=True, check=True,
                          capture_output=True).stdout
    found = re.search(r"^etcd Version: (\d+)\.(\d+)", said, re.MULTILINE)
    return int(found[1]), int(found[2])


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

    def let_expire(self, directory):
        """Have a directory expire soon. etcd 3.5 does not change the TTL of
        one that is there (raft's error 300, "Not a file"): that goes when the
        TTL is over that it was made with."""
        if version() < (3, 5):
            self.keys("PUT", directory, dir="true", ttl=1, prevExist="true")

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


def key(name, rdtype="A"):
    """The key of a name's records of a type."""
    return "/helix/" + "/".join(reversed(name.split("."))) + "/" + rdtype


def b64(data):
    data = data.encode() if isinstance(data, str) else data
    return base64.b64encode(data).decode()
