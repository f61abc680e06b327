"""A long random plan: a cluster of three is written to and ill-treated, and in
the end Unbound answers just what etcd has.

The plan follows from its seed alone, which is printed; what etcd and the
machine make of it is chance. By hand, with --minutes M, it goes on for so
long; --seed N repeats a plan.
"""

import base64
import collections
import http.client
import ipaddress
import json
import random
import signal
import socket
import time
import urllib.parse

import dns.exception
import dns.rcode
import pytest

import lab_etcd
from lab import DEADLINE, address, wait_for
from lab_etcd import b64
from lab_load import Load

ZONES = ("example.com", "cut.example.com")
PREFIX = "/helix/"
# changes between two disturbances
CALM = 500
SPACE = " \t\r\n"


@pytest.fixture(params=["v3", "v2"])
def api(request):
    return request.param


# --- what a key and its value mean ------------------------------------------

def read_value(value, family):
    """TTL or None, and the addresses; nothing for a bad value."""
    value = value.strip(SPACE)
    try:
        data = json.loads(value) if value[:1] in ("[", "{") else value
        ttl, data = (data.get("ttl"), data["rdata"]) \
            if isinstance(data, dict) else (None, data)
        data = data if isinstance(data, list) else [data]
        if not all(isinstance(text, str) for text in data) or \
                (ttl or 0) < 0:
            raise ValueError(value)
        return ttl, [str(family(text)) for text in data]
    except (ValueError, KeyError, TypeError):
        return None, []


TYPES = {"A": ipaddress.IPv4Address, "AAAA": ipaddress.IPv6Address}


def read_key(key):
    """Name and type; nothing for a key that names no record."""
    *labels, last = key.removeprefix(PREFIX).split("/")
    if last not in TYPES and labels:
        *labels, last = labels
    name = ".".join(reversed(labels)).lower()
    return (name, last) if last in TYPES else None


def above(name):
    """The names above a name, nearest first."""
    labels = name.split(".")
    return [".".join(labels[i:]) for i in range(1, len(labels))]


class Model:
    """What is to be answered, computed from all keys and values."""

    def __init__(self, pairs):
        self.records = collections.defaultdict(set)
        self.ttl = {}
        for key, value in pairs:
            owner = read_key(key)
            if not owner or not self.is_served(owner[0]):
                continue
            ttl, found = read_value(value, TYPES[owner[1]])
            if found:
                self.records[owner] |= set(found)
                lowest = self.ttl.get(owner, 2 ** 32)
                self.ttl[owner] = min(lowest, 5 if ttl is None else ttl)
        self.names = set(ZONES) | {name for name, _ in self.records}
        self.names |= {up for name in self.names for up in above(name)}

    @staticmethod
    def is_served(name):
        return any(name == zone or name.endswith("." + zone)
                   for zone in ZONES)

    def answer(self, name, rdtype):
        """rcode, TTL and addresses."""
        if name not in self.names:
            closest = next(up for up in above(name) if up in self.names)
            name = "*." + closest
        if name not in self.names:
            return "NXDOMAIN", None, []
        found = sorted(self.records.get((name, rdtype), []))
        return "NOERROR", self.ttl.get((name, rdtype)), found


def as_answered(answer):
    """The same of an answer."""
    rrsets = answer.answer
    return (dns.rcode.to_text(answer.rcode()),
            rrsets[0].ttl if rrsets else None,
            sorted(record.to_text() for rrset in rrsets for record in rrset))


# --- who writes -------------------------------------------------------------

class Cluster:
    """The members, and connections to each; what is asked of it is asked
    until a member that is there has answered."""

    def __init__(self, members):
        self.members = members
        self.connections = {}
        self.down = set()
        self.turn = 0

    def member(self):
        up = [one for one in self.members if one not in self.down]
        return up[self.turn % len(up)]

    def connection(self, slot):
        """One of several connections to the member that is asked now."""
        mine = self.member(), slot
        if mine not in self.connections:
            made = http.client.HTTPConnection("127.0.0.1", mine[0].port,
                                              timeout=5)
            made.connect()
            made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections[mine] = made
        return self.connections[mine]

    def send(self, request, slot=0):
        """Returns what to read the answer with."""
        method, path, body, kind = request
        try:
            self.connection(slot).request(method, path, body,
                                          {"Content-Type": kind})
        except (OSError, http.client.HTTPException):
            return lambda: self.drop(self.member(), slot)
        member = self.member()
        return lambda: self.read(member, slot)

    def read(self, member, slot):
        """The answer's status, head and text; nothing if there was none."""
        try:
            answer = self.connections[member, slot].getresponse()
            text = answer.read()
            if answer.status < 500:
                return answer.status, answer.headers, text
        except (OSError, http.client.HTTPException):
            pass
        return self.drop(member, slot)

    def drop(self, member, slot):
        if (member, slot) in self.connections:
            self.connections.pop((member, slot)).close()
        self.turn += 1

    def ask(self, request):
        return wait_for(lambda: self.send(request)(),
                        f"some member answered to {request}")

    def ask_many(self, requests):
        """All at once."""
        requests = list(requests)
        answers = [self.send(request, slot)
                   for slot, request in enumerate(requests)]
        for request, answer in zip(requests, answers):
            if not answer():
                self.ask(request)

    def close(self):
        for connection in self.connections.values():
            connection.close()


class V3(Cluster):
    """Writes by transactions."""

    COUNT = b64("/count")

    def post(self, path, body):
        status, _, text = self.ask(("POST", path, json.dumps(body),
                                    "application/json"))
        # such as that a lease is gone, or that the revision is compacted
        return json.loads(text) if status == 200 else {}

    def begin(self):
        self.post("/v3/kv/put", {"key": self.COUNT, "value": b64("0" * 9)})

    def write(self, changes, count):
        """Changes are from key to value, or None, or a value and TTL, all in
        one transaction. One that is late, because a member had stopped with
        it in hand, is not to happen after one with a higher count."""
        lease = None
        later = {"key": self.COUNT, "target": "VALUE", "result": "LESS",
                 "value": b64(f"{count:09}")}
        operations = [{"requestPut": {"key": self.COUNT,
                                      "value": later["value"]}}]
        for key, value in changes.items():
            if value is None:
                operations.append({"requestDeleteRange": {"key": b64(key)}})
                continue
            put = {"key": b64(key)}
            if isinstance(value, tuple):
                value, ttl = value
                lease = lease or self.post("/v3/lease/grant",
                                           {"TTL": ttl})["ID"]
                put["lease"] = lease
            put["value"] = b64(value)
            operations.append({"requestPut": put})
        self.post("/v3/kv/txn", {"compare": [later], "success": operations})
        return lease

    def revoke(self, lease):
        self.post("/v3/lease/revoke", {"ID": lease})

    def delete_below(self, directory):
        self.post("/v3/kv/deleterange", {"key": b64(directory + "/"),
                                         "range_end": b64(directory + "0")})

    def revision(self):
        return int(self.post("/v3/kv/range", {"key": b64("none")})
                   ["header"]["revision"])

    def forget_history(self):
        self.post("/v3/kv/compaction", {"revision": str(self.revision())})

    def everything(self):
        """All keys with their values, and as of when."""
        answer = self.post("/v3/kv/range", {"key": b64("/helix/"),
                                            "range_end": b64("/helix0")})
        pairs = [[base64.b64decode(kv.get(field, "")).decode()
                  for field in ("key", "value")]
                 for kv in answer.get("kvs", [])]
        return pairs, int(answer["header"]["revision"])


class V2(Cluster):
    """Writes key by key. What etcd refuses, such as a key in the place of a
    directory, has not happened; in the end, etcd is asked what it has."""

    def begin(self):
        pass

    @staticmethod
    def request(method, key, query="", **form):
        return (method, "/v2/keys" + urllib.parse.quote(key) + query,
                urllib.parse.urlencode(form),
                "application/x-www-form-urlencoded")

    def keys(self, *args, **form):
        return self.ask(self.request(*args, **form))

    def write(self, changes, _):
        changes = list(changes.items())
        for at in range(0, len(changes), 16):
            self.ask_many(self.change(key, value)
                          for key, value in changes[at:at + 16])

    def change(self, key, value):
        if value is None:
            return self.request("DELETE", key)
        if isinstance(value, tuple):
            return self.request("PUT", key, value=value[0], ttl=value[1])
        return self.request("PUT", key, value=value)

    def revoke(self, _):
        raise NotImplementedError

    def delete_below(self, directory):
        self.keys("DELETE", directory, "?recursive=true")

    def expire_below(self, directory):
        """etcd 3.5 does not change the TTL of a directory that is there: it
        is made anew then, and what is written into it expires."""
        if lab_etcd.version() < (3, 5):
            self.keys("PUT", directory, dir="true", prevExist="true", ttl=1)
        else:
            self.delete_below(directory)
            self.keys("PUT", directory, dir="true", ttl=1)

    def revision(self):
        return int(self.keys("GET", "/", "?quorum=true")[1]["X-Etcd-Index"])

    def forget_history(self):
        self.member().forget_history()

    def everything(self):
        status, head, text = self.keys("GET", "/helix",
                                       "?recursive=true&quorum=true")
        assert status == 200, text

        def leaves(node):
            if not node.get("dir"):
                yield node["key"], node["value"]
            for child in node.get("nodes", []):
                yield from leaves(child)
        return list(leaves(json.loads(text)["node"])), \
            int(head["X-Etcd-Index"])


# --- the plan ---------------------------------------------------------------

class Names:
    """Draws keys and values, and knows what may be seen of each name."""

    def __init__(self, chance, api):
        self.chance, self.api = chance, api
        self.ever = collections.defaultdict(set)
        self.asked_for = set()
        self.addresses = 0

    def path(self):
        """Of a name: many hosts, an apex and what is at and below a cut,
        names below an empty non-terminal, wildcards, and other zones."""
        chance = self.chance
        kind = chance.choices(range(6), [60, 4, 10, 14, 10, 2])[0]
        return "/helix/" + [
            f"com/example/h{chance.randrange(120)}",
            chance.choice(["com/example", "com/example/cut"]),
            f"com/example/cut/c{chance.randrange(12)}",
            f"com/example/e{chance.randrange(6)}/" + chance.choice(
                ["", "deep/", "deep/er/"]) + f"x{chance.randrange(8)}",
            f"com/example/w{chance.randrange(5)}" + chance.choice(
                ["", "/*", "/*", "/here", "/ent/there"]),
            f"org/example/o{chance.randrange(20)}",
        ][kind]

    def key(self):
        path = self.path()
        chance = self.chance
        ids = path.endswith(("0", "4", "8"))
        if chance.random() < 0.05:
            # the same name in another spelling is another key
            head, last = path.rsplit("/", 1)
            path = f"{head}/{last.upper()}"
        key = f"{path}/{chance.choice(['A', 'A', 'AAAA'])}"
        if ids and (self.api == "v2" or chance.random() < 0.8):
            key += "/" + chance.choice(["a", "b", "c", "Node 4"])
        if chance.random() < 0.02:
            # a type that is never served
            key = f"{path}/RRSIG"
        return key

    def rdata(self, owner):
        """An address that nobody had, or one that the name has had."""
        known = self.ever[owner]
        if known and self.chance.random() < 0.2:
            return self.chance.choice(sorted(known))
        self.addresses += 1
        return address(self.addresses) if owner[1] == "A" else \
            str(ipaddress.IPv6Address("2001:db8::") + self.addresses)

    def value(self, key):
        owner = read_key(key)
        chance = self.chance
        if owner is None or chance.random() < 0.1:
            return chance.choice(["bad", "", "[]", "192.0.2", "[\"192.0.2.1\"",
                                  '{"ttl": 7}', '["192.0.2.1", 5]',
                                  '{"ttl": -1, "rdata": "192.0.2.1"}'])
        some = [self.rdata(owner) for _ in range(chance.choice([1, 1, 1, 4]))]
        self.ever[owner] |= set(some)
        self.asked_for.add(owner[0])
        if len(some) > 1:
            return json.dumps(some if chance.random() < 0.5 else
                              {"ttl": chance.randrange(90), "rdata": some})
        return chance.choice([some[0], some[0], f" {some[0]}\r\n",
                              json.dumps(some), json.dumps(
                                  {"ttl": chance.randrange(90),
                                   "rdata": some[0]})])

    def changes(self, count):
        """So many changes of different keys."""
        made = {}
        while len(made) < count:
            key = self.key()
            made[key] = None if self.chance.random() < 0.3 else \
                self.value(key)
        return made

    def may_be(self, name, rdtype):
        """What may ever have been seen at a name, by itself or by a
        wildcard."""
        owners = [name, *("*." + up for up in above(name))]
        return set().union(*(self.ever[owner, rdtype] for owner in owners))

    def sample(self, below=None):
        return self.chance.choice(sorted(below or self.asked_for))

    def all(self):
        """Every name that ever was, those above, and some that never were."""
        served = {name for name in self.asked_for if Model.is_served(name)}
        served |= {up for name in served for up in above(name)
                   if Model.is_served(up)}
        return sorted(served | {"never." + name for name in served})


class Story:
    """Carries the plan out."""

    disturbances = ["kill", "kill", "stop", "stop", "kill_followed",
                    "stop_followed", "no_quorum", "away", "forget_history",
                    "reload", "sighup", "reload_while_killed",
                    "restart_unbound"]

    # how far apart the addresses of the pair are
    PAIR = 1 << 24

    def __init__(self, laboratory, api, seed):
        self.chance = random.Random(seed)
        self.names = Names(self.chance, api)
        self.members = laboratory.cluster()
        self.etcd = (V3 if api == "v3" else V2)(self.members)
        # with v3, answers come out of Unbound's cache
        self.cached = api == "v3"
        self.unbound = laboratory.unbound(self.members, zones=ZONES,
                                          startup_wait="60s",
                                          more={"cache": self.cached})
        self.api = api
        self.last = collections.deque(maxlen=60)
        self.deck = []
        self.dealt = set()
        self.done = 0
        self.leases = []
        self.count = self.seen_count = 0
        self.load = None

    def tell(self, text):
        self.last.append(f"{self.done}: {text}")

    # writing

    def write(self, changes):
        self.tell(f"write {changes}")
        self.count += 1
        lease = self.etcd.write(changes, self.count)
        if lease:
            self.leases.append(lease)
        self.done += len(changes)

    def write_some(self):
        """One step: one change or many, and now and then one that takes many
        names away."""
        chance = self.chance
        changes = self.names.changes(1 if chance.random() < 0.85 else
                                     chance.randrange(2, 125))
        if self.api == "v3" and len(changes) > 1:
            # two keys of one name, which change together
            changes[PREFIX + "com/example/pair/A/1"] = address(self.count)
            changes[PREFIX + "com/example/pair/A/2"] = \
                address(self.PAIR + self.count)
        if chance.random() < 0.05:
            ttl = chance.randrange(1, 4)
            changes = {key: value if value is None else (value, ttl)
                       for key, value in changes.items()
                       if "/pair/" not in key}
        self.write(changes)
        if self.leases and chance.random() < 0.02:
            lease = self.leases.pop(chance.randrange(len(self.leases)))
            self.tell(f"revoke {lease}")
            self.etcd.revoke(lease)
        if chance.random() < 0.004:
            below = f"{PREFIX}com/example/{chance.choice('ew')}" \
                f"{chance.randrange(6)}"
            gone = self.etcd.expire_below if self.api == "v2" and \
                chance.random() < 0.5 else self.etcd.delete_below
            self.tell(f"{gone.__name__} {below}")
            gone(below)

    def write_until(self, changes):
        """Go on up to this many changes."""
        while self.done < changes:
            self.write_some()
            if self.chance.random() < 0.5:
                self.check_sample()

    # looking

    def check_sample(self):
        """Nothing is ever seen that was never there."""
        # the first change may have been none
        name = self.names.sample() if self.names.asked_for else "example.com"
        if not Model.is_served(name):
            return
        rdtype = self.chance.choice(["A", "AAAA"])
        rcode, _, seen = as_answered(self.unbound.ask(name, rdtype))
        self.last.append(f"  {name} {rdtype} is {rcode} {seen}")
        assert rcode in ("NOERROR", "NXDOMAIN")
        assert set(seen) <= self.names.may_be(name, rdtype)
        if self.api == "v3":
            self.check_pair()

    def check_pair(self):
        """What is changed by one transaction is seen at once, and never as it
        was before."""
        seen = self.unbound.addresses("pair.example.com")
        if seen == "NXDOMAIN":
            assert self.seen_count == 0
            return
        first, second = sorted(int(ipaddress.ip_address(text)) -
                               int(ipaddress.ip_address(address(0)))
                               for text in seen)
        assert second == first + self.PAIR
        assert first >= self.seen_count
        self.seen_count = first

    def check_all(self):
        """A last change is seen, and then every name is as in etcd. Where
        something has expired meanwhile, begin again."""
        def checked():
            pairs, revision = self.etcd.everything()
            last = address(self.done)
            self.write({PREFIX + "com/example/last/A": last})
            self.unbound.wait_for_answer("last.example.com", [last])
            model = Model(pairs)
            wrong = self.differences(model, self.names.all())
            # the names of one commit do not change at one moment
            end = time.monotonic() + DEADLINE
            while wrong and time.monotonic() < end and \
                    self.etcd.revision() == revision + 1:
                wrong = self.differences(model, {one[0] for one in wrong})
            return self.etcd.revision() == revision + 1 and (wrong,)
        (wrong,) = wait_for(checked, "etcd stood still")
        assert not wrong, wrong[:10]

    def differences(self, model, names):
        wrong = []
        for name in names:
            for rdtype in TYPES:
                seen = as_answered(self.unbound.ask(name, rdtype))
                expected = model.answer(name, rdtype)
                if self.cached and seen[1] is not None and expected[1] and \
                        seen[1] < expected[1]:
                    # it counts down there
                    seen = seen[0], expected[1], seen[2]
                if seen != expected:
                    wrong.append((name, rdtype, seen, expected))
        return wrong

    def load_begin(self):
        self.load = Load(self.unbound, "steady.example.com", ["203.0.113.1"])
        self.load.__enter__()

    def load_end(self):
        self.load.__exit__()
        assert not self.load.wrong, self.load.wrong[:5]

    # disturbing

    def disturb(self):
        """The next disturbance, of a deck of them that is shuffled anew when
        all were dealt; what the one before has left is mended first."""
        self.mend()
        if not self.deck:
            self.deck = list(self.disturbances)
            self.chance.shuffle(self.deck)
        name = self.deck.pop()
        self.dealt.add(name)
        self.tell(name)
        getattr(self, name)()

    def mend(self):
        for member in list(self.etcd.down):
            if member.is_running():
                member.resume()
            else:
                member.launch_member()
            self.etcd.down.discard(member)
        for member in self.members:
            member.wait_until_healthy()

    def followed(self):
        """The member that Unbound follows, or did last."""
        url = self.unbound.wait_for_log(
            r"following etcd (http://[\d.]+:\d+)")[1]
        return next(one for one in self.members if one.url == url)

    def kill(self, member=None):
        member = member or self.chance.choice(self.members)
        self.etcd.down.add(member)
        member.kill()

    def stop(self, member=None):
        member = member or self.chance.choice(self.members)
        self.etcd.down.add(member)
        member.pause()

    def kill_followed(self):
        self.kill(self.followed())

    def stop_followed(self):
        self.stop(self.followed())

    def no_quorum(self):
        for member in self.chance.sample(self.members, 2):
            member.pause()
            self.etcd.down.add(member)
        for _ in range(50):
            self.check_sample()
        self.mend()

    def away(self):
        """Unbound looks away; when it looks again, what it followed is dead,
        and others have forgotten what it has missed."""
        self.load_end()
        self.unbound.pause()
        self.kill(self.followed())
        self.write(self.names.changes(60))
        self.etcd.forget_history()
        self.unbound.resume()
        self.load_begin()
        # before other changes hide what was not swept away
        self.check_all()

    def forget_history(self):
        self.etcd.forget_history()

    def reload(self):
        reloads = self.unbound.log().count("the copy of etcd's data is kept")
        self.unbound.control("reload")
        self.unbound.wait_for_log("the copy of etcd's data is kept",
                                  reloads + 1)

    def sighup(self):
        reloads = self.unbound.log().count("the copy of etcd's data is kept")
        self.unbound.signal(signal.SIGHUP)
        self.unbound.wait_for_log("the copy of etcd's data is kept",
                                  reloads + 1)

    def reload_while_killed(self):
        self.kill_followed()
        self.reload()

    def restart_unbound(self):
        self.load_end()
        self.unbound.kill()
        self.unbound.start()
        self.load_begin()

    # all of it

    def run(self, changes, seconds):
        """The plan; with seconds, for that long, whatever the changes."""
        end = time.monotonic() + seconds
        self.etcd.begin()
        self.write({PREFIX + "com/example/steady/A": "203.0.113.1"})
        self.unbound.wait_for_answer("steady.example.com", ["203.0.113.1"])
        self.load_begin()
        while self.done < changes or time.monotonic() < end:
            self.write_until(self.done + CALM)
            self.disturb()
        self.mend()
        self.check_all()
        self.load_end()


def test_twenty_thousand_random_changes_and_all_that_can_happen_meanwhile(
        laboratory, api, seed, request, capsys):
    minutes = request.config.getoption("--minutes")
    with capsys.disabled():
        print(f"\n# {api}: --seed {seed}", flush=True)
    story = Story(laboratory, api, seed)
    try:
        story.run(0 if minutes else 20000, minutes * 60)
    except (AssertionError, OSError, dns.exception.DNSException) as error:
        steps = "\n".join(text[:600] for text in story.last)
        raise AssertionError(f"{error}\n--seed {seed}, after these steps:\n"
                             f"{steps}") from error
    finally:
        if story.load:
            story.load.__exit__()
        story.etcd.close()
    # which is what comes of it, or it has tested nothing
    assert "away" not in story.dealt or \
        "listing again" in story.unbound.log()
