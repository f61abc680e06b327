"""What bash completes for helixctl."""

import os
import re
import shutil
import subprocess

import pytest

from lab import HELIXCTL, SOURCE

SCRIPT = SOURCE / "tools/helixctl/helixctl.bash"
LIBRARY = "/usr/share/bash-completion/bash_completion"

pytestmark = pytest.mark.skipif(not os.path.exists(LIBRARY),
                                reason="needs bash-completion")

HELIX_YAML = """\
# zones: - name: not.this.one
etcd:
  endpoints: [http://127.0.0.1:2379]
  # name: nor.this
zones:
  - name: example.com
    ttl: 5
  - {name: "example.net", ttl: 7}   # and a comment
  - ttl: 5
    name: '2.0.192.in-addr.arpa'
  # - name: commented.out
snapshot: /var/lib/unbound/name: x
"""


def run(script, folder, env=None):
    done = subprocess.run(
        ["bash", "--norc", "-c", script], capture_output=True, text=True,
        cwd=folder, check=False, env={
            **os.environ, "PATH": f"{HELIXCTL.parent}:{os.environ['PATH']}",
            **(env or {})})
    assert done.returncode == 0 and done.stderr == "", (script, done)
    return sorted(done.stdout.split("\n")[:-1])


@pytest.fixture(params=[LIBRARY, "/dev/null"], ids=["library", "bare"])
def complete(request, tmp_path):
    """What is offered at the end of a line."""
    conf = tmp_path / "helix.yaml"
    conf.write_text(HELIX_YAML)
    (tmp_path / "zone file").touch()
    (tmp_path / "other").touch()

    def complete(line, env=None):
        words = re.split(" +", line)
        quoted = " ".join(f'"{word}"' for word in words)
        return run(
            f"source {request.param}; source {SCRIPT}; "
            f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
            f'COMP_LINE="{line}"; COMP_POINT={len(line)}; '
            f'_helixctl helixctl "{words[-1]}" "{words[-2]}"; '
            '[ ${#COMPREPLY[@]} = 0 ] || printf "%s\\n" "${COMPREPLY[@]}"',
            tmp_path, {"HELIX_CONF": str(conf), **(env or {})})
    return complete


def help_of(*words):
    return subprocess.run([HELIXCTL, *words, "--help"], text=True, check=True,
                          capture_output=True).stdout


COMMANDS = re.findall(r"^  ([a-z]+) ", help_of(), re.M) \
    if HELIXCTL.exists() else []
ZONES = ["2.0.192.in-addr.arpa", "example.com", "example.net"]


def test_commands(complete):
    assert len(COMMANDS) > 2
    assert complete("helixctl ") == sorted([*COMMANDS, "help"])
    assert complete("helixctl li") == [c for c in sorted(COMMANDS)
                                       if c.startswith("li")]
    assert complete("helixctl --json li") == complete("helixctl li")
    assert complete("helixctl --prefix /x li") == complete("helixctl li")
    assert complete("helixctl help li") == complete("helixctl li")
    assert complete("helixctl nonsense ") == []
    assert complete("helixctl nonsense --") == []


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_options(complete, command):
    """All that the help has, and no others."""
    helped = help_of(command or COMMANDS[0])
    if not command:
        helped = helped[helped.index("Options of all commands"):]
    known = set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", helped, re.M))
    assert {"--config", "--help", "--json"} <= known
    line = f"helixctl {command} " if command else "helixctl "
    assert set(complete(f"{line}--")) == known
    assert complete(f"{line}--js") == ["--json"]


def test_zones(complete, tmp_path):
    assert complete("helixctl lint ") == ZONES
    assert complete("helixctl lint example.n") == ["example.net"]
    assert complete("helixctl lint --json example.n") == ["example.net"]
    assert complete("helixctl lint example.com ") == []
    (tmp_path / "b.yaml").write_text(
        "zones: [{name: example.org}, {ttl: 5, name: sub.example.org}]\n")
    for line in "helixctl lint --config b.yaml ", \
            "helixctl --config b.yaml lint ", \
            "helixctl --config=b.yaml lint ":
        assert complete(line) == ["example.org", "sub.example.org"], line
    # what the tests' own helix.yaml looks like
    (tmp_path / "c.yaml").write_text(
        '{\n "etcd": {\n  "prefix": "/x"\n },\n "zones": [\n  {\n'
        '   "name": "example.org"\n  }\n ]\n}\n')
    assert complete("helixctl lint --config c.yaml ") == ["example.org"]
    assert complete("helixctl lint --config none.yaml ") == []


def test_names_and_types(complete):
    assert complete("helixctl get ") == ZONES
    assert complete("helixctl get www.example.com SR") == ["SRV"]
    assert complete("helixctl get www.example.com sr") == ["SRV"]
    assert complete("helixctl get www.example.com A ") == []
    assert complete("helixctl put --ttl 5 www.example.com AA") == ["AAAA"]
    assert complete("helixctl put www.example.com A ") == []
    assert complete("helixctl name ") == []


def test_each_type_is_one(complete):
    types = complete("helixctl get www.example.com ")
    assert len(types) > 30
    for one in types:
        said = subprocess.run([HELIXCTL, "key", "--endpoints", "http://[::1]:1",
                               "example.com", one], text=True, check=False,
                              capture_output=True, env={"HELIX_CONF": ""})
        assert said.stdout.strip().endswith(f"/com/example/{one}"), said


def test_files(complete):
    for line in "helixctl check ", "helixctl lint --config ", \
            "helixctl --password-file ", "helixctl status --socket ":
        assert complete(line) == ["helix.yaml", "other", "zone file"], line
    assert complete("helixctl check z") == ["zone file"]
    # a value that nobody can guess
    assert complete("helixctl lint --prefix ") == []
    assert complete("helixctl lint --user ro") == []


def test_bash_finds_it(tmp_path):
    """Under the name that it is installed by."""
    makefile = (SOURCE / "tools/local.mk").read_text()
    assert "\nbashcompletiondir = $(datadir)/bash-completion/completions\n" \
        "dist_bashcompletion_DATA = tools/helixctl/helixctl.bash\n" in makefile
    folder = tmp_path / "bash-completion/completions"
    folder.mkdir(parents=True)
    shutil.copy(SCRIPT, folder)
    assert run(f"source {LIBRARY}; _completion_loader helixctl; "
               "complete -p helixctl", tmp_path,
               {"XDG_DATA_DIRS": str(tmp_path)}) == \
        ["complete -F _helixctl helixctl"]
