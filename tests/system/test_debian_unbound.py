"""conf/debian-unbound/: how Debian's source package unbound is changed. It is a
small one here."""

import subprocess

import pytest

from lab import SOURCE

FOLDER = SOURCE / "conf/debian-unbound"

CHANGELOG = """unbound ({version}) bookworm; urgency=medium

  * All that Debian has done.

 -- Debian <debian@debian.invalid>  Mon, 02 Jan 2023 03:04:05 +0000
"""

RULES = """#!/usr/bin/make -f
%:
\tdh $@
override_dh_auto_configure:
\tdh_auto_configure -- \\
\t\t--with-pythonmodule \\
\t\t--enable-subnet
"""

CONTROL = """Source: unbound
Maintainer: Debian <debian@debian.invalid>

Package: unbound
Architecture: any
Description: the daemon

Package: libunbound8
Architecture: any
Description: the library
"""


@pytest.fixture
def package(tmp_path):
    """A function that makes such a package of a version; returns its folder."""
    def make(version="1.17.1-2+deb12u4", rules=RULES):
        debian = tmp_path / "debian"
        debian.mkdir()
        (debian / "changelog").write_text(CHANGELOG.format(version=version))
        (debian / "rules").write_text(rules)
        (debian / "control").write_text(CONTROL)
        return tmp_path
    return make


def apply(folder, revision="1"):
    return subprocess.run([FOLDER / "apply", revision], cwd=folder, text=True,
                          capture_output=True)


def field(folder, name):
    return subprocess.run(["dpkg-parsechangelog", f"-S{name}"], cwd=folder,
                          text=True, capture_output=True,
                          check=True).stdout.strip()


def is_less(one, other):
    return not subprocess.run(["dpkg", "--compare-versions", one, "lt",
                               other]).returncode


# Debian's version, ours, and what Debian may publish behind it.
VERSIONS = [
    ("1.17.1-2+deb12u4", "1.17.1-2+deb12u4+helix3",
     ["1.17.1-2+deb12u5", "1.17.1-2+deb12u10", "1.17.1-3"]),
    ("1.22.0-2", "1.22.0-2+deb0u0+helix3",
     ["1.22.0-2+deb13u1", "1.22.0-2+deb9u1", "1.22.0-2.1", "1.22.0-3~exp1"]),
    ("1.22.0-2.1", "1.22.0-2.1+deb0u0+helix3",
     ["1.22.0-2.1+deb13u1", "1.22.0-2.2"]),
    ("1.22.0-2~bpo12+1", "1.22.0-2~bpo12+1+deb0u0+helix3",
     ["1.22.0-2~bpo12+2", "1.22.0-2"]),
    ("1.22.0-1~deb12u1", "1.22.0-1~deb12u1+deb0u0+helix3",
     ["1.22.0-1~deb12u2", "1.22.0-1"]),
    ("1.26.1-1~exp1", "1.26.1-1~exp1+deb0u0+helix3",
     ["1.26.1-1~exp2", "1.26.1-1"]),
    ("1.26.1", "1.26.1+deb0u0+helix3",
     ["1.26.1+deb13u1", "1.26.1+nmu1", "1.26.2"]),
    ("1.19.2-1ubuntu3", "1.19.2-1ubuntu3+deb0u0+helix3",
     ["1.19.2-1ubuntu3.1", "1.19.2-1ubuntu4"]),
]


@pytest.mark.parametrize("theirs, ours, later", VERSIONS,
                         ids=[theirs for theirs, _, _ in VERSIONS])
def test_version(package, theirs, ours, later):
    """apt prefers ours to Debian's, also where that was built once more (+b1),
    and the next of Debian's to ours; and a higher revision of ours."""
    folder = package(theirs)
    done = apply(folder, "3")
    assert done.returncode == 0, done.stderr
    assert field(folder, "Version") == ours
    assert is_less(theirs, ours)
    assert is_less(f"{theirs}+b1", ours)
    for version in later:
        assert is_less(ours, version), version
    assert is_less(ours, ours.replace("helix3", "helix10"))


def test_what_is_changed(package):
    folder = package()
    assert apply(folder).returncode == 0
    rules = (folder / "debian/rules").read_text()
    assert "\t\t--with-pythonmodule \\\n\t\t--with-dynlibmodule \\\n" in rules
    control = (folder / "debian/control").read_text()
    daemon, library, headers = control.split("\nPackage: ")[1:]
    assert daemon.endswith("\nProvides: ${unbound:Dynlib-Abi}\n")
    assert "Provides" not in library
    assert headers.startswith("unbound-dynlib-dev\n")
    # one second behind Debian's, whenever that is built
    assert field(folder, "Date") == "Mon, 02 Jan 2023 03:04:06 +0000"
    assert field(folder, "Distribution") == "bookworm"


def test_what_is_changed_already(package):
    folder = package("1.22.0-2+deb0u0+helix1")
    done = apply(folder)
    assert done.returncode == 1
    assert "is changed already: it is 1.22.0-2+deb0u0+helix1" in done.stderr


def test_rules_that_are_not_known(package):
    done = apply(package(rules="%:\n\tdh $@\n"))
    assert done.returncode == 1
    assert "has not exactly one line \"--with-pythonmodule \\\"" in done.stderr


# --- debian/dynlib ----------------------------------------------------------

@pytest.fixture
def built(tmp_path):
    """A tree in which the daemon was built, in b/."""
    for name, text in (
            ("debian/tmp/usr/sbin/unbound",
             "#!/bin/sh\necho 'Linked modules: dynlib validator'\n"),
            ("debian/dynlib.lintian-overrides", ""),
            ("debian/other.h", ""), ("util/module.h", "of a module"),
            ("b/config.h", "--with-dynlibmodule"),
            ("blib/config.h", "of the library")):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)
    return tmp_path


def install_headers(tree):
    return subprocess.run(["sh", FOLDER / "dynlib", "install-headers"],
                          cwd=tree, text=True, capture_output=True)


def test_headers(built):
    done = install_headers(built)
    assert done.returncode == 0, done.stderr
    headers = built / "debian/unbound-dynlib-dev/usr/include/unbound-module"
    assert (headers / "config.h").read_text() == "--with-dynlibmodule"
    assert (headers / "util/module.h").read_text() == "of a module"
    assert not (headers / "other.h").exists()


@pytest.mark.parametrize("build, library", [
    ("no option", "nor here"),
    ("--with-dynlibmodule", "--with-dynlibmodule")])
def test_not_one_build(built, build, library):
    """It says why it ends."""
    (built / "b/config.h").write_text(build)
    (built / "blib/config.h").write_text(library)
    done = install_headers(built)
    assert done.returncode == 1
    assert "not one config.h has --with-dynlibmodule" in done.stderr
