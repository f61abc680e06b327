"""Packages as files: what is in them, and others made of them, such as the
security update that Debian has not published yet."""

import contextlib
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


def empty_folder(folder):
    shutil.rmtree(folder, ignore_errors=True)
    Path(folder).mkdir(parents=True)
    return Path(folder)
