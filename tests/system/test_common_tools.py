"""tools/common.sh: what the scripts in tools/ share."""

import os
import shutil
import subprocess

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


@pytest.fixture
def script(tmp_path):
    """A function that runs such a script, in a tree of its own, and the
    tree."""
    tree = tmp_path / "tree"
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
    (tmp_path / "here/tools").mkdir(parents=True)
    done = script("""
        echo "$top $PWD"
        from_caller /etc
        from_caller folder
        cd /
        from_caller "two words"
    """, cwd=tmp_path / "here", env={**os.environ, "CDPATH": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{script.tree} {script.tree}", "/etc", f"{tmp_path}/here/folder",
        f"{tmp_path}/here/two words"]


@pytest.mark.parametrize("tool", ["check", "fuzz"])
def test_an_unbound_of_the_caller(tool, tmp_path):
    """None of the tree's, which has a folder of this name."""
    done = subprocess.run([SOURCE / "tools" / tool, "--unbound", "tests"],
                          text=True, capture_output=True, cwd=tmp_path)
    assert done.returncode == 1
    assert f"{tool}: error: there is no folder tests\n" in done.stderr


def test_a_module_is_built_where_the_caller_says(tmp_path):
    """Configured and made by programs that do nothing."""
    tree = tmp_path / "tree"
    shutil.copytree(SOURCE / "tools", tree / "tools")
    for name in ("configure.ac", "Makefile.am", "Makefile.in", "m4/x.m4",
                 "module/local.mk", "conf/local.mk", "tests/local.mk",
                 "tests/fuzz/local.mk"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).touch()
    program(tree / "configure", 'echo "$@" >options; touch Makefile\n')
    program(tmp_path / "programs/make", "")
    done = subprocess.run(
        [tree / "tools/build-module", "out", "unbound"], text=True,
        capture_output=True, cwd=tmp_path, env=with_programs(tmp_path))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/options").read_text() == \
        f"--with-unbound={tmp_path}/unbound\n"


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
