"""Each fault that unbound-helix(8) names under WHAT HAPPENS WHEN is seen by
whoever watches: in the metrics, in /ready, and by `helixctl status`."""

import re
import socket

import dns.rcode
import pytest

import lab
from documents import HELIX, unescape
from lab import SOURCE, wait_for
from lab_load import catch_up
from lab_status import Status
from lab_unbound import Unbound
# guarded is a fixture
from test_security import guarded, user_settings  # noqa: F401
from test_snapshot import small_disk, stop_written


@pytest.fixture
def api(request):
    """v3, but in the tests that are marked as for both."""
    return getattr(request, "param", "v3")


both_apis = pytest.mark.parametrize("api", ["v3", "v2"], indirect=True)

WWW = "/helix/com/example/www/A"
FAULTS = []


def fault(title):
    """A test of the fault that the manual calls so."""
    def mark(test):
        FAULTS.append(title)
        return test
    return mark


def test_each_fault_of_the_manual_is_here():
    text = (SOURCE / HELIX).read_text()
    section = re.search(r"^\.Sh WHAT HAPPENS WHEN\n(.*?)^\.Sh ", text,
                        re.M | re.S)[1]
    named = [unescape(item) for item in re.findall(r"^\.It (.*)$", section,
                                                   re.M)]
    assert set(FAULTS) == set(named)


class Seen:
    """An Unbound, and what is seen of it from outside."""

    def __init__(self, laboratory, source, start=True, listen=None,
                 **options):
        """options: as for lab_unbound.Unbound."""
        self.status = Status(laboratory, listen)
        more = {**self.status.more, **options.pop("more", {})}
        sources = source if isinstance(source, list) else [source]
        urls = [one if isinstance(one, str) else one.url for one in sources]
        api = {"api": laboratory.etcd_kind.api}
        self.unbound = laboratory.add(
            Unbound, urls, more=more,
            etcd={**api, **options.pop("etcd", {})}, **options)
        self.ctl = laboratory.ctl(urls, more=self.status.more, etcd=api)
        self.value, self.wait_for = self.status.value, self.status.wait_for
        if start:
            self.unbound.start()

    def is_following(self, source, url=None):
        """Wait until it follows that endpoint, and no other one."""
        url = url or source.url
        self.wait_for("helix_source_following", 1, endpoint=url)
        self.wait_for("helix_source_following", 1)
        self.is_well()

    def follows_nothing(self):
        self.wait_for("helix_source_following", 0)

    def is_well(self):
        """Names are answered, and it says so."""
        self.status.wait_until_ready()
        said = self.ctl.ok("status")
        assert not said.err, said
        assert self.status.json()["ready"] is True
        assert self.value("helix_ready") == 1
        assert self.value("helix_source_has_copy") == 1
        assert self.value("helix_source_stale") == 0

    def is_unable(self, why):
        """No name is answered, and it says why."""
        reasons = self.status.wait_until_ready(False)
        assert re.search(why, "\n".join(reasons)), reasons
        assert self.value("helix_ready") == 0
        assert self.status.json()["reasons"] == reasons
        said = self.ctl.found("status")
        assert all(reason in said.out for reason in reasons), said
        answer = self.unbound.ask("www.example.com")
        assert answer.rcode() == dns.rcode.SERVFAIL
        self.wait_for("helix_answers_total", lambda count: count > 0,
                      zone="example.com.", kind="servfail")

    def says(self, pattern):
        """Wait until `helixctl status` has that to say."""
        said = None

        def has():
            nonlocal said
            said = self.ctl("status")
            return re.search(pattern, said.out, re.I)
        wait_for(has, lambda: f"it said {pattern!r}: {said}")

    def lists(self, **labels):
        """Lists but those of a start."""
        return (self.value("helix_source_lists_total", **labels) -
                self.value("helix_source_lists_total", reason="first"))


@pytest.fixture
def etcd(laboratory):
    made = laboratory.etcd()
    made.put(WWW, "203.0.113.1")
    return made


# --- etcd, and what is between ----------------------------------------------

@both_apis
@fault("The endpoint ends, or resets its connection")
def test_a_connection_is_reset(laboratory, etcd):
    first, second = laboratory.relay(etcd), laboratory.relay(etcd)
    seen = Seen(laboratory, [first, second])
    seen.is_following(first)
    assert seen.value("helix_source_watch_losses_total") == 0
    first.cut()
    seen.is_following(second)
    seen.wait_for("helix_source_watch_losses_total", 1, reason="connection")
    assert seen.lists() == 0
    seen.says(f"following .*{second.url}")


@both_apis
@fault("The endpoint hangs")
def test_an_endpoint_hangs(laboratory, etcd):
    first, second = laboratory.relay(etcd), laboratory.relay(etcd)
    seen = Seen(laboratory, [first, second])
    seen.is_following(first)
    first.hold()
    seen.is_following(second)
    seen.wait_for("helix_source_watch_losses_total", 1, reason="timeout")
    assert seen.lists() == 0


@both_apis
@fault("All of etcd is away")
def test_etcd_is_away(laboratory, etcd):
    seen = Seen(laboratory, etcd)
    seen.is_following(etcd)
    etcd.kill()
    seen.follows_nothing()
    # the copy gets older, and is good for as long as it takes
    seen.wait_for("helix_source_confirmed_age_seconds", lambda age: age > 2)
    seen.is_well()
    seen.says("not follow")
    etcd.start()
    seen.is_following(etcd)
    seen.wait_for("helix_source_confirmed_age_seconds", lambda age: age < 2)


@both_apis
@fault("All of etcd is away")
def test_etcd_is_away_for_longer_than_max_stale(laboratory, etcd):
    seen = Seen(laboratory, etcd, more={"max-stale": "2s"})
    seen.is_following(etcd)
    etcd.kill()
    seen.is_unable("max-stale")
    assert seen.value("helix_source_stale") == 1
    assert seen.value("helix_source_has_copy") == 1
    etcd.start()
    seen.is_following(etcd)


@fault("There is no quorum, or the endpoint is cut off from its cluster")
def test_there_is_no_quorum(laboratory):
    first, second, third = laboratory.cluster()
    seen = Seen(laboratory, [first])
    seen.is_following(first)
    second.pause()
    third.pause()
    seen.follows_nothing()
    assert seen.value("helix_source_watch_losses_total") >= 1
    seen.is_well()
    second.resume()
    third.resume()
    seen.is_following(first)


@both_apis
@fault("An endpoint is behind, was wiped, restored, or is of another cluster")
def test_etcd_is_another_one(laboratory, etcd):
    stranger = laboratory.etcd()
    stranger.put(WWW, "203.0.113.9")
    seen = Seen(laboratory, [etcd, stranger])
    seen.is_following(etcd)
    etcd.kill()
    # not before the one that is known has been silent for long
    seen.follows_nothing()
    assert seen.lists() == 0
    seen.is_following(stranger)
    seen.wait_for("helix_source_lists_total", 1, reason="replaced")
    seen.unbound.wait_for_answer("www.example.com", ["203.0.113.9"])


@both_apis
@fault("etcd no longer has the history that was missed")
def test_history_is_gone(laboratory, etcd):
    relay = laboratory.relay(etcd)
    seen = Seen(laboratory, relay)
    seen.is_following(relay)
    relay.cut()
    seen.follows_nothing()
    etcd.put(WWW, "203.0.113.2")
    etcd.put(WWW, "203.0.113.3")
    etcd.forget_history()
    relay.mend()
    seen.is_following(relay)
    seen.wait_for("helix_source_lists_total", 1, reason="compacted")
    seen.unbound.wait_for_answer("www.example.com", ["203.0.113.3"])


@fault("A change is too large for the gateway or a proxy")
def test_a_change_does_not_pass(laboratory, etcd):
    gateway = laboratory.gateway(etcd)
    seen = Seen(laboratory, gateway)
    seen.is_following(gateway)
    gateway.limit = 20000
    etcd.put_many((f"/helix/com/example/large{i}/TXT", f"{i}:" + "x" * 4000)
                  for i in range(20))
    catch_up(etcd, seen.unbound)
    seen.wait_for("helix_source_lists_total", lambda count: count >= 1,
                  reason="stuck")
    seen.wait_for("helix_source_watch_losses_total", lambda count: count >= 1,
                  reason="relist")
    seen.is_following(gateway)


@fault("The token ends, or the password changes")
def test_a_token_ends(laboratory, guarded):  # noqa: F811
    relay = laboratory.relay(guarded)
    seen = Seen(laboratory, relay, etcd={
        **user_settings(guarded), "heartbeat": "2500ms"})
    seen.is_following(relay)
    relay.wait_for_more(b"POST /v3/auth/authenticate ", 2)
    seen.is_following(relay)
    assert seen.value("helix_source_watch_losses_total") == 0


@fault("etcd refuses")
def test_etcd_refuses(laboratory, guarded):  # noqa: F811
    seen = Seen(laboratory, guarded, etcd=user_settings(guarded))
    seen.is_following(guarded)
    guarded.ctl("user", "revoke-role", "helix", "helix-reader")
    guarded.kill()
    seen.follows_nothing()
    guarded.start()
    seen.says("permission denied")
    seen.is_well()
    guarded.ctl("user", "grant-role", "helix", "helix-reader")
    seen.is_following(guarded)


@fault("Something other than etcd answers, or garbage, or an answer without "
       "an end")
def test_something_else_answers(laboratory, etcd):
    """Its own status page does: HTTP, and no etcd."""
    port = lab.free_port()
    seen = Seen(laboratory, f"http://127.0.0.1:{port}", listen=port,
                startup_wait="100ms")
    seen.is_unable("no copy")
    seen.says("no etcd|HTTP status")
    assert seen.value("helix_source_has_copy") == 0
    seen.follows_nothing()
    seen.unbound.etcd["endpoints"] = [etcd.url]
    seen.unbound.configure(["example.com"])
    seen.unbound.reload()
    seen.is_following(etcd)


@fault("A proxy holds watches back")
def test_a_proxy_holds_watches_back(laboratory, etcd):
    gateway = laboratory.gateway(etcd)
    gateway.buffer = 4096
    seen = Seen(laboratory, gateway, etcd={"request-timeout": "1s"})
    catch_up(etcd, seen.unbound)
    seen.wait_for("helix_source_lists_total", lambda count: count >= 1,
                  reason="no_watch")
    seen.wait_for("helix_source_following", 1)
    seen.is_well()


@fault("A proxy loses a watch and still answers probes")
def test_a_proxy_loses_a_watch(laboratory, etcd):
    """For 25 minutes, it can be seen only beside another one, whose revision
    has gone on."""
    relay = laboratory.relay(etcd)
    seen = Seen(laboratory, relay)
    other = Seen(laboratory, etcd)
    seen.is_following(relay)
    other.is_following(etcd)

    def lose(connection, data):
        if connection.kind != "watch":
            yield data
    relay.fault = lose
    catch_up(etcd, other.unbound)
    # there are probes, which say nothing is wrong
    relay.wait_for_more(b'"keys_only"', 3)
    seen.is_following(relay)
    assert seen.value("helix_source_revision") < \
        other.value("helix_source_revision")
    relay.mend()
    relay.drop()
    seen.wait_for("helix_source_revision",
                  other.value("helix_source_revision"))


# --- keys -------------------------------------------------------------------

@both_apis
@fault("A key or value is bad")
def test_a_key_is_bad(laboratory, etcd):
    seen = Seen(laboratory, etcd)
    seen.is_following(etcd)
    assert seen.value("helix_keys", state="bad") == 0
    etcd.put("/helix/com/example/bad/A", "no address")
    etcd.put("/helix/com/example/two/CNAME/a", "a.example.org")
    etcd.put("/helix/com/example/two/CNAME/b", "b.example.org")
    seen.wait_for("helix_keys", 1, state="bad")
    seen.wait_for("helix_keys", 1, state="ignored")
    assert seen.value("helix_keys", state="served") == 2
    (key, reason), = seen.status.keys("bad").items()
    assert key == "/helix/com/example/bad/A"
    assert reason and reason in seen.unbound.log()
    (ignored, _), = seen.status.keys("ignored").items()
    assert ignored.startswith("/helix/com/example/two/CNAME/")
    said = seen.ctl.found("bad")
    assert key in said.out and reason in said.out
    # it is one key's fault
    seen.is_well()
    etcd.delete("/helix/com/example/bad/A")
    etcd.delete("/helix/com/example/two/CNAME/b")
    seen.wait_for("helix_keys", 0, state="bad")
    seen.wait_for("helix_keys", 0, state="ignored")
    assert not seen.status.keys("bad") and not seen.status.keys("ignored")
    seen.ctl.ok("bad")


# --- starts and ends --------------------------------------------------------

@both_apis
@fault("Unbound starts while etcd is away")
def test_a_start_without_etcd(laboratory):
    port = lab.free_port()
    seen = Seen(laboratory, f"http://127.0.0.1:{port}", startup_wait="100ms")
    seen.is_unable("no copy")
    assert seen.value("helix_source_has_copy") == 0
    assert seen.value("helix_source_revision") == 0
    seen.follows_nothing()
    seen.is_following(laboratory.etcd(port=port))


@fault("Unbound starts while etcd is away")
def test_while_the_start_waits_for_etcd(laboratory):
    """Whoever asks then is told so; DNS is not answered yet."""
    port = lab.free_port()
    seen = Seen(laboratory, f"http://127.0.0.1:{port}", start=False,
                startup_wait="10m")
    seen.unbound.launch_daemon()
    seen.status.wait_until_there()
    assert seen.status.wait_until_ready(False)
    assert "start of service" not in seen.unbound.log()
    assert seen.ctl("status").status == 1
    etcd = laboratory.etcd(port=port)
    seen.is_following(etcd)
    seen.unbound.wait_for_log("start of service")


@both_apis
@fault("Unbound starts while etcd is away")
@fault("Unbound is killed, or the power fails")
def test_a_start_from_the_snapshot(laboratory, etcd, tmp_path):
    file = tmp_path / "snapshot"
    seen = Seen(laboratory, etcd, more={"snapshot": str(file)})
    seen.is_following(etcd)
    seen.wait_for("helix_snapshot_writes_total", lambda count: count >= 1)
    assert seen.value("helix_snapshot_bytes") == file.stat().st_size
    assert seen.value("helix_snapshot_failing") == 0
    revision = seen.value("helix_source_revision")
    seen.unbound.kill()
    # the socket stays, and nobody is there
    seen.ctl.failed("status")
    etcd.kill()
    seen.unbound.start()
    seen.is_well()
    seen.follows_nothing()
    assert seen.value("helix_source_revision") == revision
    assert seen.value("helix_source_confirmed_age_seconds") >= 0
    # it has not written one
    assert seen.value("helix_snapshot_writes_total") == 0
    assert seen.unbound.addresses("www.example.com") == ["203.0.113.1"]
    assert seen.value("helix_answers_total") == 1
    etcd.start()
    seen.is_following(etcd)
    assert seen.lists() == 0


# --- the disk ---------------------------------------------------------------

@fault("The disk is full or hangs")
def test_the_disk_is_full(laboratory, etcd, tmp_path):
    folder = tmp_path / "kept"
    folder.mkdir()
    with small_disk(folder):
        seen = Seen(laboratory, etcd, more={"snapshot": str(folder / "file")})
        seen.wait_for("helix_snapshot_writes_total", lambda count: count >= 1)
        etcd.put_many((f"/helix/com/example/large{i}/TXT", "x" * 2000)
                      for i in range(100))
        seen.wait_for("helix_snapshot_failing", 1)
        assert seen.value("helix_snapshot_failures_total") >= 1
        seen.says("snapshot .*cannot be written")
        seen.is_well()
        etcd.ctl("del", "--prefix", "/helix/com/example/large")
        seen.wait_for("helix_snapshot_failing", 0)
        seen.unbound.stop()


@fault("The snapshot is damaged, or of another prefix or API")
def test_the_snapshot_is_damaged(laboratory, etcd, tmp_path):
    file = tmp_path / "snapshot"
    seen = Seen(laboratory, etcd, startup_wait="100ms",
                more={"snapshot": str(file)})
    seen.is_following(etcd)
    stop_written(seen.unbound, file, "com/example/www/A", "203.0.113.1")
    etcd.stop()
    file.write_bytes(file.read_bytes()[:-1])
    seen.unbound.start()
    seen.is_unable("no copy")
    assert seen.value("helix_snapshot_writes_total") == 0
    etcd.start()
    seen.is_following(etcd)
    seen.wait_for("helix_snapshot_writes_total", lambda count: count >= 1)


# --- the configuration ------------------------------------------------------

@fault("helix.yaml has an error")
def test_an_error_in_helix_yaml_at_a_start(laboratory, etcd):
    seen = Seen(laboratory, etcd, start=False)
    seen.unbound.helix_yaml.write_text("zones: [\n")
    seen.unbound.launch_daemon()
    assert seen.unbound.process.wait(lab.DEADLINE) != 0
    said = seen.ctl.failed("status")
    assert str(seen.status.socket) in said.err


@fault("helix.yaml has an error")
def test_an_error_in_helix_yaml_at_a_reload(laboratory, etcd):
    seen = Seen(laboratory, etcd)
    seen.is_following(etcd)
    assert seen.value("helix_config_ok") == 1
    seen.unbound.helix_yaml.write_text("zones: [\n")
    seen.unbound.reload()
    seen.wait_for("helix_config_ok", 0)
    told = seen.status.json()["config"]
    assert told["ok"] is False
    assert told["error"].startswith(f"{seen.unbound.helix_yaml}:2:1: ")
    seen.says(re.escape(told["error"]))
    seen.is_following(etcd)
    seen.unbound.configure(["example.com"])
    seen.unbound.reload()
    seen.wait_for("helix_config_ok", 1)
    told = seen.status.json()["config"]
    assert (told["ok"], told["error"]) == (True, None)


@fault("A reload changes etcd's settings, and etcd does not answer")
def test_a_reload_to_an_etcd_that_does_not_answer(laboratory, etcd):
    seen = Seen(laboratory, etcd)
    seen.is_following(etcd)
    seen.unbound.etcd["endpoints"] = [f"http://127.0.0.1:{lab.free_port()}"]
    seen.unbound.more["startup-wait"] = "300ms"
    seen.unbound.configure(["example.com"])
    seen.unbound.reload()
    seen.wait_for("helix_config_ok", 0)
    seen.says("no copy of etcd's data within 300 ms")
    # the one before is followed
    seen.is_following(etcd)


# --- the status itself ------------------------------------------------------

@fault("The address for the status is taken, or its socket has no folder")
def test_the_port_is_taken(laboratory, etcd):
    with socket.create_server(("127.0.0.1", lab.free_port())) as other:
        seen = Seen(laboratory, etcd, listen=other.getsockname()[1])
        assert "cannot serve the status on 127.0.0.1:" in seen.unbound.log()
        # by the socket, it says so all the same
        seen.is_following(etcd)
        assert seen.unbound.addresses("www.example.com") == ["203.0.113.1"]
    seen.unbound.reload()
    seen.unbound.wait_for_log("serving the status on 127.0.0.1:")
    seen.is_following(etcd)


@fault("The address for the status is taken, or its socket has no folder")
def test_there_is_no_folder(laboratory, etcd, tmp_path):
    folder = tmp_path / "run"
    seen = Seen(laboratory, etcd, start=False)
    seen.status.socket = folder / "s"
    seen.unbound.more["status"] = seen.ctl.more["status"] = \
        {"socket": str(folder / "s")}
    seen.unbound.configure(["example.com"])
    seen.ctl.configure(["example.com"])
    seen.unbound.start()
    assert seen.unbound.log().count("cannot serve the status on ") == 1
    assert seen.unbound.addresses("www.example.com") == ["203.0.113.1"]
    seen.ctl.failed("status")
    folder.mkdir()
    seen.unbound.reload()
    seen.is_following(etcd)
