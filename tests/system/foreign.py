"""Other people's DNS servers: what they answer is a test's to say, and when."""

import contextlib
import socket
import threading

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset

import lab
from lab_unbound import addresses_of


def reply(answer=(), authority=None, additional=(), rcode="NOERROR"):
    """What a server says. Records are texts, "owner TTL type rdata"; without
    any authority, what says no has an SOA."""
    return {"rcode": rcode, "sections": (answer, authority, additional)}


class Foreign:
    """A DNS server that keeps what it was asked, and can hold its answers
    back."""

    def __init__(self, folder, says, address="127.0.0.1", port=None):
        """says: gets a name, in lower case and without the last dot, and a
        type; returns a reply(), the records of its answer section alone, an
        rcode, or None for silence."""
        self.says = says
        self.address, self.port = address, port or lab.free_port()
        # names and types, in the order in which they came
        self.asked = []
        self.held = []
        self._holds = None
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.address, self.port))

    def start(self):
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def stop(self):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def stub(self, *zones, kind="stub"):
        """Clauses of unbound.conf by which it is asked about these."""
        return "".join(f'{kind}-zone:\n  name: "{zone}"\n'
                       f"  {kind}-addr: {self.address}@{self.port}\n"
                       for zone in zones)

    def hold(self, which=lambda name, rdtype: True):
        """Answer such questions when they are released."""
        with self._lock:
            self._holds = which

    def release(self):
        """Answer what was held, as it is to be answered now."""
        with self._lock:
            held, self.held, self._holds = self.held, [], None
        for query, client in held:
            self._answer(query, client)

    def wait_until_held(self, text):
        """Wait until a question about a name with that text is held."""
        lab.wait_for(lambda: any(text in question(query)[0]
                                 for query, client in list(self.held)),
                     lambda: f"{text} was asked for: {self.asked[-40:]}")

    def wait_until_asked(self, name, rdtype="A", count=1):
        lab.wait_for(lambda: self.asked.count((name, rdtype)) >= count,
                     lambda: f"{name} {rdtype} was asked for; "
                     f"there was {self.asked}")

    def names(self):
        return {name for name, rdtype in self.asked}

    def _run(self):
        with contextlib.suppress(OSError):
            while True:
                wire, client = self._socket.recvfrom(65536)
                if not wire:
                    return
                query = dns.message.from_wire(wire)
                self.asked.append(question(query))
                with self._lock:
                    held = self._holds and self._holds(*question(query))
                    if held:
                        self.held.append((query, client))
                if not held:
                    self._answer(query, client)

    def _answer(self, query, client):
        name, rdtype = question(query)
        said = self.says(name, rdtype)
        if said is None:
            return
        if isinstance(said, str):
            said = reply(rcode=said)
        elif not isinstance(said, dict):
            said = reply(said)
        answer = dns.message.make_response(query, recursion_available=True)
        answer.set_rcode(dns.rcode.from_text(said["rcode"]))
        records, authority, additional = said["sections"]
        if authority is None:
            authority = [] if records or said["rcode"] in (
                "REFUSED", "SERVFAIL") else [soa(name)]
        # a referral is not authoritative
        if records or not any(" NS " in text for text in authority):
            answer.flags |= dns.flags.AA
        for section, texts in zip((answer.answer, answer.authority,
                                   answer.additional),
                                  (records, authority, additional)):
            section += [record(text) for text in texts]
        with contextlib.suppress(OSError):
            self._socket.sendto(answer.to_wire(), client)


def question(query):
    """The name, in lower case, and the type."""
    asked = query.question[0]
    return (asked.name.to_text(omit_final_dot=True).lower(),
            dns.rdatatype.to_text(asked.rdtype))


def soa(name):
    """The SOA of a zone that may have a name."""
    return ".".join(name.split(".")[-2:]) + \
        ". 60 SOA ns. hostmaster. 1 3600 600 86400 60"


def record(text):
    owner, ttl, rdtype, rdata = text.split(None, 3)
    return dns.rrset.from_text(dns.name.from_text(owner), int(ttl), "IN",
                               rdtype, rdata)


class Asked:
    """A query that was sent, and whose answer may come later."""

    def __init__(self, unbound, name, rdtype="A", **options):
        self.name, self.rdtype = name, rdtype
        self._query = dns.message.make_query(name, rdtype, use_edns=0,
                                             payload=1232, **options)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", unbound.port))
        self._socket.send(self._query.to_wire())
        self._answer = None

    def is_answered(self):
        if not self._answer:
            with contextlib.suppress(BlockingIOError):
                self._answer = dns.message.from_wire(
                    self._socket.recv(65536, socket.MSG_DONTWAIT))
                self._socket.close()
                assert self._query.is_response(self._answer)
        return self._answer is not None

    def answer(self):
        lab.wait_for(self.is_answered,
                     f"{self.name} {self.rdtype} was answered")
        return self._answer

    def addresses(self):
        """As Unbound.addresses() of lab_unbound.py."""
        return addresses_of(self.answer())
