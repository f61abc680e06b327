"""helixctl check: of helix.yaml, of unbound.conf, and before systemd's start."""

import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from lab import HELIXCTL, MODULE, SOURCE, UNBOUND, wait_for
from lab_ctl import Ctl
from lab_unbound import Unbound

root_only = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become another user")

UNBOUND_CONF = """\
server:
    username: ""
    chroot: ""
    directory: "{folder}"
    module-config: "dynlib validator iterator"
{server}
dynlib:
    dynlib-file: "{module}"
{more}
"""


@pytest.fixture
def folder():
    """A folder that everybody may enter, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="helix-test-check-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.fixture
def check(folder):
    """helixctl check, of a helix.yaml that needs no etcd."""
    made = Ctl(folder / "ctl", "http://127.0.0.1:1")
    made.folder.chmod(0o755)
    return made


def unbound_conf(folder, server="", more="", module=MODULE):
    path = folder / "unbound.conf"
    path.write_text(UNBOUND_CONF.format(
        folder=folder, server=server, more=more, module=module))
    return path


def findings(said):
    """What was found, without the sum, and without what was not looked at:
    pairs of a place and a message."""
    *lines, total = said.lines
    assert re.search(r": (no|\d+) errors?, (no|\d+) warnings?", total)
    return [tuple(re.split(r": (?=error: |warning: )", line, maxsplit=1))
            for line in lines if "looked at once" not in line]


# --- helix.yaml --------------------------------------------------------------

def test_nothing_is_wrong(check):
    said = check.ok("check")
    assert said.lines == [f"{check.conf}: no errors, no warnings"] or \
        os.geteuid() == 0
    assert not said.err
    assert check.ok("check", "--json").json()["ok"] is True
    # what is installed
    said = check.ok("check", SOURCE / "conf/helix.yaml")
    assert f"{SOURCE}/conf/helix.yaml: there are no zones, so that nothing " \
        "is answered from etcd yet" in said.lines
    assert re.search(": no errors, (no|1) warning", said.lines[-1])


def test_all_errors_are_told_in_the_order_of_the_file(check):
    check.conf.write_text("cache: 5\nzones:\n  - name: a..b\n    tll: 5\n"
                          "etcd:\n  api: v4\n  username: x\n")
    said = check.found("check")
    assert findings(said) == [
        (f"{check.conf}:1:8", 'error: "5" for cache: expected yes or no'),
        (f"{check.conf}:3:11", 'error: "a..b" for name is not a domain name: '
         "a label is empty"),
        (f"{check.conf}:4:5", 'error: unknown key "tll"; expected one of '
         "name, ttl, ns, soa, fallthrough"),
        (f"{check.conf}:6:3", "error: username is there without "
         "password-file; expected both or neither"),
        (f"{check.conf}:6:8", 'error: "v4" for api: expected v3 or v2')]
    assert said.lines[-1].startswith(f"{check.conf}: 5 errors, no warnings")
    asked = check.found("check", "--json").json()
    assert asked["ok"] is False
    assert [(f["line"], f["column"]) for f in asked["findings"]] == [
        (1, 8), (3, 11), (4, 5), (6, 3), (6, 8)]
    assert asked["findings"][2]["message"].startswith('unknown key "tll"')
    assert {f["severity"] for f in asked["findings"]} == {"error"}


def test_each_tab_is_told(check):
    check.conf.write_text("etcd:\n\tapi: v3\nzones:\n\t- name: a.test\n")
    said = check.found("check")
    assert [line.split(": ")[0] for line in said.lines[:2]] == [
        f"{check.conf}:2:1", f"{check.conf}:4:1"]
    assert "the rest is looked at once that is mended" in said.out


def test_what_is_not_looked_at_is_told(check, folder):
    """Silence would be taken for praise."""
    conf = unbound_conf(folder)
    check.conf.write_text("zones: [{name: 10.in-addr.arpa}]\ncache: 5\n")
    asked = f"{check.conf}: etcd is asked once that is mended"
    zones = f"{check.conf}: whether Unbound's local zones hide zones is " \
        "looked at once that is mended"
    assert check.found("check").lines[1:-1] == []
    assert check.found("check", "--connect").lines[1:-1] == [asked]
    assert zones in check.found("check", "--unbound", conf).lines
    assert "mended" not in check.found("check", "--connect", "--json").out


def test_a_file_that_is_not_there(check):
    said = check.found("check", "/nonexistent/helix.yaml")
    assert said.lines[0] == "/nonexistent/helix.yaml: error: cannot open " \
        "the file: No such file or directory"


def test_more_errors_than_are_told(check):
    check.conf.write_text("zones:\n" + "  - {name: a..b}\n" * 101)
    said = check.found("check")
    assert len(findings(said)) == 101
    assert "there are more errors than these 100" in said.lines[-2]


@pytest.mark.parametrize("words, part", [
    (["--as", "no-such-user-here"], "there is no user no-such-user-here"),
    (["a", "b"], "too many arguments"),
    (["--endpoints", "http://127.0.0.1:1"], "have no place here"),
    (["--nonsense"], "unrecognized option"),
])
def test_wrong_usage(check, words, part):
    said = check("check", *words)
    assert said.status == 2
    assert part in said.err
    assert not said.out


def test_colours_are_for_terminals_only(check):
    check.conf.write_text("zones: 5\n")
    assert "\033" not in check.found("check").out
    on_terminal = check.on_terminal("check")
    assert on_terminal.status == 1
    assert "\033[1;31merror:\033[0m expected a list" in on_terminal.out
    plain = check.on_terminal("check", env={"NO_COLOR": "1"})
    assert "\033" not in plain.out


def test_what_is_said_is_json_whatever_the_file_says(check):
    """A message that is cut inside a character, too."""
    check.conf.write_bytes(b"zones: [{name: a.test}]\n" +
                           b'cache: "' + "é".encode() * 39 + b'x"\n' +
                           b'startup-wait: "x' + "é".encode() * 39 + b'"\n' +
                           b'? "\\u0085\\u009b31m"\n: x\n')
    said = check.found("check", "--json")
    assert len(said.json()["findings"]) == 3
    assert "\x9b" not in check.found("check").out


# --- the files that it names -------------------------------------------------

@root_only
def test_a_password_that_the_user_cannot_read(check, folder):
    secret = folder / "secret"
    secret.mkdir(mode=0o700)
    password = secret / "password"
    password.write_text("geheim\n")
    password.chmod(0o600)
    check.etcd |= {"username": "helix", "password-file": str(password)}
    check.configure(["example.com"])
    # root himself may
    unbound_runs_as_root = unbound_conf(folder)
    check.ok("check", "--unbound", unbound_runs_as_root)
    said = check.found("check", "--as", "nobody")
    [(place, message)] = findings(said)
    assert place.startswith(f"{check.conf}:")
    assert message.endswith(
        f"{password} for password-file cannot be read: Permission denied: "
        f"user nobody may not enter {secret}, which belongs to root:root and "
        "has mode 0700")
    assert said.lines[-1] == \
        f"{check.conf}: 1 error, no warnings (as user nobody)"
    secret.chmod(0o755)
    said = check.found("check", "--as", "nobody")
    assert f"user nobody may not use {password}" in said.out
    password.chmod(0o644)
    assert "everybody can read the password" in \
        check.ok("check", "--as", "nobody").out
    password.chmod(0o640)
    shutil.chown(password, group="nogroup")
    assert findings(check.ok("check", "--as", "nobody")) == []


@root_only
def test_a_helix_yaml_that_the_user_cannot_read(check):
    check.conf.chmod(0o600)
    said = check.found("check", "--as", "nobody")
    assert "cannot open the file: Permission denied: user nobody may not use" \
        in said.out


def test_an_empty_password(check, folder):
    password = folder / "password"
    password.write_text("\n")
    password.chmod(0o640)
    check.etcd |= {"username": "helix", "password-file": str(password)}
    check.configure(["example.com"])
    said = check.found("check", "--unbound", unbound_conf(folder))
    assert str(password) in said.lines[0]


@pytest.mark.parametrize("key, text, part", [
    ("ca", "hello\n", "has no line -----BEGIN CERTIFICATE-----"),
    ("cert", "-----BEGIN PRIVATE KEY-----\n", "for cert has no line "
     "-----BEGIN CERTIFICATE-----"),
    ("key", "-----BEGIN CERTIFICATE-----\n", "for key has no line "
     "-----BEGIN PRIVATE KEY-----"),
    ("key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "is encrypted"),
    ("key", "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n",
     "is encrypted"),
])
def test_a_file_that_is_no_certificate(check, folder, key, text, part):
    files = {"ca": "-----BEGIN CERTIFICATE-----\n",
             "cert": "-----BEGIN CERTIFICATE-----\n",
             "key": "-----BEGIN EC PRIVATE KEY-----\n"}
    check.etcd |= {"endpoints": ["https://127.0.0.1:1"],
                   "tls": {name: str(folder / name) for name in files}}
    check.configure(["example.com"])

    def write(contents):
        for name, content in contents.items():
            (folder / name).write_text(content)
    write(files)
    conf = unbound_conf(folder)
    check.ok("check", "--unbound", conf)
    write({**files, key: text})
    said = check.found("check", "--unbound", conf)
    assert part in said.lines[0]
    assert f"{folder}/{key}" in said.lines[0]


@root_only
def test_folders_in_which_nothing_can_be_made(check, folder):
    """Unbound starts all the same, so these are warnings."""
    check.more = {"snapshot": str(folder / "snapshot"),
                  "status": {"socket": str(folder / "socket")}}
    check.configure(["example.com"])
    said = check.ok("check", "--as", "nobody")
    assert [message.split(":")[1] for place, message in findings(said)] == [
        f" no file can be made in {folder}, so that there will be no snapshot",
        f" no file can be made in {folder}, so that there will be no socket"]
    assert said.lines[-1].endswith("no errors, 2 warnings (as user nobody)")
    shutil.chown(folder, "nobody")
    assert findings(check.ok("check", "--as", "nobody")) == []


@pytest.mark.parametrize("endpoints, zones, part", [
    (["http://etcd.example.com:2379"], ["example.com"],
     "is in the zone example.com., whose names are known only once"),
    (["http://10.0.0.1:2380"], ["example.com"],
     "2380 is the port on which members"),
    (["http://127.0.0.1:2379", "http://127.0.0.1:2379/"], ["example.com"],
     "http://127.0.0.1:2379 is there twice"),
    (["http://[::1]:2379", "http://localhost:2379", "http://10.0.0.1:2379"],
     ["example.com", "localhost"], None),
    (["http://etcd.example.org:2379"], ["example.com", "ample.org"], None),
])
def test_endpoints_that_look_wrong(check, folder, endpoints, zones, part):
    check.etcd |= {"endpoints": endpoints}
    check.configure(zones)
    said = check.ok("check", "--unbound", unbound_conf(
        folder, "    local-zone: localhost. transparent"))
    if part:
        [(place, message)] = findings(said)
        assert part in message
        assert re.fullmatch(rf"{check.conf}:\d+:\d+", place)
    else:
        assert findings(said) == []


@pytest.mark.parametrize("endpoint, told", [
    ("http://10.0.0.1:2379", True), ("http://etcd.test:2379", True),
    ("http://127.0.0.2:2379", False), ("http://[::1]:2379", False),
    ("https://10.0.0.1:2379", False)])
def test_a_password_that_goes_over_the_network(check, folder, endpoint, told):
    password = folder / "password"
    password.write_text("geheim\n")
    password.chmod(0o640)
    check.etcd |= {"endpoints": [endpoint], "username": "helix",
                   "password-file": str(password)}
    check.configure(["example.com"])
    said = check.ok("check", "--unbound", unbound_conf(folder))
    assert ("the password goes to " in said.out) == told


# --- unbound.conf ------------------------------------------------------------

def modules(line, more="", dynlibs=(MODULE,)):
    """A replacement for what UNBOUND_CONF says of modules."""
    return (f"server:\n    username: \"\"\n    chroot: \"\"\n{line}\n{more}\n" +
            "".join(f"dynlib:\n    dynlib-file: \"{d}\"\n" for d in dynlibs))


@pytest.mark.parametrize("text, kind, part", [
    (modules(""), "error", "module-config is not there, and"),
    (modules("module-config: iterator"), "error", "lacks dynlib"),
    (modules('module-config: "python iterator"'), "error", None),
    (modules('module-config: "iterator dynlib"'), "error",
     "iterator stands before dynlib, and passes no query on to it; the right "
     'order is "dynlib iterator"'),
    (modules('module-config: "cachedb dynlib iterator"'), "error", None),
    (modules('module-config: "dns64 dynlib iterator"'), "error",
     'the right order is "dynlib dns64 iterator"'),
    (modules('module-config: "validator dynlib iterator"'), "warning",
     'the right order is "dynlib validator iterator"'),
    (modules('module-config: "respip dynlib iterator"'), None, None),
    (modules('module-config: "dynlib iterator"', dynlibs=()), "error",
     "dynlib-file is not there"),
    (modules('module-config: "dynlib iterator"', dynlibs=("/x/other.so",)),
     "error", "no dynlib-file is helix.so"),
    (modules('module-config: "dynlib iterator"',
             dynlibs=("/x/helix.so", "/y/helix.so")),
     "error", "helix.so is loaded twice"),
    (modules('module-config: "dynlib iterator"',
             dynlibs=("/x/other.so", MODULE)),
     "error", "has fewer dynlib than there are dynlib-file"),
    (modules('module-config: "dynlib dynlib iterator"',
             dynlibs=("/x/other.so", MODULE)), None, None),
    (modules('module-config: "dynlib iterator"',
             dynlibs=("/nonexistent/helix.so",)), "error",
     "/nonexistent/helix.so for dynlib-file cannot be read: No such file"),
    (modules('module-config: "dynlib iterator"',
             dynlibs=(SOURCE / "conf/helix.yaml",)), "error",
     "for dynlib-file is no shared object"),
    # as the lexer reads it
    (modules('module-config:"dynlib iterator" # comment'), None, None),
    (modules("module-config: 'dynlib iterator'"), None, None),
    (modules('module-config: iterator\nmodule-config: "dynlib iterator"'),
     None, None),
    (modules('# module-config: "dynlib iterator"'), "error", "is not there"),
    (modules('module-config:\n\n"dynlib iterator"'), None, None),
])
def test_modules(check, folder, text, kind, part):
    conf = folder / "unbound.conf"
    conf.write_text(text)
    said = check("check", "--unbound", conf)
    assert said.status == (1 if kind == "error" else 0), said
    if kind is None:
        assert findings(said) == [], said
    elif part:
        assert any(message.startswith(f"{kind}: ") and part in message
                   for place, message in findings(said)), said


def test_a_file_that_is_included_twice(check, folder):
    """It says where, as nobody finds two dynlib-file in the files."""
    part = folder / "part.conf"
    part.write_text(f'dynlib:\n  dynlib-file: "{MODULE}"\n')
    conf = unbound_conf(folder)
    conf.write_text('server:\n  username: ""\n  chroot: ""\n'
                    '  module-config: "dynlib iterator"\n'
                    f'include: "{folder}/p*.conf"\n' * 2)
    said = check.found("check", "--unbound", conf)
    assert f"{part}:2: error: this file is included twice, by {conf}:5 and " \
        f"by {conf}:10, so that helix.so is loaded twice; include it once" in \
        said.out, said
    (folder / "all.inc").write_text(f'include: "{part}"\n')
    conf.write_text('server:\n  username: ""\n  chroot: ""\n'
                    '  module-config: "dynlib iterator"\n' +
                    f'include: "{folder}/all.inc"\n' * 2)
    said = check.found("check", "--unbound", conf)
    assert f"{part}:2: error: this file is included twice, each time by " \
        f"{folder}/all.inc:1, so that" in said.out, said


def test_pipes_are_not_waited_for(check, folder):
    """For Unbound's files, which somebody may have made so by mistake; Unbound
    itself would wait for ever."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    conf = unbound_conf(folder, module=pipe.with_name("helix.so"))
    os.mkfifo(folder / "helix.so")
    said = check.found("check", "--unbound", conf)
    assert f"{folder}/helix.so for dynlib-file is no shared object" in \
        said.out, said
    conf.write_text(f'server:\n  include: "{pipe}"\n')
    said = check.found("check", "--unbound", conf)
    assert f"{conf}: error: {conf}:2: cannot read {pipe}: it is no regular " \
        "file" in said.out, said


def test_a_relative_module(check, folder):
    """As Unbound finds it: below its directory."""
    (folder / "lib").mkdir()
    conf = unbound_conf(folder, module="lib/helix.so")
    assert f"{folder}/lib/helix.so for dynlib-file cannot be read" in \
        check.found("check", "--unbound", conf).out
    shutil.copy(MODULE, folder / "lib/helix.so")
    check.ok("check", "--unbound", conf)


def test_what_unbound_checkconf_says(check, folder):
    conf = unbound_conf(folder, "    colour: red\n    port: x")
    said = check.found("check", "--unbound", conf)
    places = [place for place, message in findings(said)
              if message.startswith("error: unbound-checkconf: ")]
    assert f"{conf}:6" in places
    assert "unknown keyword 'colour'" in said.out


def test_files_that_are_included(check, folder):
    """With wildcards, within a section and outside of all, in their order;
    the place of an error is in the file that has it."""
    parts = folder / "parts"
    parts.mkdir()
    (parts / "a.conf").write_text('module-config: "dynlib iterator"\n')
    (parts / "b.conf").write_text(
        '\n    module-config: "iterator dynlib"\nremote-control:\n'
        "    control-enable: no\n")
    (folder / "top.conf").write_text(f"dynlib: dynlib-file: '{MODULE}'\n")
    conf = folder / "unbound.conf"
    conf.write_text(f'server:\n  username: ""\n  chroot: ""\n'
                    f'  include: {parts}/*.conf\n'
                    f'include-toplevel: "{folder}/top.conf"\n')
    said = check.found("check", "--unbound", conf)
    [(place, message)] = findings(said)
    assert place == f"{parts}/b.conf:2"
    assert "iterator stands before dynlib" in message
    (parts / "b.conf").unlink()
    check.ok("check", "--unbound", conf)
    # relative to Unbound's directory, from where that is set on
    conf.write_text(conf.read_text().replace(
        f'"{folder}/top.conf"', "top.conf").replace(
        "server:\n", f'server:\n  directory: "{folder}"\n'))
    check.ok("check", "--unbound", conf)
    (folder / "top.conf").unlink()
    said = check.found("check", "--unbound", conf)
    assert f"{conf}:6: cannot read {folder}/top.conf: No such file" in said.out


def test_files_that_include_each_other(check, folder):
    conf = folder / "unbound.conf"
    conf.write_text(f'server:\ninclude: "{conf}"\n')
    assert "include each other" in check.found("check", "--unbound", conf).out


def test_an_unbound_conf_that_is_not_there(check):
    said = check.found("check", "--unbound", "/nonexistent/unbound.conf")
    assert "cannot read /nonexistent/unbound.conf: No such file" in said.out


def shadows(check, folder, zones, server="", more=""):
    """Which zones are said not to be answered, and by what."""
    check.configure(zones)
    conf = unbound_conf(folder, server, more)
    said = check.ok("check", "--unbound", conf)
    told = re.findall(r"warning: zone (\S+) is not answered from etcd(?: at "
                      r"and below (\S+))?: Unbound.*?(local|auth-)(?: )?zone "
                      r"(\S+)", said.out)
    assert len(told) == len(findings(said)), said
    return [(zone, by if not below else f"below {by}")
            for zone, below, kind, by in told]


@pytest.mark.parametrize("server, zones, told", [
    ("", ["10.in-addr.arpa", "example.com", "x.168.192.in-addr.arpa"],
     [("10.in-addr.arpa.", "10.in-addr.arpa."),
      ("x.168.192.in-addr.arpa.", "168.192.in-addr.arpa.")]),
    ("", ["test", "1.31.172.in-addr.arpa", "127.100.in-addr.arpa",
          "32.172.in-addr.arpa"],
     [("test.", "test."),
      ("1.31.172.in-addr.arpa.", "31.172.in-addr.arpa."),
      ("127.100.in-addr.arpa.", "127.100.in-addr.arpa.")]),
    ("local-zone: 10.in-addr.arpa nodefault", ["10.in-addr.arpa"], []),
    ("local-zone: 10.in-addr.arpa. transparent", ["1.10.in-addr.arpa"], []),
    ("unblock-lan-zones: yes", ["10.in-addr.arpa", "home.arpa"],
     [("home.arpa.", "home.arpa.")]),
    ("local-zone: com static", ["example.com"], [("example.com.", "com.")]),
    ("local-zone: com static\nlocal-zone: example.com transparent",
     ["a.example.com"], []),
    ("local-zone: com transparent\nlocal-zone: EXAMPLE.com. refuse",
     ["a.example.com"], [("a.example.com.", "example.com.")]),
    ("local-zone: ads.example.com always_nxdomain", ["example.com"],
     [("example.com.", "below ads.example.com.")]),
    ("local-zone: ample.com static", ["example.com"], []),
    ("local-zone: . refuse", ["example.com"], [("example.com.", ".")]),
    # of one name, the last counts
    ("local-zone: com static\nlocal-zone: com transparent", ["a.com"], []),
    ("local-zone: com transparent\nlocal-zone: com static", ["a.com"],
     [("a.com.", "com.")]),
    # for some clients only
    ('define-tag: "some"\nlocal-zone: com static\nlocal-zone-tag: com "some"',
     ["a.com"], []),
    ("local-zone: com inform", ["a.com"], []),
])
def test_local_zones(check, folder, server, zones, told):
    assert shadows(check, folder, zones, server) == told


@pytest.mark.parametrize("more, told", [
    ("", []),
    ("auth-zone:\n name: com\n zonefile: z", [("a.com.", "com.")]),
    ("auth-zone:\n name: com\n zonefile: z\n for-downstream: no", []),
    ("auth-zone:\n for-downstream: no\n name: com\n zonefile: z\n"
     "auth-zone:\n name: x.a.com\n zonefile: z",
     [("a.com.", "below x.a.com.")]),
    ("view:\n name: v\n local-zone: com static", []),
])
def test_auth_zones_and_views(check, folder, more, told):
    # found in Unbound's directory
    (folder / "z").write_text("@ 5 SOA ns. a. 1 5 5 5 5\n@ 5 NS ns.\n")
    assert shadows(check, folder, ["a.com"], more=more) == told


def test_unbounds_defaults_are_known(laboratory, folder):
    """All that this Unbound has by default, and nothing else."""
    unbound = laboratory.unbound("http://127.0.0.1:1", startup_wait="0s")
    local = dict(line.split() for line in
                 unbound.control("list_local_zones").splitlines())
    zones = [name for name, kind in local.items() if kind != "transparent"]
    assert "10.in-addr.arpa." in zones
    check = Ctl(folder / "ctl", "http://127.0.0.1:1")
    told = []
    for first in range(0, len(zones), 20):
        told += shadows(check, folder, zones[first:first + 20])
    assert {(zone, zone) for zone in zones} == set(told)


def test_many_zones_that_are_shadowed(check, folder):
    check.configure([f"z{i}.test" for i in range(25)])
    said = check.ok("check", "--unbound", unbound_conf(folder))
    assert len(findings(said)) == 21
    assert "5 more zones are not answered from etcd" in said.lines[-2]


@root_only
def test_the_user_of_unbound_conf(check, folder):
    check.conf.chmod(0o600)
    conf = folder / "unbound.conf"
    conf.write_text(modules('module-config: "dynlib iterator"').replace(
        'username: ""', "username: nobody"))
    said = check.found("check", "--unbound", conf)
    assert "user nobody may not use" in said.out
    # --as goes before
    check.ok("check", "--unbound", conf, "--as", "root")
    conf.write_text(conf.read_text().replace("nobody", "no-such-user"))
    said = check.found("check", "--unbound", conf)
    assert f"{conf}:2: error: there is no user no-such-user" in said.out


@root_only
def test_a_chroot(check, folder):
    """helix.yaml, and what it names, are looked for inside."""
    inside = folder / "root"
    (inside / "etc").mkdir(parents=True)
    conf = unbound_conf(folder, module="/lib/helix.so")
    conf.write_text(conf.read_text()
                    .replace('chroot: ""', f'chroot: "{inside}"')
                    .replace('username: ""', "username: nobody")
                    .replace(f'directory: "{folder}"',
                             f'directory: "{inside}"'))
    shutil.copy(conf, inside / "etc/unbound.conf")
    conf = inside / "etc/unbound.conf"

    def run(status):
        # which looks for leaks by means of /proc
        said = check("check", "/etc/helix.yaml", "--unbound", conf,
                     env={"ASAN_OPTIONS": "detect_leaks=0"})
        assert said.status == status, said
        return said.out
    out = run(1)
    assert f"/lib/helix.so for dynlib-file cannot be read inside of chroot " \
        f"{inside}: No such file" in out
    assert "/etc/helix.yaml: error: cannot open the file: No such" in out
    (inside / "lib").mkdir()
    shutil.copy(MODULE, inside / "lib/helix.so")
    (inside / "etc/helix.yaml").write_text(
        "zones: [{name: test}]\nsnapshot: /snap/file\n")
    out = run(1)
    assert "there can be no file /snap/file" in out
    (inside / "snap").mkdir()
    shutil.chown(inside / "snap", "nobody")
    out = run(0)
    assert "zone test. is not answered from etcd" in out
    assert "all libraries that ldd(1) lists for helix.so must be there" in out


# --- what Unbound does with it -----------------------------------------------

@pytest.mark.parametrize("broken, started", [
    ("", True),
    ("cache: maybe\n", False),
    ("snapshot: /nonexistent/snapshot\n", False),
    ("max-stale: 1s\n", False),
])
def test_what_is_refused_does_not_start(laboratory, folder, broken, started):
    etcd = laboratory.etcd()
    unbound = laboratory.add(Unbound, [etcd.url])
    unbound.helix_yaml.write_text(
        f"etcd: {{endpoints: [{etcd.url}]}}\nzones: [{{name: a.com}}]\n"
        f"{broken}")
    said = Ctl(folder / "ctl", etcd)("check", unbound.helix_yaml, "--unbound",
                                     unbound.folder / "unbound.conf")
    assert (said.status == 0) == started, said
    unbound.launch_daemon()
    if started:
        unbound.wait_for_log("start of service")
        return
    wait_for(lambda: not unbound.is_running(),
             lambda: "it ended:\n" + unbound.log())
    for place, message in findings(said):
        assert f"{place}: {message.removeprefix('error: ')}" in unbound.log()


# --- systemd -----------------------------------------------------------------

DEBIAN_UNIT = """\
[Unit]
Description=Unbound DNS server
After=network.target
Before=nss-lookup.target
Wants=nss-lookup.target

[Service]
Type=notify
Restart=on-failure
EnvironmentFile=-/etc/default/unbound
ExecStartPre=-/usr/libexec/unbound-helper chroot_setup
ExecStartPre=-/usr/libexec/unbound-helper root_trust_anchor_update
ExecStart=/usr/sbin/unbound -d -p $DAEMON_OPTS
ExecStopPost=-/usr/libexec/unbound-helper chroot_teardown
ExecReload=+/bin/kill -HUP $MAINPID

[Install]
WantedBy=multi-user.target
"""


def drop_in():
    """The drop-in, with the programs that are tested here."""
    return (SOURCE / "conf/unbound-helix.service.conf").read_text().replace(
        "/opt/unbound/sbin/helixctl", str(HELIXCTL)).replace(
        "/opt/unbound", str(UNBOUND))


def test_systemd_understands_the_drop_in(folder):
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("there is no systemd-analyze")
    helper = folder / "unbound-helper"
    helper.write_text("#!/bin/sh\n")
    helper.chmod(0o755)
    unit = folder / "unbound.service"
    unit.write_text(DEBIAN_UNIT.replace("/usr/libexec/unbound-helper",
                                        str(helper))
                    .replace("/usr/sbin/unbound",
                             str(UNBOUND / "sbin/unbound")))
    (folder / "unbound.service.d").mkdir()
    added = folder / "unbound.service.d/helix.conf"

    def verify():
        done = subprocess.run([analyze, "verify", "--man=no", unit], text=True,
                              capture_output=True, check=False)
        return done.returncode, done.stdout + done.stderr
    added.write_text(drop_in())
    assert verify() == (0, "")
    # and that it would have said so
    added.write_text(drop_in().replace("ExecReload=+", "ExecReloads=+"))
    assert "Unknown key" in verify()[1]


def test_the_drop_in_refuses_a_slip(check, folder):
    """What it does before a reload, as systemd runs it; tests/packages/ has the
    whole, under systemd."""
    text = drop_in()
    reload = re.findall(r"^ExecReload=(.*)$", text.replace("\\\n", ""), re.M)
    # Debian's is dropped, and comes again behind the checks
    assert reload[0] == ""
    assert f"ExecReload={reload[-1]}\n" in DEBIAN_UNIT
    same_build, script = reload[1:-1]
    assert same_build.startswith("+/usr/bin/cmp ")
    conf = unbound_conf(folder)
    words = shlex.split(script.removeprefix("+").replace("$$", "$").replace(
        "unbound-checkconf", f"unbound-checkconf {conf}").replace(
        "/etc/unbound/unbound.conf", str(conf)))

    def is_refused():
        return subprocess.run(words, env=check.environment(), check=False,
                              capture_output=True).returncode != 0
    assert not is_refused()
    good, good_conf = check.conf.read_text(), conf.read_text()
    check.conf.write_text("zones:\n\t- name: example.com\n")
    assert is_refused()
    # before `helixctl enable`, and after `disable`, that is nobody's business
    conf.write_text(good_conf.replace("dynlib validator", "validator"))
    assert not is_refused()
    check.conf.write_text(good)
    # an order that unbound-checkconf does not know
    conf.write_text(good_conf.replace("dynlib validator",
                                      "respip dynlib validator"))
    assert not is_refused()
    conf.write_text(good_conf + "server:\n\tnonsense: yes\n")
    assert is_refused()
    assert json.loads(good)["zones"]
