"""README and the man pages say what is: their commands are run by the tests
that documents.py names, and all else that can be checked is checked here."""

import os
import re
import shutil
import subprocess

import pytest

from documents import (COMMANDS, CONFIG, CONTRIBUTING, DOCUMENTS, HELIX,
                       INSTALL, MAN_PAGES, PLAIN_TEXTS, README, Shell,
                       commands_of, displays, rows, tables, unescape)
from lab import MODULE, SOURCE, UNBOUND
from lab_unbound import Unbound


def text_of(path):
    return (SOURCE / path).read_text()


def sources(*patterns):
    return [path for pattern in patterns for path in SOURCE.glob(pattern)]


def displays_in(language):
    return [(f"{document}, {section}", lines) for document in DOCUMENTS
            for section, spoken, lines in displays(document)
            if spoken == language]


# --- displays ---------------------------------------------------------------

def test_each_display_is_tested():
    shown = {(document, section, language) for document in DOCUMENTS
             for section, language, _ in displays(document)}
    assert {language for _, _, language in shown} == \
        {"commands", "values", "helix.yaml", "unbound.conf"}
    assert {(document, section) for document, section, language in shown
            if language == "commands"} == \
        {place for places in COMMANDS.values() for place in places}
    tests = "".join(path.read_text()
                    for path in sources("tests/system/test_*.py",
                                        "tests/packages/test_*.py"))
    for name in COMMANDS:
        assert f'commands_of("{name}")' in tests, name


def test_what_is_indented_by_spaces_is_no_example():
    """It is a list, or a table whose first column is a file, a page, or a
    command that test_the_table_of_commands looks at."""
    for document in PLAIN_TEXTS:
        for table in tables(document):
            is_list = {line.startswith("  - ") for line in table
                       if re.match("  [^ ]", line)}
            assert len(is_list) == 1, (document, table)
            for first, second in rows(table):
                assert True in is_list or second, (document, first)
                assert not re.match(r"[$#] |man |dig |etcdctl |curl |python",
                                    first), (document, first)


def test_the_table_of_commands():
    """CONTRIBUTING: the tools and their options are there."""
    def help_of(tool):
        return subprocess.run([SOURCE / tool, "--help"], text=True, check=True,
                              capture_output=True).stdout
    commands = [(*first.split(), *re.findall(r"--\w+", second))
                for table in tables(CONTRIBUTING)
                for first, second in rows(table)
                if re.match(r"(tools|build)/|make ", first)]
    assert len(commands) > 8
    makefiles = "".join(path.read_text() for path in sources(
        "Makefile.am", "**/local.mk", "configure.ac", "m4/helix*"))
    for command, *words in commands:
        if command == "make":
            assert f"\n{words[-1]}:" in makefiles, words
        elif command.startswith("build/"):
            test, = re.fullmatch("build/gcc/(tests/unit/.*)", command).groups()
            assert (SOURCE / f"{test}.c").exists(), test
        else:
            known = help_of(command)
            for word in {word.strip("[]") for word in words} - \
                    {"FOLDER", "build/gcc", "trixie"}:
                assert re.search(rf"{word}(?![\w-])", known) or \
                    f"AC_ARG_ENABLE([{word[9:]}]" in makefiles, (command, word)


@pytest.mark.skipif(not shutil.which("man"), reason="needs man")
def test_reading():
    """README's command shows the page."""
    (command, expected), = commands_of("reading")
    assert not expected
    shell = Shell(SOURCE, {"MANWIDTH": "80", "MANPAGER": "cat"})
    status, lines = shell.run(command)
    shell.close()
    assert status == 0
    assert lines[0].startswith("UNBOUND-HELIX(8)")


def test_one_system_test():
    """CONTRIBUTING's commands find the test, the module and the Unbound."""
    *setup, (run, _) = commands_of("one system test")
    shell = Shell(SOURCE, {"PATH": f"/usr/bin:{os.environ['PATH']}"})
    for command, expected in setup:
        assert not expected
        assert shell.run(command.replace("FOLDER", str(UNBOUND)))[0] == 0
    status, lines = shell.run(f"{run} --collect-only -q")
    assert status == 0 and any("test_cache.py::" in line for line in lines)
    status, lines = shell.run("ls -d $HELIX_SOURCE/conf $UNBOUND_PREFIX")
    assert status == 0, lines
    module = shell.run("echo $HELIX_MODULE")[1][0]
    assert module.startswith(str(SOURCE)) and \
        module.endswith("/build/gcc/.libs/helix.so")
    shell.close()


def test_values_are_served(laboratory):
    etcd = laboratory.etcd()
    unbound = laboratory.unbound(etcd)
    (_, lines), = displays_in("values")
    for number, line in enumerate(lines):
        rdtype, value = line.split(None, 1)
        # only an apex has an SOA
        label = "" if rdtype == "SOA" else f"/v{number}"
        etcd.ctl("put", "--", f"/helix/com/example{label}/{rdtype}",
                 value.replace("HEX", "0123abcd" * 8))
    etcd.put("/helix/com/example/last/A", "192.0.2.1")
    unbound.wait_for_answer("last.example.com", ["192.0.2.1"])
    assert "helix: key /" not in unbound.log()


@pytest.mark.parametrize("lines", [pytest.param(lines, id=place) for
                                   place, lines in displays_in("helix.yaml")])
def test_a_helix_yaml_starts(laboratory, tmp_path, lines):
    text = "\n".join(lines)
    for path in re.findall(r"/etc/unbound/(\S+)", text):
        (tmp_path / path).touch(mode=0o600)
    text = re.sub(r"/etc/unbound|/var/lib/unbound", str(tmp_path), text)
    if "startup-wait" not in text:
        text += "\nstartup-wait: 0s"
    unbound = laboratory.add(Unbound, [])
    unbound.helix_yaml.write_text(text + "\n")
    unbound.start()


def uncommented(text):
    """conf/helix.yaml with all keys that stand in it behind '#' or '# '."""
    return re.sub(r"^( *)# ?(?=(- )?[a-z-]+:( |$))", r"\1", text, flags=re.M)


def test_the_example_starts_with_all_keys(laboratory, tmp_path):
    """Each key can be set by deleting what it stands behind, and all of them
    together."""
    text = uncommented(text_of("conf/helix.yaml"))
    for key, value in (("endpoints", "[https://127.0.0.1:1]"), ("api", "v2"),
                       ("startup-wait", "0s")):
        text, found = re.subn(rf"^( *{key}): .*", rf"\1: {value}", text,
                              flags=re.M)
        assert found == 1, key
    for path in re.findall(r": /etc/unbound/(\S+)$", text, re.M):
        (tmp_path / path).touch(mode=0o600)
    text = re.sub("/etc/unbound|/var/lib/unbound", str(tmp_path), text)
    unbound = laboratory.add(Unbound, [])
    unbound.helix_yaml.write_text(text)
    unbound.start()


@pytest.mark.parametrize("lines", [
    pytest.param(lines, id=place) for place, lines in
    displays_in("unbound.conf")])
def test_an_unbound_conf_starts(laboratory, lines):
    """Beside the laboratory's, of which the later line counts."""
    unbound = laboratory.add(
        Unbound, ["http://127.0.0.1:1"], startup_wait="0s", extra=re.sub(
            "dynlib-file: .*", f'dynlib-file: "{MODULE}"', "\n".join(lines)))
    unbound.start()
    assert "the right order" not in unbound.log()


def test_a_shell_says_what_failed():
    shell = Shell(SOURCE)
    assert shell.run("false") == (1, [])
    assert shell.run("echo one; (exit 3)") == (3, ["one"])
    assert shell.run("true") == (0, [])
    shell.close()


def test_each_log_line_is_explained():
    """Lines without an explanation have that of the line below them."""
    for item, below in re.findall(r"^(\.It Qq .*)\n(.*)$", text_of(HELIX), re.M):
        assert not re.match(r"\.(El|S[hs])", below), item


# --- what the sources say ---------------------------------------------------

TOKEN = re.compile(r"""/\*.*?\*/ | //[^\n]* | '(?:[^'\\\n]|\\.)+' |
                   "(?:[^"\\]|\\.)*" | \w+ | (?:\s|\\\n)+ | .""",
                   re.S | re.X)
CONVERSION = re.compile(r"%[-+ #0]*[\d*]*(?:\.[\d*]+)?(?:hh|h|ll|l|z)?"
                        "[a-zA-Z]")
# stands for what a conversion prints
ANY = "\0"


def literals(text):
    """The string literals of C source; adjacent ones are one."""
    literal = None
    for token in TOKEN.findall(text):
        if token.startswith('"'):
            literal = (literal or "") + token[1:-1]
        elif token.startswith("PRI"):
            literal = f"{literal}u"
        elif not token.startswith(("/*", "//")) and token.strip("\\ \t\n"):
            if literal:
                yield CONVERSION.sub(ANY, re.sub(r"\\(.)", r"\1", literal))
            literal = None


def messages():
    """All that the sources can print. Where one literal is printed in
    another, both ways of one file are put together."""
    for path in sources("module/**/*.[ch]", "tools/helixctl/*.[ch]"):
        texts = list(literals(path.read_text()))
        yield from texts
        for text in texts:
            for at in (m.start() for m in re.finditer(ANY, text)):
                for inner in texts:
                    if " " in inner and " " in text:
                        yield text[:at] + inner + text[at + 1:]
    for path in sources("tools/*"):
        if path.is_file():
            yield path.read_text()


# What is in quotation marks, and said by others than the module.
SAID_BY_OTHERS = {
    HELIX: {"recursion desired", "Not a file", "The copy"},
    README: {"have been kept back"},
    INSTALL: {"In production", "Build on one machine and run on another",
              "Run it", "Upgrade", "Remove it", "Build"},
    CONTRIBUTING: {"$ ", "# ", "store: keep contributions apart"},
}


def quoted(document):
    """What a document has in quotation marks, outside of displays."""
    text = text_of(document)
    if document in PLAIN_TEXTS:
        text = re.sub(r"^\t.*$", "", text, flags=re.M)
        return [quotation.replace("\n", " ")
                for quotation in re.findall(r'"([^"]*)"', text)]
    text = re.sub(r"^\.Bd .*?^\.Ed$", "", text, flags=re.M | re.S)
    return [unescape(line).strip('"') for line in re.findall(
        r"^\..*?\b[QDS]q (.*?)(?: [.,;:)]+| Pc.*)*$", text, re.M)] + [
        one for line in re.findall("^[^.].*", text, re.M)
        for one in re.findall(r'"([^"]+)"', unescape(line))]


def test_what_is_quoted_is_in_the_sources():
    """Log lines, above all."""
    known = "\n".join(messages())
    for document in DOCUMENTS:
        quotations = set(quoted(document))
        others = SAID_BY_OTHERS.get(document, set())
        assert others <= quotations, (document, others - quotations)
        missing = [quotation for quotation in quotations - others
                   if not re.search(".*".join(map(re.escape, quotation.strip(
                       ".").split("..."))), known)]
        assert not missing, f"{document}:\n" + "\n".join(missing)
    assert len(quoted(HELIX)) > 50


def milliseconds(text):
    """A bound in helix.yaml(5), as the sources have it."""
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h|)", text).groups()
    return int(number) * {"ms": 1, "s": 1000, "m": 60000, "h": 3600000,
                          "": 1}[unit]


def test_configuration_keys():
    """helix.yaml(5) has the keys that the sources have, with their bounds, and
    conf/helix.yaml has them too."""
    fields = {}
    for path in sources("module/config/*.c"):
        text = path.read_text()
        for key in re.findall(r'CONFIG_(?:KEY|WHOLE)\("([a-z-]+)"', text):
            fields[key] = None
        for key, low, high in re.findall(
                r'CONFIG_BOUNDED\("([a-z-]+)",.*?(\d+), (\w+)\)', text, re.S):
            fields[key] = (int(low), 2**31 - 1 if high == "INT32_MAX"
                           else int(high))
    told = {}
    for line in re.findall(r"^\.It (Ic .*)$", text_of(CONFIG), re.M):
        key = re.match(r"Ic ([a-z-]+)", line)[1]
        bounds = re.search(r"; (\w+) to (\w+)\)", line)
        told[key] = bounds and tuple(map(milliseconds, bounds.groups()))
    assert told == fields
    example = text_of("conf/helix.yaml")
    for key in fields:
        assert re.search(rf"^[ #-]*{key}:", example, re.M), key


def test_the_files_that_are_named_exist():
    names = {path.name for path in sources("module/**/*", "tests/**/*",
                                           "tools/**/*", "conf/**/*", "*")}
    for document in (*DOCUMENTS, "CONTRIBUTING", "SECURITY"):
        text = unescape(text_of(document))
        for path in re.findall(
                r"(?<![\w/.])(?:module|tests|tools|conf|m4)/[\w./-]*\w",
                text):
            assert (SOURCE / path).exists(), (document, path)
        for name in re.findall(r"(?<![\w/*])\w+\.(?:c|h|def|py)\b", text):
            assert name in names, (document, name)


@pytest.mark.skipif(not shutil.which("mandoc"), reason="needs mandoc")
@pytest.mark.parametrize("page", MAN_PAGES)
def test_a_man_page_reads_well(page):
    """mandoc finds nothing wrong, and it fits a terminal."""
    subprocess.run(["mandoc", "-T", "lint", "-W", "warning", SOURCE / page],
                   check=True)
    shown = subprocess.run(["mandoc", "-T", "utf8", SOURCE / page], text=True,
                           check=True, capture_output=True).stdout
    plain = re.sub(".\b", "", shown)
    assert max(map(len, plain.splitlines())) <= 80
    # a word such as An or No is a macro, and is not shown
    flowing = " ".join(plain.split())
    for item in re.findall(r"^\.(?:It(?: Qq)?|S[hs]) "
                           "((?!(?:Em|Ev|Fl|Ic|Li|Pa|Qq) ).*)$",
                           text_of(page), re.M):
        assert unescape(item).strip('"') in flowing, item
