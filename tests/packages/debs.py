"""Packages as files: what is in them, and others made of them, such as the
security update that Debian has not published yet."""

import contextlib
import hashlib
import re
import shutil
import tempfile
from pathlib import Path

from root import run_here


def field(deb, name):
    """A field of a package's control file; empty if it has none."""
    return run_here("dpkg-deb", "-f", deb, name).strip()


def named(folder, package):
    """The file of a package in a folder."""
    found, = Path(folder).glob(f"{package}_*.deb")
    return found


@contextlib.contextmanager
def unpacked(deb):
    with tempfile.TemporaryDirectory() as place:
        tree = Path(place, "tree")
        run_here("dpkg-deb", "-R", deb, tree)
        yield tree


def pack(tree, folder):
    """Make a package of a tree; returns its file."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    # without the compression that takes longer than the tests
    said = run_here("dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "-b",
                    tree, folder)
    return Path(said.rpartition(" in '")[2].rstrip("'.\n"))


def changed(deb, folder, changes):
    """The same package, with other text in its control file; returns its file.
    changes: pairs of old and new."""
    with unpacked(deb) as tree:
        control = tree / "DEBIAN/control"
        text = control.read_text()
        for old, new in changes:
            assert old in text, (old, text)
            text = text.replace(old, new)
        control.write_text(text)
        return pack(tree, folder)


def raised(debs, folder, version):
    """The same packages of one source, in a later version, depending on each
    other in that version. Returns the folder."""
    for deb in debs:
        changed(deb, folder, [(field(deb, "Version"), version)])
    return Path(folder)


def abi_of(module):
    """The build-id of the daemon that a package of the module depends on."""
    found, = re.findall(r"unbound-dynlib-abi-([0-9a-f]+)",
                        field(module, "Depends"))
    return found


def another_build(debs, folder, suffix):
    """The same pair of packages, as from a build of a daemon that has another
    build-id: the daemon's own, the one that the module was compiled for, and
    the dependency between them. suffix: what makes the versions later. Returns
    the folder."""
    old = abi_of(named(debs, "unbound-helix"))
    new = hashlib.sha256(old.encode()).hexdigest()[:len(old)]
    changes = 0
    for package in "unbound", "unbound-helix":
        deb = named(debs, package)
        version = field(deb, "Version")
        with unpacked(deb) as tree:
            for file in tree.rglob("*"):
                if file.is_symlink() or not file.is_file():
                    continue
                content = file.read_bytes()
                made = content.replace(old.encode(), new.encode()).replace(
                    bytes.fromhex(old), bytes.fromhex(new))
                if file == tree / "DEBIAN/control":
                    made = made.replace(version.encode(),
                                        version.encode() + suffix.encode())
                if made != content:
                    file.write_bytes(made)
                    changes += 1
            pack(tree, folder)
    # two control files, the daemon, the module and helixctl
    assert changes >= 5, changes
    return Path(folder)


def empty_folder(folder):
    shutil.rmtree(folder, ignore_errors=True)
    Path(folder).mkdir(parents=True)
    return Path(folder)
