"""Random zones for the differential test: from a seed, a few zones of one
server, as zone files for NSD and as keys for etcd, and questions about them.

A name is a dnspython Name, and rdata a tuple of words: a str is written as it
is, a Name as a name, bytes as a quoted string.
"""

import functools
import ipaddress
import json
import random

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

DEEPEST = 5
LABELS = (b"a", b"b", b"c", b"d", b"www", b"mail", b"ns", b"ns1", b"_tcp",
          b"_sip", b"_443", b"0", b"10", b"xn--bcher-kva", b"txt", b"node-7")
ODD_LABELS = (b"x.y", b"sl/ash", b"sp ace", b"back\\slash", b"\xc3\xbc", b"**",
              b"\x00", b"a*", b"at@", b"semi;colon", b'quo"te', b"do$lar",
              b"(", b"x" * 63, b"ab" * 20)
OUTSIDE = tuple(map(dns.name.from_text, (
    "www.example.org.", "deep.er.example.edu.", "com.", ".",
    "xexample.com.", "example.net.example.org.")))
# what is asked for at every name, as far as the name's own types leave room
COMMON = ("A", "AAAA", "NS", "SOA", "CNAME", "MX", "TXT", "DS", "ANY", "DNAME",
          "SRV", "DNSKEY", "HTTPS", "NSEC", "RRSIG", "TYPE65280", "PTR")
SINGLE = ("CNAME", "DNAME", "SOA")
# those with the flag YOUNG in rrtypes.def
YOUNG = ("AVC",)


# --- rdata of each type, drawn by chance ------------------------------------

def hexadecimal(c, octets):
    return bytes(c.randrange(256) for _ in range(octets)).hex()


def ipv4(c, _):
    return (str(ipaddress.IPv4Address(c.randrange(1 << 24, 223 << 24))),)


def ipv6(c, _):
    # :: in all its places
    words = [c.choice([0, 0, 1, c.randrange(1 << 16)]) for _ in range(8)]
    return (str(ipaddress.IPv6Address(b"".join(
        word.to_bytes(2, "big") for word in words))),)


def string(c, octets=256):
    length = c.choice([0, 1, 5, 20, 20, c.randrange(255), 255])
    letters = c.choice([b"abc xyz=;", b'"\\;() \t', bytes(range(octets))])
    return bytes(c.choice(letters) for _ in range(length))


def txt(c, _):
    if c.random() < 0.2:
        long = bytes(c.choice(b"v=DKIM1; k=rsa") for _ in range(
            c.choice([255, 256, 300, 510, 511])))
        return tuple(long[i:i + 255] for i in range(0, len(long), 255))
    return tuple(string(c) for _ in range(c.choice([1, 1, 2, 3])))


def srv(c, target):
    return (str(c.randrange(3)), str(c.randrange(65536)),
            str(c.randrange(65536)), target())


def naptr(c, target):
    return (str(c.randrange(9)), str(c.randrange(65536)),
            *c.choice([(b"u", b"E2U+sip", b"!^.*$!sip:a@example.com!",
                        dns.name.root), (b"s", b"SIP+D2U", b"", target())]))


def svcb(c, target):
    if c.random() < 0.3:
        return ("0", target())
    return ("1", c.choice([dns.name.root, target()]), *c.choice([
        (), ("alpn=h2,h3",), ("alpn=h2", "port=8443"),
        ("ipv4hint=192.0.2.1,192.0.2.2", "ipv6hint=2001:db8::1")]))


def locator(c):
    return ":".join(hexadecimal(c, 2) for _ in range(4))


def unknown(c, _):
    octets = c.choice([0, 1, 4, 30])
    return ("\\#", str(octets), *([hexadecimal(c, octets)] if octets else []))


TYPES = {
    "A": ipv4,
    "AAAA": ipv6,
    "MX": lambda c, t: (str(c.randrange(65536)), c.choice(
        [dns.name.root, t(), t(), t()])),
    "TXT": txt,
    "SPF": txt,
    "SRV": srv,
    "PTR": lambda c, t: (t(),),
    "CAA": lambda c, _: (str(c.choice([0, 128])), c.choice(
        ["issue", "issuewild", "iodef"]), c.choice(
        [b";", b"ca.example.net", b"mailto:x@example.com"])),
    "NAPTR": naptr,
    "SSHFP": lambda c, _: c.choice([("1", "1", hexadecimal(c, 20)),
                                    ("4", "2", hexadecimal(c, 32))]),
    "TLSA": lambda c, _: (str(c.randrange(4)), str(c.randrange(2)), "1",
                          hexadecimal(c, 32)),
    "SMIMEA": lambda c, _: ("3", "1", "2", hexadecimal(c, 64)),
    # dnspython, which makes octets of this, knows ASCII only
    "HINFO": lambda c, _: (string(c, 128), string(c, 128)),
    "RP": lambda c, t: (t(), t()),
    "AFSDB": lambda c, t: (str(c.randrange(3)), t()),
    "LOC": lambda c, _: c.choice([
        tuple("52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m".split()),
        tuple("42 21 54 N 71 6 18 W -24m 30m".split())]),
    "URI": lambda c, _: (str(c.randrange(9)), "1", b"https://example.com/a"),
    "OPENPGPKEY": lambda c, _: (c.choice(["mQINBFit2ioBEADM", "AAECAwQF"]),),
    "EUI48": lambda c, _: ("-".join(hexadecimal(c, 1) for _ in range(6)),),
    "KX": lambda c, t: (str(c.randrange(9)), t()),
    "RT": lambda c, t: (str(c.randrange(9)), t()),
    "PX": lambda c, t: (str(c.randrange(9)), t(), t()),
    "LP": lambda c, t: (str(c.randrange(9)), t()),
    "L32": lambda c, t: (str(c.randrange(9)), *ipv4(c, t)),
    "L64": lambda c, _: (str(c.randrange(9)), locator(c)),
    "NID": lambda c, _: (str(c.randrange(9)), locator(c)),
    "X25": lambda c, _: (c.choice([b"3110", b"311061700956"]),),
    "ISDN": lambda c, _: c.choice([(b"15086",), (b"15086", b"004")]),
    "NSAP": lambda c, _: ("0x" + hexadecimal(c, 20),),
    "WKS": lambda c, t: (*ipv4(c, t), c.choice(["6", "17"]), *c.choice([
        ("25",), ("53", "443", "65535")])),
    "CERT": lambda c, _: (c.choice(["PKIX", "PGP", "253", "0"]), "1", "8",
                          "AQIDBA=="),
    "APL": lambda c, _: c.choice([
        ("1:192.0.2.0/24", "!2:2001:db8::/32"), ("!1:0.0.0.0/0",),
        ("2:ff00::/8",)]),
    "IPSECKEY": lambda c, t: c.choice([
        ("10", "0", "2", ".", "AQID"),
        ("10", "1", "2", *ipv4(c, t), "AQID"),
        ("10", "2", "2", *ipv6(c, t), "AQID"), ("10", "3", "2", t(), "AQID")]),
    "DHCID": lambda c, _: ("AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kj"
                           "EA=",),
    "CDNSKEY": lambda c, _: c.choice([
        ("257", "3", "13", "AQIDBA=="), ("0", "3", "0", "AA==")]),
    "CDS": lambda c, _: c.choice([
        ("0", "0", "0", "00"),
        (str(c.randrange(65536)), "13", "2", hexadecimal(c, 32))]),
    "CSYNC": lambda c, _: (str(c.randrange(1 << 32)), "3", *c.choice([
        ("A", "NS", "AAAA"), ("NS",), ("A", "CAA", "TYPE65280")])),
    "ZONEMD": lambda c, _: (str(c.randrange(1 << 32)), "1", "1",
                            hexadecimal(c, 48)),
    "EUI64": lambda c, _: ("-".join(hexadecimal(c, 1) for _ in range(8)),),
    "AVC": txt,
    "HTTPS": svcb,
    "SVCB": svcb,
    "TYPE65280": unknown,
    "NS": lambda c, t: (t(),),
    "CNAME": lambda c, t: (t(),),
    "DNAME": lambda c, t: (t(),),
    "DS": lambda c, _: (str(c.randrange(65536)), "8", "2",
                        hexadecimal(c, 32)),
}
# which have data beside each other at one name, the common ones more often
DATA = ("A", "A", "A", "A", "AAAA", "AAAA", "MX", "MX", "TXT", "TXT", "SRV",
        "SRV", "PTR", "CAA", "NAPTR", "SSHFP", "TLSA", "SMIMEA", "HINFO", "RP",
        "AFSDB", "LOC", "URI", "OPENPGPKEY", "EUI48", "KX", "HTTPS", "SVCB",
        "SPF", "TYPE65280", "DS", "RT", "PX", "LP", "L32", "L64", "NID", "X25",
        "ISDN", "NSAP", "WKS", "CERT", "APL", "IPSECKEY", "DHCID", "CDNSKEY",
        "CDS", "CSYNC", "ZONEMD", "EUI64", "AVC")


def quoted(octets):
    return '"' + "".join(
        f"\\{chr(o)}" if o in b'"\\' else
        chr(o) if 0x20 <= o < 0x7f else f"\\{o:03}" for o in octets) + '"'


def presented(rdata, final_dot=True):
    """Rdata in presentation format."""
    def word(one):
        if isinstance(one, bytes):
            return quoted(one)
        if isinstance(one, str):
            return one
        return one.to_text(omit_final_dot=not final_dot and
                           one != dns.name.root)
    return " ".join(map(word, rdata))


def generic(rdtype, rdata):
    """Rdata as of a type that nobody knows (RFC 3597 5)."""
    wire = dns.rdata.from_text(dns.rdataclass.IN, rdtype,
                               presented(rdata)).to_wire()
    return f"\\# {len(wire)} {wire.hex()}".strip()


class RRset:
    def __init__(self, ttl, rdatas):
        self.ttl, self.rdatas = ttl, rdatas


class Zone:
    """One zone: from owner and type to RRsets."""

    def __init__(self, apex, ttl):
        self.apex, self.ttl = dns.name.from_text(apex), ttl
        self.rrsets = {}
        # what may have records, and is a target
        self.names = [self.apex]
        # what must be seen of no one: a DNAME stands above
        self.occluded = {}

    def text(self):
        return self.apex.to_text(omit_final_dot=True)

    def file(self, chance):
        """As a zone file."""
        lines = []
        for (owner, rdtype), rrset in self.rrsets.items():
            for rdata in rrset.rdatas:
                # NSD reads the escapes of an IPSECKEY's gateway twice
                text = generic(rdtype, rdata) \
                    if chance.random() < 0.03 or rdtype == "IPSECKEY" \
                    else presented(rdata)
                lines.append(f"{owner} {rrset.ttl} IN {rdtype} {text}\n")
        return "".join(lines)

    def below_cuts(self):
        """What is occluded, and would be so without a DNAME."""
        cuts = [name for name, rdtype in self.rrsets
                if rdtype == "NS" and name != self.apex]
        return [((name, rdtype), rrset)
                for (name, rdtype), rrset in self.occluded.items()
                if any(name.is_subdomain(cut) for cut in cuts)]


class World:
    """The zones that one server has: the first one; one below it, as a zone
    of its own; a sibling; and one that is a DNAME and no more."""

    def __init__(self, seed):
        self.seed = seed
        self.chance = chance = random.Random(seed)
        self.ttls = [chance.choice([0, 1, 5, 60, 300, 3600, 86400])
                     for _ in range(3)]
        self.first = self.zone(chance.choice(
            ["example.com", "very.deep.example.com", "com.example"]))
        inner = b"inner.between" if chance.random() < 0.5 else b"inner"
        self.child = self.zone(f"{inner.decode()}.{self.first.text()}")
        self.sibling = self.zone(chance.choice(
            ["example.net", "x" + self.first.text(), "net"]))
        self.renamed = self.zone("renamed.example.edu")
        self.zones = [self.first, self.child, self.sibling, self.renamed]
        self.cuts, self.dnames, self.aliases, self.wild = [], [], [], []
        for zone, size in (self.first, 50), (self.child, 20), \
                (self.sibling, 20):
            self.grow(zone, size)
        for zone in self.zones:
            self.fill(zone)
        self.delegate_child()
        self.chain()
        # what is asked about crowded delegations
        self.crowded = []
        for number in range(chance.choice([1, 1, 2])):
            self.crowd(number)
        # its last label is no label of others
        self.marker = dns.name.from_text("marker-of-the-end", self.first.apex)
        self.first.rrsets[self.marker, "A"] = RRset(5, [("192.0.2.1",)])

    def zone(self, apex):
        return Zone(apex, self.chance.choice(self.ttls))

    def label(self):
        chance = self.chance
        if chance.random() < 0.1:
            return chance.choice(ODD_LABELS)
        return chance.choice(LABELS)

    def below(self, name):
        """A name one label below, or this one where that is too long."""
        try:
            return dns.name.Name((self.label(), *name.labels))
        except dns.name.NameTooLong:
            return name

    # --- which names there are ---

    def grow(self, zone, size):
        """Draw names, and what they are."""
        chance = self.chance
        for _ in range(size):
            above = chance.choice(zone.names)
            name = dns.name.Name((b"*", *above.labels)) \
                if chance.random() < 0.12 else self.below(above)
            if name in zone.names or name.is_subdomain(self.child.apex) and \
                    zone is self.first or any(
                        name.is_subdomain(d) for d in self.dnames) or \
                    len(name) - len(zone.apex) > DEEPEST:
                continue
            zone.names.append(name)
            if name.labels[0] == b"*":
                self.wild.append(above)
            kind = chance.random()
            if kind < 0.22:
                self.aliases.append(name)
            elif kind < 0.30 and name.labels[0] != b"*" and \
                    not self.child.apex.is_subdomain(name):
                self.dnames.append(name)
            elif kind < 0.40 and name.labels[0] != b"*":
                self.cuts.append(name)
        self.stretch(zone)

    def stretch(self, zone):
        """Some more names where they are telling: below the cuts."""
        for cut in self.cuts:
            if cut.is_subdomain(zone.apex) and cut in zone.names:
                for _ in range(self.chance.randrange(3)):
                    name = self.below(cut)
                    if name not in zone.names and not any(
                            name.is_subdomain(d) for d in self.dnames):
                        zone.names.append(name)

    # --- what they have ---

    def target(self):
        """A name for rdata: one that exists, or that a wildcard, DNAME or
        delegation is above, or that is not there, or elsewhere."""
        chance = self.chance
        if chance.random() < 0.1:
            return chance.choice(OUTSIDE)
        places = [zone.names for zone in self.zones]
        places += [some for some in (self.wild, self.dnames, self.cuts,
                                     self.aliases) if some]
        name = chance.choice(chance.choice(places))
        for _ in range(chance.choice([0, 0, 0, 1, 1, 2])):
            name = self.below(name)
        return name

    def rrset(self, rdtype, count=None):
        chance = self.chance
        count = 1 if rdtype in SINGLE else count or chance.choice(
            [1, 1, 1, 2, 3, 3, 5, 30 if rdtype in ("A", "TXT") else 4])
        unique = {}
        for _ in range(count):
            rdata = TYPES[rdtype](chance, self.target)
            unique[generic(rdtype, rdata)] = rdata
        return RRset(chance.choice(self.ttls), list(unique.values()))

    def fill(self, zone):
        chance = self.chance
        self.fill_apex(zone)
        for name in zone.names[1:]:
            if name in self.aliases:
                zone.rrsets[name, "CNAME"] = self.rrset("CNAME")
                continue
            if name in self.cuts:
                self.fill_cut(zone, name)
            elif name in self.dnames:
                self.fill_dname(zone, name)
            if chance.random() < 0.15:
                continue    # it is an empty non-terminal, or not there
            for rdtype in chance.choices(DATA, k=chance.choice(
                    [1, 1, 2, 3, 5])):
                # DS is data of a cut, and of nothing else
                if rdtype != "DS" or name in self.cuts:
                    zone.rrsets.setdefault((name, rdtype), self.rrset(rdtype))

    def fill_apex(self, zone):
        chance = self.chance
        zone.rrsets[zone.apex, "SOA"] = RRset(chance.choice(self.ttls), [(
            self.target(), dns.name.from_text("host\\.master", zone.apex),
            str(chance.randrange(1, 1 << 32)), "3600", "600", "86400",
            str(chance.choice([0, 5, 60, 7200])))])
        zone.rrsets[zone.apex, "NS"] = self.rrset("NS", 2)
        if zone is self.renamed:
            zone.rrsets[zone.apex, "DNAME"] = self.rrset("DNAME")
            self.dnames.append(zone.apex)
            self.occlude(zone, zone.apex)
        for rdtype in chance.choices(DATA, k=3):
            if rdtype != "DS":
                zone.rrsets[zone.apex, rdtype] = self.rrset(rdtype)

    def fill_cut(self, zone, name):
        """A delegation: to servers in itself, beside it, or elsewhere."""
        chance = self.chance
        rrset = self.rrset("NS", chance.choice([1, 2, 3]))
        if chance.random() < 0.6:
            inside = dns.name.Name((b"glue", *name.labels))
            rrset.rdatas.append((inside,))
            for rdtype in "A", "AAAA":
                if chance.random() < 0.7:
                    zone.rrsets[inside, rdtype] = self.rrset(
                        rdtype, chance.choice([1, 2]))
        zone.rrsets[name, "NS"] = rrset
        if chance.random() < 0.4:
            zone.rrsets[name, "DS"] = self.rrset("DS", 2)

    def fill_dname(self, zone, name):
        rrset = self.rrset("DNAME")
        if self.chance.random() < 0.2:
            # below this, names get too long
            rrset.rdatas = [(dns.name.Name(
                (b"long" * 15,) * 2 + zone.apex.labels),)]
        zone.rrsets[name, "DNAME"] = rrset
        self.occlude(zone, name)

    def occlude(self, zone, name):
        """etcd may have keys below a DNAME; NSD refuses such a file."""
        for _ in range(self.chance.randrange(3)):
            zone.occluded[self.below(name), "A"] = self.rrset("A")

    def delegate_child(self):
        """What the parent has of the zone below it. In etcd both are the
        same keys, but for DS, which is the parent's."""
        parent, child = self.first.rrsets, self.child
        parent[child.apex, "NS"] = child.rrsets[child.apex, "NS"]
        for (target,) in parent[child.apex, "NS"].rdatas:
            for rdtype in "A", "AAAA":
                if target.is_subdomain(child.apex) and \
                        (target, rdtype) in child.rrsets:
                    parent[target, rdtype] = child.rrsets[target, rdtype]
        if self.chance.random() < 0.5:
            parent[child.apex, "DS"] = self.rrset("DS", 2)

    @functools.cache
    def addresses(self):
        """All address records, as (owner, type, TTL, record); of what etcd
        has below a DNAME, that which is below a zone cut too, where the DNAME
        itself is not seen."""
        return {(owner, record.rdtype, rrset.ttl, record)
                for zone in self.zones
                for (owner, rdtype), rrset in
                (*zone.rrsets.items(), *zone.below_cuts())
                if rdtype in ("A", "AAAA")
                for record in (dns.rdata.from_text("IN", rdtype, one)
                               for (one,) in rrset.rdatas)}

    def chain(self):
        """A chain of aliases through two zones, from each of its links."""
        chance = self.chance
        target = self.target()
        for number in range(chance.randrange(3, 20)):
            zone = chance.choice([self.first, self.sibling])
            name = dns.name.from_text(f"chain-{number}", zone.apex)
            zone.rrsets[name, "CNAME"] = RRset(chance.choice(self.ttls),
                                               [(target,)])
            target = name

    def crowd(self, number):
        """A delegation full of name servers, below the cut and beside it, and
        a chain of aliases, most of them DNAMEs, that ends there."""
        chance = self.chance
        zone = chance.choice([self.first, self.sibling])
        cut = dns.name.from_text(f"crowd-{number}", zone.apex)
        beside = dns.name.from_text(f"beside-{number}", zone.apex)
        servers = [dns.name.from_text(f"ns-{n}", above)
                   for above, count in (
                       (cut, chance.choice([0, 3, 16, 17, 40, 60])),
                       (beside, chance.choice([1, 5, 40])))
                   for n in range(count)]
        zone.rrsets[cut, "NS"] = RRset(chance.choice(self.ttls),
                                       [(name,) for name in servers])
        for name in servers:
            for rdtype in "A", "AAAA":
                if chance.random() < 0.9:
                    zone.rrsets[name, rdtype] = self.rrset(
                        rdtype, chance.choice([1, 1, 2]))
        target = cut
        names = [cut, servers[0], servers[-1]]
        for link in range(chance.choice([1, 3, 15, 16, 17])):
            name = dns.name.from_text(f"to-crowd-{number}-{link}", zone.apex)
            if chance.random() < 0.8 or link == 0:
                zone.rrsets[name, "DNAME"] = RRset(chance.choice(self.ttls),
                                                   [(target,)])
                names.append(name)
            else:
                name = dns.name.from_text("x", name)
                zone.rrsets[name, "CNAME"] = RRset(
                    chance.choice(self.ttls),
                    [(dns.name.from_text("x", target),)])
                name = name.parent()
            target = name
            names.append(dns.name.from_text("x", name))
        self.crowded += [(name, rdtype) for name in names for rdtype in
                         ("A", chance.choice(["NS", "DS", "ANY", "MX"]))]

    def in_crowd(self, name):
        """Whether a name is one of crowd's, whose questions are its own."""
        return any(b"crowd-" in label or b"beside-" in label
                   for label in name.labels)

    # --- as keys ---

    def segment(self, label):
        """A label in a key; by chance in upper case, or escaped."""
        chance = self.chance
        if chance.random() < 0.1:
            label = label.upper()
        odd = chance.random() < 0.1
        out = b""
        for octet in label:
            one = bytes([octet])
            if one in b"./\\" or not 0x20 < octet < 0x7f or \
                    odd and chance.random() < 0.3:
                plain = chance.random() < 0.5
                out += b"\\" + one if one in b".\\" and plain else \
                    one if octet >= 0x80 and plain else b"\\%03d" % octet
            else:
                out += one
        return out

    def path(self, owner, rdtype):
        segments = [self.segment(label) for label in owner.labels[-2::-1]]
        if rdtype in YOUNG and segments:
            # behind a label that reads as a type, it would be an id
            segments[-1] = segments[-1].lower()
        if self.chance.random() < 0.03:
            rdtype = f"TYPE{int(dns.rdatatype.from_text(rdtype))}"
        return b"/".join([*segments, rdtype.encode()])

    def one_value(self, rdtype, rdata):
        chance = self.chance
        text = b"".join(rdata) if rdtype in ("TXT", "SPF") else b""
        if text and (len(rdata) == 1 or all(
                len(one) == 255 for one in rdata[:-1]) and rdata[-1]) and \
                text.isascii() and text.decode().isprintable() and \
                text.strip() == text and text[:1] not in (b"[", b"{",
                                                          b"\\") and \
                b'"' not in text and b"\\;" not in text and \
                chance.random() < 0.6:
            return text.decode()
        if chance.random() < 0.05:
            return generic(rdtype, rdata)
        return presented(rdata, chance.random() < 0.7)

    def value(self, rdtype, rdatas, ttl, zone_ttl):
        chance = self.chance
        if rdtype == "SRV" and ttl == zone_ttl and chance.random() < 0.3:
            return json.dumps([
                {"Priority": int(one[0]), "Weight": int(one[1]),
                 "Port": int(one[2]), "Target": one[3].to_text()}
                for one in rdatas])
        texts = [self.one_value(rdtype, rdata) for rdata in rdatas]
        data = texts[0] if len(texts) == 1 and chance.random() < 0.7 else texts
        if ttl != zone_ttl or chance.random() < 0.2:
            data = {"ttl": ttl, "rdata": data}
        text = data if isinstance(data, str) else json.dumps(data)
        return f" {text}\r\n" if chance.random() < 0.1 else text

    def keys_of(self, zone, owner, rdtype, rrset):
        """The keys of an RRset: one, or several with ids."""
        chance = self.chance
        left = list(rrset.rdatas)
        chance.shuffle(left)
        number = 0
        while left:
            count = len(left) if chance.random() < 0.6 else 1
            part, left = left[:count], left[count:]
            again = chance.choice(rrset.rdatas)
            if chance.random() < 0.1 and again not in part:
                part.append(again)
            path = self.path(owner, rdtype)
            if number or chance.random() < 0.2:
                path += b"/id-%d" % number
            number += 1
            yield path, self.value(rdtype, part, rrset.ttl, zone.ttl)

    def keys(self):
        """All keys, below the prefix, with their values, in any order."""
        made = {}
        for zone in self.zones:
            for rrsets in zone.rrsets, zone.occluded:
                for (owner, rdtype), rrset in rrsets.items():
                    mine = zone is not self.first or rdtype == "DS" or \
                        not owner.is_subdomain(self.child.apex)
                    if mine and owner != self.marker:
                        made.update(self.keys_of(zone, owner, rdtype, rrset))
        pairs = list(made.items())
        self.chance.shuffle(pairs)
        return pairs

    # --- what to ask ---

    def asked_names(self):
        chance = self.chance
        names = set()
        for zone in self.zones:
            for owner, _ in (*zone.rrsets, *zone.occluded):
                while not self.in_crowd(owner) and owner.is_subdomain(zone.apex):
                    names.add(owner)
                    owner = owner.parent()
        for name in sorted(names):
            names.add(self.below(name))
            names.add(self.below(name.parent()))
            if chance.random() < 0.2:
                names.add(self.below(self.below(name)))
            if chance.random() < 0.1:
                names.add(dns.name.Name((b"*", *name.labels)))
        for name in self.dnames:
            labels = name.labels
            while sum(map(len, labels)) + len(labels) < 190:
                labels = (b"y" * 60, *labels)
                names.add(dns.name.Name(labels))
        return sorted(name for name in names if any(
            name.is_subdomain(zone.apex) for zone in self.zones))

    def questions(self, most):
        """Names with types, ten for each; each name in any case."""
        chance = self.chance
        names = self.asked_names()
        if len(names) * 10 > most:
            names = chance.sample(names, most // 10)
        own = {}
        for zone in self.zones:
            for owner, rdtype in zone.rrsets:
                own.setdefault(owner, []).append(rdtype)
        for name in names:
            mine = own.get(name, [])
            types = chance.sample(mine, min(len(mine), 5))
            others = [t for t in COMMON if t not in types]
            types += others[:3] + chance.sample(others[3:], 7 - len(types))
            for rdtype in types:
                yield self.any_case(name), rdtype

    def any_case(self, name):
        if self.chance.random() < 0.7:
            return name
        return dns.name.Name(tuple(
            label.swapcase() if self.chance.random() < 0.5 else label
            for label in name.labels))
