"""helixctl check --connect: each of etcd's endpoints, one by one."""

import http.server
import os
import pwd
import re
import subprocess
import threading

import pytest

import lab
from lab import HELIXCTL, wait_for
from lab_etcd import Etcd, EtcdV2
from test_security import (authority, etcd_tls, guarded,  # noqa: F401
                           user_settings)


# As Debian's user unbound, root could not read what pytest makes.
CONNECT = ("check", "--connect", "--as", pwd.getpwuid(os.geteuid()).pw_name)


def findings(said):
    """What was found: pairs of what it is and where."""
    return re.findall(r"^(\S+): (error|warning): (.*)$", said.out, re.M)


@pytest.mark.parametrize("kind", [Etcd, EtcdV2])
def test_one_that_answers(laboratory, kind):
    etcd = laboratory.add(kind).start()
    for number in range(3):
        etcd.put(f"/helix/com/example/n{number}/A", "203.0.113.1")
    etcd.put("/other", "x")
    ctl = laboratory.ctl(etcd)
    said = ctl.ok(*CONNECT)
    assert not [f for f in findings(said) if f[1] == "error"]
    line = next(line for line in said.lines if line.startswith(etcd.url))
    assert re.match(rf"{etcd.url}: etcd 3\.\d+\.\d+, cluster [0-9a-f]+, "
                    r"revision \d+, ", line), line
    assert "no authentication" in line
    assert ("keys: 3," in line) == (kind is Etcd)
    [endpoint] = ctl.ok(*CONNECT, "--json").json()["endpoints"]
    assert endpoint["ok"] is True
    assert endpoint["endpoint"] == etcd.url
    assert endpoint["revision"] == etcd.revision()
    assert endpoint.get("keys") == (3 if kind is Etcd else None)


def test_no_keys(laboratory, etcd):
    assert "keys: 0," in laboratory.ctl(etcd).ok(*CONNECT).out
    v2 = laboratory.add(EtcdV2).start()
    laboratory.ctl(v2).ok(*CONNECT)


def test_one_of_several_that_is_down(laboratory, etcd):
    """The zones are answered all the same."""
    dead = f"http://127.0.0.1:{lab.free_port()}"
    ctl = laboratory.ctl([dead, etcd.url])
    said = ctl.ok(*CONNECT)
    place = re.escape(str(ctl.conf))
    [warning] = findings(said)
    assert re.fullmatch(rf"{place}:\d+:\d+", warning[0])
    assert warning[1] == "warning"
    assert warning[2].startswith(f"{dead}: Failed to connect")
    first, second = ctl.ok(*CONNECT, "--json").json()["endpoints"]
    assert (first["ok"], second["ok"]) == (False, True)
    # none is asked without the option
    assert dead not in ctl.ok("check").out


def test_all_of_them_are_down(laboratory):
    dead = [f"http://127.0.0.1:{lab.free_port()}" for _ in range(2)]
    said = laboratory.ctl(dead).found(*CONNECT)
    assert [kind for place, kind, message in findings(said)] == ["error"] * 2


def test_two_clusters(laboratory, etcd):
    other = laboratory.etcd()
    said = laboratory.ctl([etcd, other]).found(*CONNECT)
    [(place, kind, message)] = findings(said)
    assert kind == "error"
    assert message.startswith(f"{other.url} belongs to another cluster (")
    assert etcd.url in message


def test_members_of_one_cluster(laboratory):
    members = laboratory.cluster()
    ctl = laboratory.ctl(members)
    assert findings(ctl.ok(*CONNECT)) == []
    # without a majority, the one that is left does not answer
    members[0].kill()
    members[1].kill()
    said = ctl.found(*CONNECT)
    assert [kind for place, kind, message in findings(said)] == ["error"] * 3


def test_a_silent_one(laboratory, etcd):
    etcd.pause()
    ctl = laboratory.ctl(etcd, etcd={"request-timeout": "300ms"})
    said = ctl.found(*CONNECT)
    etcd.resume()
    [(place, kind, message)] = findings(said)
    assert kind == "error" and message.startswith(etcd.url)


# --- users -------------------------------------------------------------------

def test_a_user_who_may_read(laboratory, guarded):  # noqa: F811
    ctl = laboratory.ctl(guarded, etcd=user_settings(guarded))
    said = ctl.ok(*CONNECT)
    assert findings(said) == []
    assert "keys: 1, helix," in said.out
    assert "helix-password" not in said.out + said.err


def test_no_user_where_etcd_wants_one(laboratory, guarded):  # noqa: F811
    said = laboratory.ctl(guarded).found(*CONNECT)
    [(place, kind, message)] = findings(said)
    assert "etcd requires authentication; set username and password-file" in \
        message


def test_a_wrong_password(laboratory, guarded, tmp_path):  # noqa: F811
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong-password\n")
    wrong.chmod(0o640)
    said = laboratory.ctl(guarded, etcd={
        "username": "helix", "password-file": str(wrong)}).found(
        *CONNECT)
    [(place, kind, message)] = findings(said)
    assert f"etcd rejects user helix with the password in {wrong}" in message
    assert "wrong-password" not in said.out + said.err


def test_a_user_without_permission(laboratory, guarded):  # noqa: F811
    """He may read another prefix, or a part of this one only."""
    for prefix in "/other", "/":
        said = laboratory.ctl(guarded, etcd={
            **user_settings(guarded), "prefix": prefix}).found(
            *CONNECT)
        [(place, kind, message)] = findings(said)
        assert "permission" in message or "may not" in message, message
        assert guarded.url in message
    guarded.ctl("user", "revoke-role", "helix", "helix-reader")
    laboratory.ctl(guarded, etcd=user_settings(guarded)).found(
        *CONNECT)


def test_authentication_is_off(laboratory, etcd, tmp_path):
    """A user is configured, and nobody is asked who he is."""
    password = tmp_path / "password"
    password.write_text("helix-password\n")
    password.chmod(0o640)
    ctl = laboratory.ctl([etcd, etcd.url + "/"], etcd={
        "username": "helix", "password-file": str(password)})
    said = ctl.ok(*CONNECT)
    told = [message for place, kind, message in findings(said)
            if "lets anybody read the keys, without a password" in message]
    assert len(told) == 1


# --- what is not etcd, and TLS -----------------------------------------------

def test_mistakes(laboratory, etcd, etcd_tls):  # noqa: F811
    """Each is told with its mend."""
    peer = etcd.peers[etcd.name]
    said = {
        peer: "2379",
        etcd.url.replace("http:", "https:"): "begin the endpoint with http://",
        etcd_tls.url.replace("https:", "http:"):
            "begin the endpoint with https://",
        etcd_tls.url: "`cert` and `key`",
    }
    ctl = laboratory.ctl(list(said), etcd={
        "tls": {"ca": etcd_tls.tls["ca"]}, "connect-timeout": "10s",
        "heartbeat": "10s"})
    seen = []

    def told():
        nonlocal seen
        seen = [message for place, kind, message
                in findings(ctl.found(*CONNECT)) if kind == "error"]
        assert len(seen) == len(said)
        # what speaks no TLS may reset the connection before libcurl has read
        # what it says
        return all(message.startswith(f"{url}: ") and mend in message
                   for message, (url, mend) in zip(seen, said.items()))
    wait_for(told, lambda: f"each was told, but {seen}")


def test_tls(laboratory, etcd_tls, tmp_path):  # noqa: F811
    assert findings(laboratory.ctl(etcd_tls, etcd={"tls": etcd_tls.tls}).ok(
        *CONNECT)) == []
    # the system's authorities did not issue it
    tls = {key: path for key, path in etcd_tls.tls.items() if key != "ca"}
    said = laboratory.ctl(etcd_tls, etcd={"tls": tls}).found(
        *CONNECT)
    # where no package has brought any, as the next test has it
    mend = "`ca` must hold its authority" if os.path.exists(
        "/etc/ssl/certs/ca-certificates.crt") else \
        "name etcd's authority by `ca`"
    assert mend in said.out
    bad = tmp_path / "bad.pem"
    bad.write_text("no certificate\n")
    said = laboratory.ctl(etcd_tls, etcd={"tls": {
        **etcd_tls.tls, "ca": str(bad)}}).found(*CONNECT)
    assert f"{bad}; see `ca`\n" in said.out


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a mount")
def test_the_system_has_no_authorities(laboratory, etcd_tls):  # noqa: F811
    """A minimal Debian is without ca-certificates."""
    tls = {key: path for key, path in etcd_tls.tls.items() if key != "ca"}
    ctl = laboratory.ctl(etcd_tls, etcd={"tls": tls})
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c",
         'mount -t tmpfs none /etc/ssl/certs && exec "$@"', "sh", HELIXCTL,
         *CONNECT], text=True, check=False, capture_output=True,
        env=ctl.environment())
    assert done.returncode == 1, done
    assert "/etc/ssl/certs/ca-certificates.crt; name etcd's authority by " \
        "`ca`, or install the package ca-certificates\n" in done.stdout


class Other(http.server.BaseHTTPRequestHandler):
    """What is no etcd."""

    body = b"<html>Hello</html>"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.body)

    do_GET = do_POST

    def log_message(self, *args):
        pass


@pytest.mark.parametrize("body", [
    b"<html>Hello</html>", b"", b"{}", b'{"header":{}}', b"\xff" * 70000,
    b'{"header":{"cluster_id":"1","revision":"1"},"count":"-1"}',
    b'{"header":{"cluster_id":"1","revision":"1"},"count":[]}'],
    ids=["html", "empty", "object", "header", "octets", "negative", "list"])
def test_another_server(laboratory, body):
    kind = type("Kind", (Other,), {"body": body})
    with http.server.HTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            said = laboratory.ctl(url).found(*CONNECT)
        finally:
            server.shutdown()
            thread.join()
    [(place, kind, message)] = findings(said)
    assert kind == "error" and message.startswith(url)
