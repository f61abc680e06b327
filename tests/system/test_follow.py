"""Following etcd through whatever happens to it."""

import dns.rcode
import pytest

from lab import address, free_port, wait_for
from lab_load import Load


@pytest.fixture(params=["v3", "v2"])
def api(request):
    return request.param


# --- many keys --------------------------------------------------------------

def test_twenty_thousand_keys_each_answered(laboratory):
    count = 20000
    etcd = laboratory.etcd()
    etcd.put_many((f"/helix/com/example/n{i % 100}/host{i}/A", address(i))
                  for i in range(count))
    unbound = laboratory.unbound(etcd)
    unbound.wait_for_log(f"{count} keys of revision")
    for i in range(count):
        assert unbound.addresses(f"host{i}.n{i % 100}.example.com") == \
            [address(i)]


def test_changes_during_the_list_are_not_lost(laboratory):
    etcd = laboratory.etcd()
    etcd.put_many((f"/helix/com/example/host{i}/A", address(i))
                  for i in range(12000))
    unbound = laboratory.unbound(etcd, startup_wait="0s")
    for i in range(0, 12000, 400):
        etcd.put(f"/helix/com/example/host{i}/A", "203.0.113.1")
    etcd.put("/helix/com/example/last/A", "203.0.113.2")
    unbound.wait_for_answer("last.example.com", ["203.0.113.2"])
    for i in range(0, 12000, 200):
        unbound.wait_for_answer(f"host{i}.example.com", [
            "203.0.113.1" if i % 400 == 0 else address(i)])


# --- etcd comes, goes, and comes back ---------------------------------------

def test_etcd_started_after_unbound(laboratory):
    port = free_port()
    unbound = laboratory.unbound(f"http://127.0.0.1:{port}",
                                 startup_wait="100ms")
    answer = unbound.ask("www.example.com")
    assert answer.rcode() == dns.rcode.SERVFAIL
    assert [(o.otype, int(o.code)) for o in answer.options] == [(15, 14)]
    assert answer.options[0].text == "no copy of etcd's data yet"
    unbound.wait_for_log("cannot follow etcd .*; no names can be answered yet")
    etcd = laboratory.etcd(port=port)
    unbound.wait_for_answer("www.example.com", "NXDOMAIN")
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])


def test_etcd_killed_answers_go_on_and_it_comes_back_with_new_data(
        laboratory, etcd, unbound):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    etcd.put("/helix/com/example/gone/A", "203.0.113.2")
    unbound.wait_for_answer("gone.example.com", ["203.0.113.2"])
    with Load(unbound, "www.example.com", ["203.0.113.1"]) as load:
        unbound.wait_for_state("following")
        etcd.kill()
        unbound.wait_for_log("lost etcd .*; answering from the copy")
        load.wait_for_more()
        assert unbound.addresses("gone.example.com") == ["203.0.113.2"]
        # while we are not looking, on another port
        elsewhere = free_port()
        home, etcd.url = etcd.url, f"http://127.0.0.1:{elsewhere}"
        etcd.start()
        etcd.put("/helix/com/example/new/A", "203.0.113.3")
        etcd.delete("/helix/com/example/gone/A")
        etcd.stop()
        etcd.url = home
        etcd.start()
        unbound.wait_for_answer("new.example.com", ["203.0.113.3"])
        unbound.wait_for_answer("gone.example.com", "NXDOMAIN")
        load.wait_for_more()
    assert not load.wrong
    unbound.wait_for_log("following etcd .* again, from revision")


def test_many_restarts(etcd, unbound):
    for number in range(5):
        etcd.kill() if number % 2 else etcd.stop()
        etcd.start()
        etcd.put("/helix/com/example/www/A", address(number))
        unbound.wait_for_answer("www.example.com", [address(number)])


def test_a_member_stopped_dead_and_another_is_taken(laboratory):
    """SIGSTOP: connections stay open and nothing comes."""
    first, second, third = laboratory.cluster()
    unbound = laboratory.unbound([first, second])
    first.put("/helix/com/example/www/A", "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    unbound.wait_for_log(f"following etcd {first.url}: ")
    with Load(unbound, "www.example.com", ["203.0.113.1"]) as load:
        first.pause()
        unbound.wait_for_log(f"lost etcd {first.url}: ")
        unbound.wait_for_log(f"following etcd {second.url}")
        load.wait_for_more()
    assert not load.wrong
    second.wait_until_healthy()
    second.put("/helix/com/example/www/A", "203.0.113.2")
    unbound.wait_for_answer("www.example.com", ["203.0.113.2"])
    first.resume()
    third.kill()
    second.wait_until_healthy()
    second.put("/helix/com/example/www/A", "203.0.113.3")
    unbound.wait_for_answer("www.example.com", ["203.0.113.3"])


def test_a_copy_that_is_older_than_max_stale_is_not_told(laboratory):
    etcd = laboratory.etcd()
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound = laboratory.unbound(etcd, more={"max-stale": "10s"})
    unbound.wait_for_log("following etcd")
    # as long as etcd is there, nothing gets old
    with Load(unbound, "www.example.com", ["203.0.113.1"]) as load:
        other = laboratory.unbound(etcd, more={"max-stale": "1500ms"})
        other.wait_for_log("following etcd")
        load.wait_for_more(2000)
    assert not load.wrong
    etcd.pause()
    unbound.wait_for_log("no etcd was reached for longer than max-stale")
    answer = unbound.ask("www.example.com")
    assert answer.rcode() == dns.rcode.SERVFAIL
    assert [(o.otype, int(o.code)) for o in answer.options] == [(15, 22)]
    assert "max-stale" in answer.options[0].text
    etcd.resume()
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    unbound.wait_for_log("following etcd .* again")


# --- history that is gone, or another one -----------------------------------

def cut_off(unbound, etcd):
    """Bring etcd up where Unbound does not find it."""
    unbound.wait_for_log("following etcd")
    etcd.kill()
    unbound.wait_for_log("lost etcd")
    home, etcd.url = etcd.url, f"http://127.0.0.1:{free_port()}"
    etcd.start()
    return home


def bring_back(etcd, home):
    etcd.stop()
    etcd.url = home
    etcd.start()


def test_relist_after_compaction_in_which_keys_were_deleted(laboratory):
    etcd = laboratory.etcd()
    etcd.put_many((f"/helix/com/example/host{i}/A", address(i))
                  for i in range(300))
    unbound = laboratory.unbound(etcd)
    with Load(unbound, "host299.example.com", [address(299)]) as load:
        home = cut_off(unbound, etcd)
        for i in range(0, 300, 3):
            etcd.delete(f"/helix/com/example/host{i}/A")
        etcd.put("/helix/com/example/host1/A", "203.0.113.1")
        etcd.put("/helix/com/example/new/A", "203.0.113.2")
        # host299 must stay: 299 is no multiple of 3
        etcd.forget_history()
        bring_back(etcd, home)
        unbound.wait_for_answer("new.example.com", ["203.0.113.2"])
        unbound.wait_for_answer("host0.example.com", "NXDOMAIN")
        for i in range(2, 300):
            unbound.wait_for_answer(f"host{i}.example.com", [address(i)]
                                    if i % 3 else "NXDOMAIN")
        unbound.wait_for_answer("host1.example.com", ["203.0.113.1"])
    assert not load.wrong
    unbound.wait_for_log(f"{etcd.history_gone}.*; listing again")


def test_etcd_wiped(laboratory, etcd, unbound):
    """The new store has the cluster_id of the old one, and soon a higher
    revision: only the anchor tells."""
    for number in range(5):
        etcd.put(f"/helix/com/example/old{number}/A", "203.0.113.1")
    unbound.wait_for_answer("old4.example.com", ["203.0.113.1"])
    home = cut_off(unbound, etcd)
    etcd.stop()
    etcd.wipe()
    etcd.start()
    for number in range(20):
        etcd.put("/helix/com/example/new/A", address(number))
    bring_back(etcd, home)
    unbound.wait_for_answer("new.example.com", [address(19)])
    unbound.wait_for_answer("old4.example.com", "NXDOMAIN")
    serial = unbound.ask("example.com", "SOA").answer[0][0].serial
    etcd.put("/helix/com/example/new/A", "203.0.113.2")
    unbound.wait_for_answer("new.example.com", ["203.0.113.2"])
    wait_for(lambda: unbound.ask("example.com", "SOA").answer[0][0].serial >
             serial, "the serial went up")


def test_etcd_wiped_and_emptier_than_before(laboratory, etcd, unbound):
    for number in range(10):
        etcd.put("/helix/com/example/old/A", address(number))
    unbound.wait_for_answer("old.example.com", [address(9)])
    home = cut_off(unbound, etcd)
    etcd.stop()
    etcd.wipe()
    etcd.start()
    bring_back(etcd, home)
    unbound.wait_for_answer("old.example.com", "NXDOMAIN")


def test_another_cluster_on_the_same_address(laboratory, etcd, unbound):
    for number in range(5):
        etcd.put(f"/helix/com/example/old{number}/A", "203.0.113.1")
    unbound.wait_for_answer("old4.example.com", ["203.0.113.1"])
    unbound.wait_for_state("following")
    etcd.kill()
    unbound.wait_for_log("lost etcd")
    other = laboratory.etcd(port=etcd.port)
    for number in range(20):
        other.put("/helix/com/example/new/A", address(number))
    unbound.wait_for_answer("new.example.com", [address(19)])
    for number in range(5):
        unbound.wait_for_answer(f"old{number}.example.com", "NXDOMAIN")
    unbound.wait_for_log("etcd was replaced; listing again")


def test_etcd_restored_from_before_a_deletion(laboratory, etcd, unbound):
    """The last that was seen is a deletion; the backup, with a put more, ends
    at the same revision, and has all that was put before."""
    for number in range(5):
        etcd.put(f"/helix/com/example/k{number}/A", address(number))
    unbound.wait_for_answer("k4.example.com", [address(4)])
    snapshot = laboratory.folder / "snapshot"
    etcd.save(snapshot)
    etcd.delete("/helix/com/example/k4/A")
    unbound.wait_for_answer("k4.example.com", "NXDOMAIN")
    home = cut_off(unbound, etcd)
    etcd.stop()
    etcd.restore(snapshot)
    etcd.start()
    etcd.put("/helix/com/example/z/A", "203.0.113.1")
    bring_back(etcd, home)
    unbound.wait_for_answer("z.example.com", ["203.0.113.1"])
    unbound.wait_for_answer("k4.example.com", [address(4)])


def test_an_empty_etcd_is_followed_over_a_restart(etcd, unbound):
    """Without any key there is no anchor to check history by."""
    unbound.wait_for_answer("www.example.com", "NXDOMAIN")
    etcd.kill()
    etcd.start()
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
