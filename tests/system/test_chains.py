"""Chains of aliases that go in and out of our zones without an end: someone
who owns a zone elsewhere, and an alias or a delegation in etcd, makes them.
All of them end, and soon; those that anyone needs are followed to their end."""

import contextlib
import itertools
import re

import dns.rcode
import pytest

import lab
from foreign import Asked, Foreign, reply, soa
from lab_load import Load

# Far more than any chain takes that ends as it should (16 aliases of ours),
# and how many there may be until the others give up, so that a test ends.
BOUND, PATIENCE = 200, 600
KEYS = {"www/A": "192.0.2.1", "d/DNAME": "evil.net",
        "e/NS": "ns.e.own.org", "z/DNAME": "zones.net",
        "t/DNAME": "trees.net",
        "circle/CNAME": "circle.evil.net",
        **{f"start{i}/CNAME": f"a1.e{i}.e.own.org" for i in range(3)},
        **{f"l{i}/CNAME": f"l{i}.good.net" for i in range(1, 7)}}
numbers = itertools.count(1)


class Evil(Foreign):
    """Always has one more alias, until it has been asked too often."""

    ttl = 0

    def __init__(self, folder, **options):
        super().__init__(folder, self.say, **options)
        self.patience = PATIENCE
        self.seen = set()

    def expect(self, patience=PATIENCE):
        self.asked.clear()
        self.patience = patience

    def say(self, name, rdtype):
        if len(self.asked) > self.patience:
            return "NXDOMAIN"
        if name.startswith("circle."):
            return [f"{name}. 0 CNAME circle.own.org."]
        if name.endswith("e.own.org"):
            return self.say_below_the_cut(name, rdtype)
        if name.endswith("zones.net"):
            return self.refer(name)
        if name.endswith("trees.net"):
            return self.branch(name)
        if name.startswith("branch-"):
            return [f"{name}. 0 CNAME {name.replace('maze.net', 't.own.org')}."]
        if name.startswith("n."):
            return [f"{name}. 0 CNAME {name.replace('maze.net', 'z.own.org')}."]
        return self.go_on(name)

    def go_on(self, name):
        """a7.x.evil.net is an alias of a8.x.d.own.org."""
        found = re.fullmatch(r"a(\d+)(\.x\d+)\.evil\.net", name)
        return [f"{name}. {self.ttl} CNAME a{int(found[1]) + 1}{found[2]}"
                ".d.own.org."] if found else []

    def say_below_the_cut(self, name, rdtype):
        """Nothing at first, so that Unbound's own way ends there, and an
        alias when it is asked again."""
        if name == "ns.e.own.org":
            return [f"{name}. 300 A {self.address}"] if rdtype == "A" else []
        if not name.startswith("a1.") and (name, rdtype) not in self.seen:
            self.seen.add((name, rdtype))
            return reply((), [soa(name).replace(" 60 ", " 0 ")])
        found = re.fullmatch(r"a(\d+)(\.e\d+\.e\.own\.org)", name)
        return [f"{name}. 0 CNAME a{int(found[1]) + 1}{found[2]}."] \
            if found else []

    @staticmethod
    def refer(name):
        """The servers of x1.y7.zones.net have names that lead to names below
        x1.y8.zones.net: one is in a zone of ours, one is an alias of such."""
        found = re.fullmatch(r"(?:.*?\.)?(x\d+)\.y(\d+)\.zones\.net", name)
        if not found:
            return []
        zone = f"{found[1]}.y{found[2]}.zones.net."
        further = f"n.{found[1]}.y{int(found[2]) + 1}"
        return reply((), [f"{zone} 300 NS {further}.z.own.org.",
                          f"{zone} 300 NS {further}.maze.net."])

    @staticmethod
    def branch(name):
        """Each zone has servers of its own, whose names lead to names below
        zones of their own."""
        zone = name.split(".")[-3]
        return reply((), [f"{zone}.trees.net. 300 NS {zone}{number}.{parent}."
                          for number in range(6)
                          for parent in ("t.own.org", "maze.net")])


def good(name, rdtype):
    """An alias of l1.own.org to l1.good.net, to l2.own.org ..., which ends
    with an address."""
    number = int(name[1:name.index(".")])
    if number < 6:
        return [f"{name}. 300 CNAME l{number + 1}.own.org."]
    return [f"{name}. 300 A 198.51.100.1"] if rdtype == "A" else []


@pytest.fixture(scope="module")
def etcd(shared):
    etcd = shared.etcd()
    etcd.put_many((f"/helix/org/own/{key}", value)
                  for key, value in KEYS.items())
    return etcd


@pytest.fixture(scope="module")
def below(shared, etcd):
    """The server that is delegated to."""
    address = lab.free_network() + ".2"
    etcd.put("/helix/org/own/e/ns/A", address)
    return shared.add(Evil, address=address, port=53).start()


@pytest.fixture(scope="module")
def evil(shared):
    return shared.add(Evil).start()


@pytest.fixture(scope="module")
def maze(shared):
    return shared.add(Evil).start()


@pytest.fixture(scope="module")
def unbound(shared, etcd, evil, maze):
    fine = shared.add(Foreign, good).start()
    unbound = shared.unbound(
        etcd, zones=["own.org"],
        extra=evil.stub("evil.net") +
        maze.stub("zones.net", "trees.net", "maze.net") +
        fine.stub("good.net"))
    unbound.wait_for_answer("www.own.org", ["192.0.2.1"])
    return unbound


def check_end(answer):
    """It is what was collected, or says that there was too much."""
    assert answer.rcode() in (dns.rcode.NOERROR, dns.rcode.SERVFAIL), answer
    owners = [rrset.name for rrset in answer.answer]
    assert len(owners) <= 64, answer


def ends(unbound, evil, *names, patience=PATIENCE, bound=BOUND, rdtype="A"):
    """Ask for all names at once, and check that all are answered before too
    much was asked elsewhere, with what memory there was."""
    evil.expect(patience)
    memory = unbound.memory()
    crowd = [Asked(unbound, name, rdtype) for name in names]
    lab.wait_for(lambda: len(evil.asked) > patience or
                 all(asked.is_answered() for asked in crowd),
                 f"{names} were answered")
    count = len(evil.asked)
    assert count < bound, (names, evil.asked[:40])
    for asked in crowd:
        check_end(asked.answer())
    assert unbound.memory() - memory < 32 << 20
    assert unbound.addresses("www.own.org") == ["192.0.2.1"]


def some():
    """A label that was not asked for before."""
    return f"x{next(numbers)}"


@pytest.mark.parametrize("ttl", [0, 300])
@pytest.mark.parametrize("zone", ["d.own.org", "evil.net"])
def test_aliases_that_go_through_a_subtree_of_ours(unbound, evil, zone, ttl):
    evil.ttl = ttl
    name = f"a1.{some()}.{zone}"
    ends(unbound, evil, name)
    ends(unbound, evil, name)
    ends(unbound, evil, name, rdtype="TXT")


def test_aliases_below_a_cut_of_ours(unbound, below):
    ends(unbound, below, "a1.e3.e.own.org")
    for number in range(3):
        ends(unbound, below, f"start{number}.own.org")


def test_servers_whose_names_are_found_through_our_zone(unbound, maze):
    """Each of Unbound's own limits counts one server's names."""
    for name in "www.{}.y1.zones.net", "n.{}.y1.z.own.org":
        ends(unbound, maze, name.format(some()), patience=2000, bound=500)


def test_a_tree_of_such_servers(unbound, maze):
    """Each has servers of its own, so that a bound on the way down is none on
    how many there are."""
    for name in "www.branch-{}.trees.net", "branch-{}.t.own.org":
        ends(unbound, maze, name.format(some()), patience=2000)


def test_clients_that_ask_for_places_of_one_chain(unbound, evil):
    chain = some()
    evil.ttl = 0
    ends(unbound, evil, *(f"a{number}.{chain}.d.own.org"
                          for number in range(1, 33, 4)),
         patience=1000, bound=500)


def test_clients_that_are_always_a_step_ahead(unbound, evil):
    """What a chain comes to was begun by somebody else, each time."""
    chain, steps = some(), 40
    evil.ttl = 0
    evil.expect()
    evil.hold(lambda name, rdtype: f".{chain}." in name)
    crowd = [Asked(unbound, f"a1.{chain}.d.own.org")]
    for number in range(1, steps):
        evil.wait_until_asked(f"a{number}.{chain}.evil.net")
        crowd.append(Asked(unbound, f"a{number + 1}.{chain}.d.own.org"))
    evil.wait_until_asked(f"a{steps}.{chain}.evil.net")
    evil.release()
    answers = [asked.answer() for asked in crowd]
    # on a slow machine, Unbound asks again for what comes late
    assert len(evil.asked) < steps + 2 * BOUND, evil.asked[-40:]
    for answer in answers:
        check_end(answer)


def test_clients_that_keep_a_chain_going(unbound, evil):
    """Each asks for the place at which the chain is: what goes on because of
    it is its own, and what others wait for ends."""
    chain = some()
    evil.ttl = 0
    evil.expect()
    crowd = [Asked(unbound, f"a1.{chain}.d.own.org")]
    for number in range(4, 40, 4):
        with contextlib.suppress(AssertionError):
            lab.wait_for(lambda: crowd[0].is_answered() or (
                f"a{number}.{chain}.evil.net", "A") in evil.asked,
                "the chain went on")
        crowd.append(Asked(unbound, f"a{number}.{chain}.d.own.org"))
    answers = [asked.answer() for asked in crowd]
    assert len(evil.asked) < BOUND, evil.asked[-40:]
    for answer in answers:
        check_end(answer)


def test_six_chains_at_once_and_all_others_are_answered(unbound, evil):
    with Load(unbound, "www.own.org", ["192.0.2.1"]) as load:
        ends(unbound, evil, *(f"a1.{some()}.d.own.org" for _ in range(6)),
             patience=6 * PATIENCE, bound=6 * BOUND)
        load.wait_for_more()
    assert not load.wrong


@pytest.mark.parametrize("name", ["l1.own.org", "l1.good.net"])
def test_a_chain_of_twelve_aliases_is_followed_to_its_end(unbound, name):
    for _ in range(2):
        answer = unbound.ask(name)
        assert answer.rcode() == dns.rcode.NOERROR
        assert answer.answer[-1][0].to_text() == "198.51.100.1", answer
        assert len(answer.answer) == (12 if "own" in name else 11)


@pytest.mark.parametrize("name", ["circle.own.org", "circle.evil.net"])
def test_circles_end(unbound, evil, name):
    ends(unbound, evil, name)
