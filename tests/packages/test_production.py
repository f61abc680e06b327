"""README, "In production": from a bare Debian to an answer, by the commands as
they are printed."""

import re

from conftest import source_files
from debs import named
from documents import commands_of, is_as_told
from lab import SOURCE, wait_for

TREE = "/root/unbound-helix"


def unpack_source(root, tree=TREE):
    """The source, as somebody has it who has fetched it."""
    for name in source_files("tests"):
        file = root.path(f"{tree}/{name}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((SOURCE / name).read_bytes())
        file.chmod((SOURCE / name).stat().st_mode)


def installed(root):
    return set(root.run("dpkg-query -W -f '${Package}\\n'").stdout.split())


def test_from_bare_to_an_answer(system, packages):
    """And what tools/build-deb makes there is what it made here, octet for
    octet, though that was another root, on another day."""
    commands = commands_of("packages")
    assert len(commands) <= 10
    tool, build, install, *rest = commands
    assert build[0].startswith("tools/build-deb ")
    unpack_source(system)
    before = installed(system)

    def run(command, expected):
        done = None

        def as_told():
            nonlocal done
            done = system.run(command, cwd=TREE, timeout=3600)
            return not expected or is_as_told(
                [line for line in done.output.splitlines() if line], expected)
        # a question may be asked again: etcd takes its milliseconds
        if command.startswith("dig "):
            wait_for(as_told, lambda: f"it was {expected}: {done}")
        else:
            assert as_told(), (expected, str(done))
    run(*tool)
    run(*build)
    # what builds is no dependency of this host's
    more = installed(system) - before
    assert not {package for package in more
                if re.search("-dev$|^gcc|^libtool|^flex", package)}, more
    made = system.path(f"{TREE}/{build[0].split()[1]}")
    assert same_octets(made, packages)
    for command in install, *rest:
        run(*command)
    modules = system.run("unbound-checkconf -o module-config").stdout
    assert "dynlib" in modules
    assert "unbound-helix" in installed(system)
    assert system.run("systemctl is-active unbound").stdout == "active\n"
    # as README says, at the next start it is the same
    system.system.stop()
    system.boot()
    question, expected = rest[-1]
    wait_for(lambda: system.run(question, check=False).stdout.splitlines() ==
             expected, "the name was answered after a boot")


def same_octets(one, other):
    """Whether the same packages are in two folders."""
    names = {deb.relative_to(one) for deb in one.rglob("*.deb")}
    assert names == {deb.relative_to(other) for deb in other.rglob("*.deb")}
    assert named(one, "unbound-helix") and named(one, "unbound")
    different = [name for name in sorted(names)
                 if (one / name).read_bytes() != (other / name).read_bytes()]
    assert not different, different
    return True
