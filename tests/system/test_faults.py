"""etcd fails in every way it can; names are answered throughout, and are right
again afterwards, by themselves."""

import pytest

from lab import wait_for
from lab_load import Names, steady_load


@pytest.fixture(params=["v3", "v2"])
def api(request):
    return request.param


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
        unbound.wait_for_state("following")
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
