"""What clients see: records put into etcd, asked of Unbound."""

import json
import subprocess

import dns.edns
import dns.flags
import dns.rcode
import dns.rdatatype
import pytest

from lab_etcd import b64


@pytest.fixture(scope="module")
def etcd(shared):
    etcd = shared.etcd()
    etcd.put("/helix/com/example/www/A", "192.0.2.1")
    etcd.put("/helix/com/example/www/AAAA", "2001:db8::1")
    etcd.put("/helix/com/example/deep/er/host/A", "192.0.2.2")
    etcd.put("/helix/com/example/inner/A", "192.0.2.3")
    etcd.put("/helix/com/example/inner/host/A", "192.0.2.4")
    etcd.put("/helix/com/example/wild/*/A", "192.0.2.5")
    etcd.put("/helix/com/example/wild/sub/host/A", "192.0.2.6")
    return etcd


@pytest.fixture(scope="module")
def unbound(shared, etcd):
    outside = shared.nsd({"example.net": """
$ORIGIN example.net.
@ 3600 IN SOA ns hostmaster 1 3600 600 86400 60
@ 3600 IN NS ns
ns 3600 IN A 127.0.0.1
www 300 IN A 198.51.100.7
"""})
    return shared.unbound(
        etcd,
        zones=[{"name": "example.com", "ns": ["ns1.example.net"]},
               {"name": "inner.example.com", "ttl": 7},
               {"name": "empty.example.com"}],
        extra="stub-zone:\n  name: example.net\n"
              f"  stub-addr: 127.0.0.1@{outside.port}\n")


def soa_of(answer):
    """Owner, TTL and rdata of the SOA in the authority section."""
    (rrset,) = answer.authority
    assert rrset.rdtype == dns.rdatatype.SOA
    return rrset.name.to_text(), rrset.ttl, rrset[0]


# --- put, change, delete: by etcdctl, and by curl on etcd's gateway ---------

def test_put_change_delete_by_etcdctl(etcd, unbound):
    etcd.put("/helix/com/example/a/A", "203.0.113.1")
    unbound.wait_for_answer("a.example.com", ["203.0.113.1"])
    etcd.put("/helix/com/example/a/A", "203.0.113.2")
    unbound.wait_for_answer("a.example.com", ["203.0.113.2"])
    etcd.delete("/helix/com/example/a/A")
    unbound.wait_for_answer("a.example.com", "NXDOMAIN")


def test_put_change_delete_by_curl(etcd, unbound):
    def curl(path, **fields):
        answer = subprocess.run(
            ["curl", "-sS", "-X", "POST", f"{etcd.url}/v3/kv/{path}",
             "-d", json.dumps({k: b64(v) for k, v in fields.items()})],
            check=True, capture_output=True, text=True).stdout
        assert "header" in json.loads(answer), answer
    curl("put", key="/helix/com/example/b/A", value="203.0.113.3")
    unbound.wait_for_answer("b.example.com", ["203.0.113.3"])
    curl("put", key="/helix/com/example/b/A", value="203.0.113.4")
    unbound.wait_for_answer("b.example.com", ["203.0.113.4"])
    curl("deleterange", key="/helix/com/example/b/A")
    unbound.wait_for_answer("b.example.com", "NXDOMAIN")


def test_a_file_with_a_final_newline(etcd, unbound):
    etcd.ctl("put", "/helix/com/example/file/A", stdin="203.0.113.5\n")
    unbound.wait_for_answer("file.example.com", ["203.0.113.5"])


# --- positive answers -------------------------------------------------------

def test_address_with_ttl_5_and_aa(unbound):
    answer = unbound.ask("www.example.com")
    (rrset,) = answer.answer
    assert rrset.to_text() == "www.example.com. 5 IN A 192.0.2.1"
    assert answer.flags & dns.flags.AA
    assert answer.flags & dns.flags.RA
    assert not answer.flags & dns.flags.AD


def test_aaaa(unbound):
    assert unbound.addresses("www.example.com", "AAAA") == ["2001:db8::1"]


def test_ttl(unbound):
    assert unbound.ttl("www.example.com") == 5


def test_case_of_the_query_is_kept(unbound):
    answer = unbound.ask("wWw.ExAmPlE.cOm")
    assert answer.question[0].name.to_text() == "wWw.ExAmPlE.cOm."
    assert answer.answer[0].name.to_text() == "wWw.ExAmPlE.cOm."
    assert [r.to_text() for r in answer.answer[0]] == ["192.0.2.1"]


def test_upper_case_in_a_key(etcd, unbound):
    etcd.put("/helix/com/example/MiXeD/A", "203.0.113.6")
    unbound.wait_for_answer("mixed.example.com", ["203.0.113.6"])


def test_several_records_in_an_array(etcd, unbound):
    etcd.put("/helix/com/example/many/A",
             '["203.0.113.8", "203.0.113.7", "203.0.113.8"]')
    unbound.wait_for_answer("many.example.com",
                            ["203.0.113.7", "203.0.113.8"])


def test_ttl_of_its_own(etcd, unbound):
    etcd.put("/helix/com/example/own/A",
             '{"ttl": 60, "rdata": ["203.0.113.9"]}')
    unbound.wait_for_answer("own.example.com", ["203.0.113.9"])
    assert unbound.ttl("own.example.com") == 60


def test_ids_make_one_rrset_with_the_lowest_ttl(etcd, unbound):
    etcd.put("/helix/com/example/ids/A/one", "203.0.113.10")
    etcd.put("/helix/com/example/ids/A/two",
             '{"ttl": 3, "rdata": "203.0.113.11"}')
    etcd.put("/helix/com/example/ids/A", '["203.0.113.12", "203.0.113.10"]')
    unbound.wait_for_answer("ids.example.com", ["203.0.113.10",
                            "203.0.113.11", "203.0.113.12"])
    assert unbound.ttl("ids.example.com") == 3
    etcd.delete("/helix/com/example/ids/A/two")
    unbound.wait_for_answer("ids.example.com", ["203.0.113.10",
                            "203.0.113.12"])
    assert unbound.ttl("ids.example.com") == 5
    etcd.delete("/helix/com/example/ids/A")
    unbound.wait_for_answer("ids.example.com", ["203.0.113.10"])


def test_a_transaction_is_seen_at_once(etcd, unbound):
    """Two ids of a name swap their addresses, over and over: an answer with
    other than the two is one that saw half of it."""
    one, two = ["203.0.113.20", "203.0.113.21"]
    keys = ["/helix/com/example/txn/A/x", "/helix/com/example/txn/A/y"]

    def swap(a, b):
        etcd.gateway("/v3/kv/txn", {"success": [
            {"requestPut": {"key": b64(k), "value": b64(v)}}
            for k, v in zip(keys, (a, b))]})
    swap(one, two)
    unbound.wait_for_answer("txn.example.com", [one, two])
    for _ in range(50):
        one, two = two, one
        swap(one, two)
        for _ in range(10):
            assert unbound.addresses("txn.example.com") == sorted([one, two])


def test_any_gets_one_rrset(unbound):
    answer = unbound.ask("www.example.com", "ANY")
    (rrset,) = answer.answer
    assert rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)


def test_rd_0_is_answered(unbound):
    answer = unbound.ask("www.example.com", rd=False)
    assert answer.rcode() == dns.rcode.NOERROR
    assert answer.flags & dns.flags.AA
    assert [r.to_text() for r in answer.answer[0]] == ["192.0.2.1"]


def test_a_large_answer_is_truncated_and_whole_by_tcp(etcd, unbound):
    addresses = sorted(f"198.18.{i // 250}.{i % 250}" for i in range(1500))
    etcd.put("/helix/com/example/large/A", json.dumps(addresses))
    unbound.wait_for_log(r"large\.example\.com\. A has 1500 records")
    answer = unbound.ask("large.example.com")
    assert answer.flags & dns.flags.TC
    answer = unbound.ask("large.example.com", tcp=True)
    assert sorted(r.to_text() for r in answer.answer[0]) == addresses


def test_more_than_fits_is_served_as_far_as_it_goes(etcd, unbound):
    addresses = {f"198.{18 + i // 65025}.{i // 255 % 255}.{i % 255}"
                 for i in range(6000)}
    etcd.put("/helix/com/example/huge/A", json.dumps(sorted(addresses)))
    unbound.wait_for_log(r"huge\.example\.com\. A has 6000 records")
    answer = unbound.ask("huge.example.com", tcp=True)
    got = {r.to_text() for r in answer.answer[0]}
    # an A record takes 16 octets; the rest of 64 KiB is for the others
    assert got < addresses and len(got) == 4000


# --- negative answers -------------------------------------------------------

@pytest.mark.parametrize("rdtype", ["MX", "TXT", "CNAME", "SRV", "TYPE65280",
                                    "DS", "HTTPS", "TYPE0"])
def test_nodata(unbound, rdtype):
    answer = unbound.ask("www.example.com", rdtype)
    assert answer.rcode() == dns.rcode.NOERROR
    assert answer.flags & dns.flags.AA
    assert not answer.answer
    owner, ttl, soa = soa_of(answer)
    assert (owner, ttl) == ("example.com.", 5)
    assert soa.minimum == 5


def test_nxdomain(unbound):
    answer = unbound.ask("nothing.example.com")
    assert answer.rcode() == dns.rcode.NXDOMAIN
    assert answer.flags & dns.flags.AA
    owner, ttl, soa = soa_of(answer)
    assert (owner, ttl) == ("example.com.", 5)
    assert soa.mname.to_text() == "ns1.example.net."
    assert soa.rname.to_text() == "hostmaster.example.com."
    assert (soa.refresh, soa.retry, soa.expire) == (3600, 600, 86400)


def test_a_first_put_is_seen_after_nxdomain(etcd, unbound):
    unbound.wait_for_answer("later.example.com", "NXDOMAIN")
    etcd.put("/helix/com/example/later/A", "203.0.113.13")
    unbound.wait_for_answer("later.example.com", ["203.0.113.13"])


@pytest.mark.parametrize("name", ["er.deep.example.com", "deep.example.com"])
def test_empty_nonterminal_is_nodata(unbound, name):
    assert unbound.addresses(name) == []


def test_below_a_leaf_is_nxdomain(unbound):
    assert unbound.addresses("below.www.example.com") == "NXDOMAIN"


def test_empty_nonterminal_goes_with_its_last_child(etcd, unbound):
    etcd.put("/helix/com/example/ent/x/A", "203.0.113.14")
    unbound.wait_for_answer("ent.example.com", [])
    etcd.delete("/helix/com/example/ent/x/A")
    unbound.wait_for_answer("ent.example.com", "NXDOMAIN")


# --- apex, zones inside zones, wildcards ------------------------------------

def test_apex_soa_and_ns(etcd, unbound):
    etcd.put("/helix/com/example/serial/A", "203.0.113.15")
    unbound.wait_for_answer("serial.example.com", ["203.0.113.15"])
    (soa,) = unbound.ask("example.com", "SOA").answer
    assert soa[0].serial == etcd.revision()
    (ns,) = unbound.ask("example.com", "NS").answer
    assert ns.to_text() == "example.com. 5 IN NS ns1.example.net."


def test_apex_without_records_exists(unbound):
    assert unbound.addresses("empty.example.com") == []
    answer = unbound.ask("empty.example.com", "NS")
    assert soa_of(answer)[0] == "empty.example.com."


def test_zone_inside_a_zone(unbound):
    answer = unbound.ask("host.inner.example.com")
    assert answer.answer[0].to_text() == \
        "host.inner.example.com. 7 IN A 192.0.2.4"
    assert soa_of(unbound.ask("x.inner.example.com"))[0] == \
        "inner.example.com."
    assert unbound.addresses("inner.example.com") == ["192.0.2.3"]


def test_ds_of_the_inner_apex_comes_from_the_outer_zone(unbound):
    answer = unbound.ask("inner.example.com", "DS")
    assert answer.rcode() == dns.rcode.NOERROR
    assert soa_of(answer)[0] == "example.com."


@pytest.mark.parametrize("name, expected", [
    ("x.wild.example.com", ["192.0.2.5"]),
    ("y.x.wild.example.com", ["192.0.2.5"]),
    ("*.wild.example.com", ["192.0.2.5"]),
    ("wild.example.com", []),
    ("sub.wild.example.com", []),
    ("x.sub.wild.example.com", "NXDOMAIN"),
    ("host.sub.wild.example.com", ["192.0.2.6"]),
])
def test_wildcard(unbound, name, expected):
    assert unbound.addresses(name) == expected


# --- other names ------------------------------------------------------------

def test_a_name_outside_is_recursed(unbound):
    answer = unbound.ask("www.example.net")
    assert answer.answer[0][0].to_text() == "198.51.100.7"
    assert not answer.flags & dns.flags.AA
    assert unbound.addresses("nothing.example.net") == "NXDOMAIN"


def test_another_class_is_not_ours(unbound):
    answer = unbound.ask("version.server", "TXT", rdclass="CH")
    assert answer.rcode() == dns.rcode.NOERROR


def test_memory_is_in_the_statistics(unbound):
    stats = dict(line.split("=") for line in
                 unbound.control("stats_noreset").splitlines())
    assert int(stats["mem.mod.dynlibmod"]) > 1000
