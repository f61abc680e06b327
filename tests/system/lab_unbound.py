"""Unbound with the module."""

import json
import os
import re
import subprocess

import dns.flags
import dns.message
import dns.query
import dns.rcode

from lab import DEADLINE, MODULE, UNBOUND, Sanitized, free_port, wait_for


class Unbound(Sanitized):
    """Unbound with the module."""

    # It loses a SIGTERM now and then, while it starts or reloads.
    patience = 5

    def __init__(self, folder, etcd_urls, zones=("example.com",),
                 server=(), extra="", etcd=None, startup_wait="30s",
                 binary=None, clients="127.0.0.0/8", more=None,
                 module=MODULE):
        """server: more lines for unbound.conf's server clause; extra: more
        clauses; zones: names, or mappings as in helix.yaml; etcd: more keys
        for helix.yaml's etcd mapping; more: more keys of helix.yaml."""
        super().__init__(folder)
        self.port = free_port()
        self.binary = binary or UNBOUND / "sbin/unbound"
        self.helix_yaml = self.folder / "helix.yaml"
        self.control_socket = self.folder / "control"
        self.etcd = {"endpoints": list(etcd_urls), "heartbeat": "500ms",
                     "connect-timeout": "1s", **(etcd or {})}
        self.more = {"startup-wait": startup_wait, **(more or {})}
        self.configure(zones)
        (self.folder / "unbound.conf").write_text("\n".join([
            "server:",
            '  module-config: "dynlib validator iterator"',
            f"  interface: 127.0.0.1@{self.port}",
            f"  access-control: {clients} allow_setrd",
            "  do-not-query-localhost: no",
            '  username: ""', '  chroot: ""', "  use-syslog: no",
            f'  pidfile: "{self.folder}/pid"',
            f'  directory: "{self.folder}"', '  logfile: ""',
            "  verbosity: 1", "  extended-statistics: yes",
            "  num-threads: 2",
            *("  " + line for line in server),
            "remote-control:", "  control-enable: yes",
            f'  control-interface: "{self.control_socket}"',
            "  control-use-cert: no",
            "dynlib:", f'  dynlib-file: "{module}"', extra]) + "\n")

    def configure(self, zones):
        """Write helix.yaml. JSON is YAML."""
        self.helix_yaml.write_text(json.dumps({
            "etcd": self.etcd, **self.more,
            "zones": [zone if isinstance(zone, dict) else {"name": zone}
                      for zone in zones]}, indent=1))

    def launch_daemon(self):
        self.launch([self.binary, "-d", "-c", self.folder / "unbound.conf"],
                    env={"HELIX_CONF": str(self.helix_yaml)})

    def start(self):
        """Start, and wait until it serves."""
        starts = self.log().count("start of service") \
            if self.log_path.exists() else 0
        self.launch_daemon()
        wait_for(lambda: not self.is_running() or
                 self.log().count("start of service") > starts,
                 lambda: "Unbound started:\n" + self.log())
        assert self.is_running(), self.log()
        return self

    def wait_for_state(self, state):
        """Wait until the last that the log says of etcd is that it is
        "following" it, or has "lost" it."""
        def is_last():
            told = re.findall(r"helix: (following|lost) etcd", self.log())
            return told[-1:] == [state]
        wait_for(is_last, lambda: f"it was {state} etcd:\n{self.log()}")

    def control(self, *words):
        # it ends without a free of all that it has read of unbound.conf
        options = self.sanitizer_options()
        options["ASAN_OPTIONS"] += ":detect_leaks=0"
        return subprocess.run(
            [UNBOUND / "sbin/unbound-control", "-c",
             self.folder / "unbound.conf", *words], text=True,
            env={**os.environ, **options},
            capture_output=True, check=True, timeout=DEADLINE).stdout

    def reload(self, command="reload"):
        """Reload, and wait until it is done: unbound-control is told so
        before, and meanwhile another thread may go on answering."""
        started = self.log().count("start of service")
        self.control(command)
        self.wait_for_log("start of service", started + 1)

    def has_fast_reload(self):
        """Unbound has it from 1.23 on."""
        usage = subprocess.run([UNBOUND / "sbin/unbound-control", "-h"],
                               text=True, capture_output=True)
        return "fast_reload" in usage.stdout + usage.stderr

    def fast_reload(self, *options):
        """options: such as "+p". It is done when the command ends."""
        said = self.control("fast_reload", *options)
        assert said.splitlines()[-1:] == ["ok"], said

    def ask(self, name, rdtype="A", rd=True, tcp=False, timeout=DEADLINE,
            **options):
        """One query; returns the answer as dnspython has it."""
        query = dns.message.make_query(name, rdtype, use_edns=0,
                                       payload=1232, **options)
        if not rd:
            query.flags &= ~dns.flags.RD
        send = dns.query.tcp if tcp else dns.query.udp
        return send(query, "127.0.0.1", timeout, self.port)

    def addresses(self, name, rdtype="A"):
        """The addresses of a name, sorted; the rcode if there is no name."""
        return addresses_of(self.ask(name, rdtype))

    def ttl(self, name, rdtype="A"):
        """The TTL of an answer that does not come out of the cache."""
        self.control("flush_type", name, rdtype)
        return self.ask(name, rdtype).answer[0].ttl

    def wait_for_answer(self, name, expected, rdtype="A"):
        """Wait until a name has just these addresses, or that rcode."""
        seen = None

        def as_expected():
            nonlocal seen
            seen = self.addresses(name, rdtype)
            return seen == expected
        wait_for(as_expected, lambda: f"{name} {rdtype} was {expected}, "
                 f"it is {seen}:\n{self.log()}")


def addresses_of(answer):
    """The addresses in an answer, sorted; its rcode if that is an error."""
    if answer.rcode() != dns.rcode.NOERROR:
        return dns.rcode.to_text(answer.rcode())
    return sorted(record.to_text() for rrset in answer.answer
                  for record in rrset)
