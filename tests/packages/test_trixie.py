"""Debian 13, bare: what tools/install-deps installs there builds the module
with either compiler without a warning, and with that release's libraries and
its etcd 3.5 it does all that the unit tests and the main system tests ask.
Where the mirror has no source of that release's Unbound, it is Debian 12's,
compiled there.

Takes about a quarter of an hour on two cores."""

import re

import pytest

from test_production import unpack_source

# Where everybody may look: some tests run a program as nobody.
TREE = "/srv/unbound-helix"
UNBOUND = f"{TREE}/build/unbound"

# Each meets something that is another one in Debian 13: etcd's v3 and v2 APIs
# and its way to lose and compact, libcurl and its TLS, the C library's names
# and files, BIND, ldns and zonemaster as judges.
SYSTEM_TESTS = (
    "aliases", "answers", "bad_keys", "chains", "ctl_check",
    "ctl_check_connect", "ctl_completion", "ctl_enable", "ctl_lint",
    "ctl_status", "ctl_zonefiles", "delegation", "dns64", "ends", "idle",
    "leases", "life", "security", "snapshot", "status_http",
    "status_metrics", "types", "v2", "zonemaster")

# A test may be told that it is not for root, or for this machine. More than
# these, and the tests are not what they seem.
SKIPPED_AT_MOST = 12


@pytest.fixture(scope="module")
def trixie(make_shared_root):
    """With all that tests use, Unbound, and the module built by gcc."""
    root = make_shared_root("trixie")
    unpack_source(root, TREE)
    in_tree(root, "tools/install-deps developer")
    in_tree(root, f"tools/build-unbound {UNBOUND}")
    build(root, "gcc")
    return root


def in_tree(root, command, **options):
    # etcd and libcurl are not to take the way to the mirrors
    proxy = {} if command.startswith("tools/") else \
        {"http_proxy": "", "HELIX_TEST_DEADLINE": "120"}
    return root.run(command, cwd=TREE, env=proxy, timeout=1800, **options)


def build(root, compiler):
    in_tree(root, f"tools/build-module build/{compiler} {UNBOUND} "
            f"--enable-werror CC={compiler}")


def count(output, word):
    """How often automake has counted something."""
    return sum(int(number) for number in
               re.findall(rf"^# {word}: +(\d+)$", output, re.MULTILINE))


def check(root, compiler, target, skipped=0):
    """Have make run tests, all of which have to pass, and say how many have.
    What those that fail have printed is in the message."""
    folder = f"build/{compiler}"
    done = in_tree(root, f"make -C {folder} -j2 {target}", check=False)
    failed = sorted(set(re.findall(r"^(?:FAIL|ERROR|XPASS): (\S+)",
                                   done.output, re.MULTILINE)))
    logs = "\n".join(
        root.read(f"{TREE}/{folder}/{test.removesuffix('.py')}.log")[-8000:]
        for test in failed)
    assert not failed and not done.returncode, \
        f"{target}: {failed}\n{logs or done.output[-8000:]}"
    assert count(done.output, "SKIP") <= skipped, done.output
    return count(done.output, "PASS")


def test_it_is_debian_13(trixie):
    """What is tested below is what this release has."""
    def version(command, expression):
        said = trixie.run(command).output
        found = re.search(expression, said)
        assert found, said
        return tuple(int(number) for number in found.groups())
    assert trixie.read("/etc/debian_version").startswith("13")
    assert version("gcc -dumpversion", r"^(\d+)") >= (14,)
    assert version("clang --version", r"version (\d+)") >= (19,)
    assert version("etcd --version", r"Version: (\d+)\.(\d+)") >= (3, 5)
    assert version("curl --version", r"libcurl/(\d+)\.(\d+)") >= (8, 14)
    assert version("openssl version", r"OpenSSL (\d+)\.(\d+)") >= (3, 5)
    linked = trixie.run(["ldd", f"{TREE}/build/gcc/.libs/helix.so"]).stdout
    for library in "libcurl", "libcjson", "libyaml", "liburcu", "libxxhash":
        assert re.search(rf"{library}[-.\w]* => /", linked), linked
    assert "not found" not in linked


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_unit_tests(trixie, compiler):
    build(trixie, compiler)
    assert check(trixie, compiler, "check-unit") > 800


@pytest.mark.parametrize("name", SYSTEM_TESTS)
def test_system_tests(trixie, name):
    test = f"tests/system/test_{name}.py"
    assert check(trixie, "gcc", f"check TESTS={test}", SKIPPED_AT_MOST) > 0
