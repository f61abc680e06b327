"""How helixctl reaches etcd: endpoints, outages, users, TLS and the v2 API."""

import re
import signal
import subprocess
import threading

import pytest

from lab import HELIXCTL, free_port, wait_for
from lab_etcd import EtcdV2
from lab_relay import Relay
# fixtures
from test_security import authority, etcd_tls, guarded  # noqa: F401
from test_security import v2_auth


# --- endpoints --------------------------------------------------------------

def test_where_etcd_is_away(laboratory):
    urls = [f"http://127.0.0.1:{free_port()}" for _ in range(2)]
    ctl = laboratory.ctl(urls)
    for words in (["list"], ["get", "x.example.com"], ["del", "x.example.com"],
                  ["put", "x.example.com", "A", "192.0.2.1"],
                  ["put", "x.example.com", "A", "192.0.2.1", "--for", "1m"],
                  ["watch"]):
        said = ctl.failed(*words)
        assert not said.out
        first, second = said.err.splitlines()
        for url, line in zip(urls, (first, second)):
            assert line.startswith(f"helixctl: etcd {url}: "), said
            assert "onnect" in line, said
    # what asks nobody works all the same
    assert ctl.ok("key", "x.example.com", "A").out


def test_one_endpoint_that_answers_is_enough(laboratory, etcd):
    ctl = laboratory.ctl([f"http://127.0.0.1:{free_port()}", etcd.url])
    said = ctl.ok("put", "x.example.com", "A", "192.0.2.1")
    assert not said.err
    assert len(ctl.ok("list").lines) == 1
    # and options go before helix.yaml
    said = ctl.failed("--endpoints", "http://127.0.0.1:1", "list")
    assert "http://127.0.0.1:1: " in said.err
    ctl.ok("--endpoints", f"http://127.0.0.1:1,{etcd.url}", "--prefix",
           "/other", "put", "x.example.com", "A", "192.0.2.2")
    assert etcd.ctl("get", "/other/com/example/x/A", "--print-value-only") \
        == "192.0.2.2\n"


def test_without_a_helix_yaml(laboratory, etcd, tmp_path):
    """With --endpoints, no helix.yaml is needed, and every name may be put."""
    ctl = laboratory.ctl(etcd)
    ctl.conf.unlink()
    assert str(ctl.conf) in ctl.failed("list").err
    ctl.ok("--endpoints", etcd.url, "put", "x.example.org", "A", "192.0.2.1",
           env={"HELIX_CONF": ""})
    said = ctl.ok("--endpoints", etcd.url, "list", env={"HELIX_CONF": ""})
    assert said.rows == [["x.example.org.", "0", "IN", "A", "192.0.2.1"]]


def test_a_member_without_a_leader_is_given_a_moment(laboratory):
    members = laboratory.cluster()
    ctl = laboratory.ctl(members)
    ctl.ok("put", "x.example.com", "A", "192.0.2.1")
    members[0].kill()
    ctl.ok("put", "x.example.com", "A", "192.0.2.2")
    members[1].kill()
    said = ctl.failed("put", "x.example.com", "A", "192.0.2.3")
    assert members[2].url in said.err
    members[1].launch_member()
    # while the two elect a leader
    ctl.ok("put", "x.example.com", "A", "192.0.2.4")
    assert ctl.ok("get", "x.example.com").rows[0][-1] == "192.0.2.4"


# --- answers that get lost --------------------------------------------------

class Losing(Relay):
    """Passes requests on, and loses the answers to some."""

    def lose(self, text, count=1):
        """text: octets of a request whose answers are lost."""
        left = [count]

        def fault(connection, data):
            if text in connection.request and left[0] > 0:
                left[0] -= 1
                connection.drop()
                return
            yield data
        self.fault = fault


@pytest.fixture
def losing(laboratory, etcd):
    return laboratory.add(Losing, etcd.port).start()


def test_a_put_whose_answer_is_lost_is_known_to_be_done(laboratory, etcd,
                                                         losing):
    ctl = laboratory.ctl([losing.url, etcd.url])
    losing.lose(b"request_put")
    said = ctl.ok("put", "x.example.com", "A", "192.0.2.1")
    assert said.lines[0].startswith("+ x.example.com.\t5\tIN\tA\t192.0.2.1\t")
    revision = etcd.revision()
    assert f"revision {revision}" in said.out
    losing.lose(b"request_put")
    ctl.ok("put", "x.example.com", "A", "192.0.2.2")
    losing.lose(b"request_delete_range")
    ctl.ok("del", "x.example.com")
    assert etcd.revision() == revision + 2


def test_a_put_whose_answer_is_lost_for_good(laboratory, etcd, losing):
    ctl = laboratory.ctl(losing.url)
    losing.lose(b"request_put", 100)
    said = ctl.failed("put", "x.example.com", "A", "192.0.2.1")
    assert "the change may have been made, or not" in said.err
    losing.mend()
    assert len(ctl.ok("get", "x.example.com").lines) == 1


def test_a_list_that_is_cut_off_does_not_look_complete(laboratory, etcd,
                                                       losing):
    etcd.put_many((f"/helix/com/example/n{n}/TXT", "x" * 200)
                  for n in range(8000))
    ctl = laboratory.ctl([losing.url, etcd.url])
    passed = [0]

    def cut(connection, data):
        passed[0] += len(data)
        if passed[0] > 1500000:
            connection.drop()
            return
        yield data
    losing.fault = cut
    said = ctl.failed("list", "--json")
    assert losing.url in said.err
    assert not said.out.rstrip().endswith("]")
    losing.mend()
    assert len(ctl.ok("list", "--json").json()) == 8000


# --- users ------------------------------------------------------------------

@pytest.fixture
def users(guarded, tmp_path):  # noqa: F811
    """Beside the module's own user, who may only read, one who may write, and
    one who may nothing."""
    guarded.ctl("role", "add", "dns-writer")
    guarded.ctl("role", "grant-permission", "dns-writer", "--prefix=true",
                "readwrite", "/helix/")
    for name, role in ("alice", "dns-writer"), ("nobody", None):
        guarded.ctl("user", "add", f"{name}:{name}-secret")
        if role:
            guarded.ctl("user", "grant-role", name, role)
        (tmp_path / name).write_text(f"{name}-secret\n")
    return guarded


@pytest.fixture
def ctl_users(laboratory, users):
    return laboratory.ctl(users, etcd={
        "username": "helix", "password-file": str(users.password_file)})


PUT = "put", "www.example.com", "A", "192.0.2.7"


def test_the_modules_own_user_may_read_only(users, ctl_users, tmp_path):
    assert ctl_users.ok("list").rows[0][-1] == "203.0.113.1"
    for words in PUT, (*PUT, "--for", "1m"), ("del", "www.example.com"):
        said = ctl_users.failed(*words)
        assert said.err == (
            "helixctl: etcd refuses: its user helix has no permission to "
            "write keys below /helix/; grant it to a role of the user, or "
            "name another user by --user\n"), said
    assert ctl_users.ok("list").rows[0][-1] == "203.0.113.1"


def test_another_user_writes(users, ctl_users, tmp_path):
    file = ("--user", "alice", "--password-file", tmp_path / "alice")
    ctl_users.ok(*file, *PUT)
    ctl_users.ok(*PUT, *file)
    assert ctl_users.ok("list").rows[0][-1] == "192.0.2.7"
    said = ctl_users.ok("put", "x.example.com", "A", "192.0.2.1", "--for",
                        "1m", *file)
    assert ", lease " in said.out
    watcher = ctl_users.watcher("watch", *map(str, file)).start()
    watcher.wait_for_log("following etcd")
    ctl_users.ok(*file, "del", "x.example.com")
    watcher.wait_for_log(r"- x.example.com.\t")
    assert watcher.interrupt() == 0


def test_the_password_is_asked_for_and_not_shown(users, ctl_users):
    said = ctl_users.on_terminal(
        *PUT, "--user", "alice",
        answers=[("Password of etcd's user alice: ", "alice-secret")])
    assert said.status == 0, said
    assert "+ www.example.com.\t" in said.out
    assert "alice-secret" not in said.out
    said = ctl_users.on_terminal(
        *PUT, "--user", "alice",
        answers=[("Password of etcd's user alice: ", "wrong")])
    assert said.status == 2, said
    assert "etcd rejects user alice with the password that was given" \
        in said.out
    said = ctl_users.on_terminal(
        *PUT, "--user", "alice",
        answers=[("Password of etcd's user alice: ", "")])
    assert said.status == 2 and "no password was given" in said.out, said
    assert "wrong" not in said.out
    # ctrl-C
    said = ctl_users.on_terminal(
        *PUT, "--user", "alice", statuses=(-signal.SIGINT,),
        answers=[("Password of etcd's user alice: ", "half\x03")])
    assert said.echo and "half" not in said.out


def test_without_a_terminal_no_password_is_asked_for(users, ctl_users):
    with subprocess.Popen(
            [HELIXCTL, *PUT, "--user", "alice"], start_new_session=True,
            env=ctl_users.environment(), stdin=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True) as put:
        assert put.communicate("alice-secret\n")[1] == (
            "helixctl: there is no terminal to ask for the password; use "
            "--password-file\n")
        assert put.returncode == 2


def test_a_user_who_may_nothing(users, ctl_users, tmp_path):
    file = ("--user", "nobody", "--password-file", tmp_path / "nobody")
    for words in PUT, ("list",), ("get", "www.example.com"), ("watch",):
        said = ctl_users.failed(*file, *words)
        assert "its user nobody has no permission to read keys below " \
            "/helix/" in said.err
    # who may write only cannot compare
    users.ctl("role", "add", "blind")
    users.ctl("role", "grant-permission", "blind", "--prefix=true", "write",
              "/helix/")
    users.ctl("user", "grant-role", "nobody", "blind")
    assert "no permission to read keys" in ctl_users.failed(*file, *PUT).err


def test_a_user_of_one_zone(users, laboratory, tmp_path):
    """Who may write below one zone can look after it."""
    users.ctl("role", "add", "tenant")
    users.ctl("role", "grant-permission", "tenant", "--prefix=true",
              "readwrite", "/helix/com/example/")
    users.ctl("user", "grant-role", "nobody", "tenant")
    users.put("/helix/net/example/www/A", "192.0.2.9")
    ctl = laboratory.ctl(users, zones=("example.com", "example.net"), etcd={
        "username": "nobody", "password-file": str(tmp_path / "nobody")})
    watcher = ctl.watcher("watch", "example.com").start()
    watcher.wait_for_log("following etcd")
    ctl.ok(*PUT)
    watcher.wait_for_log(r"\+ www.example.com.\t5\tIN\tA\t192.0.2.7\t")
    assert watcher.interrupt() == 0
    assert ctl.ok("list", "example.com").rows[0][-1] == "192.0.2.7"
    users.put("/helix/com/example/Www/TXT", "text")
    assert "by key /helix/com/example/" in ctl.failed(
        "put", "www.example.com", "CNAME", "x.example.com").err
    assert len(ctl.ok("get", "www.example.com").lines) == 2
    ctl.ok("put", "example.com", "MX", "10", "mail.example.com")
    ctl.ok("del", "www.example.com")
    for words in (["list"], ["list", "example.net"], ["watch"],
                  ["get", "www.example.net"], ["watch", "example.net"],
                  ["put", "x.example.net", "A", "192.0.2.1"]):
        assert "its user nobody has no permission to read keys below " \
            "/helix/" in ctl.failed(*words).err


def test_a_password_that_is_none(users, ctl_users, tmp_path):
    (tmp_path / "empty").write_text("\n")
    for file, why in ((tmp_path / "none", "No such file"),
                      (tmp_path / "empty", "its first line is empty")):
        said = ctl_users.failed("--user", "alice", "--password-file", file,
                                "list")
        assert f"no password from {file}: {why}" in said.err
    (tmp_path / "wrong").write_text("wrong\n")
    said = ctl_users.failed("--user", "alice", "--password-file",
                            tmp_path / "wrong", "list")
    assert f"etcd rejects user alice with the password in {tmp_path}/wrong" \
        in said.err


def test_no_user_where_etcd_wants_one(laboratory, users):
    said = laboratory.ctl(users).failed("list")
    assert "etcd requires authentication" in said.err
    assert "or name a user by --user" in said.err


# --- TLS --------------------------------------------------------------------

def test_both_sides_show_a_certificate(laboratory, etcd_tls):  # noqa: F811
    ctl = laboratory.ctl(etcd_tls, etcd={"tls": etcd_tls.tls})
    ctl.ok("put", "www.example.com", "A", "192.0.2.7")
    assert ctl.ok("list").rows[0][-1] == "192.0.2.7"
    ctl = laboratory.ctl(etcd_tls, etcd={
        "tls": {"ca": etcd_tls.tls["ca"]}})
    assert "TLS: " in ctl.failed("list").err


# --- v2 ---------------------------------------------------------------------

@pytest.fixture
def etcd_v2(laboratory):
    return laboratory.add(EtcdV2).start()


def test_the_v2_api(laboratory, etcd_v2):
    ctl = laboratory.ctl(etcd_v2, etcd={"hidden": ["com/example/_tcp/_sip"]})
    said = ctl.ok("put", "www.example.com", "A", "192.0.2.1", "--json").json()
    assert said["revision"] == etcd_v2.revision()
    ctl.ok("put", "www.example.com", "TXT", "a&b=c%20+;")
    ctl.ok("put", "_sip._tcp.example.com", "SRV", "1 2 3 www.example.com")
    revision = etcd_v2.revision()
    ctl.ok("put", "www.example.com", "A", "192.0.2.1")
    assert etcd_v2.revision() == revision
    assert "+ www" in ctl.ok("put", "www.example.com", "A", "192.0.2.2").out
    assert "by key /helix/com/example/www/A" in ctl.failed(
        "put", "www.example.com", "CNAME", "x.example.com").err
    etcd_v2.put("/helix/com/example/WWW/MX", "10 mail.example.com")
    assert [row[3:] for row in ctl.ok("get", "www.example.com").rows] == [
        ["MX", "10", "mail.example.com."], ["A", "192.0.2.2"],
        ["TXT", '"a&b=c%20+;"']]
    assert sorted(row[0] for row in ctl.ok("list").rows) == [
        "_sip._tcp.example.com.", *3 * ["www.example.com."]]
    assert ctl.ok("list", "_tcp.example.com").rows[0][0] == \
        "_sip._tcp.example.com."
    assert len(ctl.ok("del", "www.example.com").lines) == 3
    ctl.found("del", "www.example.com")
    assert "etcd's v2 API has no leases" in ctl.failed(
        "put", "x.example.com", "A", "192.0.2.1", "--lease", "1").err
    # an id below a key that has a value
    ctl.ok("put", "web.example.com", "A", "192.0.2.1")
    said = ctl.failed("put", "web.example.com", "A", "192.0.2.1", "--id",
                      "one")
    assert "a key without an id excludes those with one" in said.err
    ctl.ok("put", "ids.example.com", "A", "192.0.2.1", "--id", "one")
    said = ctl.failed("put", "ids.example.com", "A", "192.0.2.1")
    assert "a key without an id excludes those with one" in said.err


def test_v2_for_some_time_only(laboratory, etcd_v2):
    ctl = laboratory.ctl(etcd_v2)
    said = ctl.ok("put", "soon.example.com", "A", "192.0.2.1", "--for", "2s")
    assert ", expires in 2 s" in said.out
    wait_for(lambda: ctl("get", "soon.example.com").status == 1,
             "it was gone")
    ctl.ok("put", "x.example.com", "A", "192.0.2.1", "--for", "1h")
    assert 3000 < ctl.ok("get", "x.example.com",
                         "--json").json()[0]["expires_in"] <= 3600
    ctl.ok("put", "x.example.com", "A", "192.0.2.1")
    assert "expires_in" not in ctl.ok("get", "x.example.com", "--json").out


def test_v2_never_loses_an_update(laboratory, etcd_v2):
    ctl = laboratory.ctl(etcd_v2)
    said = []
    threads = [threading.Thread(target=lambda n=n: said.append(ctl(
        "put", "one.example.com", "A", f"192.0.2.{n}"))) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(s.status == 0 for s in said), said
    put = sorted(re.findall(r"^\+ .*A\t(\S+)", s.out, re.M)[0] for s in said)
    replaced = sorted(a for s in said
                      for a in re.findall(r"^- .*A\t(\S+)", s.out, re.M))
    left = ctl.ok("get", "one.example.com").rows[0][-1]
    assert sorted([*replaced, left]) == put, said


def test_v2_and_a_lost_answer(laboratory, etcd_v2):
    losing = laboratory.add(Losing, etcd_v2.port).start()
    ctl = laboratory.ctl([losing.url, etcd_v2.url], etcd={"api": "v2"})
    losing.lose(b"PUT /v2/keys")
    assert "+ x.example" in ctl.ok("put", "x.example.com", "A",
                                   "192.0.2.1").out
    losing.lose(b"DELETE /v2/keys")
    assert "- x.example" in ctl.ok("del", "x.example.com").out
    ctl.found("get", "x.example.com")


def test_v2_users(laboratory, etcd_v2, tmp_path):
    etcd_v2.put("/helix/com/example/www/A", "203.0.113.1")
    v2_auth(etcd_v2)
    password = tmp_path / "password"
    password.write_text("helix-password\n")
    ctl = laboratory.ctl(etcd_v2, etcd={
        "username": "helix", "password-file": str(password)})
    assert ctl.ok("list").rows[0][-1] == "203.0.113.1"
    assert "its user helix has no permission to write keys below /helix/" \
        in ctl.failed(*PUT).err
    root = tmp_path / "root"
    root.write_text("root-password\n")
    ctl.ok(*PUT, "--user", "root", "--password-file", root)
    assert ctl.ok("list").rows[0][-1] == "192.0.2.7"


def test_v2_put_of_what_is_not_listed(laboratory, etcd_v2):
    """A list of etcd's v2 API lacks what is below a name with '_', and so
    does the module, unless `hidden` names it."""
    def ctl(**settings):
        return laboratory.ctl(etcd_v2, etcd={"api": "v2", **settings})
    put = ["put", "_sip._tcp.example.com", "SRV", "1", "2", "3", "."]
    said = ctl().failed(*put)
    assert "v2 API does not list this key, so that it is not served" in said.err
    assert ctl(hidden=["com/example/_tcp/_sip"]).ok("list").out == ""
    said = ctl().ok(*put, "--force")
    assert "warning: etcd's v2 API does not list this key" in said.err
    said = ctl(hidden=["com/example/_tcp/_sip"]).ok(*put, "--ttl", "9")
    assert said.err == ""
    # an id is no directory
    said = ctl().failed("put", "x.example.com", "A", "192.0.2.1",
                                 "--id", "_a")
    assert "--id: etcd's v2 API does not list keys whose id begins with '_'" \
        in said.err
