"""Records of all types: what an operator puts with etcdctl, real dig shows."""

import json
import re
import subprocess

import pytest

import lab

DIGEST = "0123456789ABCDEF" * 4
# dig parts what is long
SHA256 = f"{DIGEST[:56]} {DIGEST[56:]}"

# Where it is put, the value, and what dig shows of it: the same, if that is
# not said.
RECORDS = [
    ("a", "A", "192.0.2.1", None),
    ("aaaa", "AAAA", "2001:db8::1", None),
    ("cname", "CNAME", "WWW.Example.NET", "WWW.Example.NET."),
    ("dname", "DNAME", "example.net.", None),
    ("", "NS", "ns1.example.net", "ns1.example.net."),
    ("", "SOA", "ns1.example.net hostmaster.example.net (\n"
     "\t7\n\t1h 10m\r\n\t1d 5 )",
     "ns1.example.net. hostmaster.example.net. 7 3600 600 86400 5"),
    ("mx", "MX", "10 mail.example.com", "10 mail.example.com."),
    ("_sip._tcp", "SRV", "10 60 5060 big.example.com.", None),
    ("ptr", "PTR", "host.example.com.", None),
    ("txt", "TXT", 'v=spf1 (a) \\ -all', '"v=spf1 (a) \\\\ -all"'),
    ("escaped", "TXT", 'v=DKIM1\\; \\"a\\"', '"v=DKIM1; \\"a\\""'),
    ("parentheses", "TXT", '( "one"\n\t"two" )', '"one" "two"'),
    ("strings", "TXT", '"one" "t\\119o"', '"one" "two"'),
    ("brackets", "TXT", '"[x]"', None),
    ("long", "TXT", "x" * 300, f'"{"x" * 255}" "{"x" * 45}"'),
    ("spf", "SPF", "v=spf1 -all", '"v=spf1 -all"'),
    ("caa", "CAA", '0 issue "ca.example.net; policy=ev"', None),
    ("_443._tcp", "TLSA", f"3 1 1 {DIGEST}", f"3 1 1 {SHA256}"),
    ("sshfp", "SSHFP", f"4 2 {DIGEST}", f"4 2 {SHA256}"),
    ("naptr", "NAPTR", '100 10 "S" "SIP+D2U" "!^.*$!sip:x@example.com!" .',
     None),
    ("https", "HTTPS", "1 . port=8443 alpn=h2,h3 ipv4hint=192.0.2.1",
     '1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.1'),
    ("svcb", "SVCB", "1 dns.example.com alpn=dot",
     '1 dns.example.com. alpn="dot"'),
    ("ds", "DS", f"12345 13 2 {DIGEST}", f"12345 13 2 {SHA256}"),
    ("hinfo", "HINFO", "PC 'x'", "\"PC\" \"'x'\""),
    ("loc", "LOC", "51 30 12.748 N 0 7 39.612 W 0m",
     "51 30 12.748 N 0 7 39.612 W 0.00m 1m 10000m 10m"),
    ("uri", "URI", '10 1 "ftp://ftp.example.com/"', None),
    ("rp", "RP", "admin.example.com. txt.example.com.", None),
    ("apl", "APL", "1:192.0.2.0/24 !2:2001:db8::/32", None),
    ("cert", "CERT", "PGP 0 0 AQID", "PGP 0 0 AQID"),
    ("eui48", "EUI48", "00-00-5e-00-53-2a", None),
    ("csync", "CSYNC", "66 3 NS A AAAA", "66 3 A NS AAAA"),
    ("hip", "HIP", "2 200100107B1A74DF AwEAAQ== rvs.example.com.", None),
    ("number", "TYPE65280", "\\# 3 0A0b0c", "\\# 3 0A0B0C"),
    ("empty", "TYPE65281", "\\# 0", None),
    ("generic", "MX", "\\# 5 000a014100", "10 A."),
    ("bynumber", "TYPE15", "10 a.", "10 a."),
    ("wks", "WKS", "192.0.2.1 tcp 25 80", "192.0.2.1 6 25 80"),
    ("atma", "ATMA", "+4930", None),
    ("a6", "A6", "64 ::1 a.example.com", "64 ::1 a.example.com."),
    ("sink", "SINK", "1 2 3 AQID", None),
    ("ninfo", "NINFO", '"a" b', '"a" "b"'),
    ("rkey", "RKEY", "0 3 8 AQID", None),
    ("talink", "TALINK", "a. b.", None),
    ("cds", "CDS", "0 0 0 0", "0 0 0 00"),
    ("cdnskey", "CDNSKEY", "0 3 0 0", "0 3 0 AA=="),
    ("dsync", "DSYNC", "CDS 1 5359 a.", "CDS NOTIFY 5359 a."),
    ("hhit", "HHIT", "AQID", None),
    ("brid", "BRID", "AQID", None),
    ("avc", "AVC", '"a"', None),
    ("doa", "DOA", '0 1 2 "text/plain" AQID', None),
    ("amtrelay", "AMTRELAY", "10 0 3 relay.example.com.", None),
    ("resinfo", "RESINFO", '"qnamemin" "exterr=15-17"', None),
    ("wallet", "WALLET", '"BTC" "x"', None),
    # dig has no names for these
    ("cla", "CLA", '"TCP-v4-v6"', "\\# 10 095443502D76342D7636"),
    ("ipn", "IPN", "1.2", "\\# 8 0000000100000002"),
    ("ta", "TA", f"1 8 2 {DIGEST}", f"1 8 2 {SHA256}"),
    ("groups", "HTTPS", "1 . tls-supported-groups=29,23",
     '1 . key9="\\000\\029\\000\\023"'),
]
# what dig does not know by name
ASKED = {"CLA": "TYPE263", "IPN": "TYPE264"}
# what BIND 9.18 does not read, by type or owner
BIND_REFUSES = {"CLA", "IPN", "CDS", "CDNSKEY", "groups"}


def key_of(name, rdtype):
    labels = ["com", "example", *reversed(name.split("."))]
    return "/".join(["/helix", *filter(None, labels), rdtype])


def dig(unbound, name, rdtype, *options):
    name = ".".join(filter(None, [name, "example.com."]))
    return subprocess.run(
        ["dig", "@127.0.0.1", "-p", str(unbound.port), name, rdtype,
         "+noall", "+answer", "+comments", *options], text=True, check=True,
        capture_output=True, timeout=lab.DEADLINE).stdout


def records(unbound, name, rdtype, *options):
    """The rdata that dig shows of the records of a type, as it is sorted."""
    shown = dig(unbound, name, ASKED.get(rdtype, rdtype), *options)
    # what is no record dig can read makes it warn, or give up
    assert "WARNING" not in shown and "status: " in shown, shown
    return [line.split(None, 4)[4] for line in shown.splitlines()
            if line and line[0] != ";"]


def shows(unbound, name, rdtype, expected):
    seen = None

    def as_expected():
        nonlocal seen
        seen = sorted(records(unbound, name, rdtype))
        return seen == sorted(expected)
    lab.wait_for(as_expected, lambda: f"{name} {rdtype} was {expected}, it "
                 f"is {seen}:\n{unbound.log()}")


def refused(unbound, key, reason):
    line = unbound.wait_for_log(
        f"key {re.escape(key)} is not served: (.*)")[1]
    assert reason in line


@pytest.fixture(scope="module")
def etcd(shared):
    return shared.etcd()


@pytest.fixture(scope="module")
def unbound(shared, etcd):
    return shared.unbound(etcd)


def test_a_record_of_each_type(etcd, unbound):
    for name, rdtype, value, shown in RECORDS:
        etcd.ctl("put", "--", key_of(name, rdtype), value)
    for name, rdtype, value, shown in RECORDS:
        shows(unbound, name, rdtype, [shown or value])
    # dig asks for the unknown ones in any way; and all are authoritative
    assert " flags: qr aa " in dig(unbound, "mx", "MX")
    assert "is not served" not in unbound.log()


def octets_of(text):
    """Those of a text in the form \\# LENGTH HEX, hexadecimal."""
    return "".join(text.split("\\#")[1].split()[1:]).lower()


@pytest.mark.parametrize("name, rdtype, value", [
    record[:3] for record in RECORDS
    if not BIND_REFUSES & {record[0], record[1]}])
def test_bind_makes_the_same_octets_of_a_value(unbound, name, rdtype, value):
    if rdtype in ("TXT", "SPF") and '"' not in value[:2]:
        pytest.skip("text without quotes is a form of ours")
    done = subprocess.run(["named-rrchecker", "-u"], text=True, check=True,
                          input=f"IN {rdtype} {value}\n",
                          capture_output=True)
    [served] = records(unbound, name, rdtype, "+unknownformat")
    assert octets_of(served) == octets_of(done.stdout)


def test_they_are_there_in_the_first_list_too(shared, etcd, unbound):
    """Another Unbound lists what the first one was told one by one."""
    etcd.put(key_of("last", "MX"), "20 last.example.com.")
    shows(unbound, "last", "MX", ["20 last.example.com."])
    second = shared.unbound(etcd)
    for name, rdtype, _, _ in RECORDS:
        assert records(second, name, rdtype) == \
            records(unbound, name, rdtype), (name, rdtype)


def test_names_keep_their_case_and_are_compressed_by_unbound(etcd, unbound):
    """Of the old types, whose names in rdata Unbound walks (RFC 3597 4)."""
    names = [f"{i} MaiL{i}.CaSe.Example.NET." for i in range(20)]
    etcd.put(key_of("CaSe", "MX"), json.dumps(names))
    shows(unbound, "case", "MX", names)


def test_srv_as_helixdns_had_it(etcd, unbound):
    """The example of its README."""
    etcd.put("/helix/com/example/_tcp/_xmpp/SRV", """[
      {"Priority":10,"Weight":60,"Port":5060,"Target":"bigbox.example.com."},
      {"Priority":10,"Weight":20,"Port":5060,"Target":"small1.example.com."},
      {"priority":20,"weight":0, "port":5066,"target":"backup.example.com"}
    ]""")
    shows(unbound, "_xmpp._tcp", "SRV", ["10 60 5060 bigbox.example.com.",
                                         "10 20 5060 small1.example.com.",
                                         "20 0 5066 backup.example.com."])


def test_keys_with_ids_unite(etcd, unbound):
    etcd.put(key_of("ids", "MX") + "/one", "10 a.example.com.")
    etcd.put(key_of("ids", "MX") + "/two",
             '{"ttl": 3, "rdata": ["20 b.example.com", "10 a.example.com"]}')
    etcd.put(key_of("ids", "TYPE15"), "30 c.example.com.")
    shows(unbound, "ids", "MX", ["10 a.example.com.", "20 b.example.com.",
                                 "30 c.example.com."])
    assert unbound.ttl("ids.example.com", "MX") == 3
    etcd.delete(key_of("ids", "MX") + "/two")
    shows(unbound, "ids", "MX", ["10 a.example.com.", "30 c.example.com."])


def test_a_large_record_comes_by_tcp(etcd, unbound):
    """As large as one can be: a message has it, its question and its owner."""
    etcd.ctl("put", "--", key_of("large", "TYPE65282"),
             stdin="\\# 63000 " + "0a" * 63000)

    def is_there():
        shown = dig(unbound, "large", "TYPE65282", "+nosplit", "+tcp")
        return shown.count("0A" * 63000) == 1
    lab.wait_for(is_there, lambda: "the record was there:\n" + unbound.log())


REFUSED = [
    ("/helix/com/example/x/RRSIG", "A 13 3 5 1 1 1 example.com. AQID",
     "only a signer makes"),
    ("/helix/com/example/x/ANY", "x", "only queries have"),
    ("/helix/com/example/x/OPT", "x", "only queries have"),
    ("/helix/com/example/*/NS", "ns.example.com.", "at a wildcard"),
    ("/helix/com/example/*/DNAME", "example.net.", "at a wildcard"),
    ("/helix/com/example/x/MX", "70000 mail.example.com.",
     'field 1, "70000", is not a number from 0 to 65535; expected '
     'preference and host, such as 10 mail.example.com.'),
    ("/helix/com/example/x/CNAME", "@", "write the name in full"),
    ("/helix/com/example/x/CNAME/1", "\\# 2 c00c", "a compression pointer"),
    ("/helix/com/example/x/CNAME/2", '["a.", "b."]', "one CNAME record"),
    ("/helix/com/example/x/TXT", "{not json}", "put it in quotes"),
    ("/helix/com/example/x/TYPE65283", "x", "\\# LENGTH HEX"),
    ("/helix/com/example/x/SRV", '[{"Priority": 1}]', 'has no "Weight"'),
    # many line breaks in parentheses
    ("/helix/com/example/x/MX/1", "10 (" + "\n" * 100000 + "a.b. c.)",
     "is one too many"),
]


@pytest.mark.parametrize("key, value, reason", REFUSED,
                         ids=[reason for _, _, reason in REFUSED])
def test_what_is_refused_is_told_why(etcd, unbound, key, value, reason):
    etcd.ctl("put", "--", key, stdin=value)
    refused(unbound, key, reason)
    assert records(unbound, "a", "A") == ["192.0.2.1"]
