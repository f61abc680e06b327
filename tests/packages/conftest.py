"""What the tests of the packages can ask for. They are run by
`tools/check --packages`, as root."""

import itertools
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import root as lab_root
from lab import SOURCE

ROOTS = lab_root.BUILD / "roots"
_numbers = itertools.count()


def pytest_sessionstart(session):
    if os.geteuid():
        pytest.exit("the tests of the packages need root: they make Debian's "
                    "root folders, and namespaces", 2)
    for program in "debootstrap", "systemd-nspawn", "dpkg-scanpackages":
        if shutil.which(program) is None:
            pytest.exit(f"{program} is missing: tools/install-deps packages", 2)
    lab_root.remove_leftovers(ROOTS)


def _make_roots():
    made = []

    def make(suite="bookworm", packages=()):
        folder = ROOTS / f"{os.getpid()}-{next(_numbers)}"
        folder.parent.mkdir(parents=True, exist_ok=True)
        made.append(lab_root.make_root(folder, suite, packages))
        return made[-1]
    yield make
    for root in reversed(made):
        root.close()


@pytest.fixture
def make_root():
    """A function that makes a fresh Debian: make_root(suite, packages)."""
    yield from _make_roots()


@pytest.fixture(scope="module")
def make_shared_root():
    """The same for a whole file of tests."""
    yield from _make_roots()


@pytest.fixture
def root(make_root):
    """A fresh, minimal Debian 12."""
    return make_root()


@pytest.fixture
def trixie_root(make_root):
    """A fresh, minimal Debian 13."""
    return make_root("trixie")


@pytest.fixture
def system(make_root):
    """A fresh Debian 12 in which systemd is booted; `run` runs there."""
    root = make_root(packages=["systemd-sysv", "dbus"])
    root.boot()
    return root


def source_files(*more):
    """The files of this source that packages are made of, and those in more
    folders."""
    done = subprocess.run(["git", "-C", SOURCE, "ls-files", "-co",
                           "--exclude-standard"],
                          capture_output=True, text=True)
    if not done.returncode:
        names = [Path(name) for name in done.stdout.splitlines()]
    else:
        names = [file.relative_to(SOURCE) for file in SOURCE.rglob("*")
                 if file.is_file()]
    return sorted(name for name in names
                  if name.parts[0] in ("conf", "m4", "module", "tools",
                                       *more) or
                  len(name.parts) == 1)


@pytest.fixture(scope="session")
def packages():
    """The folder of the packages that tools/build-deb has made of this source:
    $HELIX_PACKAGES, or else made once for each state of the source."""
    if given := os.environ.get("HELIX_PACKAGES"):
        return Path(given)
    digest = lab_root.digest(SOURCE / name for name in source_files()
                             if (SOURCE / name).is_file())
    folder = lab_root.BUILD / f"debs-{digest[:16]}"
    if not folder.exists():
        new = folder.with_suffix(".new")
        lab_root.run_here(SOURCE / "tools/build-deb", "--suite", "bookworm",
                          new)
        new.rename(folder)
    return folder
