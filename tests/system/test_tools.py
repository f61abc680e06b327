"""The tools as a new user runs them, and the commands of README and the man
pages.

What the documents have an operator do to a host is run in one of its own:
tests/packages/."""

import os
import re
import shutil
import signal
import socket
import subprocess

import pytest

import lab
from documents import Shell, commands_of, run_as_told
from lab import SOURCE, UNBOUND, wait_for

pytestmark = pytest.mark.skipif(
    "HELIX_TEST_TOOLS" not in os.environ,
    reason="installs and builds: for tools/check")


class Quickstart(lab.Server):
    """tools/quickstart, in the foreground of a terminal."""

    def start(self, *options, env=None):
        # as in a terminal, though these tests may run in the background,
        # where shells have SIGINT ignored
        self.launch(["env", "--default-signal=INT",
                     SOURCE / "tools/quickstart", *options], env=env)
        return self

    def wait_until_running(self):
        wait_for(lambda: not self.is_running() or
                 "running; Ctrl-C ends it" in self.log(),
                 lambda: "it ran:\n" + self.log(), 600)
        assert self.is_running(), self.log()
        return self

    def interrupt(self):
        self.signal(signal.SIGINT)
        return self.process.wait(lab.DEADLINE)


def children(pid):
    """The programs that a process has started."""
    names = subprocess.run(["ps", "--ppid", str(pid), "-o", "comm="],
                           text=True, capture_output=True).stdout.split()
    return sorted(names)


def listening(port):
    return socket.socket().connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def fresh_run():
    """Begin without the state of earlier runs, and alone with the ports that
    a demonstration takes."""
    shutil.rmtree(SOURCE / "run", ignore_errors=True)
    with lab.claim(2379), lab.claim(4001):
        yield


def once(*options, env=None):
    return subprocess.run(
        [SOURCE / "tools/quickstart", "--once", *options], text=True,
        capture_output=True, env={**os.environ, **(env or {})}, timeout=900)


def test_quickstart_once(fresh_run):
    done = once()
    assert done.returncode == 0, done.stderr
    assert re.search(r"^b\.probablyfine\.co\.uk\.\s+5\s+IN\s+A\s+"
                     r"123\.123\.123\.123$", done.stdout, re.M)
    assert re.search(r"^;; flags: qr aa ", done.stdout, re.M)
    # the last that it shows, before it says what to do now
    shown = done.stdout.split("\n$ ")[-1]
    assert shown.startswith("helixctl status\nready"), shown
    assert "example.com." in shown and "\thelixctl put foo.example.com A " in \
        shown
    assert not listening(9000), "it left a server behind"


def test_quickstart_as_in_2014(fresh_run):
    done = once("--v2")
    assert done.returncode == 0, done.stderr
    assert "starting etcd on http://127.0.0.1:4001 " in done.stderr
    assert "curl -XPUT http://127.0.0.1:4001/v2/keys/helix/" in done.stdout
    assert re.search(r"^foo\.example\.com\.\s+5\s+IN\s+A\s+"
                     r"123\.123\.123\.123$", done.stdout, re.M)


def test_quickstart_keeps_what_was_put(fresh_run, laboratory):
    etcd = laboratory.etcd()
    etcd.put("/helix/com/example/foo/A", "203.0.113.1")
    done = once(env={"ETCD_ENDPOINTS": etcd.url})
    assert done.returncode == 0, done.stderr
    assert re.search(r"^foo\.example\.com\.\s+5\s+IN\s+A\s+203\.0\.113\.1$",
                     done.stdout, re.M)
    assert "starting etcd" not in done.stderr
    assert etcd.is_healthy()


def test_quickstart_with_both_ports_taken(fresh_run, laboratory):
    etcd = laboratory.etcd(**({} if listening(2379) else {"port": 2379}))
    with socket.create_server(("127.0.0.1", 9000)):
        done = once()
        assert done.returncode == 1
        assert "port 9000 of 127.0.0.1 is taken; try: tools/quickstart " \
            "--port 9001" in done.stderr
        port = lab.free_port()
        # as who has an etcd may have set it
        done = once("--port", str(port), env={"ETCDCTL_ENDPOINTS": etcd.url})
    assert done.returncode == 0, done.stderr
    ours, = re.findall("port 2379 is taken: etcd gets port ([0-9]+)",
                       done.stderr)
    assert f"\texport ETCDCTL_ENDPOINTS=http://127.0.0.1:{ours}\n" in done.stdout
    assert etcd.is_healthy()


def test_quickstart_ends_what_it_started(fresh_run, laboratory):
    quickstart = laboratory.add(Quickstart).start().wait_until_running()
    assert children(quickstart.process.pid) == ["etcd", "unbound"]
    again = once("--port", str(lab.free_port()))
    assert again.returncode == 1
    assert "another tools/quickstart runs here" in again.stderr
    assert quickstart.interrupt() == 0
    assert not listening(9000)


def test_a_tree_that_is_configured_in_place(tmp_path):
    """The module is built beside what ./configure and make have left there:
    of it, one object."""
    tree = tmp_path / "tree"
    shutil.copytree(SOURCE, tree, ignore=shutil.ignore_patterns(
        "build", "run", ".git", "autom4te.cache"))
    # what would be taken for a build of this source
    products = [tree / "config.status", tree / "module/dns/name.lo",
                tree / "module/dns/name.o", tree / "tests/unit/dns/test_name"]
    for product in products[:-1]:
        product.write_text("from an old build")
    shutil.copy("/bin/true", products[-1])
    make = tmp_path / "programs/make"
    make.parent.mkdir()
    make.write_text('#!/bin/bash\nPATH=${PATH#*:}\n'
                    'exec make "${@/%all/module/dns/name.lo}"\n')
    make.chmod(0o755)

    def build():
        done = subprocess.run(
            [tree / "tools/build-module", "build/beside", UNBOUND], text=True,
            cwd=tree,
            env={**os.environ, "PATH": f"{make.parent}:{os.environ['PATH']}"},
            capture_output=True)
        assert done.returncode == 0, done.stderr
    build()
    built = tree / "build/beside/module/dns/.libs/name.o"
    assert built.read_bytes().startswith(b"\x7fELF")
    copy = tree / "build/source"
    for product in products:
        assert product.exists()
        assert not (copy / product.relative_to(tree)).exists()
    # what changes here, changes there; what has not is not built again
    made = built.stat().st_mtime_ns
    (tree / "NEWS").write_text("changed")
    (tree / "tests/unit/dns/test_name.c").unlink()
    build()
    assert (copy / "NEWS").read_text() == "changed"
    assert not (copy / "tests/unit/dns/test_name.c").exists()
    assert built.stat().st_mtime_ns == made


@pytest.mark.parametrize("tool", ["quickstart", "check", "build-deb",
                                  "build-unbound", "build-module", "bench",
                                  "fuzz", "install-deps"])
def test_help(tool):
    done = subprocess.run([SOURCE / "tools" / tool, "--help"], text=True,
                          capture_output=True, check=True)
    assert done.stdout.startswith(f"usage: tools/{tool}")
    assert not done.stderr


# --- the documents ----------------------------------------------------------

def test_demonstration(fresh_run, laboratory):
    """What is to be run while tools/quickstart runs."""
    laboratory.add(Quickstart).start().wait_until_running()
    shell = Shell(SOURCE)
    for command, expected in commands_of("demonstration"):
        run_as_told(shell, command, expected)
    shell.close()


def test_as_in_2014(fresh_run, laboratory):
    shell = Shell(SOURCE)
    first, *commands = commands_of("as in 2014")
    assert first == ("tools/quickstart --v2", [])
    laboratory.add(Quickstart).start("--v2").wait_until_running()
    for command, expected in commands:
        run_as_told(shell, command, expected)
    shell.close()


def test_readme_begins_with_the_two_commands():
    assert commands_of("first lines") == \
        [("tools/quickstart", []), ("tools/check", [])]


def add_zone(helix_yaml):
    """As who has just installed helix.yaml does."""
    text = helix_yaml.read_text()
    assert text.count("  # - name: example.com\n") == 1
    helix_yaml.write_text(text.replace("  # - name", "  - name"))
