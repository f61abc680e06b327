"""etcd fails in every way it can; names are answered throughout, and are right
again afterwards, by themselves."""

import contextlib
import random

import pytest

from lab import Load, address, wait_for


@pytest.fixture(params=["v3", "v2"])
def api(request):
    return request.param


class Names:
    """What has been put, and so what must be answered in the end."""

    count = 200

    def __init__(self):
        self.address = {f"host{i}": address(i) for i in range(self.count)}
        self.next = self.count

    def put_all(self, etcd):
        etcd.put_many((f"/helix/com/example/{name}/A", value)
                      for name, value in self.address.items())

    def change(self, etcd, number):
        """Change a few names, make some and delete some."""
        chance = random.Random(number)
        for _ in range(number):
            name = chance.choice(sorted(self.address))
            if self.address[name] and chance.random() < 0.3:
                etcd.delete(f"/helix/com/example/{name}/A")
                self.address[name] = None
            else:
                self.next += 1
                self.address[name] = address(self.next)
                etcd.put(f"/helix/com/example/{name}/A", self.address[name])

    def check(self, unbound, etcd):
        """A last change is seen, and then every name is as in etcd."""
        self.next += 1
        etcd.put("/helix/com/example/last/A", address(self.next))
        unbound.wait_for_answer("last.example.com", [address(self.next)])
        for name, value in self.address.items():
            assert unbound.addresses(f"{name}.example.com") == \
                ([value] if value else "NXDOMAIN"), name


@contextlib.contextmanager
def steady_load(unbound, etcd):
    """A name that is asked for all the while, and never fails."""
    etcd.put("/helix/com/example/steady/A", "203.0.113.1")
    unbound.wait_for_answer("steady.example.com", ["203.0.113.1"])
    with Load(unbound, "steady.example.com", ["203.0.113.1"]) as load:
        yield load
        load.wait_for_more()
    assert not load.wrong, load.wrong[:5]


@pytest.fixture
def cluster(laboratory):
    return laboratory.cluster()


@pytest.fixture
def names(cluster):
    made = Names()
    made.put_all(cluster[0])
    return made


def leader_of(members):
    """The member that leads, as etcdctl says."""
    for member in members:
        fields = member.ctl("endpoint", "status").split(", ")
        if fields[4] == "true":
            return member
    return None


def test_the_connected_member_is_killed(laboratory, cluster, names):
    first, second, third = cluster
    unbound = laboratory.unbound(cluster)
    unbound.wait_for_log(f"following etcd {first.url}: ")
    with steady_load(unbound, second):
        first.kill()
        unbound.wait_for_log(f"lost etcd {first.url}: ")
        second.wait_until_healthy()
        names.change(second, 30)
        unbound.wait_for_log("following etcd .* again")
        names.check(unbound, third)
        first.start()
        names.change(first, 10)
        names.check(unbound, first)


def test_the_leader_is_killed_whoever_it_is(laboratory, cluster, names):
    unbound = laboratory.unbound(cluster)
    unbound.wait_for_log("following etcd")
    with steady_load(unbound, cluster[0]):
        for _ in range(2):
            leader = wait_for(lambda: leader_of(cluster), "one led")
            others = [one for one in cluster if one is not leader]
            leader.kill()
            others[0].wait_until_healthy()
            names.change(others[0], 20)
            names.check(unbound, others[1])
            leader.start()
            leader.wait_until_healthy()
        names.check(unbound, cluster[0])


def test_no_quorum_and_then_one_again(laboratory, cluster, names):
    """Two of three are stopped: the connected member runs on, cut off from
    them, and what is known goes on being told."""
    first, second, third = cluster
    unbound = laboratory.unbound(cluster)
    unbound.wait_for_log(f"following etcd {first.url}: ")
    with steady_load(unbound, first) as load:
        second.pause()
        third.pause()
        unbound.wait_for_log(f"lost etcd {first.url}: ")
        load.wait_for_more()
        second.resume()
        third.resume()
        first.wait_until_healthy()
        names.change(first, 30)
        names.check(unbound, second)


def test_the_connected_member_is_stopped_and_comes_back_behind_the_others(
        laboratory, cluster, names):
    first, second, third = cluster
    unbound = laboratory.unbound(cluster)
    unbound.wait_for_log(f"following etcd {first.url}: ")
    with steady_load(unbound, second):
        first.pause()
        second.wait_until_healthy()
        names.change(second, 30)
        unbound.wait_for_log(f"lost etcd {first.url}: ")
        names.check(unbound, third)
        first.resume()
        names.change(second, 10)
        names.check(unbound, first)


def test_every_member_in_turn_again_and_again(laboratory, cluster, names):
    unbound = laboratory.unbound(cluster)
    unbound.wait_for_log("following etcd")
    with steady_load(unbound, cluster[0]):
        for turn in range(6):
            victim = cluster[turn % 3]
            other = cluster[(turn + 1) % 3]
            if turn % 2:
                victim.kill()
            else:
                victim.pause()
            other.wait_until_healthy()
            names.change(other, 10)
            if turn % 2:
                victim.start()
            else:
                victim.resume()
            victim.wait_until_healthy()
        names.check(unbound, cluster[0])
