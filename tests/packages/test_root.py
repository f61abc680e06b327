"""The laboratory itself: a Debian in a folder, as the other tests take it."""

import os
from pathlib import Path

import root as lab_root


def test_debians_unbound_answers(system):
    """systemd, apt, port 53 and the journal are as on a host."""
    system.install("unbound", "dns-root-data", "bind9-dnsutils")
    system.write("/etc/unbound/unbound.conf.d/test.conf",
                 'server:\n  local-data: "there.test. A 192.0.2.1"\n')
    system.run("systemctl restart unbound")
    assert system.run("dig +short there.test @127.0.0.1").stdout == \
        "192.0.2.1\n"
    assert "start of service" in system.system.journal("unbound")
    assert system.version("unbound")
    assert system.version("unbound-helix") is None


def test_nothing_of_it_is_left(root):
    """Its processes, also those that have gone away from their parent, end
    with it, and no mount of it is seen here."""
    root.run("setsid --fork sleep 1000")
    sleeping, = root.run("grep -lx sleep /proc/[0-9]*/comm").stdout.split()
    namespace = os.readlink(f"/proc/{root.first}/ns/pid")
    assert sleeping and str(root.folder) not in \
        Path("/proc/self/mounts").read_text()
    folder = root.folder
    lab_root.Root.close(root, keep=True)
    living = []
    for place in Path("/proc").glob("[0-9]*/ns/pid"):
        try:
            living.append(os.readlink(place))
        except OSError:
            continue
    assert namespace not in living
    # for the fixture, which closes it once more
    root.__init__(folder)


def test_a_command_that_fails_says_why(root):
    done = root.run("echo one; echo two >&2; exit 3", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, "one\n", "two\n")
    assert root.run("id -un", user="nobody").stdout == "nobody\n"
    assert root.run("cat", input="in\n", cwd="/tmp").stdout == "in\n"
