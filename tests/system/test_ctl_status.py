"""helixctl status and bad: what the running Unbound says, for people and as
JSON; and why it says nothing."""

import contextlib
import http.server
import json
import os
import socket
import socketserver
import subprocess
import threading
import time

import pytest

from lab import HELIXCTL, SOURCE, free_port, wait_for

DATA = SOURCE / "tests/unit/data/status"
NONE = {"keys": [], "total": 0}


def report(**changes):
    """What the module says where all is well, but for the changes: NAME or
    NAME__MEMBER of the report, or of its source."""
    said = json.loads((DATA / "full.json").read_text())
    source = said["sources"][0]
    for path, value in changes.items():
        *parents, name = path.split("__")
        place = said if path.split("__")[0] in said else source
        for parent in parents:
            place = place[parent]
        assert name in place, path
        place[name] = value
    return said


class Module(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Stands for the module: pages by path, each a body or (status, body); a
    bytes object is sent as the whole answer."""

    daemon_threads = True

    def __init__(self, path, pages):
        self.pages = {where: page if isinstance(page, (tuple, bytes))
                      else (200, page) for where, page in pages.items()}
        super().__init__(str(path), Handler)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = self.server.pages.get(self.path, (404, "there is no page\n"))
        if isinstance(page, bytes):
            self.wfile.write(page)
            self.close_connection = True
            return
        status, body = page
        if not isinstance(body, str):
            body = json.dumps(body) + "\n"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def address_string(self):
        return "somebody"

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def asked(laboratory, tmp_path):
    """Runs helixctl with a module that serves these pages."""
    path = tmp_path / "helix.sock"
    ctl = laboratory.ctl("http://127.0.0.1:1",
                         more={"status": {"socket": str(path)}})

    def ask(pages, *words, **options):
        path.unlink(missing_ok=True)
        with serving(Module(path, pages)):
            return ctl(*words, **options)
    return ask


def squeezed(said):
    return "\n".join(" ".join(line.split()) for line in said.lines)


# --- status -----------------------------------------------------------------

def test_all_is_well(asked):
    said = asked({"/status": report(
        keys={"served": 21, "bad": 0, "ignored": 0, "outside": 24,
              "suspicious": 25})}, "status")
    assert said.status == 0, said
    assert said.err == ""
    lines = squeezed(said).splitlines()
    assert lines[0] == "ready: unbound-helix 1.0.0 in Unbound 1.17.1"
    assert lines[1].startswith("configuration: read ")
    assert lines[2:] == [
        "etcd: following https://etcd:2379",
        "prefix /helix, by API v3",
        "copy as of revision 4294967297, confirmed by etcd 1.2 s ago",
        "keys 21 served, 0 bad, 0 ignored, 24 in none of the zones, "
        "25 suspicious",
        "`helixctl lint` says which, and why",
        "holds 26 names, 27 records, 28 octets",
        "lists 55 (1 first, 2 compacted, 3 missed, 4 unchecked, 5 stuck, "
        "6 doubted, 7 unreadable, 8 memory, 9 replaced, 10 no_watch)",
        "watches 81 lost (11 connection, 12 timeout, 13 error, 14 denied, "
        "15 behind, 16 relist)",
        "events 29 puts, 30 deletions; visible after 1.6 s on average",
        "snapshot 5.0 s old, 31 octets; written 32 times, failed 33 times",
        "cache: 61 RRsets handed over, 62 taken back",
        "answers in serial data alias nodata nxdomain referral recursed "
        "servfail",
        "example.com. 4294967295 41 42 43 44 45 46 47",
        "_tcp.example.com. 1 51 52 53 54 55 56 57",
        "without the answers that Unbound gave from its cache"]
    assert max(map(len, said.lines[3:7])) <= 80


@pytest.mark.parametrize("changes, expected", [
    ({"ready": False, "reasons": ["no copy of etcd's keys yet", "more"]},
     ["NOT READY: unbound-helix", "no copy of etcd's keys yet\nmore\n"]),
    ({"following": False, "failure": "connection refused"},
     ["etcd: NOT FOLLOWING, tried last: https://etcd:2379: connection "
      "refused\n"]),
    ({"has_copy": False}, ["copy none yet\n"]),
    ({"stale": True, "confirmed_age": 7300},
     ["copy STALE, as of revision 4294967297, confirmed by etcd 2 h ago\n"]),
    ({"confirmed_age": None}, ["not confirmed by etcd yet"]),
    ({"confirmed_age": 0.0123}, ["confirmed by etcd 12.3 ms ago"]),
    ({"confirmed_age": 600}, ["confirmed by etcd 10 min ago"]),
    ({"confirmed_age": 86400 * 3}, ["confirmed by etcd 3 days ago"]),
    ({"keys__bad": 2}, ["2 bad, ", "`helixctl bad` says which"]),
    ({"octets": 97_000_000}, ["27 records, 97 MB"]),
    ({"octets": 1_500}, ["27 records, 1.5 KB"]),
    ({"lists": {"first": 1, "compacted": 0}}, ["lists 1 (1 first)\n"]),
    ({"losses": {"connection": 0}}, ["watches 0 lost\n"]),
    ({"visible__count": 0}, ["events 29 puts, 30 deletions\n"]),
    ({"snapshot__failing": True, "snapshot__age": None},
     ["snapshot CANNOT BE WRITTEN, Unbound's log says why; not written yet; "
      "written 32 times"]),
    ({"config": {"ok": False, "error": "helix.yaml:3:1: no zones",
                 "at": int(time.time()) - 7 * 3600}},
     ["configuration: REFUSED 7 h ago, and the one before it is in force: "
      "helix.yaml:3:1: no zones; `helixctl check` says more"]),
])
def test_what_is_wrong_is_seen(asked, changes, expected):
    said = asked({"/status": report(**changes)}, "status")
    assert said.status == int("ready" in changes), said
    for text in expected:
        assert text in squeezed(said) + "\n", said


def test_no_snapshot_no_line(asked):
    said = asked({"/status": report(snapshot=None)}, "status")
    assert said.status == 0 and "snapshot" not in said.out


def test_the_table_of_zones_is_in_columns(asked):
    said = asked({"/status": report()}, "status")
    table = said.lines[-4:-1]
    assert len({len(line) for line in table}) == 1, said
    # as wide as their words and numbers, as a terminal is narrow
    rows = [line.replace("answers in", "answers_in").split() for line in table]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    assert len(table[0]) == sum(widths) + len(widths) - 1


def test_it_may_say_anything(asked):
    """Control characters of etcd's, or of helix.yaml's, and numbers that no
    integer holds."""
    body = (DATA / "hostile.json").read_text()
    said = asked({"/status": body}, "status")
    assert said.status == 1, said
    assert all(" " <= c < "\x7f" for c in said.out.replace("\n", "")), said
    said = asked({"/status": body}, "status", "--json")
    assert said.status == 1 and said.out == body


@pytest.mark.parametrize("body", [
    "{}", '{"ready": 1, "sources": {}, "zones": 7, "config": []}',
    '{"ready": true, "sources": [1, null, [], {}], "zones": [2, {}],'
    ' "reasons": [{}, 1], "cache": []}',
    '{"zones": [{"answers": {"data": "x"}}, {"answers": [[]]}]}'])
def test_members_that_are_not_there(asked, body):
    """Of another version, or not the module at all."""
    said = asked({"/status": body}, "status")
    assert said.status == (0 if '"ready": true' in body else 1), said


def test_colours(asked, laboratory, tmp_path):
    path = tmp_path / "coloured.sock"
    ctl = laboratory.ctl("http://127.0.0.1:1",
                         more={"status": {"socket": str(path)}})
    with serving(Module(path, {"/status": report()})):
        assert "\033[32mready\033[0m" in ctl.on_terminal("status").out
        assert "\033" not in ctl.on_terminal("status",
                                             env={"NO_COLOR": "1"}).out
        assert "\033" not in ctl("status").out


# --- bad --------------------------------------------------------------------

BAD = {"keys": [
    {"key": "/helix/com/example/x/A", "reason": '"1" is not an address',
     "revision": 7},
    {"key": "/helix/com/example/y<00>\\046/A", "reason": "two", "revision": 8}
], "total": 2}
IGNORED = {"keys": [{"key": "/helix/com/example/z/CNAME",
                     "reason": "conflicts with another", "revision": 9}],
           "total": 1001}


def test_no_key_is_bad(asked):
    said = asked({"/keys/bad": NONE, "/keys/ignored": NONE}, "bad")
    assert (said.status, said.lines) == \
        (0, ["no key is bad, and none is ignored"])


def test_bad_keys(asked):
    pages = {"/keys/bad": BAD, "/keys/ignored": IGNORED}
    said = asked(pages, "bad")
    assert said.status == 1 and said.lines == [
        '/helix/com/example/x/A: bad: "1" is not an address',
        "/helix/com/example/y<00>\\046/A: bad: two",
        "/helix/com/example/z/CNAME: ignored: conflicts with another",
        "... and 1000 more keys that are ignored"], said
    said = asked(pages, "bad", "--json")
    assert said.status == 1
    assert said.json() == {"bad": BAD, "ignored": IGNORED}


def test_bad_keys_of_another_kind_only(asked):
    said = asked({"/keys/bad": NONE, "/keys/ignored": IGNORED}, "bad")
    assert said.status == 1 and len(said.lines) == 2
    said = asked({"/keys/bad": NONE, "/keys/ignored": NONE}, "bad", "--json")
    assert said.status == 0
    assert said.json() == {"bad": NONE, "ignored": NONE}


# --- a real module ----------------------------------------------------------

def with_unbound(laboratory, etcd, tmp_path, **options):
    """An Unbound, and a helixctl for its helix.yaml."""
    path = tmp_path / "real.sock"
    unbound = laboratory.unbound(
        etcd, more={"status": {"socket": str(path)}}, **options)
    return unbound, laboratory.ctl(etcd,
                                   more={"status": {"socket": str(path)}})


def test_what_unbound_says(laboratory, tmp_path):
    etcd = laboratory.etcd()
    etcd.put("/helix/com/example/www/A", "192.0.2.1")
    unbound, ctl = with_unbound(laboratory, etcd, tmp_path)
    unbound.wait_for_state("following")
    said = ctl.ok("status")
    assert said.lines[0].startswith("ready: unbound-helix "), said
    assert f"\netcd: following {etcd.url}\n" in said.out
    assert "\nkeys 1 served, 0 bad, 0 ignored, 0 in none of" in squeezed(said)
    assert ctl.ok("status", "--json").json()["ready"] is True
    assert ctl.ok("bad").lines == ["no key is bad, and none is ignored"]
    etcd.put("/helix/com/example/bad/A", "192.0.2")
    etcd.put("/helix/com/example/www/CNAME", "www.example.net")
    wait_for(lambda: len(ctl("bad").lines) == 2, "two keys are told")
    said = ctl.found("bad")
    assert said.lines == [
        '/helix/com/example/bad/A: bad: "192.0.2" is not an IPv4 address such '
        "as 192.0.2.1",
        "/helix/com/example/www/CNAME: ignored: a CNAME cannot share its name "
        "with key /helix/com/example/www/A"], said
    assert "1 bad, 1 ignored, " in squeezed(ctl.ok("status"))
    # what lint says of them begins likewise
    assert [line.split("; ")[0] for line in ctl.found("lint").lines[:2]] == \
        said.lines
    etcd.delete("/helix/com/example/bad/A")
    etcd.delete("/helix/com/example/www/CNAME")
    wait_for(lambda: ctl("bad").status == 0, "no key is told")
    unbound.stop()
    assert "Unbound does not run" in ctl.failed("status").err


def test_unbound_without_a_copy(laboratory, tmp_path):
    _, ctl = with_unbound(laboratory, "http://127.0.0.1:1", tmp_path,
                          startup_wait="0s")
    said = ctl.found("status")
    assert said.lines[0].startswith("NOT READY: "), said
    assert len(said.lines[1].strip()) > 10
    assert "NOT FOLLOWING, tried last: http://127.0.0.1:1: " in said.out
    assert "copy none yet" in squeezed(said)
    assert ctl.found("status", "--json").json()["ready"] is False
    ctl.ok("bad")


# --- no answer --------------------------------------------------------------

COMMANDS = pytest.mark.parametrize("command", ["status", "bad"])


@COMMANDS
@pytest.mark.parametrize("answer, expected", [
    ((503, "too many\r\nconnections"), 'HTTP status 503, "too many"'),
    ((404, "\033[2J"), 'HTTP status 404, "\\027[2J"'),
    ((200, "no JSON"), 'HTTP status 200, "no JSON"'),
    ((200, "[1]"), 'HTTP status 200, "[1]"'),
    ((200, "7 " * 5000), 'HTTP status 200, "7 7 '),
    (b"", "no answer from "),
    (b"\0\xff\n\n\n", "no answer from "),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "no answer from "),
])
def test_what_is_no_answer(asked, command, answer, expected):
    page = {"status": "/status", "bad": "/keys/bad"}[command]
    said = asked({page: answer}, command)
    assert said.status == 2 and said.out == "", said
    assert said.err.startswith("helixctl: ") and expected in said.err, said
    assert said.err.count("\n") == 1 and len(said.err) < 900, said


@COMMANDS
def test_nobody_is_there(laboratory, tmp_path, command):
    """What to do is in the message."""
    path = tmp_path / "helix.sock"
    ctl = laboratory.ctl("http://127.0.0.1:1",
                         more={"status": {"socket": str(path)}})
    said = ctl.failed(command)
    assert said.err == (
        f"helixctl: cannot connect to {path}: No such file or directory; "
        "Unbound does not run, or has not been reloaded since `status:` was "
        "set, or says in its log why it could not make it\n")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    said = ctl.failed(command)
    assert said.err == (f"helixctl: cannot connect to {path}: Connection "
                        "refused; Unbound does not run\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to be root")
def test_the_socket_is_not_for_everybody(tmp_path):
    """Who may not use it is told who may."""
    path = tmp_path / "private.sock"
    with socket.socket(socket.AF_UNIX) as served:
        served.bind(str(path))
        served.listen()
        path.chmod(0o660)
        try:
            done = subprocess.run([HELIXCTL, "status", "--socket", path],
                                  user=65534, group=65534, extra_groups=[],
                                  text=True, check=False, cwd="/",
                                  capture_output=True)
        except PermissionError:
            pytest.skip("nobody else may run what is in this folder")
    assert done.returncode == 2
    assert done.stderr == (
        f"helixctl: cannot connect to {path}: Permission denied; it is for "
        "root, and for Unbound's user and group\n")


@COMMANDS
def test_nothing_is_configured(laboratory, command):
    ctl = laboratory.ctl("http://127.0.0.1:1")
    said = ctl.failed(command)
    assert said.err == (
        f"helixctl: {ctl.conf} has no `status:` with a `socket:`, so that "
        "Unbound cannot be asked; add one and reload Unbound, or name its "
        "socket by --socket\n")


@COMMANDS
def test_helix_yaml_is_wrong(laboratory, tmp_path, command):
    """As it is when the module has refused it, and one wants to know."""
    path = tmp_path / "running.sock"
    ctl = laboratory.ctl("http://127.0.0.1:1")
    pages = {"/status": report(), "/keys/bad": NONE, "/keys/ignored": NONE}
    wrong = f"cache: 5\nstatus: {{socket: {path}}}\n"
    with serving(Module(path, pages)):
        ctl.conf.write_text(wrong)
        assert not ctl.ok(command).err
        ctl.conf.write_text(wrong + "zones: [\n")
        said = ctl.failed(command)
    assert said.err.startswith(f"helixctl: {ctl.conf}:4:1: this is not YAML: ")
    assert said.err.endswith("\nhelixctl: to ask Unbound all the same, name "
                             "its socket by --socket\n")


@COMMANDS
def test_the_socket_that_is_named(laboratory, tmp_path, command):
    """No helix.yaml is needed then."""
    path = tmp_path / "other.sock"
    ctl = laboratory.ctl("http://127.0.0.1:1")
    ctl.conf.write_text("nonsense")
    pages = {"/status": report(), "/keys/bad": NONE, "/keys/ignored": NONE}
    with serving(Module(path, pages)):
        ctl.ok(command, "--socket", path)
        # nothing from the environment may come between
        ctl.ok(command, "--socket", path,
               env={"http_proxy": "http://127.0.0.1:1"})
    said = ctl.failed(command, "--socket", "x" * 200)
    assert "xxx" in said.err, said


@COMMANDS
def test_an_address_where_there_is_no_socket(laboratory, command):
    port = free_port()
    ctl = laboratory.ctl("http://127.0.0.1:1", more={
        "status": {"listen": f"127.0.0.1:{port}"}})
    assert f"cannot connect to 127.0.0.1:{port}" in ctl.failed(command).err

    class Listening(Module):
        address_family = socket.AF_INET

        def server_bind(self):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(("127.0.0.1", port))
    pages = {"/status": report(), "/keys/bad": NONE, "/keys/ignored": NONE}
    with serving(Listening("", pages)):
        ctl.ok(command)


@COMMANDS
def test_arguments(laboratory, command):
    ctl = laboratory.ctl("http://127.0.0.1:1")
    assert "too many arguments" in ctl.failed(command, "more").err
    assert ctl(command, "--nonsense").status == 2
    assert ctl(command, "--socket").status == 2
    assert ctl.ok(command, "--help").lines[0].startswith(
        f"usage: helixctl {command} ")

