"""A DNS server in a root's network, for the names that Unbound is to forward:
it gives every name of one zone the same address, and counts."""

import socket
import threading

import dns.flags
import dns.message
import dns.rrset

ADDRESS = "127.0.0.9"
ANSWER = "198.51.100.9"

FORWARD = f"""
server:
	do-not-query-localhost: no
	domain-insecure: "outside.test"
	local-zone: "test." nodefault
forward-zone:
	name: "outside.test"
	forward-addr: {ADDRESS}
"""


class Upstream:
    """Answers until it is closed."""

    def __init__(self, root):
        self.asked = 0
        self.socket = root.listen((ADDRESS, 53), socket.SOCK_DGRAM)
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        while True:
            wire, client = self.socket.recvfrom(4096)
            if not wire:
                return
            query = dns.message.from_wire(wire)
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.AA
            question = query.question[0]
            if question.rdtype == dns.rdatatype.A:
                answer.answer.append(dns.rrset.from_text(
                    question.name, 3600, "IN", "A", ANSWER))
            self.asked += 1
            self.socket.sendto(answer.to_wire(), client)

    def close(self):
        self.socket.settimeout(None)
        # an empty datagram from itself ends it
        self.socket.sendto(b"", (ADDRESS, 53))
        self.thread.join()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
