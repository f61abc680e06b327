"""./configure: what it refuses, and what it then tells to do."""

import shutil
import subprocess

import pytest

from lab import SOURCE, UNBOUND

HEADERS = "include/unbound-module"


def configure(folder, *options, **env):
    """Run configure; returns its exit status, and what it printed with white
    space folded."""
    build = folder / "build"
    build.mkdir()
    done = subprocess.run(
        [SOURCE / "configure", *options,
         *(f"{name}={value}" for name, value in env.items())],
        cwd=build, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    return done.returncode, " ".join(done.stdout.split())


@pytest.fixture
def prefix(tmp_path):
    """A prefix of an Unbound, to be spoilt: the daemon is a program that
    prints what the real one does."""
    made = tmp_path / "prefix"
    (made / "sbin").mkdir(parents=True)
    about = subprocess.run([UNBOUND / "sbin/unbound", "-V"], text=True,
                           capture_output=True).stdout
    set_about(made, about)
    shutil.copytree(UNBOUND / HEADERS, made / HEADERS)
    return made


def set_about(prefix, text):
    (prefix / "about").write_text(text)
    daemon = prefix / "sbin/unbound"
    daemon.write_text(f'#!/bin/sh\ncat "{prefix}/about"\n')
    daemon.chmod(0o755)


def test_a_sound_prefix_ends_with_a_summary(tmp_path, prefix):
    status, printed = configure(tmp_path, f"--with-unbound={prefix}",
                                "--prefix=/opt/helix")
    assert status == 0, printed
    assert "module goes to /opt/helix/lib/unbound/helix.so" in printed
    assert "configuration /opt/helix/etc/unbound/helix.yaml" in printed
    assert printed.endswith("Now run: make")


def test_no_unbound_named(tmp_path):
    status, printed = configure(tmp_path)
    assert status != 0
    assert "Say which with --with-unbound=PREFIX" in printed


def test_no_daemon(tmp_path, prefix):
    (prefix / "sbin/unbound").unlink()
    status, printed = configure(tmp_path, f"--with-unbound={prefix}")
    assert status != 0
    assert f"There is no daemon {prefix}/sbin/unbound. To have one there, " \
        f"run: tools/build-unbound {prefix}" in printed


def test_unbound_without_dynlib(tmp_path, prefix):
    about = (prefix / "about").read_text()
    set_about(prefix, about.replace(" dynlib", ""))
    status, printed = configure(tmp_path, f"--with-unbound={prefix}")
    assert status != 0
    assert "This Unbound cannot load modules" in printed
    assert "run: tools/build-unbound PREFIX" in printed


def test_no_headers(tmp_path, prefix):
    shutil.rmtree(prefix / HEADERS)
    status, printed = configure(tmp_path, f"--with-unbound={prefix}")
    assert status != 0
    assert f"There are no headers in {prefix}/{HEADERS}" in printed


@pytest.mark.parametrize("old, new", [
    ("Version 1.", "Version 2."),
    ("--with-libevent", "--with-libevent --enable-dnscrypt"),
])
def test_headers_of_another_daemon(tmp_path, prefix, old, new):
    about = (prefix / "about").read_text()
    assert old in about
    set_about(prefix, about.replace(old, new))
    status, printed = configure(tmp_path, f"--with-unbound={prefix}")
    assert status != 0
    assert f"The headers in {prefix}/{HEADERS} are of unbound 1." in printed
    assert f"run: tools/build-unbound {prefix}" in printed


@pytest.mark.parametrize("module, package", [
    ("libcurl", "libcurl4-openssl-dev"), ("libcjson", "libcjson-dev"),
    ("liburcu-bp", "liburcu-dev"), ("yaml-0.1", "libyaml-dev"),
    ("libxxhash", "libxxhash-dev")])
def test_a_library_is_missing(tmp_path, prefix, module, package):
    lacking = tmp_path / "pkg-config"
    lacking.write_text('#!/bin/sh\ncase "$*" in\n'
                       f'*{module}*) exit 1 ;;\nesac\nexec pkg-config "$@"\n')
    lacking.chmod(0o755)
    status, printed = configure(tmp_path, f"--with-unbound={prefix}",
                                PKG_CONFIG=lacking)
    assert status != 0
    assert f"is missing: install Debian's package {package}, or run " \
        "tools/install-deps" in printed
