"""What zonemaster, the checker of registries, says of a zone that BIND
delegates to Unbound as conf/bind has it, and what it says of NSD in the place
of Unbound.

Zonemaster knows port 53 only, and finds everything from the root: so there is
a root, too, on loopback addresses that are the same in both cases. It has a
lot against those addresses, and against a zone with one server: what counts is
that it has nothing more against Unbound."""

import collections
import json
import re
import shutil
import subprocess

import pytest

import lab
from test_delegation import ZONE, Bind, Wire, conf_text, parent_conf

# What is said of Unbound alone, and why that is so by design.
BY_DESIGN = {
    "IS_A_RECURSOR": "it says RA, recursion available, in every answer; in "
    "those too in which it refuses to recurse, as the world is refused by "
    "conf/bind/unbound.conf (test_delegation.py)",
    "N10_EDNS_RESPONSE_ERROR": "Unbound 1.22 answers EDNS version 1 with a "
    "buffer of 0 octets without EDNS, before any module is asked",
}


def source_option():
    """The option for the address to ask from, by version."""
    said = subprocess.run(["zonemaster-cli", "--version"], text=True,
                          check=True, capture_output=True).stdout
    version = int(re.search(r"CLI version:? +v(\d+)", said)[1])
    return "--sourceaddr4" if version > 5 else "--sourceaddr"


def messages(answer):
    """The list of them, which newer versions give a name."""
    return answer["results"] if isinstance(answer, dict) else answer


class World:
    """The root and the parent; who has the zone, is to be started."""

    def __init__(self, shared, folder):
        self.shared, self.folder = shared, folder
        self.network = network = lab.free_network((1, 2, 3))
        self.server = f"{network}.3"
        shared.nsd({".": f"""
. 3600 IN SOA a.root. hostmaster.root. 1 3600 600 86400 300
. 3600 IN NS a.root.
a.root. 3600 IN A {network}.1
probablyfine.co.uk. 3600 IN NS ns.probablyfine.co.uk.
ns.probablyfine.co.uk. 3600 IN A {network}.2
"""}, address=f"{network}.1", port=53)
        parent = shared.add(Bind, parent_conf(network)).start()
        shared.add(Wire, f"{network}.2", parent.port).start()
        (folder / "hints").write_text(
            f". 3600 NS a.root.\na.root. 3600 A {network}.1\n")

    def unbound(self):
        etcd = self.shared.etcd()
        etcd.put("/helix/uk/co/probablyfine/b/A", "123.123.123.123")
        conf = conf_text("unbound.conf", {
            "192.0.2.2": f"{self.server}@53", "127.0.0.0/8": "127.0.0.1",
            "0.0.0.0/0": f"{self.network}.0/24"})
        return self.shared.unbound(
            etcd, clients="127.0.0.1",
            zones=[{"name": ZONE, "ns": ["hdns.probablyfine.co.uk"]}],
            extra=f"\n{conf}\n")

    def verdict(self):
        """What zonemaster has to say: for each message, how often."""
        done = subprocess.run(
            ["zonemaster-cli", "--json", "--no-ipv6", "--no-progress",
             # one of the world, for whom Unbound has its view
             f"{source_option()}={self.network}.9",
             "--level=NOTICE", f"--hints={self.folder}/hints", ZONE],
            text=True, capture_output=True, timeout=10 * lab.DEADLINE)
        assert done.returncode == 0, done.stdout + done.stderr
        return collections.Counter(
            (message["level"], message["tag"], json.dumps(message["args"]))
            for message in messages(json.loads(done.stdout)))


def zone_file(unbound):
    """What Unbound answers."""
    return "".join(f"{rrset.to_text()}\n" for rdtype in ("SOA", "NS", "A")
                   for rrset in unbound.ask(ZONE, rdtype).answer)


@pytest.mark.skipif(not shutil.which("zonemaster-cli"),
                    reason="zonemaster-cli is not installed")
def test_zonemaster_finds_no_more_fault_than_with_nsd(laboratory, tmp_path):
    world = World(laboratory, tmp_path)
    unbound = world.unbound()
    zone = zone_file(unbound)
    ours = world.verdict()
    unbound.stop()
    laboratory.nsd({ZONE: zone}, address=world.server, port=53)
    theirs = world.verdict()
    tags = {tag for _, tag, _ in ours}
    # it has found the parent, and asked for DS and DNSKEY
    assert "NEITHER_DNSKEY_NOR_DS" in tags, ours
    assert "IS_A_RECURSOR" in tags, tags
    assert [one for one in ours - theirs if one[1] not in BY_DESIGN] == []


def test_zonemaster_does_find_faults(laboratory, tmp_path):
    """Otherwise the comparison would be worth nothing: the zone names a server
    that does not have it."""
    world = World(laboratory, tmp_path)
    zone = f"{ZONE}. 5 SOA a b 1 1 1 1 1\n{ZONE}. 5 NS "
    found = []
    for server in "hdns.probablyfine.co.uk.", "ns.probablyfine.co.uk.":
        nsd = laboratory.nsd({ZONE: zone + server + "\n"},
                             address=world.server, port=53)
        found.append(world.verdict())
        nsd.stop()
    assert "IS_NOT_AUTHORITATIVE" in {
        tag for _, tag, _ in found[1] - found[0]}
