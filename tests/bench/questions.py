"""What the servers are asked, and what they must answer."""

import itertools
import random
import socket
import struct
from collections import namedtuple

import dns.rcode
import dns.rdatatype

from servers import ZONE, name

HITS, FIRST, NODATA = "hits", "first asked", "no data"
NXDOMAIN, DEEP = "no such name", "... of 4 labels"
KINDS = (HITS, FIRST, NODATA, NXDOMAIN, DEEP)

# How many of the names are asked for over and over.
HOT = 1000
# How many questions are on their way at any time.
WINDOW = 10

Question = namedtuple("Question", "name rdtype rcode answers")


def hot_names(size):
    """The same for all, and from all over the zone."""
    return random.Random(1).sample(range(size), min(size, HOT))


def _random_label(chance):
    return f"x{chance.getrandbits(40):010x}"


def questions(kind, size, seed=0):
    """The questions of a kind, as many as one takes of them. Those of "first
    asked" come to an end: there is none where all names are hot."""
    hot = hot_names(size)
    chance = random.Random(seed)
    if kind == HITS:
        for number in itertools.cycle(hot):
            yield Question(name(number), "A", "NOERROR", 1)
    elif kind == FIRST:
        others = list(set(range(size)) - set(hot))
        chance.shuffle(others)
        for number in others:
            yield Question(name(number), "A", "NOERROR", 1)
    elif kind == NODATA:
        for number in itertools.cycle(hot):
            yield Question(name(number), "AAAA", "NOERROR", 0)
    else:
        labels = 4 if kind == DEEP else 1
        while True:
            yield Question(".".join([*(_random_label(chance)
                                       for _ in range(labels)), ZONE]),
                           "A", "NXDOMAIN", 0)


def wire(question, number):
    labels = b"".join(bytes([len(label)]) + label.encode()
                      for label in question.name.split("."))
    return struct.pack("!HHHHHH", number, 0x100, 1, 0, 0, 0) + labels + \
        struct.pack("!BHH", 0, dns.rdatatype.from_text(question.rdtype), 1)


def check(question, answer):
    """The answer to a question is as expected."""
    seen = (dns.rcode.to_text(answer[3] & 15),
            struct.unpack("!H", answer[6:8])[0])
    assert seen == (question.rcode, question.answers), (question, seen)


def ask(port, asked):
    """Ask all these questions, several at a time, and check each answer."""
    asked = iter(asked)
    waiting = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect(("127.0.0.1", port))
        udp.settimeout(30)

        def send(numbered):
            for number, question in numbered:
                waiting[number % 65536] = question
                udp.send(wire(question, number % 65536))
        numbered = enumerate(asked)
        send(itertools.islice(numbered, WINDOW))
        while waiting:
            answer = udp.recv(4096)
            check(waiting.pop(struct.unpack("!H", answer[:2])[0]), answer)
            send(itertools.islice(numbered, 1))
