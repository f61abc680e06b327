"""No answer ever goes back, and none comes from elsewhere: readers ask, with
all their might, for names that change all the while, in the set-ups that
Unbound has for holding on to what it knows.

A name has versions that count up; some of them are addresses, in the others
the name is deleted. Its version is known when anybody was told it; or when
etcd has said yes to it, and Unbound has answered with what etcd was told
later, since different names become visible one after the other. Whoever asks
after a version is known is told that one or a later one, also if Unbound
joins the query to one under way. By hand, with --minutes M, all the set-ups
together go on for so long."""

import collections
import http.client
import itertools
import json
import random
import re
import socket
import struct
import threading
import time

import dns.name
import dns.rcode
import pytest

import lab
from lab import wait_for
from lab_etcd import b64
from quick import packet, said

NAMES, READERS, SOCKETS, WINDOW = 8, 4, 4, 32
# Names of which one or the other is in each change; the rest of them change
# once in so many, and are in the caches meanwhile.
HOT, RARELY = 4, 100
# without --minutes
QUERIES, COMMITS = 20000, 400
# every so many versions, the name is deleted
DELETED = 5
NXDOMAIN = 3
ELSEWHERE = "198.51.100.77"
OUTSIDE = """
@ 300 IN SOA ns hostmaster 1 3600 600 86400 1
@ 300 IN NS ns
ns 300 IN A 127.0.0.1
""" + "".join(f"*.to-n{i} 1 IN CNAME n{i}.example.com.\n"
              for i in range(NAMES))
# what others have in the place of our names, wherever they are asked
OVERLAID = f"""
@ 300 IN SOA ns hostmaster 1 3600 600 86400 1
@ 300 IN NS ns
* 1 IN A {ELSEWHERE}
"""
# A forwarder that follows aliases by itself.
ROOT = f"""
. 300 IN SOA ns. hostmaster. 1 3600 600 86400 1
. 300 IN NS ns.
*.example.com. 1 IN A {ELSEWHERE}
""" + "".join(f"*.to-n{i}.example.net. 1 IN CNAME n{i}.example.com.\n"
              for i in range(NAMES))
FALLTHROUGH = {"fallthrough": True}
SETUPS = {
    "default": {},
    "four-threads": {"server": ["num-threads: 4"]},
    "holding-on": {"server": [
        "cache-min-ttl: 3600", "serve-expired: yes", "serve-expired-ttl: 0",
        "serve-expired-client-timeout: 0", "prefetch: yes"]},
    "expiring": {"ttl": 1, "server": [
        "serve-expired: yes", "serve-expired-client-timeout: 0",
        "prefetch: yes"]},
    "tiny-caches": {"server": [
        "msg-cache-size: 4k", "rrset-cache-size: 8k", "msg-cache-slabs: 1",
        "rrset-cache-slabs: 1"]},
    "subnetcache": {"ecs": True, "server": [
        'module-config: "dynlib subnetcache validator iterator"',
        "send-client-subnet: 127.0.0.0/8",
        "client-subnet-always-forward: yes"]},
    "subnetcache-first": {"ecs": True, "server": [
        'module-config: "subnetcache dynlib validator iterator"',
        "send-client-subnet: 127.0.0.0/8",
        "client-subnet-always-forward: yes"]},
    "respip": {"server": [
        'module-config: "respip dynlib validator iterator"',
        f"response-ip: {ELSEWHERE}/32 redirect",
        f'response-ip-data: {ELSEWHERE}/32 "A 198.51.100.78"']},
    "no-validator": {"server": ['module-config: "dynlib iterator"']},
    "fallthrough": {"zone": FALLTHROUGH,
                    "server": ["qname-minimisation: yes"]},
    "fallthrough-no-validator": {
        "zone": FALLTHROUGH, "server": [
            "qname-minimisation: yes", 'module-config: "dynlib iterator"']},
    "forwarder": {"forward": True, "server": ["num-threads: 4"]},
    "forwarder-fallthrough": {"forward": True, "zone": FALLTHROUGH,
                              "server": ["num-threads: 4"]},
}


def is_deleted(version):
    return version % DELETED == 0


def show(told):
    """What an answer says, for people."""
    if not isinstance(told, bytes):
        return dns.rcode.to_text(told)
    if told[:1] == b"\n":
        return f"version {struct.unpack('!I', told)[0] & 0xffffff}"
    return socket.inet_ntoa(told) if told else "without an address"


class Name:
    """A name that changes: what etcd was told, and what is known."""

    def __init__(self, label, ttl):
        self.key, self.ttl = f"/helix/com/example/{label}/A", ttl
        self.issued = self.known = self.caught_up = 0

    def next(self):
        """Its next version, as an operation of etcd's transactions."""
        self.issued += 1
        if is_deleted(self.issued):
            return {"requestDeleteRange": {"key": b64(self.key)}}
        address = socket.inet_ntoa(struct.pack("!I", 10 << 24 | self.issued))
        value = json.dumps({"ttl": self.ttl, "rdata": address})
        return {"requestPut": {"key": b64(self.key), "value": b64(value)}}

    def version(self, told, floor, nothing):
        """The version that somebody was told, the earliest possible one;
        None if it is none, or one before the floor.
        nothing: what is told where the name is deleted."""
        if told == nothing:
            version = -(-floor // DELETED) * DELETED
        elif isinstance(told, bytes) and told[:1] == b"\n":
            version = struct.unpack("!I", told)[0] & 0xffffff
        else:
            return None
        return version if floor <= version <= self.issued else None

    def note(self, version):
        if version > self.known:
            self.known = version


class Hammer:
    """All of it: readers, and a writer, which is the test itself."""

    def __init__(self, etcd, unbound, setup, seed):
        self.unbound, self.setup = unbound, setup
        self.etcd = http.client.HTTPConnection("127.0.0.1", etcd.port,
                                               timeout=lab.DEADLINE)
        self.chance = random.Random(seed)
        self.names = [Name(f"n{i}", setup.get("ttl", 5))
                      for i in range(NAMES)]
        # which no cache keeps
        self.mark = Name("mark", 0)
        self.nothing = socket.inet_aton(ELSEWHERE) \
            if "zone" in setup else NXDOMAIN
        self.queries, self.commits = [0] * READERS, 0
        self.told = collections.Counter()
        self.wrong = []
        self.over = False
        self._socket = self.connect()

    def connect(self):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.settimeout(lab.DEADLINE)
        made.connect(("127.0.0.1", self.unbound.port))
        return made

    # --- the writer ---

    def commit(self, names):
        """Give names their next versions, in one transaction."""
        body = json.dumps({"success": [name.next() for name in names]})
        self.etcd.request("POST", "/v3/kv/txn", body,
                          {"Content-Type": "application/json"})
        answer = self.etcd.getresponse()
        told = answer.read()
        assert answer.status == 200, told
        self.commits += 1

    def catch_up(self):
        """Wait until Unbound answers with something that etcd was told
        after all there is; then all that is known."""
        issued = [name.issued for name in self.names]
        self.commit([self.mark])
        if is_deleted(self.mark.issued):
            self.commit([self.mark])
        query = b"\0\0" + packet("mark.example.com")

        def is_there():
            self._socket.send(query)
            told = said(self._socket.recv(4096))
            return isinstance(told, bytes) and \
                struct.unpack("!I", told)[0] & 0xffffff == self.mark.issued
        wait_for(is_there, lambda: "Unbound had caught up:\n"
                 + self.unbound.log()[-2000:])
        for name, version in zip(self.names, issued):
            name.note(version)
            name.caught_up = version

    def write(self, queries, seconds):
        """Change names until the readers have asked so often, or for so
        long, or something was wrong."""
        end = time.monotonic() + seconds
        while not self.wrong and (
                time.monotonic() < end if seconds else
                sum(self.queries) < queries or self.commits < COMMITS):
            for _ in range(self.chance.randint(1, 4)):
                self.commit(self.names if self.chance.random() < 1 / RARELY
                            else self.chance.sample(
                                self.names[:HOT], self.chance.randint(1, 3)))
            self.catch_up()

    # --- the readers ---

    def questions(self, number):
        """What a reader asks for: whole queries, and which name they are
        about; None for those whose answers do not matter."""
        option = struct.pack("!HHHBB3s", 8, 7, 1, 24, 0,
                             bytes([198, 18, number])) \
            if "ecs" in self.setup else b""
        found = []
        for i, name in enumerate(self.names):
            # with ECS, nothing comes out of the cache
            found += [(packet(f"{label}{i}.example.com", 1, edns), name)
                      for label in ("n", "alias")
                      for edns in (b"", b"", option)]
            # which are recursed, most of the time
            found += [(packet(f"{j}.to-n{i}.example.net", 1, option), name)
                      for j in range(number, number + 4)]
            if "zone" in self.setup:
                # and so are these, by way of the name
                found += [(packet(f"x.a.b{j}.n{i}.example.com", 1), None)
                          for j in range(4)]
        random.Random(number).shuffle(found)
        return itertools.cycle(found)

    def read(self, number):
        try:
            self._read(number, self.questions(number),
                       [self.connect() for _ in range(SOCKETS)])
        except Exception as error:
            self.wrong.append(repr(error))

    def _read(self, number, questions, sockets):
        while not self.over and not self.wrong:
            asked = []
            for i in range(WINDOW):
                query, name = next(questions)
                asked.append((query, name, name.known if name else 0))
                sockets[i % SOCKETS].send(i.to_bytes(2, "big") + query)
            for i in range(WINDOW):
                answer = sockets[i % SOCKETS].recv(4096)
                self.check(answer, *asked[answer[0] << 8 | answer[1]])
            self.queries[number] += WINDOW

    def check(self, answer, query, name, floor):
        if name is None:
            return
        told = said(answer)
        version = name.version(told, floor, self.nothing)
        if version is None:
            asked = dns.name.from_wire(query, 10)[0]
            self.wrong.append(f"{asked} was {show(told)}, while version "
                              f"{floor} was known, {name.caught_up} caught "
                              f"up with, and {name.issued} put")
        else:
            name.note(version)
            self.told[told == self.nothing] += 1

    def run(self, queries, seconds):
        self.commit(self.names)
        self.catch_up()
        threads = [threading.Thread(target=self.read, args=(i,))
                   for i in range(READERS)]
        for thread in threads:
            thread.start()
        try:
            self.write(queries, seconds)
        finally:
            self.over = True
            for thread in threads:
                thread.join()


@pytest.fixture(scope="module")
def etcd(shared):
    etcd = shared.etcd()
    etcd.put_many((f"/helix/com/example/alias{i}/CNAME", f"n{i}.example.com")
                  for i in range(NAMES))
    return etcd


@pytest.fixture(scope="module")
def outside(shared):
    """Clauses of unbound.conf that lead to the world outside."""
    zones = shared.nsd({"example.net": OUTSIDE, "example.com": OVERLAID})
    root = shared.nsd({".": ROOT})
    return {False: "".join(f"stub-zone:\n  name: {zone}\n"
                           f"  stub-addr: 127.0.0.1@{zones.port}\n"
                           for zone in ("example.net", "example.com")),
            True: f'forward-zone:\n  name: "."\n'
                  f"  forward-addr: 127.0.0.1@{root.port}\n"}


@pytest.mark.parametrize("which", SETUPS)
def test_no_answer_goes_back(laboratory, etcd, outside, request, seed, which,
                             capsys):
    setup = SETUPS[which]
    for i in range(NAMES):
        etcd.delete(f"/helix/com/example/n{i}/A")
    unbound = laboratory.unbound(
        etcd, zones=[{"name": "example.com", **setup.get("zone", {})}],
        server=setup.get("server", []),
        extra=outside["forward" in setup])
    hammer = Hammer(etcd, unbound, setup, seed)
    minutes = request.config.getoption("--minutes")
    hammer.run(QUERIES, minutes * 60 / len(SETUPS))
    assert not hammer.wrong, (hammer.wrong[:5], f"--seed {seed}")
    # or it has tested nothing
    assert hammer.told[True] and hammer.told[False]
    hits = re.search(r"total\.num\.cachehits=(\d+)",
                     unbound.control("stats_noreset"))[1]
    with capsys.disabled():
        print(f"\n# {which}: {sum(hammer.queries)} queries, {hits} out of the "
              f"cache, {hammer.commits} changes", flush=True)
