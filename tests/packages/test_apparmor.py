"""AppArmor's profile of Debian's Unbound, with our rules: each file that the
module uses is allowed, and each of our rules is for one. That is compared, as
kernels without AppArmor cannot enforce it; apparmor_parser reads the profile as
it would for one that can."""

import re
import signal

import pytest

from confinement import STRACE, Profile, uses
from full import (HELIX_YAML, NAME, SNAPSHOT, SOCKET, FullHost, SecureEtcd)
from lab import SOURCE, wait_for
from upstream import ANSWER, Upstream

PROFILE = "/etc/apparmor.d/usr.sbin.unbound"
ADDITIONS = "/etc/apparmor.d/local/usr.sbin.unbound"
PARSE = ["apparmor_parser", "--skip-kernel-load", "--skip-cache", PROFILE]


def parsed(root):
    """The profile, as apparmor_parser reads it."""
    read = root.run(PARSE)
    # that it has no kernel to ask is no news
    assert not re.search("(?i)error|could not|syntax", read.output), read
    return Profile(root.run([*PARSE, "--preprocess"]).stdout)


class Confined:
    """A run of Unbound as its unit starts it, under strace."""

    def __init__(self, root, packages, folder):
        self.root = root
        self.etcd = SecureEtcd(root, folder / "etcd")
        try:
            with Upstream(root):
                self._run(packages, folder)
        finally:
            self.etcd.stop()

    def _run(self, packages, folder):
        root = self.root
        # in this order, as on a host that confined Unbound before
        root.install("apparmor", "strace", "ca-certificates")
        host = FullHost(root, packages, self.etcd)
        root.write("/etc/unbound/unbound.conf.d/log.conf",
                   "server:\n\tuse-syslog: no\n")
        self.profile = parsed(root)
        additions = root.read(ADDITIONS)
        root.write(ADDITIONS, "")
        self.debians = parsed(root)
        root.write(ADDITIONS, additions)
        # systemd-tmpfiles does that where systemd runs
        root.run("install -d -o unbound -g unbound /run/unbound")
        root.run("/usr/libexec/unbound-helper root_trust_anchor_update")
        log = folder / "log"
        daemon = root.start([*STRACE, "/root/trace", "/usr/sbin/unbound", "-d",
                             "-p"], log)
        host.wait_for_answer("www.helix.test", "192.0.2.1")
        assert host.ask("there.outside.test") == ANSWER
        wait_for(lambda: root.exists(SNAPSHOT), "there was a snapshot")
        assert NAME in host.status()
        root.run("unbound-control reload")
        host.wait_for_answer("www.helix.test", "192.0.2.1")
        # etcd by the authorities that the system trusts, which it is not of
        root.write("/etc/unbound/helix.yaml", re.sub(
            r"\n    ca: .*", "", HELIX_YAML) + "startup-wait: 1s\n")
        root.run("unbound-control reload")
        wait_for(lambda: re.search("helix: .*certificate", log.read_text()),
                 lambda: "the certificate was refused:\n" + log.read_text())
        pid, = root.run("grep -lx unbound /proc/[0-9]*/comm").stdout.split()
        root.run(["kill", f"-{signal.SIGTERM}", pid.split("/")[2]])
        assert daemon.wait(60) == 0, log.read_text()
        self.uses = uses("".join(
            file.read_text() for file in root.path("/root").glob("trace.*")))


@pytest.fixture(scope="module")
def confined(make_shared_root, packages, tmp_path_factory):
    return Confined(make_shared_root(), packages,
                    tmp_path_factory.mktemp("confined"))


def test_all_that_is_used_is_allowed(confined):
    assert len(confined.uses) > 60
    paths = {path for path, _ in confined.uses}
    assert {SNAPSHOT, f"{SNAPSHOT}.new", SOCKET, "/etc/unbound/helix.yaml",
            "/etc/unbound/helix.password", "/etc/unbound/helix.key",
            "/etc/ssl/certs/ca-certificates.crt", "/etc/hosts",
            "/var/lib/unbound/root.key"} <= paths
    assert any(path.endswith("/unbound/helix.so") for path in paths)
    refused = {use for use in confined.uses
               if not confined.profile.allows(*use)}
    assert not refused


def test_debians_profile_alone_is_not_enough(confined):
    """So each of our rules is needed; and no more than these are."""
    refused = {use for use in confined.uses
               if not confined.debians.allows(*use)}
    assert refused == {
        ("/etc/gnutls/config", "r"),
        ("/var/lib/unbound/", "r"),
        (f"{SNAPSHOT}.new", "k"),
        (SOCKET, "rw"), (SOCKET, "w"), (SOCKET, "r")}


@pytest.mark.parametrize("path, permissions, allowed", [
    ("/etc/unbound/helix.yaml", "w", False),
    ("/etc/unbound/helix.password", "w", False),
    ("/etc/shadow", "r", False),
    ("/usr/lib/x86_64-linux-gnu/unbound/helix.so", "mr", True),
    ("/usr/lib/x86_64-linux-gnu/unbound/helix.so", "w", False),
    ("/usr/bin/dash", "m", False),
    ("/run/unbound/", "r", True),
    ("/run/unbound/any/other", "w", False),
    ("/run/systemd/private", "rw", False),
    ("/var/lib/unbound/other.snapshot.new", "rwk", True),
    ("/var/lib/unbound/unbound_control.key", "r", True),
    ("/var/lib/unbound/sub/unbound_control.key", "r", False),
    ("/etc/ssl/private/host.key", "r", False),
])
def test_what_else_is_allowed(confined, path, permissions, allowed):
    """Neither more than is said, nor what Debian's denies."""
    assert confined.profile.allows(path, permissions) == allowed


def test_it_keeps_to_what_helix_may_do(confined):
    """Capabilities, and the drop-in for systemd: the one allows what the other
    does, but for a chroot."""
    assert confined.profile.capabilities == confined.debians.capabilities
    drop_in = (SOURCE / "conf/systemd/hardening.conf").read_text()
    given = re.findall(r"CAP_(\w+)", " ".join(
        re.findall("^CapabilityBoundingSet=.*", drop_in, re.M)))
    assert {name.lower() for name in given} == \
        confined.profile.capabilities - {"sys_chroot"}


def test_with_debian_13s_profile(confined, trixie_root):
    """Its apparmor_parser reads the same rules, and its profile needs no
    others."""
    trixie_root.install("unbound", "apparmor")
    trixie_root.write("/usr/share/unbound-helix/apparmor", (
        SOURCE / "conf/apparmor/unbound-helix").read_text())
    trixie_root.write(ADDITIONS, confined.root.read(ADDITIONS))
    profile = parsed(trixie_root)
    assert not {use for use in confined.uses if not profile.allows(*use)}
