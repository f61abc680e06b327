"""tools/common.sh: what the scripts in tools/ share."""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from lab import SOURCE


def program(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/bash\n" + text)
    path.chmod(0o755)


def with_programs(folder):
    """The environment in which the programs of that folder come first."""
    return {**os.environ, "DEBFULLNAME": "",
            "PATH": f"{folder}/programs:{os.environ['PATH']}"}


def scripts_in(folder):
    """A function that runs a script of such a text, in a tree of its own, and
    the tree."""
    tree = folder / "tree"
    (tree / "tools").mkdir(parents=True)
    shutil.copy(SOURCE / "tools/common.sh", tree / "tools")

    def run(text, *arguments, **options):
        (tree / "tools/script").write_text(
            '. "$(dirname "$0")/common.sh"\n' + text)
        return subprocess.run(
            ["bash", tree / "tools/script", *arguments], text=True,
            capture_output=True, check=False, **options)
    run.tree = tree
    return run


@pytest.fixture
def script(tmp_path):
    return scripts_in(tmp_path)


# --- quietly ----------------------------------------------------------------

@pytest.mark.parametrize("fails", [
    "false", "(exit 3)", "false | cat", "cd /nowhere", "inner"])
def test_a_function_ends_where_it_fails(script, fails):
    done = script(f"""
        inner() {{ echo within; false; true; }}
        step() {{ echo begun; {fails}; touch went-on; }}
        quietly step.log "doing it" step
        touch done
    """)
    assert done.returncode == 1
    assert done.stderr.startswith("script: doing it\nbegun\n"), done.stderr
    assert done.stderr.endswith("script: error: failed: doing it (the whole "
                                "output is in step.log)\n")
    assert not (script.tree / "went-on").exists()
    assert not (script.tree / "done").exists()


def test_a_step_that_succeeds(script):
    done = script("""
        step() { echo begun; [ -n "" ] || cat; }
        quietly step.log "doing it" step <<<typed
        quietly other.log "doing another" echo "of a command"
        false
        echo "errors are ignored behind it"
    """)
    assert done.returncode == 1
    assert (done.stdout, done.stderr) == \
        ("", "script: doing it\nscript: doing another\n")
    assert (script.tree / "step.log").read_text() == "begun\ntyped\n"
    assert (script.tree / "other.log").read_text() == "of a command\n"


@pytest.mark.parametrize("call", [
    "if outer; then :; fi", "outer || true", "! outer", "outer && true"])
def test_a_step_in_a_condition_is_told(script, call):
    """As there, bash would go on behind what fails."""
    done = script(f"""
        step() {{ false; touch went-on; }}
        outer() {{ quietly step.log "doing it" step; }}
        {call}
    """)
    assert done.returncode == 1
    assert "error: quietly is called where a condition " in done.stderr
    assert not (script.tree / "went-on").exists()


# --- paths ------------------------------------------------------------------

def test_paths_of_the_caller(script, tmp_path):
    (tmp_path / "here").mkdir()
    done = script("""
        echo "$top $PWD"
        from_caller /etc
        from_caller folder
        cd /
        from_caller "two words"
    """, cwd=tmp_path / "here")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{script.tree} {script.tree}", "/etc", f"{tmp_path}/here/folder",
        f"{tmp_path}/here/two words"]


def test_the_tree_is_no_other_that_bash_would_find(script, tmp_path):
    (tmp_path / "other/tools").mkdir(parents=True)
    assert script('echo "$top"').returncode == 0
    done = subprocess.run(
        ["bash", "tools/script"], text=True, cwd=script.tree, check=True,
        capture_output=True,
        env={**os.environ, "CDPATH": str(tmp_path / "other")})
    assert done.stdout == f"{script.tree}\n"


@pytest.mark.parametrize("tool", ["check", "fuzz"])
def test_an_unbound_of_the_caller(tool, tmp_path):
    """None of the tree's, which has a folder of this name."""
    done = subprocess.run([SOURCE / "tools" / tool, "--unbound", "tests"],
                          text=True, capture_output=True, cwd=tmp_path)
    assert done.returncode == 1
    assert f"{tool}: error: there is no folder tests\n" in done.stderr


@pytest.fixture
def tree(tmp_path):
    """A tree in which programs are configured and made that do nothing."""
    tree = tmp_path / "tree"
    shutil.copytree(SOURCE / "tools", tree / "tools")
    for name in ("configure.ac", "Makefile.am", "Makefile.in", "m4/x.m4",
                 "module/local.mk", "conf/local.mk", "tests/local.mk",
                 "tests/fuzz/local.mk"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).touch()
    program(tree / "configure",
            'eval "$WHILE_CONFIGURING"; echo "$@" >options; touch Makefile\n')
    program(tmp_path / "programs/make", "")
    return tree


def build_module(tree, **env):
    return subprocess.run(
        [tree / "tools/build-module", "out", "unbound"], text=True,
        capture_output=True, cwd=tree.parent,
        env={**with_programs(tree.parent), **env})


def test_a_module_is_built_where_the_caller_says(tree):
    done = build_module(tree)
    assert done.returncode == 0, done.stderr
    assert (tree.parent / "out/options").read_text() == \
        f"--with-unbound={tree.parent}/unbound\n"


# --- two at once ------------------------------------------------------------

def test_one_module_is_built_by_one(tree):
    """The second one, here in the middle of the first, leaves it alone."""
    folder = tree.parent
    done = build_module(
        tree, WHILE_CONFIGURING="unset WHILE_CONFIGURING; "
        f"! {tree}/tools/build-module {folder}/out unbound || exit 1; "
        f"{tree}/tools/build-module {folder}/other unbound || exit 1")
    assert done.returncode == 0, done.stderr
    said = (folder / "out/configure.log").read_text().splitlines()
    assert said[0] == (
        "build-module: error: another tools/build-module builds in "
        f"{folder}/out: wait until it has ended")
    assert (folder / "other/options").exists()


def test_one_check_in_a_tree(tree):
    program(tree.parent / "programs/df", "echo; echo / 9999 9999 9999\n")
    program(tree / "tools/install-deps", '[ $1 != --room ] || echo 0\n')
    lock = tree / "build/check/lock"
    lock.parent.mkdir(parents=True)
    with open(lock, "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = subprocess.run([tree / "tools/check"], text=True,
                              capture_output=True,
                              env=with_programs(tree.parent))
    assert done.returncode == 1
    assert done.stderr.endswith(
        "check: error: another tools/check runs in this tree\n"), done.stderr


def test_what_a_script_has_started_holds_its_lock(script):
    text = 'alone lock "there is another"\n'
    assert script(text).returncode == 0
    holder = script.tree / "holder"
    done = script(text + f"""
        sleep 600 >/dev/null 2>&1 &
        echo $! >{holder}
        kill -KILL $$
    """)
    try:
        assert done.returncode == -signal.SIGKILL
        done = script(text)
        assert (done.returncode, done.stderr) == \
            (1, "script: error: there is another\n")
    finally:
        os.kill(int(holder.read_text()), signal.SIGKILL)


# --- who owns the tree ------------------------------------------------------

@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
@pytest.mark.parametrize("made, named", [
    # of packages: in nobody's way
    ("build/build-deb-bookworm/root/etc/passwd", None),
    ("build/debs-bookworm/unbound.deb", None),
    ("build/deb/unbound.deb", None),
    ("build/packages/images/bookworm", None),
    ("build/check/gcc.log", "build/check"),
    ("build/make.log", "build/make.log"),
    ("run/lock", "run/lock"),
])
def test_what_root_has_made_in_a_users_tree(made, named):
    with tempfile.TemporaryDirectory() as folder:
        script = scripts_in(Path(folder))
        file = script.tree / made
        file.parent.mkdir(parents=True)
        file.touch()
        for path in folder, script.tree, script.tree / made.split("/")[0]:
            os.chmod(path, 0o777)
        done = script("need_tree", user="nobody", group="nogroup",
                      extra_groups=[])
        said = named and "script: error: nobody may not write " \
            f"{script.tree}/{named}, which root has made: remove it as that " \
            "user\n"
        assert done.stderr == (said or "")


# --- root -------------------------------------------------------------------

def test_root_has_the_proxies_too(script, tmp_path):
    """sudo leaves nothing of the environment."""
    program(tmp_path / "programs/id", "echo 1000\n")
    program(tmp_path / "programs/sudo", 'exec /usr/bin/env -i "$@"\n')
    proxy = "http://127.0.0.1:3128/"
    done = script("as_root env", env={
        **with_programs(tmp_path), "http_proxy": proxy, "https_proxy": "",
        "no_proxy": "a, b", "DEBEMAIL": "me@example.com", "OTHER": "other"})
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == [
        "DEBEMAIL=me@example.com", f"http_proxy={proxy}", "no_proxy=a, b"]
