"""helixctl import, diff and export: zones into etcd and out of it."""

import base64
import json
import random
import re
import signal
import subprocess

import pytest

from lab import HELIXCTL, sanitizer, wait_for
from lab_ctl import Ctl
from lab_relay import Relay

ZONE = "example.com"
HEAD = ("$ORIGIN example.com.\n$TTL 1h\n@ SOA ns hostmaster 2026112801 2h 3m "
        "1w 5m\n NS ns\nns A 192.0.2.53\n")


def compiled(path, zone=ZONE):
    """A zone file as named-compilezone reads it, but the SOA's serial."""
    done = subprocess.run(
        ["named-compilezone", "-q", "-k", "ignore", "-n", "ignore", "-i",
         "none", "-s", "full", "-o", "-", zone, path],
        capture_output=True, check=True)
    # the case of owners is not kept: keys have them in lower case
    lines = set()
    for line in done.stdout.decode().splitlines():
        owner, rest = line.split(None, 1)
        lines.add(owner.lower() + " " + re.sub(r"\s+", " ", rest))
    soa = [line for line in lines if " IN SOA " in line]
    assert len(soa) == 1
    fields = soa[0].split()
    fields[6] = "SERIAL"
    return lines - set(soa) | {" ".join(fields)}


def large_zone(records, seed=1):
    """A zone file as someone may have written it, of so many records."""
    chance = random.Random(seed)
    lines = [HEAD]
    left = records - 3
    number = 0
    while left > 0:
        number += 1
        kind = chance.randrange(8)
        host = f"host-{number}.{chance.choice('abcdef')}"
        if kind < 4:
            lines.append(f"{host} A 10.{number >> 16}.{number >> 8 & 255}."
                         f"{number & 255}\n")
        elif kind == 4 and left >= 3:
            lines.append(f"{host} 300 IN A 192.0.2.1\n  AAAA 2001:db8::"
                         f"{number:x}\n\tTXT \"host {number}\" \"two; parts\"\n")
            left -= 2
        elif kind == 5:
            lines.append(f"{host} 1d CNAME www ; an alias\n")
        elif kind == 6 and left >= 2:
            lines.append(f"{host.upper()} MX 10 mail\n  IN MX 20 mail.example."
                         "net.\n")
            left -= 1
        else:
            lines.append(f"_sip._tcp.{host} SRV ( 1 2\n 5060 {host} )\n")
        left -= 1
    return "".join(lines)


def all_keys(etcd):
    """All keys of etcd, and their values."""
    found = json.loads(etcd.ctl("get", "", "--prefix", "-w", "json"))
    return {base64.b64decode(kv["key"]).decode():
            base64.b64decode(kv.get("value", "")).decode()
            for kv in found.get("kvs", [])}


class Meddler(Relay):
    """Does something when helixctl has compared, and begins to write."""

    def __init__(self, folder, target, meddle):
        super().__init__(folder, target)
        self.meddle = meddle

    def _pieces(self, connection, source, data):
        if source is connection.inner and b"/v3/kv/txn" in data and \
                self.meddle:
            meddle, self.meddle = self.meddle, None
            meddle()
        yield from super()._pieces(connection, source, data)


@pytest.fixture
def ctl(tmp_path, etcd):
    return Ctl(tmp_path / "ctl", etcd, zones=[ZONE, "deep.example.com"])


@pytest.fixture
def zone(tmp_path):
    """Write a zone file."""
    def write(text, name="zone"):
        path = tmp_path / name
        path.write_text(text)
        return path
    return write


def test_large(ctl, etcd, zone):
    """A zone in and out again is the same; and a second time, nothing is
    done."""
    path = zone(large_zone(20000))
    said = ctl.ok("import", path)
    assert re.search(r"; \d+ added, 0 changed, 0 removed", said.out), said
    assert len(all_keys(etcd)) > 15000
    exported = zone(ctl.ok("export", ZONE).out, "exported")
    before = compiled(path)
    assert len(before) == 20000
    assert compiled(exported) == before
    revision = etcd.revision()
    said = ctl.ok("import", path)
    assert said.lines[-1].endswith("; 0 added, 0 changed, 0 removed")
    assert etcd.revision() == revision
    assert ctl.ok("diff", path).out == ""
    # what was exported is the same, too, but for the serial
    ctl.ok("import", exported)
    assert etcd.revision() == revision


def test_serial(ctl, zone, laboratory, etcd):
    """The serial goes on with etcd's revision, in the export and in answers."""
    unbound = laboratory.unbound(etcd, zones=[ZONE])
    ctl.ok("import", zone(HEAD))
    serial = ctl.ok("export", ZONE).rows[0][6]

    def answered():
        return [str(soa.serial) for soa in unbound.ask(ZONE, "SOA").answer[0]]
    wait_for(lambda: answered() == [serial],
             lambda: f"the serial was {serial}: {answered()}")
    assert serial != "2026112801"


def test_changes(ctl, etcd, zone):
    """What is changed, added and removed, and what is shown of it."""
    ctl.ok("import", zone(HEAD + "a A 192.0.2.1\n A 192.0.2.2\nb TXT x\n"
                                 "c A 192.0.2.3\n"))
    revision = etcd.revision()
    after = zone(HEAD + "a A 192.0.2.1\n A 192.0.2.9\nb 60 TXT x\nd A "
                        "192.0.2.4\n")
    lines = ["-a.example.com.\t3600\tIN\tA\t192.0.2.2",
             "+a.example.com.\t3600\tIN\tA\t192.0.2.9",
             "-b.example.com.\t3600\tIN\tTXT\t\"x\"",
             "+b.example.com.\t60\tIN\tTXT\t\"x\"",
             "-c.example.com.\t3600\tIN\tA\t192.0.2.3",
             "+d.example.com.\t3600\tIN\tA\t192.0.2.4"]
    assert ctl.found("diff", after).lines == lines
    assert ctl.found("diff", after, "--json").json() == [
        {"key": "/helix/com/example/a/A",
         "old": '{"ttl": 3600, "rdata": ["192.0.2.1", "192.0.2.2"]}',
         "new": '{"ttl": 3600, "rdata": ["192.0.2.1", "192.0.2.9"]}'},
        {"key": "/helix/com/example/b/TXT",
         "old": '{"ttl": 3600, "rdata": "\\"x\\""}',
         "new": '{"ttl": 60, "rdata": "\\"x\\""}'},
        {"key": "/helix/com/example/c/A",
         "old": '{"ttl": 3600, "rdata": "192.0.2.3"}', "new": None},
        {"key": "/helix/com/example/d/A", "old": None,
         "new": '{"ttl": 3600, "rdata": "192.0.2.4"}'}]
    said = ctl.ok("import", "--dry-run", after)
    assert said.lines[:-1] == lines
    assert said.lines[-1].endswith("; 1 would be added, 2 changed, 1 removed")
    assert etcd.revision() == revision
    said = ctl.ok("import", after)
    assert said.lines[:-1] == lines
    assert said.lines[-1].endswith("; 1 added, 2 changed, 1 removed")
    # what is added and changed in one transaction, then what is removed
    assert etcd.revision() == revision + 2
    assert ctl.ok("import", after, "--json").json() == {
        "zone": "example.com.", "same": 6, "added": 0, "changed": 0,
        "removed": 0, "dry_run": False, "done": 0, "conflicts": 0}


def test_same_by_hand(ctl, etcd, zone):
    """Keys that were written in another way, but give the same records, are
    left as they are; a key with a lease is not the same, as it will go."""
    ctl.configure([{"name": ZONE, "ttl": 3600}])
    etcd.put("/helix/com/example/a/A", "192.0.2.1")
    etcd.put("/helix/com/example/b/A", '["192.0.2.2", "192.0.2.1", "192.0.2.2"]')
    etcd.put("/helix/com/example/c/TXT", '{"rdata": "x", "ttl": 60}')
    path = zone(HEAD + "a A 192.0.2.1\nb A 192.0.2.1\n A 192.0.2.2\n"
                       "c 60 TXT x\nd A 192.0.2.4\n")
    lease = etcd.ctl("lease", "grant", "600").split()[1]
    etcd.put("/helix/com/example/d/A", "192.0.2.4", lease)
    said = ctl.ok("import", path)
    assert "3 keys are the same; 3 added, 1 changed, 0 removed" in said.out
    assert all_keys(etcd)["/helix/com/example/a/A"] == "192.0.2.1"
    etcd.ctl("lease", "revoke", lease)
    assert "/helix/com/example/d/A" in all_keys(etcd)


def test_territory(ctl, etcd, zone):
    """Which keys are import's: those without an id, of this zone."""
    foreign = {
        # of the zone below, of no zone, and what is no key
        "/helix/com/example/deep/A": "192.0.2.1",
        "/helix/com/example/deep/NS": "ns.example.net.",
        "/helix/com/example/deep/x/A": "192.0.2.1",
        "/helix/com/A": "192.0.2.1",
        "/helix/com/examplex/A": "192.0.2.1",
        "/helix/com/example-a/A": "192.0.2.1",
        "/helixx/com/example/a/A": "192.0.2.1",
        "/helix/com/example/nothing": "x",
        # others' instances
        "/helix/com/example/a/A/one": "192.0.2.11",
        "/helix/com/example/gone/A/one": "192.0.2.11"}
    ours = {
        "/helix/com/example/old/A": "192.0.2.1",
        "/helix/com/example/bad/A": "what?",
        "/helix/com/example/Odd/A": "192.0.2.1",
        "/helix/com/example/odd/TYPE1": "192.0.2.1",
        # above the zone cut
        "/helix/com/example/deep/DS": "1 13 2 " + 32 * "ab"}
    for key, value in {**foreign, **ours}.items():
        etcd.put(key, value)
    path = zone(HEAD + "a A 192.0.2.1\ndeep NS ns\ndeep A 192.0.2.99\n"
                       "x.deep A 192.0.2.99\nexample.net. A 192.0.2.99\n")
    said = ctl.ok("import", path)
    assert "and 2 with an id stay" in said.out
    assert "-; bad key com/example/bad/A" in said.lines
    assert ("these records of the file are left out: 1 outside of the zone, 3 "
            "in zones of helix.yaml below it") in said.err
    after = all_keys(etcd)
    for key, value in foreign.items():
        assert after.pop(key) == value
    assert set(after) == {"/helix/com/example/SOA", "/helix/com/example/NS",
                          "/helix/com/example/ns/A", "/helix/com/example/a/A"}
    said = ctl.found("diff", "--delete", path)
    assert said.lines == ["-a.example.com.\t5\tIN\tA\t192.0.2.11",
                          "-gone.example.com.\t5\tIN\tA\t192.0.2.11"]
    ctl.ok("import", "--delete", path)
    after = all_keys(etcd)
    assert "/helix/com/example/a/A/one" not in after
    assert "/helix/com/example/gone/A/one" not in after
    assert "/helix/com/example/deep/x/A" in after


def test_no_apex(ctl, etcd, zone):
    """SOA and NS at the apex are helix.yaml's, and stay so."""
    path = zone(HEAD + "sub NS ns.sub\nns.sub A 192.0.2.1\n@ MX 1 a\n")
    ctl.ok("import", "--no-apex", path)
    assert set(all_keys(etcd)) == {
        "/helix/com/example/MX", "/helix/com/example/ns/A",
        "/helix/com/example/sub/NS", "/helix/com/example/sub/ns/A"}
    assert ctl.ok("diff", "--no-apex", path).out == ""
    # keys that are there are not the file's business
    etcd.put("/helix/com/example/NS", "ns.example.net.")
    assert ctl.ok("diff", "--no-apex", path).out == ""
    said = ctl.found("diff", path)
    assert "-example.com.\t5\tIN\tNS\tns.example.net." in said.lines


def test_signed(ctl, etcd, zone):
    """What a signer made is counted, and left out."""
    said = ctl.ok("import", zone(
        HEAD + "a A 192.0.2.1\na RRSIG A 13 3 60 20300101000000 "
        "20200101000000 1 @ AQID\na RRSIG NSEC 13 3 60 20300101000000 "
        "20200101000000 1 @ AQID\na NSEC b A\n@ NSEC3PARAM 1 0 0 -\n"
        "* NS ns\n@ DNSKEY 256 3 13 AQID\n"))
    assert said.err == (
        "helixctl: warning: these records of the file are left out: 2 RRSIG, "
        "1 NSEC, 1 NSEC3PARAM, 1 NS or DNAME at a wildcard\n")
    assert set(all_keys(etcd)) == {
        "/helix/com/example/SOA", "/helix/com/example/NS",
        "/helix/com/example/DNSKEY", "/helix/com/example/ns/A",
        "/helix/com/example/a/A"}


def test_cname(ctl, etcd, zone, laboratory):
    """Data that become an alias, and the other way round, change at once: there
    is no moment in which a resolver has neither, or both."""
    unbound = laboratory.unbound(etcd, zones=[ZONE])
    one = zone(HEAD + "a A 192.0.2.1\n TXT x\nb CNAME ns\nc A 192.0.2.3\n")
    two = zone(HEAD + "a CNAME ns\nb A 192.0.2.2\nc CNAME ns\nd A 192.0.2.4\n",
               "two")
    ctl.ok("import", one)
    for path in (two, one, two):
        revision = etcd.revision()
        ctl.ok("import", path)
        # one for what is added, one for all that changes together, one for
        # what is removed, where there is such
        assert etcd.revision() - revision <= 3
    history = etcd.ctl("get", "/helix/com/example/a/", "--prefix", "-w", "json")
    revisions = {kv["mod_revision"] for kv in json.loads(history)["kvs"]}
    assert len(revisions) == 1
    assert set(all_keys(etcd)) == {
        "/helix/com/example/SOA", "/helix/com/example/NS",
        "/helix/com/example/ns/A", "/helix/com/example/a/CNAME",
        "/helix/com/example/b/A", "/helix/com/example/c/CNAME",
        "/helix/com/example/d/A"}
    unbound.wait_for_answer("d.example.com", ["192.0.2.4"])
    assert "conflicts with" not in unbound.log()


def test_contradiction(ctl, etcd, zone):
    """A key with an id stays, and may contradict what the file has."""
    etcd.put("/helix/com/example/a/CNAME/one", "b.example.com.")
    etcd.put("/helix/com/example/b/A/one", "192.0.2.1")
    path = zone(HEAD + "a A 192.0.2.1\nb CNAME ns\n")
    said = ctl.ok("import", path)
    for key in ("a/CNAME/one", "b/A/one"):
        assert (f"key /helix/com/example/{key} stays, as it has an id, but "
                "contradicts the file") in said.err
    said = ctl.ok("import", "--delete", path)
    assert "contradicts" not in said.err
    assert "/helix/com/example/b/A/one" not in all_keys(etcd)


def test_conflict(laboratory, etcd, tmp_path, zone):
    """Keys that others change between the comparison and the transaction are
    left to them, and all else is done; then it can be run again."""
    def meddle():
        etcd.put("/helix/com/example/h7/A", "192.0.2.77")
        etcd.put("/helix/com/example/new/A", "192.0.2.78")
        etcd.delete("/helix/com/example/old/A")
        etcd.put("/helix/com/example/alias/A", "192.0.2.79")
    before = HEAD + "old A 192.0.2.1\nalias A 192.0.2.1\n"
    after = HEAD + "new A 192.0.2.2\nalias CNAME ns\n"
    hosts = "".join(f"h{n} A 192.0.2.{{0}}\n" for n in range(300))
    ctl = Ctl(tmp_path / "ctl", etcd)
    ctl.ok("import", zone(before + hosts.format(1)))
    relay = laboratory.add(Meddler, etcd.port, meddle).start()
    meddled = Ctl(tmp_path / "meddled", relay.url)
    path = zone(after + hosts.format(2))
    said = meddled.found("import", path)
    lost = re.findall(r"key (\S+) was changed by someone else meanwhile",
                      said.err)
    # that the old one is gone already is as it should be
    assert lost == [f"/helix/com/example/{key}" for key in (
        "h7/A", "new/A", "alias/A")], said
    # and the alias, which was not put as its address could not be deleted
    assert "4 keys were left as they are; run it again" in said.err
    assert "300 of 304 changes were made" in said.out
    now = all_keys(etcd)
    assert now["/helix/com/example/h7/A"] == "192.0.2.77"
    assert now["/helix/com/example/new/A"] == "192.0.2.78"
    assert now["/helix/com/example/alias/A"] == "192.0.2.79"
    assert "/helix/com/example/alias/CNAME" not in now
    ctl.ok("import", path)
    assert compiled(zone(ctl.ok("export", ZONE).out, "exported")) == \
        compiled(path)


@pytest.mark.parametrize("mine, others, key", [
    ("w CNAME ns", "w/A", "w/CNAME"),
    ("w CNAME ns", "w/A/one", "w/CNAME"),
    ("w A 192.0.2.1", "w/CNAME", "w/A"),
    ("w A 192.0.2.1", "w/CNAME/one", "w/A")])
def test_conflict_cname(laboratory, etcd, tmp_path, zone, mine, others, key):
    """What others put between the comparison and the transaction is not
    contradicted either: by a CNAME beside other data."""
    def meddle():
        etcd.put(f"/helix/com/example/{others}",
                 "a.example.com." if "CNAME" in others else "192.0.2.2")
    hosts = "".join(f"h{n} A 192.0.2.1\n" for n in range(200))
    relay = laboratory.add(Meddler, etcd.port, meddle).start()
    said = Ctl(tmp_path / "meddled", relay.url).found(
        "import", zone(HEAD + mine + "\n" + hosts))
    assert (f"key /helix/com/example/{key} is not put: someone else has put "
            "other data at its name meanwhile") in said.err
    assert "1 keys were left as they are; run it again" in said.err
    assert "203 of 204 changes were made" in said.out
    now = all_keys(etcd)
    assert f"/helix/com/example/{others}" in now
    assert f"/helix/com/example/{key}" not in now


def test_kill(ctl, etcd, zone):
    """Killed at any moment, it goes on where it was: what is there is not
    written again, and the rest is."""
    records = 20000
    path = zone(large_zone(records))
    total = None
    for kills in range(4):
        process = subprocess.Popen(
            [HELIXCTL, "import", path], cwd=ctl.folder, env=ctl.environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before = etcd.revision()
        # so many transactions later
        wait_for(lambda: etcd.revision() > before + 8 or
                 process.poll() is not None, "it was at work")
        process.kill()
        process.wait()
        if process.returncode == 0:
            break
    assert kills > 0
    said = ctl.ok("import", path)
    same = int(said.lines[-1].split()[0])
    added = int(re.search(r"(\d+) added, 0 changed, 0 removed",
                          said.lines[-1])[1])
    assert same > 128
    total = same + added
    assert total == len(all_keys(etcd))
    assert compiled(zone(ctl.ok("export", ZONE).out, "exported")) == \
        compiled(path)


def test_interrupt(ctl, etcd, zone):
    """Ctrl-C ends it behind a transaction, and it says what it did."""
    path = zone(large_zone(20000))
    process = subprocess.Popen(
        [HELIXCTL, "import", path], cwd=ctl.folder, env=ctl.environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(lambda: etcd.revision() > 3, "it was at work")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 2, err
    found = re.search(rb"interrupted after (\d+) of (\d+) changes; run it "
                      rb"again to go on", err)
    assert found, err
    assert int(found[1]) == len(all_keys(etcd)) < int(found[2])
    assert found[1] + b" of " + found[2] + b" changes were made" in out


def test_etcd_dies(ctl, etcd, zone):
    """When etcd goes away in the midst, it says how far it came."""
    path = zone(large_zone(20000))
    process = subprocess.Popen(
        [HELIXCTL, "import", path], cwd=ctl.folder, env=ctl.environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(lambda: etcd.revision() > 3, "it was at work")
    etcd.kill()
    out, err = process.communicate()
    assert process.returncode == 2, err
    assert re.search(rb"broken off after \d+ of \d+ changes; run it again to "
                     rb"go on", err), err
    assert b"changes were made" in out
    etcd.start()
    ctl.ok("import", path)
    assert compiled(zone(ctl.ok("export", ZONE).out, "exported")) == \
        compiled(path)


def test_too_long(ctl, etcd, zone):
    """What etcd would refuse is said before anything is changed."""
    path = zone(HEAD + "a A 192.0.2.1\n" + "".join(
        f"b TXT {number:06} {200 * 'x'}\n" for number in range(8000)))
    said = ctl.failed("import", path)
    assert re.search(r"the value for b\.example\.com\. TXT would have \d+ "
                     r"octets", said.err), said.err
    assert all_keys(etcd) == {}
    # large values, but not too large, each in a transaction of their own
    path = zone(HEAD + "".join(
        f"b{n} TXT {number:06} {200 * 'x'}\n" for n in range(4)
        for number in range(3000)))
    ctl.ok("import", path)
    assert len(all_keys(etcd)) == 7
    assert ctl.ok("diff", path).out == ""


def test_export(ctl, etcd, zone):
    """What is served is exported: as zone files have it, in canonical order."""
    for key, value in {
            "com/example/z/A": "192.0.2.1",
            "com/example/a/A": '["192.0.2.2", "192.0.2.1"]',
            "com/example/a/A/one": '{"ttl": 3, "rdata": "192.0.2.3"}',
            "com/example/a/a/A": "192.0.2.4",
            "com/example/b/CNAME": "one.example.com.",
            "com/example/b/CNAME/two": "two.example.com.",
            "com/example/c/CNAME/b": "b.example.com.",
            "com/example/c/CNAME/a": "a.example.com.",
            "com/example/d/CNAME": "a.example.com.",
            "com/example/d/TXT": "x",
            "com/example/bad/A": "what?",
            "com/example/*/TXT": "a;b",
            "com/example/deep/A": "192.0.2.99",
            "com/example/x\\.y/A": "192.0.2.5"}.items():
        etcd.put("/helix/" + key, value)
    said = ctl.ok("export", ZONE)
    serial = etcd.revision()
    assert said.lines == [
        "example.com.\t5\tIN\tSOA\texample.com. hostmaster.example.com. "
        f"{serial} 3600 600 86400 5",
        "*.example.com.\t5\tIN\tTXT\t\"a;b\"",
        "a.example.com.\t3\tIN\tA\t192.0.2.1",
        "a.example.com.\t3\tIN\tA\t192.0.2.2",
        "a.example.com.\t3\tIN\tA\t192.0.2.3",
        "a.a.example.com.\t5\tIN\tA\t192.0.2.4",
        "b.example.com.\t5\tIN\tCNAME\tone.example.com.",
        "c.example.com.\t5\tIN\tCNAME\ta.example.com.",
        "d.example.com.\t5\tIN\tTXT\t\"x\"",
        "x\\.y.example.com.\t5\tIN\tA\t192.0.2.5",
        "z.example.com.\t5\tIN\tA\t192.0.2.1"]
    assert "key /helix/com/example/bad/A is left out: " in said.err
    assert "3 keys are left out, because of conflicts" in said.err
    # apex, from helix.yaml and from keys
    ctl.configure([{"name": ZONE, "ns": ["ns1.example.net", "ns2.example.net"],
                    "ttl": 60, "soa": {"mname": "ns1.example.net"}}])
    said = ctl.ok("export", ZONE)
    assert [row[3:5] for row in said.rows[:3]] == [
        ["SOA", "ns1.example.net."], ["NS", "ns1.example.net."],
        ["NS", "ns2.example.net."]]
    etcd.put("/helix/com/example/SOA", "a. b. 77 1 2 3 4")
    assert ctl.ok("export", ZONE).rows[0][4:7] == ["a.", "b.", "77"]


def test_progress(ctl, zone):
    """A bar on a terminal, and lines elsewhere."""
    if sanitizer():
        pytest.skip("how long it takes is not how long it takes")
    path = zone(large_zone(60000))
    said = ctl.on_terminal("import", path)
    assert said.status == 0
    assert re.search(r"\r\[#* *\] \d+ of \d+ keys, \d+/s, \d+ s left", said.out)
    said = ctl.ok("import", zone(path.read_text().replace("$TTL 1h", "$TTL 2h")))
    assert said.err, said
    for line in said.err.splitlines():
        assert re.fullmatch(r"helixctl: \d+ of \d+ keys, \d+ a second, \d+ "
                            r"seconds left", line), said


def test_usage(ctl, zone):
    path = zone(HEAD)
    for words in (["import"], ["import", path, ZONE, "x"], ["diff"],
                  ["export"], ["export", ZONE, ZONE], ["export", "example.net"],
                  ["export", "--json", ZONE], ["import", path, "a..b"]):
        ctl.failed(*words)
    for command in ("import", "diff", "export"):
        assert "usage: helixctl " + command in ctl.ok(command, "--help").out


@pytest.mark.parametrize("api", ["v2"])
def test_v2(laboratory, tmp_path, zone):
    """etcd's v2 API has no transactions, and import says so."""
    etcd = laboratory.etcd()
    path = zone(HEAD + "".join(f"h{n} A 192.0.2.1\n MX 1 h{n}\n"
                               for n in range(200)) +
                "_sip._tcp SRV 1 2 3 h1\n_x._tcp TXT y\n_h CNAME h1\n")
    ctl = Ctl(tmp_path / "ctl", etcd)
    said = ctl.ok("import", path)
    assert "etcd's v2 API has no transactions" in said.err
    # nobody would see these keys
    assert ("key /helix/com/example/_h/CNAME is left out: etcd's v2 API does "
            "not list it") in said.err
    assert "3 keys are left out for this reason" in said.err
    assert len(ctl.ok("export", ZONE).lines) == 403
    ctl = Ctl(tmp_path / "ctl", etcd, etcd={"hidden": [
        "com/example/_tcp/_sip", "com/example/_tcp/_x", "com/example/_h"]})
    said = ctl.ok("import", path)
    assert "403 keys are the same; 3 added" in said.out
    assert compiled(zone(ctl.ok("export", ZONE).out, "exported")) == \
        compiled(path)
    said = ctl.ok("import", path)
    assert said.lines[-1].endswith("; 0 added, 0 changed, 0 removed")
    assert said.err == ""
    ctl.ok("import", zone(HEAD + "a CNAME b\n", "after"))
    ctl.ok("import", zone(HEAD + "a A 192.0.2.1\n", "last"))
    assert [row[3] for row in ctl.ok("export", ZONE).rows] == [
        "SOA", "NS", "A", "A"]
