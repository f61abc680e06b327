"""A client that is quick: it reads of an answer no more than it needs."""

import socket
import struct

import dns.name

import lab


def packet(name, rdtype=1, option=b""):
    """A query, but for its first two octets, the ID.
    option: of EDNS, whole; without any, there is no EDNS."""
    edns = struct.pack("!BHHIH", 0, 41, 1232, 0, len(option)) + option \
        if option else b""
    return (struct.pack("!HHHHH", 0x0100, 1, 0, 0, 1 if option else 0) +
            dns.name.from_text(name).to_wire() +
            struct.pack("!HH", rdtype, 1) + edns)


def said(wire):
    """What an answer says: the last address in it, as octets, b"" if there
    is none, or an rcode."""
    if wire[3] & 15:
        return wire[3] & 15
    at, last = _skip_name(wire, 12) + 4, b""
    for _ in range(wire[7] + 256 * wire[6]):
        at = _skip_name(wire, at)
        rdtype, rdlen = wire[at + 1], wire[at + 9] + 256 * wire[at + 8]
        at += 10
        if rdtype == 1:
            last = wire[at:at + rdlen]
        at += rdlen
    return last


def _skip_name(wire, at):
    while True:
        octet = wire[at]
        if octet >= 0xc0:
            return at + 2
        at += 1 + octet
        if octet == 0:
            return at


class Crowd:
    """Several clients, which one thread of Unbound or the other answers."""

    def __init__(self, unbound, size):
        self.sockets = []
        for _ in range(size):
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            made.settimeout(lab.DEADLINE)
            made.connect(("127.0.0.1", unbound.port))
            self.sockets.append(made)

    def close(self):
        for made in self.sockets:
            made.close()

    def ask(self, name, rounds):
        """Each of them asks so often, all at once; yields what was said."""
        query = packet(name)
        for number in range(rounds):
            for made in self.sockets:
                made.send(struct.pack("!H", number) + query)
        for made in self.sockets:
            for _ in range(rounds):
                yield said(made.recv(4096))
