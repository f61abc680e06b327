"""NSD: the world outside of etcd."""

import dns.exception
import dns.message
import dns.query

from lab import Server, free_port, wait_for


class Nsd(Server):
    """The world outside: an authoritative server."""

    def __init__(self, folder, zones, server=(), address="127.0.0.1",
                 port=None):
        """zones: from a zone's name to the text of its zone file; server:
        more lines for nsd.conf's server clause."""
        super().__init__(folder)
        self.address = address
        self.port = port or free_port()
        lines = ["server:", f"  ip-address: {self.address}@{self.port}",
                 f'  zonesdir: "{self.folder}"', f'  database: ""',
                 f'  xfrdfile: "{self.folder}/xfrd"',
                 f'  zonelistfile: "{self.folder}/zonelist"',
                 f'  pidfile: ""', '  username: ""', "  rrl-ratelimit: 0",
                 *("  " + line for line in server),
                 "remote-control:", "  control-enable: no"]
        for name, text in zones.items():
            (self.folder / f"{name}.zone").write_text(text)
            lines += ["zone:", f'  name: "{name}"',
                      f'  zonefile: "{name}.zone"']
        (self.folder / "nsd.conf").write_text("\n".join(lines) + "\n")

    def start(self):
        self.launch(["/usr/sbin/nsd", "-d", "-c", self.folder / "nsd.conf"])
        wait_for(self.answers, lambda: "NSD answered:\n" + self.log())
        return self

    def answers(self):
        assert self.is_running(), self.log()
        query = dns.message.make_query(".", "NS")
        try:
            return dns.query.udp(query, self.address, 0.2, self.port)
        except (dns.exception.Timeout, OSError):
            return False
