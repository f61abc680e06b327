"""helixctl list, get, put, del, watch, key and name."""

import concurrent.futures
import json
import re
import subprocess

import pytest

from lab import HELIXCTL, wait_for


def lines(*records):
    """What list says of records, with one tab between each two words."""
    return [re.sub(r" +", "\t", record, count=4) for record in records]


# --- a day's work -----------------------------------------------------------

def test_a_name_is_put_looked_at_changed_and_deleted(etcd, unbound, ctl):
    ctl.ok("put", "www.example.com", "A", "192.0.2.1", "192.0.2.2")
    unbound.wait_for_answer("www.example.com", ["192.0.2.1", "192.0.2.2"])
    assert ctl.ok("get", "www.example.com.").lines == lines(
        "www.example.com. 5 IN A 192.0.2.1",
        "www.example.com. 5 IN A 192.0.2.2")
    # the value is one that an operator could have written
    assert etcd.ctl("get", "/helix/com/example/www/A", "--print-value-only") \
        == '["192.0.2.1", "192.0.2.2"]\n'

    said = ctl.ok("put", "www.example.com", "a", "192.0.2.3", "--ttl", "5m")
    assert [line.split("\t; /helix/com/example/www/A, revision")[0]
            for line in said.lines] == [
        "- www.example.com.\t5\tIN\tA\t192.0.2.1",
        "- www.example.com.\t5\tIN\tA\t192.0.2.2",
        "+ www.example.com.\t300\tIN\tA\t192.0.2.3"]
    unbound.wait_for_answer("www.example.com", ["192.0.2.3"])
    assert unbound.ttl("www.example.com") == 300

    # once more is no change, and costs no revision
    revision = etcd.revision()
    assert ctl.ok("put", "www.example.com", "A", "192.0.2.3", "--ttl",
                  "300").lines[0].startswith("www.example.com.\t300\t")
    assert etcd.revision() == revision

    assert ctl.ok("del", "www.example.com", "A", "--dry-run").lines
    assert etcd.revision() == revision
    assert ctl.ok("del", "www.example.com").lines[0].startswith("- www.")
    unbound.wait_for_answer("www.example.com", "NXDOMAIN")
    assert "etcd has no key of www.example.com." in \
        ctl.found("get", "www.example.com").err
    assert "etcd has no key of www.example.com. A" in \
        ctl.found("del", "www.example.com", "A").err


def test_a_zone_is_listed_as_a_zone_file(etcd, laboratory):
    ctl = laboratory.ctl(etcd, zones=("example.com", "deep.example.com",
                                      "example.net"))
    ctl.ok("put", "example.com", "MX", 10, "mail.example.com")
    ctl.ok("put", "a.example.com", "TXT", "it's; text", "--ttl", 60)
    ctl.ok("put", "b.deep.example.com", "A", "192.0.2.2")
    ctl.ok("put", "c.example.net", "AAAA", "2001:db8::1", "--id", "node-1")
    etcd.put("/helix/com/example/Odd/A", "192.0.2.9")
    etcd.put("/helix/com/Example/away/A", "192.0.2.8")
    etcd.put("/helix/com/example/bad/A", "192.0.2.999")
    etcd.put("/helix/org/example/x/A", "192.0.2.1")
    first = lines("example.com. 5 IN MX 10 mail.example.com.")
    away = lines("away.example.com. 5 IN A 192.0.2.8")
    odd = lines("odd.example.com. 5 IN A 192.0.2.9")
    a = ['a.example.com.\t60\tIN\tTXT\t"it\'s; text"']
    b = lines("b.deep.example.com. 5 IN A 192.0.2.2")
    bad = [line for line in ctl.ok("list", "example.com").lines
           if line.startswith("; key /helix/com/example/bad/A (revision ")]
    assert len(bad) == 1 and "is not an IPv4 address" in bad[0]
    # whatever is spelled otherwise comes, too, and no other zone's names
    assert ctl.ok("list", "example.com").lines == \
        away + first + odd + a + bad
    assert ctl.ok("list", "deep.example.com").lines == b
    assert ctl.ok("list", "ODD.example.com.").lines == odd
    whole = ctl.ok("list").lines
    assert len(whole) == 8
    assert whole[-1].startswith("; key /helix/org/example/x/A (revision ")
    assert whole[-1].endswith(" is in none of the zones")
    # with -l, it is a zone file all the same
    more = ctl.ok("list", "-l", "example.net").lines
    assert re.fullmatch(r"c\.example\.net\.\t5\tIN\tAAAA\t2001:db8::1\t; "
                        r"/helix/net/example/c/AAAA/node-1, revision \d+",
                        more[0])
    zone = ctl.folder / "zone"
    zone.write_text("$ORIGIN example.com.\n@ 5 IN SOA a b 1 2 3 4 5\n"
                    "@ 5 IN NS ns.example.org.\n" +
                    ctl.ok("list", "-l", "example.com").out)
    subprocess.run(["named-checkzone", "-i", "none", "-k", "ignore",
                    "example.com", zone], check=True, capture_output=True)


def test_what_a_program_reads(ctl, etcd):
    assert ctl.ok("list", "--json").json() == []
    put = ctl.ok("put", "x.example.com", "SRV", "10 60 5060 sip.example.com",
                 "--id", "n1", "--json").json()
    revision = etcd.revision()
    assert put == {
        "action": "put", "name": "x.example.com.", "type": "SRV", "id": "n1",
        "ttl": 5, "records": ["10 60 5060 sip.example.com."],
        "key": "/helix/com/example/x/SRV/n1", "revision": revision}
    etcd.put("/helix/com/example/y/A", "none")
    one, bad = ctl.ok("list", "--json").json()
    assert one == {k: v for k, v in put.items() if k != "action"}
    assert bad["value"] == "none" and "IPv4 address" in bad["bad"]
    assert ctl.ok("get", "x.example.com", "--json").json() == [one]
    assert ctl.found("get", "z.example.com", "--json").json() == []
    gone = ctl.ok("del", "x.example.com", "--json").json()
    assert gone == {**one, "action": "delete"}


RECORDS = ["list", "get", "put", "del", "watch", "key", "name"]


def test_each_command_says_what_it_is_for(ctl):
    said = ctl.ok("--help").out
    names = re.findall(r"^  ([a-z]+) ", said, re.M)
    assert set(RECORDS) <= set(names)
    for name in names:
        for words in (name, "--help"), (name, "-h"), ("help", name):
            said = ctl.ok(*words).out
            assert said.startswith(f"usage: helixctl {name} [OPTION...]")
            assert "--config FILE" in said
            assert all(len(line) < 80 for line in said.splitlines()), said
    assert ctl.ok("help", "--help").out == ctl.ok("--help").out
    assert re.fullmatch(r"helixctl \d\S*\n", ctl.ok("--version").out)


@pytest.mark.parametrize("words, why", [
    ((), "usage: helixctl"),
    (("fly",), "there is no command fly"),
    (("help", "fly"), "there is no command fly"),
    (("list", "--fly"), "`helixctl list --help` lists the options"),
    (("list", "a", "b"), "list: too many arguments"),
    (("get",), "get: too few arguments; expected NAME [TYPE]"),
    (("get", "a..b"), '"a..b" is no name: '),
    (("get", "m\u00fcller.example.com"),
     '"m\\195\\188ller.example.com" is no name: it is not ASCII'),
    (("get", "a b.example.com"), "it has a space or a control character"),
    (("get", "a.example.com", "FOO"), '"FOO" is no type'),
    (("get", "a.example.com", "ANY"), "only queries have the type ANY"),
    (("put", "a.example.com", "A"), "put: too few arguments"),
    (("put", "a.example.com", "A", "192.0.2.1", "--ttl", "x"),
     '--ttl: "x" is not a duration'),
    (("put", "a.example.com", "A", "192.0.2.1", "--ttl", "2147483648"),
     '--ttl: "2147483648" is not a duration from 0 to 2147483647 seconds'),
    (("put", "a.example.com", "A", "192.0.2.1", "--for", "0"),
     '--for: "0" is not a duration'),
    (("put", "a.example.com", "A", "192.0.2.1", "--lease", "xyz"),
     "--lease: expected the id of a lease in hexadecimal"),
    (("put", "a.example.com", "A", "192.0.2.1", "--lease", "1", "--for", "9"),
     "--lease and --for: only one of them"),
    (("put", "a.example.com", "A", "192.0.2.1", "--id", "a/b"),
     "--id: expected printable ASCII without spaces and '/'"),
    (("put", "a.example.com", "A", "192.0.2.1", "--id", ""),
     "--id: it is empty"),
    (("put", "a.example.com", "A", "192.0.2.1", "--id", "MX"),
     "an id must not be the name of a type"),
    (("del", "a.example.com", "--id", "x"), "--id: of which type?"),
    (("--config", "/none", "list"),
     "there is no /none; name another helix.yaml by --config or HELIX_CONF"),
    (("--prefix", "no", "list"), "no"),
    (("--endpoints", "nowhere", "list"), "nowhere"),
    (("--password-file", "/none", "list"), "--password-file: whose?"),
])
def test_wrong_usage_is_told_of(ctl, words, why):
    said = ctl(*words)
    assert said.status == 2 and why in said.err, said
    assert not said.out


# --- what is refused --------------------------------------------------------

REFUSED = [
    ("x.example.com A 192.0.2", '"192.0.2" is not an IPv4 address', False),
    ("x.example.com A 192.0.2.1 foo", '"foo" is not an IPv4', False),
    ("x.example.com MX mail.example.com", "expected preference and host",
     False),
    ("x.example.com RRSIG x", "such a key is not served: its type is one "
     "that only a signer makes", False),
    ("x.example.com OPT x", "only queries have the type OPT", False),
    ("*.example.com NS ns.example.com", "NS or DNAME at a wildcard", False),
    ("x.example.org A 192.0.2.1", "x.example.org. is in none of the zones",
     True),
    ("example.com DS 1 13 2 " + 64 * "0", "the DS of a zone's apex belongs "
     "to the zone above", True),
    ("example.com CNAME x.example.net", "a zone's apex has an SOA", True),
    ("x.example.com SOA a b 1 2 3 4 5", "an SOA belongs at a zone's apex",
     True),
]


@pytest.mark.parametrize("words, why, forced", REFUSED)
def test_what_would_not_be_served_is_not_put(etcd, ctl, words, why, forced):
    revision = etcd.revision()
    assert why in ctl.failed("put", *words.split()).err
    assert etcd.revision() == revision
    said = ctl("put", "--force", *words.split())
    assert said.status == (0 if forced else 2), said
    assert (etcd.revision() > revision) == forced
    if forced:
        assert f"warning: {why}" in said.err


CONTRADICTIONS = [
    # what is there, what is put, and the key that is named
    ("www/A", "192.0.2.1", "www CNAME x.example.com", "www/A"),
    ("www/A/node-1", "192.0.2.1", "www CNAME x.example.com", "www/A/node-1"),
    ("www/CNAME", "x.example.com", "www A 192.0.2.1", "www/CNAME"),
    ("www/CNAME/id", "x.example.com", "www TXT text", "www/CNAME/id"),
    ("www/TYPE5", "x.example.com", "www A 192.0.2.1", "www/TYPE5"),
    ("www/CNAME", "x.example.com", "www CNAME y.example.com --id two",
     "www/CNAME"),
    ("WWW/CNAME", "x.example.com", "www A 192.0.2.1", "WWW/CNAME"),
    ("wWw/CNAME", "x.example.com", "www A 192.0.2.1", "wWw/CNAME"),
    (r"w\119w/CNAME", "x.example.com", "www A 192.0.2.1", "w\\119w/CNAME"),
    (r"\119ww/CNAME", "x.example.com", "www A 192.0.2.1", "\\119ww/CNAME"),
    (r"a\046b/CNAME", "x.example.com", r"a\.b A 192.0.2.1",
     "a\\046b/CNAME"),
    ("www/DNAME", "example.net", "www DNAME example.org --id b",
     "www/DNAME"),
]


@pytest.mark.parametrize("key, value, words, named", CONTRADICTIONS)
def test_what_contradicts_another_key_is_not_put(etcd, ctl, key, value, words,
                                                 named):
    etcd.put(f"/helix/com/example/{key}", value)
    name, *rest = words.split()
    revision = etcd.revision()
    said = ctl.failed("put", f"{name}.example.com", *rest)
    assert f", by key /helix/com/example/{named}; --force" in said.err
    assert etcd.revision() == revision
    said = ctl.ok("put", f"{name}.example.com", *rest, "--force")
    assert f"by key /helix/com/example/{named}\n" in said.err
    assert etcd.revision() == revision + 1


HIDDEN = [
    # what is there, and what is put; and whether it would be served
    ("sub/NS", "ns.example.net", "x.sub.example.com MX 10 m.example.net",
     False),
    ("sub/NS/a", "ns.example.net", "y.x.sub.example.com TXT text", False),
    ("sub/NS", "ns.example.net", "sub.example.com TXT text", False),
    ("sub/NS", "ns.example.net", "sub.example.com NS ns2.example.net", True),
    ("sub/NS", "ns.example.net", "sub.example.com DS 1 13 2 " + 64 * "0",
     True),
    ("sub/NS", "ns.example.net", "ns.sub.example.com A 192.0.2.1", True),
    ("sub/NS", "ns.example.net", "notsub.example.com MX 10 m.example.net",
     True),
    ("sub/NS", "bad..name", "x.sub.example.com MX 10 m.example.com", True),
    ("sub/DNAME", "example.net", "x.sub.example.com A 192.0.2.1", False),
    ("sub/DNAME", "example.net", "sub.example.com A 192.0.2.1", True),
    ("DNAME", "example.net", "x.example.com A 192.0.2.1", False),
    ("NS", "ns.example.net", "x.example.com MX 10 m.example.com", True),
    ("NS", "ns.example.net", "example.com MX 10 m.example.com", True),
]


@pytest.mark.parametrize("key, value, words, served", HIDDEN)
def test_what_a_delegation_hides_is_not_put(etcd, ctl, key, value, words,
                                            served):
    etcd.put(f"/helix/com/example/{key}", value)
    if served:
        assert not ctl.ok("put", *words.split()).err
        return
    said = ctl.failed("put", *words.split())
    rdtype = key.split("/")[key.startswith("sub/")]
    assert f"it would not be served, because of the {rdtype} of key " \
        f"/helix/com/example/{key}; --force" in said.err
    assert "warning: it would not" in ctl.ok("put", "--force",
                                             *words.split()).err


def test_what_does_not_contradict_is_put(etcd, ctl):
    etcd.put("/helix/com/example/www/x/CNAME", "x.example.com")
    etcd.put("/helix/com/example/www2/CNAME", "x.example.com")
    etcd.put("/helix/com/example/WWW/A", "192.0.2.7")
    # it is bad, and so not there
    etcd.put("/helix/com/example/www/CNAME", "x..example.com")
    ctl.ok("put", "www.example.com", "A", "192.0.2.1")
    ctl.ok("put", "www.example.com", "A", "192.0.2.2", "--id", "two")
    # the same again is no other
    ctl.ok("put", "alias.example.com", "CNAME", "x.example.com")
    ctl.ok("put", "alias.example.com", "CNAME", "X.example.com.", "--id",
           "b", "--force")
    ctl.ok("put", "alias2.example.com", "CNAME", "x.example.com")
    ctl.ok("put", "alias2.example.com", "CNAME", "x.example.com", "--id",
           "b")


@pytest.mark.parametrize("words, value", [
    ("TXT|plain text", "plain text"),
    ("TXT|v=DMARC1; p=none", "v=DMARC1; p=none"),
    ('TXT|"one" "two"', '"one" "two"'),
    ('TXT|"[x]"', '"[x]"'),
    ("A|192.0.2.1|192.0.2.2", '["192.0.2.1", "192.0.2.2"]'),
    ("MX|10|mail.example.com", "10 mail.example.com."),
    ("--ttl|1h|MX|10|mail.example.com",
     '{"ttl": 3600, "rdata": "10 mail.example.com."}'),
    ('A|["192.0.2.1", "192.0.2.2"]', '["192.0.2.1", "192.0.2.2"]'),
    ('A|{"ttl": 7, "rdata": ["192.0.2.1"]}',
     '{"ttl": 7, "rdata": "192.0.2.1"}'),
    ('SRV|[{"Priority":1,"Weight":2,"Port":3,"Target":"a.example.com."}]',
     "1 2 3 a.example.com."),
    (r"A|\#|4|c0000201", "192.0.2.1"),
    (r"TYPE65280|\# 2 abcd", r"\# 2 abcd"),
    ("LOC|52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m",
     "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m "
     "10.00m"),
])
def test_values_are_written_as_they_are_read(etcd, ctl, words, value):
    words = words.split("|")
    # what begins with a '-' may be an altitude
    if words[0] == "LOC":
        words = ["LOC", "--", *words[1].split()]
    ctl.ok("put", "v.example.com", *words)
    assert etcd.ctl("get", "--prefix", "/helix/com/example/v/",
                    "--print-value-only") == value + "\n"


# --- several at once --------------------------------------------------------

def at_once(*calls):
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [f.result() for f in [pool.submit(c) for c in calls]]


def test_of_two_puts_that_contradict_one_wins(etcd, ctl):
    for number in range(12):
        name = f"n{number}.example.com"
        said = at_once(
            lambda: ctl("put", name, "A", "192.0.2.1"),
            lambda: ctl("put", name, "CNAME", "x.example.com"),
            lambda: ctl("put", name.upper(), "CNAME", "y.example.com",
                        "--id", "b"))
        won = [s for s in said if s.status == 0]
        assert len(won) == 1, said
        assert all("by key /helix/com/example/n" in s.err for s in said
                   if s.status), said
        assert len(ctl.ok("get", name).lines) == 1


def test_of_puts_that_do_not_contradict_none_is_lost(etcd, ctl):
    said = at_once(*[
        lambda n=n: ctl("put", "all.example.com", "A", f"192.0.2.{n}", "--id",
                        f"node-{n}") for n in range(8)])
    assert all(s.status == 0 for s in said), said
    assert len(ctl.ok("get", "all.example.com").lines) == 8
    # of one key, each put replaces what it says that it replaces
    said = at_once(*[
        lambda n=n: ctl("put", "one.example.com", "A", f"192.0.2.{n}")
        for n in range(6)])
    assert all(s.status == 0 for s in said), said
    put = sorted(re.findall(r"^\+ .*A\t(\S+)", s.out, re.M)[0] for s in said)
    replaced = sorted(a for s in said
                      for a in re.findall(r"^- .*A\t(\S+)", s.out, re.M))
    left = ctl.ok("get", "one.example.com").rows[0][-1]
    assert len(put) == 6 and sorted([*replaced, left]) == put, said


def test_more_keys_than_fit_into_a_page_or_a_transaction(etcd, ctl):
    etcd.put_many((f"/helix/com/example/many/A/{n:05}", "192.0.2.1")
                  for n in range(2500))
    etcd.put_many((f"/helix/com/example/Many/A/{n:05}", "192.0.2.2")
                  for n in range(1200))
    etcd.put("/helix/com/example/many/x/A", "192.0.2.3")
    assert len(ctl.ok("get", "many.example.com").lines) == 3700
    assert len(ctl.ok("list").lines) == 3701
    ctl.ok("del", "many.example.com", "--dry-run")
    revision = etcd.revision()
    assert len(ctl.ok("del", "many.example.com").lines) == 3700
    # 128 in a transaction
    assert etcd.revision() == revision + 29
    assert [row[0] for row in ctl.ok("list").rows] == ["x.many.example.com."]


def test_one_of_several_keys_is_deleted(etcd, ctl):
    for name in "web/A", "web/A/one", "web/A/two", "web/TXT", "Web/A/three":
        etcd.put(f"/helix/com/example/{name}", '"192.0.2.1"'
                 if name.endswith("TXT") else "192.0.2.1")
    etcd.put("/helix/com/example/web/MX", "bad")
    assert len(ctl.ok("del", "web.example.com", "A", "--id", "one").lines) == 1
    assert len(ctl.ok("del", "web.example.com", "A", "--id", "").lines) == 1
    left = etcd.ctl("get", "--prefix", "/helix", "--keys-only").split()
    assert left == [f"/helix/com/example/{name}" for name in (
        "Web/A/three", "web/A/two", "web/MX", "web/TXT")]
    assert "with this id" in ctl.found("del", "web.example.com", "A", "--id",
                                       "four").err
    assert len(ctl.ok("del", "web.example.com", "A").lines) == 2
    assert len(ctl.ok("del", "web.example.com").lines) == 2
    assert not etcd.ctl("get", "--prefix", "/helix", "--keys-only")


# --- leases -----------------------------------------------------------------

def test_a_record_for_some_time_only(etcd, unbound, ctl):
    said = ctl.ok("put", "soon.example.com", "A", "192.0.2.1", "--for", "2s")
    lease = re.search(", lease ([0-9a-f]+)$", said.out.rstrip())[1]
    assert lease in etcd.ctl("lease", "list")
    unbound.wait_for_answer("soon.example.com", ["192.0.2.1"])
    assert ctl.ok("get", "-l", "soon.example.com").out.rstrip().endswith(
        f"lease {lease}")
    unbound.wait_for_answer("soon.example.com", "NXDOMAIN")
    ctl.found("get", "soon.example.com")


def test_a_lease_that_somebody_else_keeps_alive(etcd, ctl):
    lease = etcd.ctl("lease", "grant", "600").split()[1]
    said = ctl.ok("put", "x.example.com", "A", "192.0.2.1", "--lease", lease,
                  "--json").json()
    assert said["lease"] == lease
    assert "attached keys([/helix/com/example/x/A])" in etcd.ctl(
        "lease", "timetolive", lease, "--keys")
    assert ctl.ok("put", "x.example.com", "A", "192.0.2.1", "--lease", lease,
                  "--json").json()["action"] == "unchanged"
    said = ctl.ok("put", "x.example.com", "A", "192.0.2.2")
    assert "warning: the key had a lease, and now stays without one" \
        in said.err
    said = ctl.failed("put", "x.example.com", "A", "192.0.2.3", "--lease",
                      "1234")
    assert "requested lease not found" in said.err


def test_a_lease_is_written_as_etcdctl_writes_it(etcd, ctl):
    etcd.gateway("/v3/lease/grant", {"TTL": 600, "ID": 255})
    lease = etcd.ctl("lease", "list").split()[-1]
    said = ctl.ok("put", "x.example.com", "A", "192.0.2.1", "--lease", "ff")
    assert said.out.rstrip().endswith(f", lease {lease}")
    listed, = ctl.ok("get", "-l", "x.example.com", "--json").json()
    assert listed["lease"] == lease


def test_a_put_that_is_refused_leaves_no_lease(etcd, ctl):
    etcd.put("/helix/com/example/x/CNAME", "y.example.com")
    ctl.failed("put", "x.example.com", "A", "192.0.2.1", "--for", "1h")
    ctl.ok("put", "y.example.com", "A", "192.0.2.1", "--for", "1h",
           "--dry-run")
    assert "found 0 leases" in etcd.ctl("lease", "list")


# --- what whoever writes to etcd wants of the terminal ----------------------

HOSTILE = "\x1b]0;owned\x07\x1b[2J\u009b31m\r\n\x00\x7f"


def printable(said):
    return all(32 <= ord(c) < 127 or c in "\n\t" for c in said.out + said.err)


def test_control_characters_never_reach_the_terminal(etcd, ctl):
    text = HOSTILE.replace("\x00", "")
    pairs = [(f"com/example/{text}/A", "192.0.2.1"),
             ("com/example/a/TXT", HOSTILE),
             ("com/example/b/A", HOSTILE),
             (f"com/example/c/A/{HOSTILE}", "192.0.2.1"),
             (f"com/example/d/{HOSTILE}", "192.0.2.1"),
             (f"org/{text}/A", "192.0.2.1"),
             (HOSTILE, HOSTILE)]
    for key, value in pairs:
        etcd.put_many([(f"/helix/{key}", value)])
    for words in (["list"], ["list", "-l"], ["list", "--json"],
                  ["list", "example.com"], ["get", "a.example.com"],
                  ["get", "c.example.com", "-l"],
                  ["get", "c.example.com", "--json"],
                  ["put", "b.example.com", "CNAME", "x.example.com"],
                  ["del", "c.example.com"], ["del", "b.example.com"]):
        said = ctl(*words)
        assert printable(said), said
        assert said.out, said
    shown = ctl.ok("list", "--json").json()
    assert f"/helix/com/example/d/{HOSTILE}" in [row["key"] for row in shown]
    watcher = ctl.watcher("watch").start()
    watcher.wait_for_log("following etcd")
    etcd.put_many([(f"/helix/com/example/e/A/{HOSTILE}", "192.0.2.1")])
    watcher.wait_for_log(r"\+ e.example.com.\t5\tIN\tA\t192.0.2.1")
    assert watcher.interrupt() == 0
    assert all(32 <= ord(c) < 127 or c in "\n\t" for c in watcher.log())


def test_octets_that_are_no_text_stay_within_json(etcd, ctl):
    etcd.gateway("/v3/kv/put", {"key": "L2hlbGl4L2NvbS9leGFtcGxlL3gvQf/A",
                                "value": "/8CA"})
    said = ctl.ok("list", "--json")
    row, = said.json()
    assert row["value"] == 3 * "\ufffd"
    assert printable(said)


# --- the output -------------------------------------------------------------

def test_colours_are_for_terminals(etcd, ctl):
    ctl.ok("put", "www.example.com", "A", "192.0.2.1")
    words = "put", "www.example.com", "A", "192.0.2.2"
    assert "\x1b[32m+ " in ctl.on_terminal(*words).out
    assert "\x1b[" not in ctl.on_terminal("list", "-l",
                                          env={"NO_COLOR": "1"}).out
    assert "\x1b[2m; /helix" in ctl.on_terminal("list", "-l",
                                                env={"NO_COLOR": ""}).out
    assert "\x1b" not in ctl.ok("list", "-l").out


def test_a_full_disk_is_told_of(etcd, ctl):
    ctl.ok("put", "www.example.com", "A", "192.0.2.1")
    for words in (["list"], ["get", "www.example.com"], ["list", "--json"],
                  ["--help"], ["key", "www.example.com", "A"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([HELIXCTL, *words], stdout=full,
                                  stderr=subprocess.PIPE, text=True,
                                  env=ctl.environment(), check=False)
        assert done.returncode == 2, words
        assert done.stderr == "helixctl: cannot write to standard output: " \
            "No space left on device\n", words


def test_a_full_disk_hides_no_change(etcd, ctl):
    """Who is not shown a change is told that it was made."""
    def full(*words):
        with open("/dev/full", "wb") as disk:
            return subprocess.run([HELIXCTL, *words], stdout=disk,
                                  stderr=subprocess.PIPE, text=True,
                                  env=ctl.environment(), check=False)
    for words in (["put", "www.example.com", "A", "192.0.2.1"],
                  ["del", "www.example.com"]):
        done = full(*words)
        assert done.returncode == 1, words
        assert done.stderr == "helixctl: cannot write to standard output: " \
            "No space left on device; what was asked for was done\n", words
    assert etcd.ctl("get", "", "--prefix") == ""
    # and what would be changed is not changed unseen
    zone = ctl.folder / "full.zone"
    zone.write_text("$TTL 1\n@ SOA a b 1 2 3 4 5\n@ NS ns\n")
    done = full("import", zone, "example.com")
    assert done.returncode == 2
    assert done.stderr == "helixctl: the difference cannot be shown, and " \
        "nothing was changed\nhelixctl: cannot write to standard output: " \
        "No space left on device\n"
    assert etcd.ctl("get", "", "--prefix") == ""


def test_a_reader_that_has_enough_is_no_error_to_tell_of(etcd, ctl):
    etcd.put_many((f"/helix/com/example/n{n}/A", "192.0.2.1")
                  for n in range(5000))
    done = subprocess.run(
        ["sh", "-c", f"'{HELIXCTL}' list | head -n 1"], text=True,
        capture_output=True, env=ctl.environment(), check=True)
    assert done.stdout == "n0.example.com.\t5\tIN\tA\t192.0.2.1\n"
    assert done.stderr == ""


# --- watching ---------------------------------------------------------------

def test_changes_are_shown_as_they_come(etcd, ctl):
    etcd.put("/helix/com/example/old/A", "192.0.2.1")
    watcher = ctl.watcher("watch", "example.com").start()
    watcher.wait_for_log("helixctl: following etcd .*: 1 keys of revision ")
    ctl.ok("put", "www.example.com", "A", "192.0.2.1")
    watcher.wait_for_log(r"\n\+ www.example.com.\t5\tIN\tA\t192.0.2.1\t; "
                         r"/helix/com/example/www/A, revision \d+\n")
    ctl.ok("put", "www.example.com", "A", "192.0.2.2")
    watcher.wait_for_log(r"\n- www.example.com.\t5\tIN\tA\t192.0.2.1\t.*\n"
                         r"\+ www.example.com.\t5\tIN\tA\t192.0.2.2\t")
    etcd.put("/helix/net/example/www/A", "192.0.2.3")
    etcd.delete("/helix/com/example/old/A")
    # what it deleted, it knows from before
    watcher.wait_for_log(r"\n- old.example.com.\t5\tIN\tA\t192.0.2.1\t; "
                         r"/helix/com/example/old/A, revision \d+\n")
    etcd.put("/helix/com/example/bad/A", "x")
    watcher.wait_for_log(r'\n\+ ; key /helix/com/example/bad/A \(revision '
                         r'\d+\) is bad: "x" is not an IPv4 address')
    assert watcher.interrupt() == 0
    assert "192.0.2.3" not in watcher.log()


def test_what_changed_during_an_outage_is_shown_after_it(etcd, ctl):
    etcd.put("/helix/com/example/kept/A", "192.0.2.1")
    etcd.put("/helix/com/example/gone/A", "192.0.2.2")
    watcher = ctl.watcher("watch", "--json").start()
    watcher.wait_for_log("following etcd .*: 2 keys")
    etcd.stop()
    watcher.wait_for_log("lost etcd")
    # in its absence, from its own point of view: nobody sees these events
    watcher.pause()
    etcd.start()
    etcd.delete("/helix/com/example/gone/A")
    etcd.put("/helix/com/example/new/A", "192.0.2.3")
    etcd.forget_history()
    watcher.resume()
    watcher.wait_for_log('"action": "put".*/helix/com/example/new/A')
    watcher.wait_for_log('"action": "delete".*/helix/com/example/gone/A')
    watcher.signal(15)
    assert watcher.process.wait() == 0
    watcher.process = None
    rows = [json.loads(line) for line in watcher.log().splitlines()
            if line.startswith("{")]
    assert sorted((row["action"], row["name"]) for row in rows) == [
        ("delete", "gone.example.com."), ("put", "new.example.com.")]


def test_a_watch_ends_when_nobody_reads_it(etcd, ctl):
    with subprocess.Popen([HELIXCTL, "watch"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True,
                          env=ctl.environment()) as watch:
        assert "following etcd" in watch.stderr.readline()
        watch.stdout.close()
        ended = iter(range(10 ** 6))

        def changed_and_ended():
            etcd.put("/helix/com/example/x/A", f"192.0.2.{next(ended) % 99}")
            return watch.poll() is not None
        wait_for(changed_and_ended, "it ended")
        assert watch.stderr.read() == ""


# --- keys and names ---------------------------------------------------------

PAIRS = [
    ("www.example.com", "A", "com/example/www/A"),
    ("example.com.", "SOA", "com/example/SOA"),
    ("WWW.Example.COM", "aaaa", "com/example/www/AAAA"),
    ("*.example.com", "TXT", "com/example/*/TXT"),
    ("_sip._tcp.example.com", "SRV", "com/example/_tcp/_sip/SRV"),
    (r"a\.b.example.com", "A", r"com/example/a\.b/A"),
    (r"a\047b.example.com", "A", r"com/example/a\047b/A"),
    (r"a\\b.example.com", "A", r"com/example/a\\b/A"),
    (r"a\032b.example.com", "A", r"com/example/a\032b/A"),
    (r"\@.example.com", "A", r"com/example/\@/A"),
    (r"\195\164.example.com", "A", r"com/example/\195\164/A"),
    ("x.example.com", "TYPE65280", "com/example/x/TYPE65280"),
    ("x.example.com", "TYPE1", "com/example/x/A"),
]


def test_the_key_of_a_name_and_the_name_of_a_key(ctl):
    for name, rdtype, path in PAIRS:
        assert ctl.ok("key", name, rdtype).out == f"/helix/{path}\n"
        for key in path, f"/helix/{path}":
            said = ctl.ok("name", key)
            # and back
            again = ctl.ok("key", *said.out.split()).out
            assert again == f"/helix/{path}\n"
            assert not said.err, said
    assert ctl.ok("key", "www.example.com", "A", "--id", "node-1").out == \
        "/helix/com/example/www/A/node-1\n"
    assert ctl.ok("name", "/helix/com/example/www/A/node-1").out == \
        "www.example.com.\tA\tnode-1\n"
    assert ctl.ok("name", "com/example/www/A/x", "--json").json() == {
        "key": "/helix/com/example/www/A/x", "name": "www.example.com.",
        "type": "A", "id": "x"}
    assert ctl.ok("--prefix", "/dns", "key", "x.example.com", "A").out == \
        "/dns/com/example/x/A\n"


def test_keys_that_are_not_served(ctl):
    assert "in none of the zones" in ctl.found("key", "example.org", "A").err
    assert "in none of the zones" in ctl.found("name", "org/example/A").err
    assert "only a signer makes" in \
        ctl.found("key", "x.example.com", "RRSIG").err
    said = ctl.found("name", "/helix/com/example/www")
    assert "neither its last segment nor the one before it" in said.err
    assert not said.out
    assert "a segment is empty" in ctl.found("name", "com//A").err
    # a label that is the name of a type
    assert "its last two segments are types" in \
        ctl.ok("name", "com/example/MX/A").err
