"""Random zones, answered by Unbound with the module from etcd's keys, and by
NSD from zone files: both say the same.

Each test is one seed, which is in its name: 1 and those that follow, the same
in each run. By hand, --seed N begins with another one, and --count N compares
that many.
"""

import copy
import json
import re
import socket
import subprocess
import time

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from lab import DEADLINE, wait_for
from lab_unbound import addresses_of
from zonegen import World

# questions of a seed; each is asked with and without DO
MOST = 3400
# how many are under way at once
WINDOW = 60
# the most RRsets of addresses that the module adds
ADDRESSES = 32
# NSD leaves glue out of an answer by UDP that gets longer than 1,480 octets
# with it. What comes near that is asked by TCP.
LONG = 1200
# of NSD, as Unbound has them
LIMITS = ("ipv4-edns-size: 4096", "minimal-responses: yes")
# An alias that grows at each step makes a long chain of compressed names. (The
# standard knows no limit; Debian's dnspython has one.)
dns.name.MAX_COMPRESSION_POINTER_CHAIN = 127


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        first = metafunc.config.getoption("--seed") or 1
        count = metafunc.config.getoption("--count")
        metafunc.parametrize("seed", range(first, first + count))


# --- asking -----------------------------------------------------------------

def query_of(name, rdtype, how):
    """how: without EDNS, with it, or with it and DO; or with it, by TCP."""
    query = dns.message.make_query(
        name, rdtype, use_edns=-1 if how == "plain" else 0,
        want_dnssec=how == "DO", payload=4096)
    query.flags &= ~dns.flags.RD
    return query


class Asker:
    """Asks a server many questions, some at a time, by UDP; and by TCP what
    is truncated, may lack glue, or is to be whole."""

    def __init__(self, port):
        self.port = port
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(1)

    def ask(self, wires, by_tcp):
        """The answers, in the order of the questions.
        by_tcp: for each, whether UDP will not do."""
        answers = [None] * len(wires)
        open_, following, end = {}, iter(range(len(wires))), None
        while True:
            while len(open_) < WINDOW:
                number = next(following, None)
                if number is None:
                    break
                open_[number & 0xffff] = number
                self.send(number, wires)
                end = time.monotonic() + DEADLINE
            if not open_:
                return [self.whole(*each) for each in zip(wires, answers,
                                                          by_tcp)]
            try:
                answer = self.socket.recv(65535)
            except socket.timeout:
                assert time.monotonic() < end, "no answer to " + \
                    dns.message.from_wire(wires[min(open_.values())]).to_text()
                for number in open_.values():
                    self.send(number, wires)
                continue
            number = open_.pop(int.from_bytes(answer[:2], "big"), None)
            if number is not None:
                answers[number] = answer

    def send(self, number, wires):
        self.socket.send(number.to_bytes(4, "big")[2:] + wires[number][2:])

    def whole(self, query, answer, by_tcp):
        if not answer[2] & 2 and len(answer) < LONG and not by_tcp:
            return answer
        with socket.create_connection(("127.0.0.1", self.port),
                                      DEADLINE) as stream:
            stream.sendall(len(query).to_bytes(2, "big") + query)
            with stream.makefile("rb") as answers:
                return answers.read(int.from_bytes(answers.read(2), "big"))

    def close(self):
        self.socket.close()


# --- comparing --------------------------------------------------------------

class Reply:
    """What is compared of an answer."""

    def __init__(self, wire):
        self.message = message = dns.message.from_wire(wire)
        self.rcode = dns.rcode.to_text(message.rcode())
        self.aa = bool(message.flags & dns.flags.AA)
        self.answer, self.authority, self.additional = (
            {(rrset.name, rrset.rdtype, rrset.ttl, record)
             for rrset in section for record in rrset}
            for section in (message.answer, message.authority,
                            message.additional))

    def types(self, section):
        return {rdtype for _, rdtype, _, _ in section}

    def last_type(self):
        """The type that was chosen for ANY; nothing if there is none."""
        if not self.message.answer:
            return None
        last = dns.rdatatype.to_text(self.message.answer[-1].rdtype)
        return None if last == "CNAME" and len(self.message.answer) > 1 \
            else last

    def end(self):
        """The name that the aliases lead to."""
        aliases = {name: record.target for name, rdtype, _, record
                   in self.answer if rdtype == dns.rdatatype.CNAME}
        name = self.message.question[0].name
        while name in aliases:
            name = aliases.pop(name)
        return name

    def glue(self):
        """The addresses of servers at or below the cut, without which it
        can't be passed (RFC 9471)."""
        cuts = {one[0] for one in self.authority
                if one[1] == dns.rdatatype.NS}
        return {one for one in self.additional
                if any(one[0].is_subdomain(cut) for cut in cuts)}

    def refreshed(self, known, age):
        """As it was when it was new: records whose TTL has got at most that
        many seconds less in Unbound's cache have that of a known one."""
        def new(one):
            name, rdtype, ttl, record = one
            return next((other for other in
                         ((name, rdtype, ttl + more, record)
                          for more in range(age + 1)) if other in known), one)
        made = copy.copy(self)
        for section in "answer", "authority", "additional":
            setattr(made, section, set(map(new, getattr(self, section))))
        return made

    def is_referral(self):
        return dns.rdatatype.NS in self.types(self.authority) and \
            dns.rdatatype.SOA not in self.types(self.authority)

    def text(self):
        return self.message.to_text()


OPT = b"\0\0\x29"


def ask(server, questions):
    """The replies. With and without EDNS they are most often the same, and
    read once."""
    asker = Asker(server.port)
    wires = asker.ask([query_of(*one).to_wire() for one in questions],
                      [how == "TCP" for _, _, how in questions])
    asker.close()
    read = {}

    def reply(wire):
        additional = int.from_bytes(wire[10:12], "big")
        same = wire[2:10], additional, wire[12:]
        if additional and wire[-11:-8] == OPT:
            same = wire[2:10], additional - 1, wire[12:-11]
        if same not in read:
            read[same] = Reply(wire)
        return read[same]
    return [reply(wire) for wire in wires]


def ds_of_an_apex(world, rdtype, nsd, ours):
    # the zone below the first one has its parent on the same server
    return rdtype == "DS" and any(ours.end() == zone.apex for zone
                                  in world.zones if zone is not world.child)


def dname_in_an_answer(world, rdtype, nsd, ours):
    return rdtype == "DNAME" and dns.rdatatype.DNAME in \
        ours.types(ours.answer) and nsd.answer == ours.answer and \
        nsd.rcode == ours.rcode and not ours.authority


def dname_twice(world, rdtype, nsd, ours):
    def owners(rdtype):
        return [one[0] for one in ours.answer if one[1] == rdtype]
    names = owners(dns.rdatatype.CNAME)
    # the name that is too long when it comes out of the DNAME again
    too_long = [ours.end()] if ours.rcode == "YXDOMAIN" else []
    return (nsd.answer < ours.answer or too_long) and any(
        sum(name != dname and name.is_subdomain(dname)
            for name in names + too_long) > 1
        for dname in owners(dns.rdatatype.DNAME))


def long_chain(world, rdtype, nsd, ours):
    aliases = [one for one in ours.answer if one[1] == dns.rdatatype.CNAME]
    return len(aliases) > 16 and ours.answer <= nsd.answer


# What differs by design: why, and how it is recognised.
BY_DESIGN = {
    "DS at a zone's apex is the parent's (RFC 4035 3.1.4.1): it is passed on "
    "to Unbound, which may not recurse here": ds_of_an_apex,
    "Unbound leaves out authority where the answer has the qtype, such as a "
    "DNAME on the way (minimal-responses)": dname_in_an_answer,
    "NSD ends where a DNAME is met again (RFC 6672 knows no such end)":
        dname_twice,
    "the module follows 16 aliases, as BIND does; NSD goes on":
        long_chain,
}
# And what is not asked or not compared, for the same reason:
#   - Of ANY one RRset will do (RFC 8482 4.1): NSD is asked for the same type.
#   - Addresses of names that are in no need of glue: each adds what it likes,
#     if it is true.
#   - Addresses in 512 octets, that is, without EDNS: each has as many as fit,
#     and they compress names differently. Delegations full of name servers are
#     asked for by TCP, where all fit.
#   - Glue of more than 32 RRsets: NSD adds all, the module 32. All of these are
#     of servers at or below the cut then, and whole.
#   - Glue that NSD makes of a wildcard below the cut: what is there is another
#     zone's, and no wildcard of this one (RFC 4592 4.2).


def is_of_a_wildcard(world, address):
    name, *rest = address
    known = world.addresses()
    return address not in known and any(
        owner.is_wild() and name.is_subdomain(owner.parent()) and
        others == rest for owner, *others in known)


def rrsets(records):
    return {(name, rdtype) for name, rdtype, *_ in records}


def glue_of(world, nsd, ours):
    """The glue that NSD adds, and that ours is to have."""
    glue = {one for one in nsd.glue() if not is_of_a_wildcard(world, one)}
    added = rrsets(ours.additional)
    if len(added) < ADDRESSES or not added <= rrsets(glue):
        return glue
    return {one for one in glue if one[:2] in added}


def differences(world, rdtype, how, nsd, ours):
    """What differs, in words; nothing if nothing does that should not."""
    found = [f"{field}: {getattr(nsd, field)}, not {getattr(ours, field)}"
             for field in ("rcode", "aa")
             if getattr(nsd, field) != getattr(ours, field)]
    sections = [("answer", nsd.answer, ours.answer),
                ("authority", nsd.authority, ours.authority)]
    if nsd.is_referral() and how != "plain":
        sections.append(("glue", glue_of(world, nsd, ours), ours.glue()))
    found += [f"{section}: only {who} has {record_text(one)}"
              for section, theirs, mine in sections
              for who, some in (("NSD", theirs - mine),
                                ("Unbound", mine - theirs))
              for one in some]
    if found and any(applies(world, rdtype, nsd, ours)
                     for applies in BY_DESIGN.values()):
        found = []
    if len(rrsets(ours.additional)) > ADDRESSES:
        found.append(f"additional: over {ADDRESSES} RRsets")
    return found + [f"additional: {record_text(one)} is not true"
                    for one in ours.additional - world.addresses()]


def record_text(one):
    name, rdtype, ttl, record = one
    return f"{name} {ttl} {dns.rdatatype.to_text(rdtype)} {record}"


class Comparison:
    """NSD and Unbound with the same zones, and what they answered."""

    def __init__(self, world, nsd, unbound, questions):
        self.world, self.questions = world, questions
        began = time.monotonic()
        self.ours = ask(unbound, questions)
        # the most that a TTL can have got less in Unbound's cache
        self.age = int(time.monotonic() - began)
        # Of ANY, any RRset will do: NSD is asked for the same one.
        self.theirs = ask(nsd, [
            (name, rdtype if rdtype != "ANY" else reply.last_type() or "ANY",
             how)
            for (name, rdtype, how), reply in zip(questions, self.ours)])

    def reports(self):
        """A text about each question whose answers differ."""
        for (name, rdtype, how), nsd, ours in zip(
                self.questions, self.theirs, self.ours):
            if self.age:
                ours = ours.refreshed(
                    nsd.answer | nsd.authority | self.world.addresses(),
                    self.age)
            found = differences(self.world, rdtype, how, nsd, ours)
            if found:
                yield "\n".join([
                    f"=== {name} {rdtype} ({how})", *sorted(found),
                    "--- NSD", nsd.text(), "--- Unbound", ours.text()])


def questions_of(world):
    return [(name, rdtype, how) for name, rdtype in world.questions(MOST)
            for how in (world.chance.choice(["plain", "EDNS"]), "DO")] + [
        (name, rdtype, "TCP") for name, rdtype in world.crowded]


def check(comparison, folder):
    reports = list(comparison.reports())
    if reports:
        (folder / "differences").write_text("\n\n".join(reports))
    assert not reports, "\n\n".join([
        f"{len(reports)} of {len(comparison.questions)} questions are "
        f"answered in another way, seed {comparison.world.seed}; all of them "
        f"are in {folder}/differences, the zone files and keys beside it",
        *reports[:5]])


# --- serving ----------------------------------------------------------------

def write(world, folder):
    """Zone files, which NSD finds sound, and the keys, for who has to look;
    returns the zone files' texts by zone."""
    folder.mkdir(exist_ok=True)
    files = {zone.text(): zone.file(world.chance) for zone in world.zones}
    for apex, text in files.items():
        path = folder / f"{apex}.zone"
        path.write_text(text)
        done = subprocess.run(["nsd-checkzone", apex, path], text=True,
                              capture_output=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return files


def serve_by_unbound(laboratory, etcd, world, folder):
    """All keys are put, half of them before Unbound starts, and two more, which
    are waited for: names that change together become visible one after the
    other, so that the first one says nothing yet of those put with it."""
    prefix = f"/helix-{world.seed}"
    pairs = [(f"{prefix}/".encode() + path, value)
             for path, value in world.keys()]
    (folder / "keys").write_text("".join(
        f"{key.decode(errors='backslashreplace')}\t{value!r}\n"
        for key, value in pairs))
    half = len(pairs) // 2
    etcd.put_many(pairs[:half])
    unbound = laboratory.unbound(
        etcd, etcd={"prefix": prefix}, startup_wait="60s",
        zones=[{"name": zone.text(), "ttl": zone.ttl}
               for zone in world.zones],
        server=["access-control: 127.0.0.1/32 allow_snoop",
                "max-udp-size: 4096",
                # What is passed on ends at once. (If it found an NS RRset,
                # Unbound would answer from that, RD being 0.)
                "do-not-query-address: 0.0.0.0/0",
                "do-not-query-address: ::0/0"])
    marker = prefix + "/" + "/".join(
        label.decode() for label in world.marker.labels[-2::-1])
    etcd.put_many(pairs[half:])
    for address in "192.0.2.2", "192.0.2.1":
        etcd.put(f"{marker}/A", json.dumps({"ttl": 5, "rdata": address}))
        # without RD: a wildcard's alias would be followed below a zone cut,
        # whose NS RRset Unbound then gives out by itself
        wait_for(lambda: addresses_of(unbound.ask(world.marker, rd=False)) ==
                 [address], f"{world.marker} was {address}")
    return unbound


@pytest.fixture(scope="module")
def etcd(shared):
    return shared.etcd()


def test_answers_are_those_of_nsd(laboratory, etcd, seed, tmp_path):
    world = World(seed)
    folder = tmp_path / "world"
    nsd = laboratory.nsd(write(world, folder), server=LIMITS)
    unbound = serve_by_unbound(laboratory, etcd, world, folder)
    check(Comparison(world, nsd, unbound, questions_of(world)), folder)
    # its names are odd on purpose
    assert not re.search(r"warning: (?!helix: (key \S+ is served, but looks|"
                         r"\d+ more warnings suppressed))",
                         unbound.log()), unbound.log()


# A question, a line of a zone file, and another line, by which a server's bug
# would show.
BUGS = [
    ("ttl A", "ttl 60 IN A 192.0.2.1", "ttl 61 IN A 192.0.2.1"),
    ("data MX", "data 60 IN MX 1 a", "data 60 IN MX 1 b"),
    ("less A", "less 60 IN A 192.0.2.1\nless 60 IN A 192.0.2.2",
     "less 60 IN A 192.0.2.1"),
    ("nodata A", "nodata 60 IN A 192.0.2.1", "nodata 60 IN TXT x"),
    ("gone A", "gone 60 IN A 192.0.2.1", ""),
    ("ent A", "x.ent 60 IN A 192.0.2.1", ""),
    ("x.wild A", "*.wild 60 IN A 192.0.2.1", "*.wild 60 IN A 192.0.2.2"),
    ("alias A", "alias 60 IN CNAME ttl", "alias 60 IN CNAME nothing"),
    ("x.dname A", "dname 60 IN DNAME wild", "dname 61 IN DNAME wild"),
    ("x.cut A", "cut 60 IN NS ns.cut", "cut 60 IN NS ns.elsewhere"),
    ("x.cut-ttl A", "cut-ttl 60 IN NS ns", "cut-ttl 61 IN NS ns"),
    ("x.uncut A", "uncut 60 IN NS ns", "*.uncut 60 IN A 192.0.2.1"),
    ("x.glue A", "glue 60 IN NS ns.glue\nns.glue 60 IN A 192.0.2.1",
     "glue 60 IN NS ns.glue"),
    ("any ANY", "any 60 IN A 192.0.2.1", "any 60 IN A 192.0.2.2"),
    ("same A", "same 60 IN A 192.0.2.1", None),
    ("never A", "", None),
]
HEAD = """
$ORIGIN example.com.
@ {} IN SOA ns hostmaster 1 3600 600 86400 300
@ 60 IN NS ns
"""


@pytest.mark.parametrize("soa_ttl", [60, 61])
def test_the_comparison_sees_what_differs_and_no_more(laboratory, soa_ttl):
    """Of two NSDs that differ. Otherwise the comparison would be worth
    nothing."""
    world = World(1)
    right = [line for _, line, _ in BUGS]
    wrong = [line if other is None else other for _, line, other in BUGS]
    servers = [laboratory.nsd({"example.com": "\n".join(
        [HEAD.format(ttl), *lines, ""])}, server=LIMITS)
        for ttl, lines in ((60, right), (soa_ttl, wrong))]
    questions = [(dns.name.from_text(name, dns.name.from_text("example.com")),
                  rdtype, "DO")
                 for name, rdtype in (bug[0].split() for bug in BUGS)]
    seen = [not list(Comparison(world, *servers, [one]).reports())
            for one in questions]
    expected = [other is None for _, _, other in BUGS]
    if soa_ttl != 60:
        expected[-1] = False    # of the negative answer
    assert seen == expected
