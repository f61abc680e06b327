"""lintian, which judges packages by Debian's policy."""

import re
import shutil

import pytest

from debs import field, named, unpacked


@pytest.fixture(scope="module")
def judge(make_shared_root):
    """A Debian with lintian."""
    return make_shared_root("bookworm", ["lintian"])


def tags(root, folder, *options):
    """What lintian says of the packages in a folder: tag and package."""
    done = root.run(["lintian", "--tag-display-limit=0", "--display-info",
                     *options, *(f"/srv/{folder}/{deb.name}" for deb in
                                 root.path(f"/srv/{folder}").glob("*.deb"))],
                    check=False)
    assert done.returncode in (0, 1, 2), done
    found = set()
    for line in done.stdout.splitlines():
        if match := re.match(r"([EWIPX]): (\S+?): (\S+)", line):
            found.add(match.groups())
        else:
            assert line.startswith("N:"), line
    return found


def put(root, folder, debs):
    inside = root.path(f"/srv/{folder}")
    inside.mkdir()
    for deb in debs:
        shutil.copy(deb, inside)


def test_the_modules_package_is_clean(judge, packages):
    put(judge, "module", [named(packages, "unbound-helix")])
    assert not tags(judge, "module", "--pedantic")


def test_each_override_has_its_reason(packages, tmp_path):
    """In a comment above it."""
    for deb in packages.rglob("*.deb"):
        with unpacked(deb) as tree:
            for file in tree.glob("usr/share/lintian/overrides/*"):
                if "helix" not in file.name and "dynlib" not in file.name:
                    continue
                lines = file.read_text().splitlines()
                for above, line in zip(["", *lines], lines):
                    assert line.startswith("#") or above.startswith("#") or \
                        above.split()[1:2] == line.split()[1:2], (file, line)


def test_unbounds_packages_are_as_clean_as_debians(judge, packages):
    """The option that is added costs them nothing."""
    ours = [deb for deb in sorted(packages.rglob("*.deb"))
            if not re.match("unbound-helix|.*-dbgsym_", deb.name)]
    put(judge, "ours", ours)
    theirs = [field(deb, "Package") for deb in ours
              if field(deb, "Package") != "unbound-dynlib-dev"]
    judge.path("/srv/theirs").mkdir()
    judge.run(["apt-get", "download", *theirs], cwd="/srv/theirs")
    told = tags(judge, "ours") - tags(judge, "theirs")
    assert not told, told
