"""Zone files that others wrote: helixctl reads the same records as BIND's
named-compilezone, or refuses the file and says where and why."""

import subprocess
from pathlib import Path

import pytest

from lab_ctl import Ctl

pytestmark = pytest.mark.skipif(
    not Path("/usr/bin/named-compilezone").exists(),
    reason="named-compilezone is not installed")

# it judges what a zone file says, and not whether it is wise
COMPILE = ("named-compilezone -q -k ignore -n ignore -i none -m ignore "
           "-M ignore -S ignore -r ignore -W ignore -T ignore "
           "-s full -o -").split()

# RFC 1035 5.3, as it stands there, but for what had to be added since: the
# host that it includes a file about, and absolute paths.
RFC_1035 = r"""
@   IN  SOA     VENERA      Action\.domains (
                                 20     ; SERIAL
                                 7200   ; REFRESH
                                 600    ; RETRY
                                 3600000; EXPIRE
                                 60)    ; MINIMUM

        NS      A.ISI.EDU.
        NS      VENERA
        NS      VAXA
        MX      10      VENERA
        MX      20      VAXA

A       A       26.3.0.103

VENERA  A       10.1.0.52
        A       128.9.0.32

VAXA    A       10.2.0.27
        A       128.9.0.33

$INCLUDE ISI-MAILBOXES.TXT
"""

ISI_MAILBOXES = """
MOE     MB      A.ISI.EDU.
LARRY   MB      A.ISI.EDU.
CURLEY  MB      A.ISI.EDU.
STOOGES MG      MOE
        MG      LARRY
        MG      CURLEY
"""

HEAD = "$TTL 1h\n@ SOA ns hostmaster 1 2h 3m 1w 5m\n NS ns\nns A 192.0.2.1\n"

# After HEAD, in the zone example.com.
SAME = {
    "nothing": "",
    "no newline": "a A 192.0.2.1",
    "crlf": "a A 192.0.2.1\r\n\tMX 10 (\r\n b )\r\nc TXT \"x y\"\r\n",
    "blank owner": "a A 192.0.2.1\n  ; c\n\n\tA 192.0.2.2\n  60 IN AAAA ::1\n",
    "order": "a 60 IN A 192.0.2.1\nb IN 60 A 192.0.2.1\nc iN a 192.0.2.1\n"
             "d 60 a 192.0.2.1\ne CLASS1 TYPE1 192.0.2.1\n",
    "owner like a type": "a A 192.0.2.1\nmx MX 1 mx\nin IN A 192.0.2.1\n"
                         "7 A 192.0.2.1\n1h 1h A 192.0.2.1\n",
    "units": "a 1w2d3h4m5s A 192.0.2.1\nb 30m1H A 192.0.2.1\nc 0 A 192.0.2.1\n"
             "$TTL 1D\nd A 192.0.2.1\ne 2147483647 A 192.0.2.1\n",
    "ttl of a set": "a 5 A 192.0.2.1\na 6 MX 1 b\na 7 A 192.0.2.2\n"
                    "a A 192.0.2.3\nb A 192.0.2.1\n",
    "ttl of a set apart": "a 50 A 192.0.2.1\nb 50 A 192.0.2.1\nc 1 A 192.0.2."
                          "1\na 70 A 192.0.2.2\nb 30 A 192.0.2.2\nc 1 TXT x\n"
                          "a 60 MX 1 a\nb 40 A 192.0.2.2\n",
    "parentheses": "a ( 60\nIN ) A ( 192.0.2.1 ; c (\n)\nb(A)192.0.2.2\n"
                   "c ((A (192.0.2.3) )) ; )\nd MX(1\n\n\n@)\n",
    "quotes": 'a TXT "a;b(c) d" e\\;f \\( "\\"g\\"" "" "\\104\\000" ; h\n'
              "b TXT \"\\\\\" \\\\ \\\"\nc TXT @ $ \"@\"\n"
              "d HINFO \"a b\" c\n",
    "escapes": "a\\.b.c A 192.0.2.1\n\\@ A 192.0.2.2\n\\$a A 192.0.2.3\n"
               "d\\032e\\255 A 192.0.2.4\n\\102\\065r A 192.0.2.5\n"
               "f CNAME g\\.h.i\\@\nj\\;k\\\"\\(\\) A 192.0.2.6\n$ORIGIN a\\.b\n"
               "@ A 192.0.2.7\n",
    "origin": "$ORIGIN a\nb A 192.0.2.1\n$ORIGIN c\n@ MX 1 @\n"
              "$ORIGIN example.com.\nd CNAME e.example.net.\n$origin .\n"
              "f.example.com NS g\n",
    "case": "A A 192.0.2.1\na AAAA ::1\n$ORIGIN ABC.example.COM.\nb MX 1 D\n",
    "out of the zone": "a.example.net. A 192.0.2.1\nb A 192.0.2.2\n. A "
                       "192.0.2.3\nxexample.com. A 192.0.2.1\n",
    "twice": "a A 192.0.2.1\nb A 192.0.2.1\na A 192.0.2.1\n A 192.0.2.1\n",
    "wildcards": "* A 192.0.2.1\n*.a TXT x\na.*.b A 192.0.2.2\n\\* MX 1 c\n",
    "delegation": "sub NS ns.sub\n NS ns.example.net.\nns.sub A 192.0.2.1\n"
                  "sub DS 12345 13 2 " + 32 * "ab" + "\na.sub A 192.0.2.2\n",
    "types": "a TYPE65280 \\# 4 0a0b 0c0d\nb TYPE1 \\# 4 c0000201\n"
             "c A \\# ( 4\n c000 0202 )\nd TYPE65281 \\# 0\n"
             "e MX \\# 3 0001 00\n",
    "more types": "a SRV 1 2 3 b\nc NAPTR 1 2 \"s\" \"SIP+D2U\" \"\" d\n"
                  "e CAA 0 issue \"ca.example.net; a=b\"\n"
                  "f SSHFP 4 2 " + 8 * "01 23 45 67 " + "\n"
                  "g TLSA 3 1 1 (" + 32 * "ab" + ")\n"
                  "h LOC 51 30 12.748 N 0 7 39.612 W 0m\n"
                  "i RP j k.l\nm HTTPS 1 . alpn=h2,h3 port=8443 "
                  "ipv4hint=192.0.2.1,192.0.2.2\nn SVCB 0 o\n"
                  "p DNAME q\nr APL 1:192.0.2.0/24 !2:2001:db8::/32\n"
                  "s CERT PGP 0 0 AQID BAUG\nt WKS 192.0.2.1 tcp 25 80\n"
                  "u X25 \"311061700956\"\nv ISDN \"150862028003217\" \"004\"\n"
                  "w PX 10 x y\nz NSAP 0x47.0005.80.005a00.0000.0001.e133."
                  "ffffff000161.00\naa EUI48 00-00-5e-00-53-2a\n"
                  "ab URI 10 1 \"ftp://ftp.example.com/\"\nac NID 10 "
                  "0014:4fff:ff20:ee64\nad L32 10 10.1.2.0\nae LP 10 af\n"
                  "ag DNSKEY 256 3 13 ( AQID\n BAUG )\nah KX 1 ai\n"
                  "aj AFSDB 1 ak\nal MINFO am an\nao HIP ( 2 "
                  "200100107B1A74DF AwEAAQ== ap )\naq CSYNC 66 3 A NS AAAA\n"
                  "ar SPF \"v=spf1 -all\"\nas OPENPGPKEY AQID\n"
                  "at IPSECKEY 10 1 2 192.0.2.38 AQID\nau DHCID AAIB\n",
    "signed": "a A 192.0.2.1\na RRSIG A 13 3 60 20300101000000 20200101000000 "
              "1 example.com. (AQID\nBAUG)\na NSEC b A RRSIG NSEC\n"
              "@ NSEC3PARAM 1 0 0 -\nc CNAME d\nc RRSIG CNAME 13 3 60 "
              "20300101000000 20200101000000 1 example.com. AQID\n",
    "generate": "$GENERATE 1-3 a$ A 192.0.2.$\n$GENERATE 0-255/51 b$ 5m IN TXT "
                "\"x y$\"\n$generate 1-2 $ CNAME $.$$\n"
                "$GENERATE 8-10 c${0,4,x} IN 60 MX \"$ d${-8,3}\"\n"
                "$GENERATE 170-171 e${0,3,X}-${0,4,o}-${-200,5} A 192.0.2.1\n"
                "$GENERATE 18-19 ${0,7,n}.f PTR ${0,3,N}.g${1}\n"
                "$GENERATE 1-2 h\\$$ TXT \\$$x$y$$\n$GENERATE 5-5 i\\\\$ TXT "
                "\"\\\"a\\\\$\\\" b\"\n$GENERATE 1-2 j${0,0,d} AAAA 2001:db8::$ "
                "; c\n",
    "include": "$INCLUDE inner\na A 192.0.2.1\n$INCLUDE inner sub\n A 192.0.2.2\n"
               "$include \"inner\" sub.sub.example.com. ; c\nb TXT @\n",
}

INNER = "i TXT inner\n$ORIGIN x\nj MX 1 @\n$TTL 7\nk A 192.0.2.1\n"

# What both refuse. Ours says the place and, at least, this.
REFUSED = {
    "class": ("a CH A 192.0.2.1", "5:3", "\"CH\" is a class"),
    "type": ("a WHAT x", "5:3", "\"WHAT\" is no type"),
    "meta type": ("a AXFR", "5:3", "that only queries and messages have"),
    "no rdata": ("a A", "5:4", "there are 0 fields"),
    "address": ("a A 192.0.2.256", "5:5", "is not an IPv4 address"),
    "too much": ("a A 192.0.2.1 x", "5:15", "one too many"),
    "no name": ("a..b A 192.0.2.1", "5:1", "a label is empty"),
    "no escape": ("a TXT \\256", "5:7", "over \\255"),
    "half an escape": ("a TXT \\25", "5:7", "two more digits"),
    "open quote": ("a TXT \"x\nb A 192.0.2.1", "5:7", "quote is not closed"),
    "open parenthesis": ("a TXT ( x\nb A 192.0.2.1", "5:7",
                         "parenthesis is never closed"),
    "closed parenthesis": ("a TXT x )", "5:9", "never opened"),
    "two classes": ("a IN 60 IN A 192.0.2.1", "5:9", "\"IN\" is no type"),
    "ttl": ("a 1h3 A 192.0.2.1", "5:3", "\"1h3\" is no TTL, class or type"),
    "soa": ("a SOA b c 1 2 3 4 5", "5:1", "an SOA is at the apex"),
    "cname and other data": ("a CNAME b\na A 192.0.2.1", "5:1",
                             "a name with a CNAME has no other data"),
    "two cnames": ("a CNAME b\na CNAME c", "6:1", "only one of these"),
    "two dnames": ("a DNAME b\na DNAME c", "6:1", "only one of these"),
    "cname at the apex": ("@ CNAME b", "5:1", "and so no CNAME"),
    "directive": ("$WHAT x", "5:1", "\"$WHAT\" is no directive"),
    "no origin": ("$ORIGIN", "5:8", "expected $ORIGIN NAME"),
    "two origins": ("$ORIGIN a b", "5:11", "one word too many"),
    "bad $TTL": ("$TTL x", "5:6", "\"x\" is no TTL"),
    "no file": ("$INCLUDE none", "5:10", "No such file"),
    "in the file": ("$INCLUDE wrong", "wrong:2:3", "\"WHAT\" is no type"),
    "no range": ("$GENERATE 2-1 a$ A 192.0.2.$", "5:11", "expected a range"),
    "no form": ("$GENERATE 1-2 a${} A 192.0.2.$", "5:15", "expected an offset"),
    "no base": ("$GENERATE 1-2 a${0,1,q} A 192.0.2.$", "5:15",
                "the base is one of"),
    "two words": ("$GENERATE 1-2 a$ TXT b c", "5:24", "one word too many"),
    "bad record": ("$GENERATE 255-256 a$ A 192.0.2.$", "5:24",
                   "for 256: field 1"),
}

# What BIND reads, and we refuse rather than guess.
STRICTER = {
    "quote in a word": ("a TXT b\"c d\"", "5:7", "a quote inside of a word"),
    "no space": ("a TXT \"b\"c", "5:7", "follows a quote without a space"),
    "owner in quotes": ("\"a\" A 192.0.2.1", "5:1", "not in quotes"),
    "ttl over 31 bits": ("a 2147483648 A 192.0.2.1", "5:3",
                         "over the highest TTL"),
}


@pytest.fixture(scope="module")
def etcd(shared):
    return shared.etcd()


class Judge:
    """What both make of a file."""

    def __init__(self, etcd, folder, zone="example.com"):
        self.ctl = Ctl(folder, etcd, zones=[zone])
        self.folder = Path(folder)
        self.zone = zone
        self.apex = zone.rstrip(".").lower() + "."

    def write(self, text, name="zone"):
        path = self.folder / name
        path.write_bytes(text.encode("latin-1"))
        return path

    def compile(self, path):
        """The file as named-compilezone reads it; None: it refuses it."""
        done = subprocess.run([*COMPILE, self.zone, path], cwd=self.folder,
                              capture_output=True, check=False)
        return None if done.returncode else done.stdout.decode()

    def records(self, text):
        """Records that a file of one record a line has, less those that a zone
        in etcd does not have, and the SOA's serial."""
        found = set()
        for line in text.splitlines():
            if line.startswith(";"):
                continue
            owner, ttl, _, kind, rdata = [*line.split(None, 4), ""][:5]
            if kind in ("RRSIG", "NSEC", "NSEC3PARAM"):
                continue
            if kind == "SOA":
                fields = rdata.split()
                fields[2] = "0"
                rdata = " ".join(fields)
            found.add((owner.lower(), ttl, kind, rdata))
        return found

    def ours(self, path):
        """The same as helixctl reads it, in the words of named-compilezone."""
        said = self.ctl.found("diff", path, self.zone)
        assert all(line.startswith("+") for line in said.lines), said
        text = "".join(line[1:] + "\n" for line in said.lines)
        again = self.compile(self.write(text, "again"))
        assert again is not None, text
        return self.records(again)

    def check_same(self, path):
        compiled = self.compile(path)
        assert compiled is not None, path.read_text(errors="replace")
        expected = self.records(compiled)
        assert self.ours(path) == expected
        return expected

    def check_refused(self, path, place, why):
        said = self.ctl.failed("diff", path, self.zone)
        name = place if ":" in place and place[0].isalpha() \
            else f"{path}:{place}"
        assert f"helixctl: {name}: " in said.err, said
        assert why in said.err, said
        assert not said.out, said


@pytest.fixture
def judge(etcd, tmp_path):
    return Judge(etcd, tmp_path)


@pytest.mark.parametrize("name", SAME)
def test_same(judge, name):
    judge.write(INNER, "inner")
    judge.check_same(judge.write(HEAD + SAME[name]))


@pytest.mark.parametrize("name", REFUSED)
def test_refused(judge, name):
    text, place, why = REFUSED[name]
    judge.write("a A 192.0.2.1\nb WHAT x\n", "wrong")
    path = judge.write(HEAD + text + "\n")
    assert judge.compile(path) is None
    judge.check_refused(path, place, why)


@pytest.mark.parametrize("name", STRICTER)
def test_stricter(judge, name):
    text, place, why = STRICTER[name]
    path = judge.write(HEAD + text + "\n")
    assert judge.compile(path) is not None
    judge.check_refused(path, place, why)


def test_rfc_1035(etcd, tmp_path):
    """The example of 1987, in which nothing has a TTL."""
    judge = Judge(etcd, tmp_path, "isi.edu")
    judge.write(ISI_MAILBOXES, "ISI-MAILBOXES.TXT")
    found = judge.check_same(judge.write(RFC_1035))
    assert ("isi.edu.", "60", "SOA", "VENERA.isi.edu. "
            "Action\\.domains.isi.edu. 0 7200 600 3600000 60") in found
    assert len(found) == 17


@pytest.mark.parametrize("zone, file", [
    ("localhost", "/etc/bind/db.local"), ("127.in-addr.arpa", "/etc/bind/db.127"),
    ("0.in-addr.arpa", "/etc/bind/db.0"), ("255.in-addr.arpa", "/etc/bind/db.255"),
    ("10.in-addr.arpa", "/etc/bind/db.empty")])
def test_debian_bind(etcd, tmp_path, zone, file):
    if not Path(file).exists():
        # Debian 13's has them no more: BIND makes these zones by itself
        pytest.skip("Debian 12's bind9 is not installed")
    Judge(etcd, tmp_path, zone).check_same(Path(file))


def test_root_hints(etcd, tmp_path):
    """They have no SOA, but are a zone file; and the zone is the root."""
    hints = Path("/usr/share/dns/root.hints")
    if not hints.exists():
        pytest.skip("Debian's dns-root-data is not installed")
    judge = Judge(etcd, tmp_path, ".")
    path = judge.write(f". 60 SOA a. b. 1 2 3 4 5\n$INCLUDE {hints}\n")
    assert len(judge.check_same(path)) > 30


def test_all_errors(judge):
    """All that is wrong is said at once, and nothing of the file is used."""
    path = judge.write(HEAD + "a A x\nb WHAT\nc A 192.0.2.1\nd A ( 192.0.2.1\n"
                       "\n x )\n")
    said = judge.ctl.failed("import", path, "example.com")
    places = [line.split(":")[2:4] for line in said.err.splitlines()]
    assert places == [["5", "5"], ["6", "3"], ["10", "2"]], said
    assert judge.ctl.ok("list", "example.com").rows == [
        row for row in judge.ctl.ok("list", "example.com").rows
        if "192.0.2.1" not in row]


def test_wrong_zone(judge):
    """A file of another zone would have all keys of this one removed."""
    path = judge.write("@ 60 SOA a b 1 2 3 4 5\n")
    text = path.read_text().replace("@", "example.net.")
    path.write_text(text)
    said = judge.ctl.failed("import", path, "example.com")
    assert "the file is for this zone, and another one was named" in said.err
    path.write_text("; cut off\n")
    said = judge.ctl.failed("import", path, "example.com")
    assert "has no records for the zone example.com." in said.err
    # without a name, the file says which zone it is
    path.write_text(text)
    said = judge.ctl.failed("import", path)
    assert "example.net. is none of the zones in" in said.err
    path.write_text(HEAD)
    judge.ctl.configure([judge.zone, "example.org"])
    said = judge.ctl.failed("import", path)
    assert "\"@\" is no name: there is no origin" in said.err
    assert "no zone was named, and helix.yaml does not have just one" \
        in said.err
    path.write_text("$ORIGIN example.com.\n" + HEAD)
    judge.ctl.found("diff", path)
    said = judge.ctl.failed("import", path, "not.a.zone")
    assert "not.a.zone. is none of the zones in" in said.err


def test_standard_input(judge):
    said = judge.ctl.found("diff", "-", stdin=HEAD + "a A 192.0.2.1\n")
    assert "+a.example.com.\t3600\tIN\tA\t192.0.2.1" in said.lines
    said = judge.ctl.failed("diff", "-", stdin="x\n")
    assert said.err.startswith("helixctl: -:1:2: ")
