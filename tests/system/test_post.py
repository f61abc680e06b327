"""What the blog post of 2014 and HelixDNS's README show, by their own
commands, and what HelixDNS did."""

import re
import socket
import subprocess

import dns.flags
import dns.rcode
import pytest

import lab
from lab_etcd import Etcd
from lab_unbound import Unbound


@pytest.fixture
def api():
    return "v2"


def shell(command):
    return subprocess.run(["bash", "-c", command], text=True, check=True,
                          capture_output=True, timeout=lab.DEADLINE).stdout


@pytest.fixture
def port_4001():
    with lab.claim(4001):
        yield 4001


@pytest.fixture
def post(laboratory, port_4001):
    """etcd as in 2014, and Unbound for the post's two zones."""
    etcd = laboratory.etcd(port=port_4001)
    return laboratory.unbound(etcd, zones=[
        "example.com", {"name": "b.probablyfine.co.uk",
                        "ns": ["hdns.probablyfine.co.uk"]}])


def dig(unbound, question):
    return shell(f"dig {question} @127.0.0.1 -p {unbound.port} "
                 "+noall +answer +comments")


def shows(unbound, question, name, rdtype, rdata):
    line = rf"^{re.escape(name)}\s+5\s+IN\s+{rdtype}\s+{re.escape(rdata)}$"
    lab.wait_for(lambda: re.search(line, dig(unbound, question), re.M),
                 lambda: f"dig had {line!r}:\n" + dig(unbound, question))


# --- the post ---------------------------------------------------------------

def test_post(post):
    shell('curl -sf -XPUT http://127.0.0.1:4001/v2/keys/helix/com/example/'
          'foo/A -d value="123.123.123.123"')
    shows(post, "foo.example.com.", "foo.example.com.", "A",
          "123.123.123.123")
    assert re.search("^;; flags: qr aa ", dig(post, "foo.example.com."), re.M)
    shell('curl -sf -XPUT http://127.0.0.1:4001/v2/keys/helix/uk/co/'
          'probablyfine/b/A -d value="123.123.123.123"')
    shows(post, "b.probablyfine.co.uk.", "b.probablyfine.co.uk.", "A",
          "123.123.123.123")


def test_post_with_etcdctl_of_2014(post):
    shell("ETCDCTL_API=2 etcdctl --endpoints http://127.0.0.1:4001 "
          "set /helix/com/example/foo/A 123.123.123.123")
    shows(post, "foo.example.com.", "foo.example.com.", "A",
          "123.123.123.123")
    shell("ETCDCTL_API=2 etcdctl --endpoints http://127.0.0.1:4001 "
          "update /helix/com/example/foo/A 123.123.123.124")
    shows(post, "foo.example.com.", "foo.example.com.", "A",
          "123.123.123.124")
    shell("ETCDCTL_API=2 etcdctl --endpoints http://127.0.0.1:4001 "
          "rm /helix/com/example/foo/A")
    post.wait_for_answer("foo.example.com", "NXDOMAIN")


# --- where etcd is found ----------------------------------------------------

@pytest.mark.parametrize("port", [2379, 4001])
def test_without_an_etcd_section_etcd_is_found_on_its_two_ports(
        laboratory, port):
    with lab.claim(2379), lab.claim(4001):
        for other in 2379, 4001:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", other)) == 0:
                    pytest.skip(f"something else listens on port {other}")
        etcd = laboratory.add(Etcd, port=port).start()
        etcd.put("/helix/com/example/www/A", "203.0.113.1")
        unbound = laboratory.add(Unbound, [])
        unbound.helix_yaml.write_text("zones:\n  - name: example.com\n")
        unbound.start()
        unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
        unbound.wait_for_log(f"following etcd http://127.0.0.1:{port}: ")
        assert unbound.stop() == 0
        etcd.stop()


# --- HelixDNS ---------------------------------------------------------------

@pytest.fixture
def helixdns(laboratory, etcd, unbound):
    """etcd and Unbound as one."""
    unbound.put = etcd.put
    return unbound


def test_helixdns_answers_a(helixdns):
    helixdns.put("/helix/com/example/A", "203.0.113.1")
    helixdns.wait_for_answer("example.com", ["203.0.113.1"])
    answer = helixdns.ask("example.com", "A")
    assert answer.flags & dns.flags.AA
    assert helixdns.ttl("example.com") == 5


def test_helixdns_answers_aaaa(helixdns):
    helixdns.put("/helix/com/example/AAAA", "2001:db8::1")
    helixdns.wait_for_answer("example.com", ["2001:db8::1"], "AAAA")
    assert helixdns.ttl("example.com", "AAAA") == 5


@pytest.mark.parametrize("key, name", [
    ("/helix/com/example/A", "example.com"),
    ("/helix/com/example/foo/A", "foo.example.com"),
    ("/helix/com/example/foo/bar/A", "bar.foo.example.com"),
    ("/helix/com/example/a/A", "a.example.com"),
])
def test_helixdns_names_keys_from_the_root_down(helixdns, key, name):
    helixdns.put(key, "203.0.113.1")
    helixdns.wait_for_answer(name, ["203.0.113.1"])


@pytest.mark.parametrize("rdtype, value", [
    ("A", "not an address"), ("A", "2001:db8::1"), ("A", "1.2.3"), ("A", ""),
    ("AAAA", "203.0.113.1"), ("AAAA", "2001:db8::x"),
])
def test_helixdns_does_not_serve_an_address_that_is_none(
        helixdns, rdtype, value):
    """It did, with rdata of no octets; that was a mistake."""
    helixdns.put(f"/helix/com/example/www/{rdtype}", value)
    helixdns.put("/helix/com/example/www/TYPE1", "203.0.113.9")
    helixdns.wait_for_answer("www.example.com", ["203.0.113.9"])
    helixdns.wait_for_log(f"key /helix/com/example/www/{rdtype} is not "
                          "served: ")
    if rdtype == "AAAA":
        assert helixdns.addresses("www.example.com", "AAAA") == []


def test_helixdns_answers_nothing_where_there_is_no_key(helixdns):
    """And neither said that the name does not exist nor whose zone it is."""
    helixdns.put("/helix/com/example/www/A", "203.0.113.1")
    helixdns.wait_for_answer("www.example.com", ["203.0.113.1"])
    answer = helixdns.ask("absent.example.com", "A")
    assert answer.rcode() == dns.rcode.NXDOMAIN
    assert answer.authority[0].rdtype == dns.rdatatype.SOA
    answer = helixdns.ask("www.example.com", "AAAA")
    assert answer.rcode() == dns.rcode.NOERROR
    assert not answer.answer
