"""helixctl(8): its examples do what they show, and it has the commands and the
options that the program has."""

import re
import subprocess

import pytest

from documents import CTL, Shell, commands_of, is_as_told
from lab import HELIXCTL, SOURCE

PAGE = (SOURCE / CTL).read_text()


def help_of(*words):
    return subprocess.run([HELIXCTL, *words, "--help"], text=True, check=True,
                          capture_output=True).stdout


def program_commands():
    return re.findall(r"^  ([a-z]+) ", help_of(), re.M)


def options_in_help(text):
    return set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", text, re.M))


def options_in_page(text):
    """Of its lists, not of its sentences."""
    return {f"-{option}" for line in re.findall(r"^\.It Fl (.*)$", text, re.M)
            for option in re.findall(r"(?<![\w-])(-[a-z-]+)", line)}


def sections():
    """What the page says of each command."""
    parts = re.split(r"^\.S[hs] (.*)$", PAGE, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def test_commands():
    known = program_commands()
    assert len(known) > 10
    named = [name for name in re.findall(r"^\.Ss (.*)$", PAGE, re.M)]
    assert sorted(named) == sorted([*known, "help"])


def test_options_of_all_commands():
    told = help_of("lint")
    told = told[told.index("Options of all commands:"):]
    assert options_in_page(sections()["OPTIONS"]) == options_in_help(told)


@pytest.mark.parametrize("command", program_commands()
                         if HELIXCTL.exists() else [])
def test_options(command):
    told, _, _ = help_of(command).partition("Options of all commands:")
    section = sections()[command]
    named = options_in_page(section)
    if command == "diff":
        # those of import, of which it is said which it has
        named = {f"-{one}" for one in re.findall(r"^\.Fl (-[a-z-]+)", section,
                                                 re.M)}
    assert named == options_in_help(told), command
    # its arguments
    usage = re.match(r"usage: helixctl \w+ \[OPTION...\] ?(.*)", told)[1]
    synopsis = section.partition(".Pp")[0]
    for word in re.findall(r"[A-Z]+", usage):
        assert re.search(rf"^\.(Op )?Ar .*\b{word}\b", synopsis, re.M), word


def test_kinds_of_findings():
    """lint's words are those of its help and of the sources."""
    told = help_of("lint")
    words = re.findall(r"^  ([a-z]+)  +", told.partition("Options")[0], re.M)
    assert len(words) == 12
    assert re.findall(r"^\.It Li ([a-z]+)$", sections()["lint"],
                      re.M) == words
    source = (SOURCE / "tools/helixctl/lint.c").read_text()
    assert re.findall(r'\[LINT_\w+\] = "([a-z]+)"', source) == words


def test_examples(laboratory, tmp_path):
    """One after another, as the page says."""
    etcd = laboratory.etcd()
    socket = tmp_path / "helix.sock"
    more = {"status": {"socket": str(socket)}}
    laboratory.unbound(etcd, more=more)
    ctl = laboratory.ctl(etcd, more=more)
    shell = Shell(tmp_path, ctl.environment(
        {"PATH": f"{HELIXCTL.parent}:/usr/bin:/bin"}))
    for command, expected in commands_of("helixctl"):
        status, lines = shell.run(command)
        while command == "helixctl bad" and lines[0].startswith("no key"):
            status, lines = shell.run(command)
        # 1: lint and bad have found something
        assert status == (command.startswith(("helixctl lint", "helixctl bad"))
                          and not lines[-1].endswith("nothing wrong is found")
                          ), (command, status, lines)
        assert is_as_told(lines, expected), (command, lines)
    shell.close()
