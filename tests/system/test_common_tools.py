"""tools/common.sh: what the scripts in tools/ share."""

import os
import shutil
import subprocess

import pytest

from lab import SOURCE


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
