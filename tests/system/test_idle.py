"""A helix.yaml without zones, as it is installed: the module does nothing, and
zones come and go by reloads."""

import contextlib
import shutil
import socket

import pytest

from foreign import Foreign
from lab import SOURCE, free_port
from lab_status import Status, promtool
from lab_unbound import Unbound

THEIRS, OURS = "198.51.100.1", "192.0.2.1"
NOTHING = "there are no zones: all names are resolved as without the module, " \
    "and etcd is not contacted"


class Listener:
    """Stands where an etcd would be, and takes no notice of it: who connects
    stays in the queue of the socket."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def connections(self):
        count = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                self.socket.accept()[0].close()
                count += 1
        return count


@pytest.fixture
def listener():
    made = Listener()
    yield made
    made.socket.close()


@pytest.fixture
def others(laboratory):
    """Answers all names of example.com, as long as nobody else does."""
    return laboratory.add(
        Foreign, lambda name, rdtype: [f"{name}. 300 A {THEIRS}"]
        if rdtype == "A" else "NXDOMAIN").start()


def test_nothing_is_done(laboratory, tmp_path, listener, others):
    """Not even with a snapshot, which is not read, and stays as it is. A client
    sees what it sees without the module."""
    snapshot = tmp_path / "snapshot"
    snapshot.write_text("this is no snapshot")
    status = Status(laboratory)
    # a wait for etcd would be as long
    unbound = laboratory.unbound(
        listener.url, zones=[], startup_wait="10m", extra=others.stub("com"),
        more={**status.more, "snapshot": str(snapshot)})
    unbound.wait_for_log(NOTHING)
    assert unbound.addresses("www.example.com") == [THEIRS]
    answer = unbound.ask("www.example.com")
    assert "AA" not in str(answer.flags) and answer.answer
    assert unbound.addresses("none.example.org.com", "AAAA") == "NXDOMAIN"
    unbound.reload()
    unbound.reload("reload_keep_cache")
    assert unbound.addresses("www.example.com") == [THEIRS]
    unbound.stop()
    assert listener.connections() == 0
    assert snapshot.read_text() == "this is no snapshot"
    assert list(tmp_path.glob("snapshot*")) == [snapshot]
    assert "following etcd" not in unbound.log()
    assert "error" not in unbound.log()


def test_the_cache_survives(laboratory, listener, others):
    """What Unbound has cached is no business of a module without zones."""
    unbound = laboratory.unbound(listener.url, zones=[],
                                 extra=others.stub("com"))
    assert unbound.addresses("www.example.com") == [THEIRS]
    others.says = lambda name, rdtype: "SERVFAIL"
    assert unbound.addresses("www.example.com") == [THEIRS]
    unbound.reload("reload_keep_cache")
    assert unbound.addresses("www.example.com") == [THEIRS]


def test_the_file_that_is_installed(laboratory, listener, etcd):
    """It starts as it is, asks nobody at its endpoints, and serves a zone once
    its two lines are edited."""
    unbound = laboratory.add(Unbound, [])
    text = (SOURCE / "conf/helix.yaml").read_text()
    endpoints = "[http://127.0.0.1:2379, http://127.0.0.1:4001]"
    zone = "\n  # - name: example.com\n"
    assert text.count(endpoints) == text.count(zone) == 1
    unbound.helix_yaml.write_text(text.replace(endpoints, f"[{listener.url}]"))
    unbound.start()
    unbound.wait_for_log(NOTHING)
    assert listener.connections() == 0
    etcd.put("/helix/com/example/www/A", OURS)
    unbound.helix_yaml.write_text(
        text.replace(endpoints, f"[{etcd.url}]")
        .replace(zone, zone.replace("# ", "")))
    unbound.reload()
    assert unbound.addresses("www.example.com") == [OURS]


def test_what_is_told(laboratory, listener):
    """It is ready; and no alert can fire, as there is no source to be told
    of."""
    status = Status(laboratory, listen=free_port())
    laboratory.unbound(listener.url, zones=[], more=status.more)
    assert status.ready() == []
    told = status.json()
    assert told["ready"] is True
    assert told["sources"] == [] and told["zones"] == []
    assert told["config"]["ok"] is True
    assert status.keys("bad") == {} and status.keys("ignored") == {}
    names = {name for name, labels in status.metrics()}
    assert "helix_ready" in names
    assert not [name for name in names if name.startswith("helix_source")]
    if shutil.which("promtool"):
        assert promtool("check", "metrics", stdin=status.get("/metrics")[1]) \
            == (0, "")
    ctl = laboratory.ctl(listener.url, zones=[], more=status.more)
    said = ctl.ok("status")
    assert said.lines[0].startswith("ready: unbound-helix ")
    assert said.lines[-1] == \
        "there are no zones: Unbound resolves all names as without the module"
    assert ctl.ok("status", "--json").json() == status.json()
    assert ctl.ok("bad").out == laboratory.ctl(
        listener.url, more=status.more).ok("bad").out


def test_zones_come_and_go(laboratory, etcd, others):
    """At reloads, whatever is in Unbound's cache: neither what others have said
    of a name before it was ours, nor what etcd has said of it before."""
    status = Status(laboratory)
    etcd.put("/helix/com/example/www/A", OURS)
    etcd.put("/helix/com/example/a/CNAME", "www.example.com")
    unbound = laboratory.unbound(etcd, zones=[], extra=others.stub("com"),
                                 more=status.more)
    for _ in range(2):
        for name in ("www.example.com", "a.example.com"):
            assert unbound.addresses(name) == [THEIRS]
        unbound.configure(["example.com"])
        unbound.reload()
        assert unbound.addresses("www.example.com") == [OURS]
        assert OURS in unbound.addresses("a.example.com")
        assert unbound.addresses("none.example.com") == "NXDOMAIN"
        assert [zone["name"] for zone in status.json()["zones"]] == \
            ["example.com."]
        assert status.ready() == []
        # twice, so that they are in the cache
        unbound.addresses("www.example.com")
        unbound.configure([])
        unbound.reload()
        assert status.json()["zones"] == []
        assert unbound.addresses("none.example.com") == [THEIRS]
    # nobody follows etcd any more
    assert unbound.addresses("www.example.com") == [THEIRS]
    etcd.stop()
    assert status.ready() == []
    assert unbound.log().count("helix: lost etcd") == 0


def test_zones_that_come_while_etcd_is_away(laboratory, listener, others):
    """The reload is refused, with a line of log; the names are resolved as
    before."""
    status = Status(laboratory)
    unbound = laboratory.unbound("http://127.0.0.1:1", zones=[],
                                 startup_wait="100ms", more=status.more,
                                 extra=others.stub("com"))
    unbound.configure(["example.com"])
    unbound.reload()
    unbound.wait_for_log("no copy of etcd's data within 100 ms: the previous "
                         "configuration stays in force")
    assert unbound.addresses("www.example.com") == [THEIRS]
    told = status.json()
    assert told["ready"] is True and told["config"]["ok"] is False


def test_half_a_file_drops_no_zone(laboratory, etcd):
    """At a reload, an empty file, or one that lacks the key, is an error."""
    etcd.put("/helix/com/example/www/A", OURS)
    unbound = laboratory.unbound(etcd)
    for text, told in (("", "the file is empty"),
                       ("etcd: {}\n", "no zones are given")):
        unbound.helix_yaml.write_text(text)
        unbound.reload()
        assert told in unbound.log()
        assert unbound.addresses("www.example.com") == [OURS]


def test_who_writes_is_told(laboratory, etcd, tmp_path):
    """What would not be served is refused, as no zone would serve it; but not
    where the endpoints are somebody else's."""
    ctl = laboratory.ctl(etcd, zones=[])
    put = ["put", "www.example.com", "A", OURS]
    before = etcd.revision()
    said = ctl.failed(*put)
    assert f"www.example.com. is in none of the zones of {ctl.conf}, and " \
        "would not be served; --force puts it" in said.err
    zone = tmp_path / "zone"
    zone.write_text("$ORIGIN example.com.\n@ 5 SOA a b 1 1 1 1 1\n"
                    f"www 5 A {OURS}\n")
    said = ctl.failed("import", zone)
    assert f"example.com. is none of the zones in {ctl.conf}" in said.err
    said = ctl.failed("lint")
    assert f"no zones are known from {ctl.conf}" in said.err
    assert etcd.revision() == before
    ctl.ok("--endpoints", etcd.url, *put)
    assert etcd.revision() > before
    ctl.ok("--endpoints", etcd.url, "import", zone)
