"""Unbound's fast_reload (1.23 and later): it reads unbound.conf anew, replaces
what it has of it in one moment, and neither calls the modules nor stops the
queries that are under way. What the module has put into Unbound's configuration
goes away with the old one."""

import pytest

from foreign import Asked, Foreign
from lab_load import Clock, Load, catch_up

WWW = "192.0.2.1"
HOST = "198.51.100.1"
WRONG = "198.51.100.66"
CHAIN = [WWW, "www.own.org."]

# one that waits for all threads, one that does not, and one that drops the
# queries that are under way
WAYS = [(), ("+p",), ("+d",), ("+dp",)]


class Others(Foreign):
    """Has an alias that leads into our zone, and calls nothing of ours its
    own."""

    def __init__(self, folder):
        super().__init__(folder, self.say)

    def say(self, name, rdtype):
        if name.endswith("own.org"):
            return [f"{name}. 300 A {WRONG}"]
        if name.startswith("to-www"):
            return [f"{name}. 300 CNAME www.own.org."]
        return [f"{name}. 300 A {HOST}"] if rdtype == "A" else []

    def names_of_ours(self):
        return [name for name in self.names() if name.endswith("own.org")]


@pytest.fixture(scope="module")
def etcd(shared):
    etcd = shared.etcd()
    etcd.put("/helix/org/own/www/A", WWW)
    etcd.put("/helix/org/own/out/CNAME", "late.example.net")
    return etcd


@pytest.fixture
def others(laboratory):
    return laboratory.add(Others).start()


def forward_all(others):
    return others.stub(".", kind="forward")


def ask_servers(others):
    return others.stub("example.net", "own.org")


@pytest.fixture
def start(laboratory, etcd, others):
    """Makes an Unbound that has fast_reload. extra: makes clauses of
    unbound.conf."""
    def make(extra=forward_all, **options):
        options.setdefault("zones", ["own.org"])
        unbound = laboratory.unbound(etcd, extra=extra(others), **options)
        if not unbound.has_fast_reload():
            pytest.skip("this Unbound has no fast_reload")
        unbound.wait_for_answer("www.own.org", [WWW])
        return unbound
    return make


def edit(unbound, old, new):
    """Change unbound.conf."""
    conf = unbound.folder / "unbound.conf"
    text = conf.read_text()
    assert text.count(old) == 1, text
    conf.write_text(text.replace(old, new))


def add_to_server(unbound, line):
    edit(unbound, "  num-threads: 2\n", f"  num-threads: 2\n  {line}\n")


# --- queries that are under way ---------------------------------------------

@pytest.mark.parametrize("extra", [forward_all, ask_servers])
@pytest.mark.parametrize("anchor", [False, True], ids=["plain", "anchor"])
@pytest.mark.parametrize("way", WAYS[:2])
def test_an_alias_into_the_zones_is_on_its_way(start, others, extra, anchor,
                                               way):
    """Its server answers after the fast_reload, and nobody has asked for
    anything since: the first to learn of it is the iterator."""
    unbound = start(extra, server=['trust-anchor: "org. DS 1 13 2 '
                                   f'{"0" * 64}"'] if anchor else [])
    # what else the validator asks about is known by then
    assert unbound.addresses("to-www0.example.net") == CHAIN
    for number in range(1, 4):
        others.hold()
        asked = Asked(unbound, f"to-www{number}.example.net")
        others.wait_until_held("to-www")
        unbound.fast_reload(*way)
        others.release()
        assert asked.addresses() == CHAIN
    assert not others.names_of_ours()


@pytest.mark.parametrize("way", WAYS[2:])
def test_queries_that_are_dropped(start, others, way):
    """Unbound forgets what is under way, also what waits in the module for a
    sub-query."""
    unbound = start()
    others.hold(lambda name, rdtype: "late" in name or "to-www" in name)
    dropped = [Asked(unbound, name) for name in
               ("late.example.net", "to-www.example.net", "out.own.org",
                "late2.example.net")]
    others.wait_until_held("late2")
    unbound.fast_reload(*way)
    others.release()
    assert unbound.addresses("to-www.example.net") == CHAIN
    assert unbound.addresses("late.example.net") == [HOST]
    assert unbound.addresses("www.own.org") == [WWW]
    assert unbound.addresses("out.own.org") == [HOST, "late.example.net."]
    # 1.26 drops nothing where it does not wait for the threads
    assert [asked.is_answered() for asked in dropped] == ["p" in way[0]] * 4
    assert not others.names_of_ours()


@pytest.mark.parametrize("way", WAYS)
def test_changes_in_etcd_all_the_while(laboratory, others, way):
    """None is lost, none is undone, also of what is in Unbound's cache."""
    etcd = laboratory.etcd()
    etcd.put("/helix/com/example/www/A", WWW)
    unbound = laboratory.unbound(etcd, more={"cache": True},
                                 extra=others.stub("example.net"),
                                 server=["serve-expired: yes"])
    if not unbound.has_fast_reload():
        pytest.skip("this Unbound has no fast_reload")
    unbound.wait_for_answer("www.example.com", [WWW])
    with Load(unbound, "www.example.com", [WWW]) as load, \
            Clock(unbound, etcd) as clock:
        for _ in range(10):
            unbound.fast_reload(*way)
            clock.tick(etcd)
            load.wait_for_more(10)
    assert not load.wrong, load.wrong[:5]
    assert not clock.wrong, clock.wrong[:5]
    etcd.delete("/helix/com/example/www/A")
    catch_up(etcd, unbound)
    assert unbound.addresses("www.example.com") == "NXDOMAIN"


# --- what unbound.conf says then --------------------------------------------

@pytest.mark.parametrize("way", WAYS)
def test_a_forwarder_that_comes_and_goes(start, others, way):
    unbound = start(lambda others: others.stub("example.net") + "#here\n")
    forwarder = others.stub(".", kind="forward")
    for old, new in (("#here\n", forwarder), (forwarder, "#here\n")):
        edit(unbound, old, new)
        unbound.fast_reload(*way)
        unbound.control("flush_zone", "net")
        assert unbound.addresses("to-www.example.net") == CHAIN
        assert unbound.addresses("www.own.org") == [WWW]
    assert not others.names_of_ours()


@pytest.mark.parametrize("way", WAYS)
def test_a_trust_anchor_that_comes(start, others, way):
    """Below it, the zone stays an insecure one."""
    unbound = start()
    add_to_server(unbound, f'trust-anchor: "org. DS 1 13 2 {"0" * 64}"')
    unbound.fast_reload(*way)
    assert unbound.addresses("to-www.example.net") == CHAIN
    # the anchor is in force: nothing has its key
    assert unbound.addresses("www.other.org") == "SERVFAIL"
    assert not others.names_of_ours()


def test_a_local_zone_that_hides_a_zone(start):
    unbound = start()
    line = 'local-zone: "org." always_nxdomain'
    add_to_server(unbound, line)
    unbound.fast_reload()
    assert unbound.addresses("www.own.org") == "NXDOMAIN"
    # whatever is passed on
    unbound.ask("one.example.net")
    unbound.ask("two.example.net")
    unbound.wait_for_log("zone own.org. is not answered from etcd: Unbound's "
                         "local zone org. ")
    # and no second time
    unbound.fast_reload()
    unbound.ask("three.example.net")
    unbound.ask("four.example.net")
    assert unbound.log().count("is not answered from etcd") == 1
    edit(unbound, line, "")
    unbound.fast_reload()
    assert unbound.addresses("www.own.org") == [WWW]
    unbound.ask("five.example.net")
    unbound.wait_for_log("no zone is answered from Unbound's local zones any "
                         "more")


@pytest.mark.parametrize("way", WAYS)
def test_what_it_refuses(start, others, way):
    """It says so, and all is as it was."""
    unbound = start()
    edit(unbound, "  num-threads: 2\n", "  num-threads: 3\n")
    assert "num-threads" in unbound.control("fast_reload", *way)
    assert unbound.addresses("www.own.org") == [WWW]
    assert unbound.addresses("to-www.example.net") == CHAIN
    assert not others.names_of_ours()


# --- what is the module's ---------------------------------------------------

def test_helix_yaml_is_not_read(start):
    """The log says so; a reload reads it."""
    unbound = start()
    unbound.configure(["own.org", "new.org"])
    unbound.fast_reload()
    assert unbound.addresses("www.new.org") == [HOST]
    unbound.wait_for_log("a fast_reload, which does not read helix.yaml")
    unbound.reload()
    assert unbound.addresses("www.new.org") == "NXDOMAIN"
    assert unbound.addresses("www.own.org") == [WWW]


def test_the_log_tells_of_each(start):
    unbound = start()
    unbound.ask("one.example.net")
    line = "Unbound has done a fast_reload"
    assert line not in unbound.log()
    for number in range(1, 3):
        unbound.fast_reload()
        unbound.ask(f"n{number}.example.net")
        unbound.wait_for_log(line, number)
    unbound.reload()
    unbound.ask("three.example.net")
    assert unbound.log().count(line) == 2


@pytest.mark.parametrize("way", WAYS)
def test_other_modules_and_another_library(start, way):
    """They wait; until then, nothing of the old names is used. (A reload ends
    Unbound 1.21 to 1.24 where module-config is new.)"""
    unbound = start()
    edit(unbound, '"dynlib validator iterator"', '"validator iterator"')
    edit(unbound, 'dynlib-file: "', 'dynlib-file: "/nonexistent')
    for _ in range(3):
        unbound.fast_reload(*way)
        assert unbound.addresses("www.own.org") == [WWW]
    unbound.stop()
    unbound.start()
    assert unbound.addresses("www.own.org") == [WRONG]
    edit(unbound, '"validator iterator"', '"dynlib validator iterator"')
    edit(unbound, '/nonexistent', '')
    unbound.fast_reload(*way)
    assert unbound.addresses("www.own.org") == [WRONG]
    unbound.stop()
    unbound.start()
    unbound.wait_for_answer("www.own.org", [WWW])


@pytest.mark.parametrize("command", ["reload", "reload_keep_cache"])
def test_a_reload_after_it(start, others, command):
    unbound = start()
    for way in WAYS:
        unbound.fast_reload(*way)
        unbound.reload(command)
        assert unbound.addresses("www.own.org") == [WWW]
        unbound.control("flush_zone", "net")
        assert unbound.addresses("to-www.example.net") == CHAIN
    assert not others.names_of_ours()


@pytest.mark.parametrize("way", WAYS)
def test_an_end_after_it(start, way):
    unbound = start()
    unbound.fast_reload(*way)
    assert unbound.stop() == 0
