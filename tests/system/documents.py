"""What README and the man pages show: commands, to be run as they say;
displays in other languages; and log lines."""

import fnmatch
import os
import re
import subprocess

import lab
from lab import SOURCE, wait_for

README = "README"
CONTRIBUTING = "CONTRIBUTING"
INSTALL = "INSTALL"
SECURITY = "SECURITY"
HELIX = "module/unbound-helix.8"
RECORDS = "module/helix-records.7"
CONFIG = "conf/helix.yaml.5"
CTL = "tools/helixctl/helixctl.8"
PLAIN_TEXTS = README, INSTALL, CONTRIBUTING, SECURITY
MAN_PAGES = HELIX, RECORDS, CONFIG, CTL
DOCUMENTS = *PLAIN_TEXTS, *MAN_PAGES

# The sections that have commands, by what runs them. test_documents.py fails
# where a section with commands is not here.
COMMANDS = {
    "demonstration": [
        (README, "Try it"), (README, "A service with two instances"),
        (RECORDS, "KEYS"), (RECORDS, "VALUES"), (RECORDS, "TYPES"),
        (RECORDS, "Text"), (RECORDS, "SRV in JSON"), (RECORDS, "INSTANCES"),
        (RECORDS, "ALIASES AND WILDCARDS"), (RECORDS, "ZONES"), (HELIX, "MONITORING")],
    "as in 2014": [(HELIX, "The v2 API")],
    "users": [(HELIX, "Users")],
    "confinement": [(HELIX, "systemd")],
    "packages": [(README, "In production")],
    "source": [
        *((INSTALL, section) for section in (
            "Build", "Run it", "Switch the module on", "Upgrade", "Go back",
            "Build on one machine and run on another", "Remove it")),
        (HELIX, "Reloading")],
    "first lines": [(README, "")],
    "reading": [(README, "Where to read on")],
    "helixctl": [
        (CTL, "put"), (CTL, "del"), (CTL, "name"), (CTL, "export"),
        (CTL, "lint"), (CTL, "status"), (CTL, "bad")],
    "one system test": [(CONTRIBUTING, "How to run what")],
}


def unescape(text):
    """What a reader sees of a text in a man page."""
    for escape, shown in (r"\(aq", "'"), (r"\(dq", '"'), (r"\&", ""), \
            (r"\-", "-"), (r"\e", "\\"):
        text = text.replace(escape, shown)
    return text


def parse_plain_text(document):
    section, language, lines = "", "commands", []
    text = (SOURCE / document).read_text().splitlines()
    for line, below in zip(text, text[1:] + [""]):
        if re.fullmatch("-{4,}", below):
            yield section, language, lines
            section, lines = line, []
        elif line.startswith("\t"):
            lines.append(line[1:])
    yield section, language, lines


def parse_man_page(page):
    section, language, lines = "", "", None
    for line in (SOURCE / page).read_text().splitlines():
        if match := re.fullmatch(r"\.S[hs] (.*)", line):
            section = match[1]
        elif match := re.fullmatch(r'\.\\" (\S+)', line):
            language = match[1]
        elif line == ".Bd -literal":
            lines = []
        elif re.match(r"\.(Bd|D[1l])\b", line):
            raise AssertionError(f"{page}: a display must begin with "
                                 f"'.Bd -literal' alone: {line}")
        elif line == ".Ed":
            yield section, language or "commands", lines
            language, lines = "", None
        elif lines is not None:
            lines.append(unescape(line))


def displays(document):
    """The displays in a document: (section, language, lines)."""
    parse = parse_plain_text if document in PLAIN_TEXTS else parse_man_page
    return [display for display in parse(document) if display[2]]


def tables(document):
    """What a plain text indents by spaces, in blocks: lists, and tables of two
    columns."""
    text = (SOURCE / document).read_text()
    return [block.splitlines() for block in
            re.findall(r"(?:^ .*\n)+", text, re.M)]


def rows(table):
    """The rows of a table: [first column, second column]. A column ends at two
    spaces, or with its line where the next one goes on below."""
    found = []
    for line in table:
        if re.match("  [^ ]", line):
            found.append((re.split(" {2,}", line.strip(), maxsplit=1) +
                          [""])[:2])
        else:
            found[-1][1] = f"{found[-1][1]} {line.strip()}".strip()
    return found


def commands_in(document, section):
    """The commands in a section, each with the output it is to have. What is
    indented behind a command goes on with it."""
    commands = []
    for where, language, lines in displays(document):
        if (where, language) != (section, "commands"):
            continue
        assert re.match("[$#] ", lines[0]), (document, section, lines[0])
        for line in lines:
            if re.match("[$#] ", line):
                commands.append((line[2:], []))
            elif line.startswith("  ") and not commands[-1][1]:
                commands[-1] = (f"{commands[-1][0]}\n{line}", [])
            else:
                commands[-1][1].append(line)
    return commands


def commands_of(name):
    """The commands in all sections that one of COMMANDS has."""
    return [command for document, section in COMMANDS[name]
            for command in commands_in(document, section)]


def fits(printed, expected):
    """Whether a line is as the document has it: '...' stands for anything."""
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
        self.process.stdin.write(f"{command}\n"
                                 "status=$?; echo; echo END $status\n")
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
    """Whether the lines are those of the document: all of them, or, where it
    has a line '...', those that it names."""
    wanted = [line for line in expected if line.strip() != "..."]
    if len(wanted) == len(expected) and len(lines) != len(expected):
        return False
    return all(any(fits(line, want) for line in lines) for want in wanted)


def run_as_told(shell, command, expected):
    """Run a command until it does what the document says: a change of etcd's
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
