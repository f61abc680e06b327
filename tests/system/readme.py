"""The README's commands, to be run as it says."""

import fnmatch
import os
import re
import subprocess

import lab
from lab import SOURCE, wait_for


def readme_commands(heading):
    """The commands below a heading, each with the output it is to have."""
    text = (SOURCE / "README").read_text()
    start = re.search(f"^{heading}\n-+\n", text, re.M).end()
    end = re.search(r"^.+\n-{4,}\n", text[start:], re.M)
    section = text[start:start + end.start() if end else None]
    commands = []
    for line in section.splitlines():
        if re.match(r"\t[$#] ", line):
            commands.append((line[3:], []))
        elif line.startswith("\t") and commands:
            commands[-1][1].append(line[1:])
    assert commands
    return commands


def fits(printed, expected):
    """Whether a line is as the README has it: '...' stands for anything."""
    pattern = "*".join(re.sub(r"[][*?]", "[\\g<0>]", part)
                       for part in " ".join(expected.split()).split("..."))
    return fnmatch.fnmatchcase(" ".join(printed.split()), pattern)


class Shell:
    """Runs commands one after another in one shell, as a person does."""

    def __init__(self, cwd, env=None):
        self.process = subprocess.Popen(
            ["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, cwd=cwd,
            env={**os.environ, "ETCDCTL_API": "3", **(env or {})})

    def run(self, command):
        """Returns the exit status and the lines printed."""
        self.process.stdin.write(f"{command}\necho; echo END $?\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.startswith("END "):
                return int(line[4:]), [one for one in lines if one]
            lines.append(line.rstrip("\n"))
        raise AssertionError(f"the shell ended at {command}: {lines}")

    def close(self):
        self.process.stdin.close()
        self.process.wait(lab.DEADLINE)
        self.process.stdout.close()


def is_as_told(lines, expected):
    """Whether the lines are those of the README: all of them, or, where it
    has a line '...', those that it names."""
    wanted = [line for line in expected if line.strip() != "..."]
    if len(wanted) == len(expected) and len(lines) != len(expected):
        return False
    return all(any(fits(line, want) for line in lines) for want in wanted)


def run_as_told(shell, command, expected):
    """Run a command until it does what the README says: a change of etcd's
    takes its milliseconds."""
    seen = None

    def does_it():
        nonlocal seen
        seen = shell.run(command)
        return seen[0] == 0 and is_as_told(seen[1], expected)
    if command.startswith("dig "):
        wait_for(does_it, lambda: f"{command} printed {expected}: {seen}")
    else:
        assert does_it(), f"{command} did not print {expected}: {seen}"
