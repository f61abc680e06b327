"""Keys in conflict: one is ignored, the log names both, and the ignored one is
served as soon as the conflict ends."""

import pytest

from lab import free_port
from lab_etcd import b64

A = "/helix/com/example/www/A"
CNAME = "/helix/com/example/www/CNAME"
BESIDE = f"key {CNAME} ignored: a CNAME cannot share its name with key {A}"


@pytest.fixture(params=["v3", "v2"])
def api(request):
    return request.param


def told(unbound):
    return unbound.log().count(" ignored: ")


def test_a_cname_beside_an_address_waits_until_it_is_alone(etcd, unbound):
    etcd.put(CNAME, "www.example.net.")
    unbound.wait_for_answer("www.example.com", ["www.example.net."], "CNAME")
    etcd.put(A, "203.0.113.1")
    unbound.wait_for_log(BESIDE)
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    assert unbound.addresses("www.example.com", "CNAME") == []
    # it is said when it comes to that, not whenever one of them changes
    etcd.put(A, "203.0.113.2")
    etcd.put(CNAME, "other.example.net.")
    etcd.put("/helix/com/example/last/A", "203.0.113.3")
    unbound.wait_for_answer("last.example.com", ["203.0.113.3"])
    assert unbound.addresses("www.example.com") == ["203.0.113.2"]
    assert told(unbound) == 1
    etcd.delete(A)
    unbound.wait_for_answer("www.example.com", ["other.example.net."],
                            "CNAME")


def test_of_two_cnames_that_with_the_lowest_id_stands(etcd, unbound):
    etcd.put(f"{CNAME}/b", "b.example.net.")
    unbound.wait_for_answer("www.example.com", ["b.example.net."], "CNAME")
    etcd.put(f"{CNAME}/a", '{"ttl": 60, "rdata": "a.example.net."}')
    unbound.wait_for_log(f"key {CNAME}/b ignored: conflicts with the CNAME of "
                         f"key {CNAME}/a")
    unbound.wait_for_answer("www.example.com", ["a.example.net."], "CNAME")
    assert unbound.ttl("www.example.com", "CNAME") == 60
    etcd.delete(f"{CNAME}/a")
    unbound.wait_for_answer("www.example.com", ["b.example.net."], "CNAME")
    assert unbound.ttl("www.example.com", "CNAME") == 5
    assert told(unbound) == 1


def test_what_is_there_before_unbound_is_told_once_it_is_listed(laboratory):
    etcd = laboratory.etcd()
    etcd.put(A, "203.0.113.1")
    etcd.put(CNAME, "www.example.net.")
    unbound = laboratory.unbound(etcd)
    assert unbound.addresses("www.example.com") == ["203.0.113.1"]
    unbound.wait_for_log(BESIDE)
    assert told(unbound) == 1


def test_a_list_tells_what_is_new_in_the_end(laboratory, etcd, unbound):
    """While etcd is away, one name gets a CNAME instead of its address, one
    gets a CNAME beside it, and one has had both all the time."""
    old, new, swapped = [f"/helix/com/example/{name}"
                         for name in ("old", "new", "swapped")]
    for name in old, new, swapped:
        etcd.put(f"{name}/A", "203.0.113.1")
    etcd.put(f"{old}/CNAME", "www.example.net.")
    unbound.wait_for_log(f"key {old}/CNAME ignored")
    unbound.wait_for_state("following")
    etcd.kill()
    unbound.wait_for_log("lost etcd .*; answering from the copy")
    home, etcd.url = etcd.url, f"http://127.0.0.1:{free_port()}"
    etcd.start()
    etcd.delete(f"{swapped}/A")
    etcd.put(f"{swapped}/CNAME", "www.example.net.")
    etcd.put(f"{new}/CNAME", "www.example.net.")
    etcd.forget_history()
    etcd.stop()
    etcd.url = home
    etcd.start()
    unbound.wait_for_log("listing again")
    unbound.wait_for_answer("swapped.example.com", ["www.example.net."],
                            "CNAME")
    unbound.wait_for_log(f"key {new}/CNAME ignored: .* {new}/A")
    assert unbound.addresses("new.example.com") == ["203.0.113.1"]
    assert unbound.addresses("new.example.com", "CNAME") == []
    # what a change of etcd's would be told by is behind all this in the log
    etcd.put("/helix/com/example/last/A", "not an address")
    unbound.wait_for_log("key /helix/com/example/last/A is not served")
    assert told(unbound) == 2


def test_no_cname_where_a_zone_begins_and_no_soa_elsewhere(etcd, unbound):
    etcd.put("/helix/com/example/CNAME", "www.example.net.")
    unbound.wait_for_log("key /helix/com/example/CNAME is not served: "
                         "a zone's apex has an SOA")
    assert unbound.ask("example.com", "SOA").answer
    assert unbound.addresses("example.com", "CNAME") == []
    soa = "ns.example.com. hostmaster.example.com. 1 3600 600 86400 5"
    etcd.put("/helix/com/example/www/SOA", soa)
    unbound.wait_for_log("key /helix/com/example/www/SOA is not served: "
                         "an SOA belongs at a zone's apex")
    assert unbound.addresses("www.example.com", "SOA") == "NXDOMAIN"


@pytest.mark.parametrize("api", ["v3"], indirect=True)
def test_one_transaction_swaps_them_without_a_word(etcd, unbound):
    etcd.put(A, "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    etcd.gateway("/v3/kv/txn", {"success": [
        {"requestPut": {"key": b64(CNAME), "value": b64("www.example.net.")}},
        {"requestDeleteRange": {"key": b64(A)}}]})
    unbound.wait_for_answer("www.example.com", ["www.example.net."], "CNAME")
    etcd.gateway("/v3/kv/txn", {"success": [
        {"requestPut": {"key": b64(A), "value": b64("203.0.113.2")}},
        {"requestDeleteRange": {"key": b64(CNAME)}}]})
    # to ask for the address before that would be to look for www.example.net
    unbound.wait_for_answer("www.example.com", [], "CNAME")
    assert unbound.addresses("www.example.com") == ["203.0.113.2"]
    assert told(unbound) == 0
