"""What only etcd's v2 API has: keys and directories with a time to live, and
directories that it hides."""

import pytest

from lab import DEADLINE, address, wait_for
from lab_etcd import Etcd
from lab_load import Load


@pytest.fixture
def api():
    return "v2"


def put_thousand(etcd, folder):
    """A thousand names, as keys below folder."""
    etcd.put_many((f"{folder}/host{i}/A", address(i)) for i in range(1000))


def assert_thousand_gone(unbound, domain):
    for i in range(1000):
        assert unbound.addresses(f"host{i}.{domain}") == "NXDOMAIN"


def gone_from_etcd(etcd, key):
    try:
        etcd.keys("GET", key)
    except AssertionError as error:
        return "Key not found" in str(error)
    return False


# --- time to live -----------------------------------------------------------

def test_a_key_that_expires_takes_its_name_with_it(etcd, unbound):
    etcd.put("/helix/com/example/kept/A", "203.0.113.1")
    etcd.put("/helix/com/example/brief/A", "203.0.113.2", ttl=60)
    unbound.wait_for_answer("brief.example.com", ["203.0.113.2"])
    etcd.put("/helix/com/example/brief/A", "203.0.113.2", ttl=1)
    wait_for(lambda: gone_from_etcd(etcd, "/helix/com/example/brief/A"),
             "etcd let the key expire")
    # what comes after it in etcd is never seen before it
    etcd.put("/helix/com/example/later/A", "203.0.113.3")
    unbound.wait_for_answer("later.example.com", ["203.0.113.3"])
    assert unbound.addresses("brief.example.com") == "NXDOMAIN"
    assert unbound.addresses("kept.example.com") == ["203.0.113.1"]


def test_a_directory_that_expires_takes_all_names_below_with_it(
        etcd, unbound):
    # a life in which all of it is written and asked for
    etcd.keys("PUT", "/helix/com/example/brief", dir="true", ttl=DEADLINE)
    put_thousand(etcd, "/helix/com/example/brief")
    etcd.put("/helix/com/example/brief/A", "203.0.113.2")
    etcd.put("/helix/com/example/brieflook/A", "203.0.113.1")
    unbound.wait_for_answer("brieflook.example.com", ["203.0.113.1"])
    for i in range(1000):
        assert unbound.addresses(f"host{i}.brief.example.com") == [address(i)]
    etcd.let_expire("/helix/com/example/brief")
    wait_for(lambda: gone_from_etcd(etcd, "/helix/com/example/brief"),
             "etcd let the directory expire", 2 * DEADLINE)
    etcd.put("/helix/com/example/later/A", "203.0.113.3")
    unbound.wait_for_answer("later.example.com", ["203.0.113.3"])
    assert unbound.addresses("brief.example.com") == "NXDOMAIN"
    assert_thousand_gone(unbound, "brief.example.com")
    assert unbound.addresses("brieflook.example.com") == ["203.0.113.1"]


@pytest.mark.parametrize("refresh", [
    {"value": "203.0.113.1"},
    {"refresh": "true", "prevExist": "true"},
])
def test_a_ttl_that_is_refreshed_keeps_the_name(etcd, unbound, refresh):
    key = "/helix/com/example/www/A"
    etcd.put(key, "203.0.113.1", ttl=5)
    etcd.put("/helix/com/example/clock/A", "203.0.113.2", ttl=10)
    unbound.wait_for_answer("clock.example.com", ["203.0.113.2"])
    # this goes on for two lives of the key, as long as the clock has one
    with Load(unbound, "www.example.com", ["203.0.113.1"]) as load:
        def refreshed():
            etcd.keys("PUT", key, ttl=5, **refresh)
            return gone_from_etcd(etcd, "/helix/com/example/clock/A")
        wait_for(refreshed, "the clock ran out")
        load.wait_for_more()
    assert not load.wrong
    wait_for(lambda: gone_from_etcd(etcd, key), "etcd let the key expire")
    unbound.wait_for_answer("www.example.com", "NXDOMAIN")


# --- what can happen to a key, and to a directory ---------------------------

def test_every_action(etcd, unbound):
    key = "/helix/com/example/www/A"

    def expect(answer):
        unbound.wait_for_answer("www.example.com", answer)
    etcd.keys("PUT", key, value="203.0.113.1", prevExist="false")
    expect(["203.0.113.1"])
    etcd.keys("PUT", key, value="203.0.113.2", prevExist="true")
    expect(["203.0.113.2"])
    etcd.keys("PUT", key, value="203.0.113.3")
    expect(["203.0.113.3"])
    etcd.keys("PUT", key, value="203.0.113.4", prevValue="203.0.113.3")
    expect(["203.0.113.4"])
    etcd.keys("DELETE", key, _prevValue="203.0.113.4")
    expect("NXDOMAIN")
    etcd.put(key, "203.0.113.5")
    expect(["203.0.113.5"])
    etcd.delete(key)
    expect("NXDOMAIN")
    # in order: a key of its own below A, as POST makes it
    first = etcd.keys("POST", key, value="203.0.113.6")["node"]["key"]
    expect(["203.0.113.6"])
    etcd.keys("POST", key, value="203.0.113.7")
    expect(["203.0.113.6", "203.0.113.7"])
    etcd.delete(first)
    expect(["203.0.113.7"])
    etcd.delete(key, recursive="true")
    expect("NXDOMAIN")
    assert unbound.log().count("listed in") == 1


def test_a_directory_in_the_place_of_a_key(etcd, unbound):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    etcd.keys("PUT", "/helix/com/example/www/A", dir="true")
    unbound.wait_for_answer("www.example.com", "NXDOMAIN")
    etcd.put("/helix/com/example/www/A/one", "203.0.113.2")
    unbound.wait_for_answer("www.example.com", ["203.0.113.2"])


def test_a_directory_deleted_takes_all_names_below_with_it(etcd, unbound):
    put_thousand(etcd, "/helix/com/example/many")
    etcd.put("/helix/com/example/many/host1/AAAA", "2001:db8::1")
    etcd.put("/helix/com/example/many/UPPER/A", "203.0.113.3")
    etcd.put("/helix/com/example/manyfold/A", "203.0.113.1")
    unbound.wait_for_answer("manyfold.example.com", ["203.0.113.1"])
    unbound.wait_for_answer("upper.many.example.com", ["203.0.113.3"])
    etcd.delete("/helix/com/example/many", recursive="true")
    unbound.wait_for_answer("many.example.com", "NXDOMAIN")
    assert_thousand_gone(unbound, "many.example.com")
    assert unbound.addresses("upper.many.example.com") == "NXDOMAIN"
    assert unbound.addresses("manyfold.example.com") == ["203.0.113.1"]
    assert unbound.log().count("listed in") == 1


def test_the_prefix_itself_deleted_and_made_again(etcd, unbound):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    etcd.delete("/helix", recursive="true")
    unbound.wait_for_answer("www.example.com", "NXDOMAIN")
    etcd.put("/helix/com/example/www/A", "203.0.113.2")
    unbound.wait_for_answer("www.example.com", ["203.0.113.2"])


def test_a_directory_above_the_prefix_deleted(laboratory, etcd):
    etcd.put("/dns/helix/com/example/www/A", "203.0.113.1")
    etcd.put("/dns/hel/x", "no part of it")
    unbound = laboratory.unbound(etcd, etcd={"prefix": "/dns/helix"})
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    unbound.wait_for_log("following etcd")
    etcd.delete("/dns/hel", recursive="true")
    etcd.put("/dns/helix/com/example/two/A", "203.0.113.2")
    unbound.wait_for_answer("two.example.com", ["203.0.113.2"])
    assert unbound.addresses("www.example.com") == ["203.0.113.1"]
    etcd.delete("/dns", recursive="true")
    unbound.wait_for_answer("www.example.com", "NXDOMAIN")


# --- the history of 1,000 events --------------------------------------------

def test_writes_elsewhere_are_no_reason_to_list_again(
        laboratory, etcd):
    """While the polls are silent, etcd's history moves on below them."""
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    relay = laboratory.relay(etcd)
    unbound = laboratory.unbound(relay.url, etcd={"heartbeat": "500ms"})
    unbound.wait_for_log("following etcd")
    for part in range(4):
        etcd.put_many((f"/elsewhere/{part}/{i}", "x") for i in range(300))
        # probes, by the third of which the polls have seen all that
        relay.wait_for_more(b"GET /v2/keys/helix/_unbound-helix?", 4)
    # which may have happened before, when the machine was busy
    etcd.kill()
    unbound.wait_for_state("lost")
    etcd.start()
    unbound.wait_for_state("following")
    etcd.put("/helix/com/example/www/A", "203.0.113.2")
    unbound.wait_for_answer("www.example.com", ["203.0.113.2"])
    assert unbound.log().count("listed in") == 1


@pytest.mark.parametrize("where", ["inside", "outside"])
def test_more_changes_while_cut_off_than_etcd_remembers(
        laboratory, etcd, where):
    """Through a relay that is taken away, so that etcd goes on."""
    etcd.put_many((f"/helix/com/example/host{i}/A", address(i))
                  for i in range(100))
    relay = laboratory.relay(etcd)
    unbound = laboratory.unbound(relay.url)
    unbound.wait_for_log("following etcd")
    relay.cut()
    unbound.wait_for_log("lost etcd")
    for i in range(0, 100, 2):
        etcd.delete(f"/helix/com/example/host{i}/A")
    etcd.put("/helix/com/example/host1/A", "203.0.113.1")
    folder = "/helix/com/example/more" if where == "inside" else "/elsewhere"
    etcd.put_many((f"{folder}/host{i}/A", address(i)) for i in range(1100))
    relay.mend()
    unbound.wait_for_log("dropped the events.*; listing again")
    unbound.wait_for_answer("host0.example.com", "NXDOMAIN")
    unbound.wait_for_answer("host1.example.com", ["203.0.113.1"])
    for i in range(2, 100):
        unbound.wait_for_answer(f"host{i}.example.com", [address(i)]
                                if i % 2 else "NXDOMAIN")
    for i in range(1100):
        unbound.wait_for_answer(f"host{i}.more.example.com", [address(i)]
                                if where == "inside" else "NXDOMAIN")


# --- hidden directories -----------------------------------------------------

HIDDEN = ["com/example/_tcp", "com/example/_tcp/_sip", "com/example/_udp"]


@pytest.fixture
def hidden_lab(laboratory, etcd):
    etcd.put("/helix/com/example/_tcp/_sip/A", "203.0.113.1")
    etcd.put("/helix/com/example/_tcp/plain/A", "203.0.113.2")
    etcd.put("/helix/com/example/_tcp/_unlisted/A", "203.0.113.3")
    etcd.put("/helix/com/example/www/A", "203.0.113.4")
    return laboratory.unbound(etcd, etcd={"hidden": HIDDEN})


def test_hidden_directories_that_are_named_are_served(etcd, hidden_lab):
    unbound = hidden_lab
    assert unbound.addresses("_sip._tcp.example.com") == ["203.0.113.1"]
    assert unbound.addresses("plain._tcp.example.com") == ["203.0.113.2"]
    assert unbound.addresses("_unlisted._tcp.example.com") == "NXDOMAIN"
    etcd.put("/helix/com/example/_tcp/_sip/A", "203.0.113.5")
    unbound.wait_for_answer("_sip._tcp.example.com", ["203.0.113.5"])
    etcd.put("/helix/com/example/_udp/A", "203.0.113.6", ttl=60)
    unbound.wait_for_answer("_udp.example.com", ["203.0.113.6"])
    etcd.put("/helix/com/example/_udp/A", "203.0.113.6", ttl=1)
    unbound.wait_for_answer("_udp.example.com", "NXDOMAIN")
    etcd.delete("/helix/com/example/_tcp/_sip/A")
    unbound.wait_for_answer("_sip._tcp.example.com", "NXDOMAIN")


def test_a_directory_above_hidden_ones_deleted(etcd, hidden_lab):
    unbound = hidden_lab
    unbound.wait_for_log("following etcd")
    etcd.delete("/helix/com/example", recursive="true")
    for name in "www", "_sip._tcp", "plain._tcp":
        unbound.wait_for_answer(f"{name}.example.com", "NXDOMAIN")
    etcd.put("/helix/com/example/_tcp/_sip/A", "203.0.113.7")
    unbound.wait_for_answer("_sip._tcp.example.com", ["203.0.113.7"])
    etcd.delete("/helix/com/example/_tcp", recursive="true")
    unbound.wait_for_answer("_sip._tcp.example.com", "NXDOMAIN")


def test_hidden_directories_after_an_outage(etcd, hidden_lab):
    unbound = hidden_lab
    unbound.wait_for_log("following etcd")
    etcd.kill()
    unbound.wait_for_log("lost etcd")
    etcd.start()
    unbound.wait_for_log("following etcd .* again")
    etcd.put("/helix/com/example/_tcp/_sip/A", "203.0.113.8")
    unbound.wait_for_answer("_sip._tcp.example.com", ["203.0.113.8"])
    assert unbound.addresses("plain._tcp.example.com") == ["203.0.113.2"]


def test_making_and_deleting_a_tree_with_hidden_directories(etcd, hidden_lab):
    """Several polls are told of the same deletion, in any order."""
    unbound = hidden_lab
    for round in range(20):
        etcd.delete("/helix/com/example", recursive="true")
        etcd.put("/helix/com/example/_tcp/_sip/A", address(round))
        etcd.put("/helix/com/example/www/A", address(round))
        unbound.wait_for_answer("www.example.com", [address(round)])
        unbound.wait_for_answer("_sip._tcp.example.com", [address(round)])
        unbound.wait_for_answer("plain._tcp.example.com", "NXDOMAIN")


# --- an etcd without it -----------------------------------------------------

def test_an_etcd_without_the_v2_api_is_told_of(laboratory):
    etcd = laboratory.add(Etcd).start()
    unbound = laboratory.unbound(etcd, startup_wait="100ms")
    unbound.wait_for_log("serves no v2 API; it needs --enable-v2=true")
