"""Unbound's life with the module: start, reload, stop, and refusals."""

import re
import signal
import socket
import subprocess

import pytest

import lab
from lab import MODULE, UNBOUND, wait_for
from lab_load import Load
from lab_status import Status
from lab_unbound import Unbound


@pytest.fixture
def api(request):
    """v3, but in the tests that are marked as for both."""
    return getattr(request, "param", "v3")


both_apis = pytest.mark.parametrize("api", ["v3", "v2"], indirect=True)


# --- start ------------------------------------------------------------------

@pytest.mark.parametrize("text, message", [
    ("zones:\n  - nmae: example.com\n", ':2:5: unknown key "nmae"'),
    ("zones:\n\t- name: example.com\n", ":2:1: there is a tab"),
    ("", ":1:1: the file is empty"),
    ("zones: [{name: a.example}, {name: A.example.}]\n",
     ":1:28: the zone a.example. is there twice"),
    ("zones: [{name: a.example}]\nstartup-wait: 5\n",
     ':2:15: "5" for startup-wait: expected a unit'),
    ("zones: [{name: 10.0.0.0/8}]\n", ':1:16: the zone "10.0.0.0/8" is an IP '
     "network, and not a domain name; expected its reverse zone, "
     "10.in-addr.arpa"),
    ("zones: [{name: a.example, ns: [192.0.2.1]}]\n",
     ':1:32: "192.0.2.1" for ns is an IP address'),
])
def test_an_error_in_helix_yaml_stops_the_start(laboratory, text, message):
    unbound = laboratory.add(Unbound, ["http://127.0.0.1:1"])
    unbound.helix_yaml.write_text(text)
    unbound.launch_daemon()
    assert unbound.process.wait(lab.DEADLINE) != 0
    assert f"{unbound.helix_yaml}{message}" in unbound.log()


def test_helix_yaml_missing(laboratory):
    unbound = laboratory.add(Unbound, ["http://127.0.0.1:1"])
    unbound.helix_yaml.unlink()
    unbound.launch_daemon()
    assert unbound.process.wait(lab.DEADLINE) != 0
    assert f"{unbound.helix_yaml}: cannot open the file: No such file" in \
        unbound.log()


def test_an_empty_variable_is_none(laboratory):
    unbound = laboratory.add(Unbound, ["http://127.0.0.1:1"])
    unbound.launch([unbound.binary, "-d", "-c",
                    unbound.folder / "unbound.conf"], env={"HELIX_CONF": ""})
    # the module may be installed where this runs, and then it starts
    lab.wait_for(lambda: not unbound.is_running() or
                 "start of service" in unbound.log(),
                 lambda: f"it started, or not:\n{unbound.log()}")
    assert "helix: : " not in unbound.log()
    assert unbound.is_running() or \
        "/unbound/helix.yaml: cannot open the file" in unbound.log()


def test_the_module_twice_is_refused(laboratory, etcd):
    unbound = laboratory.add(Unbound, [etcd.url])
    conf = unbound.folder / "unbound.conf"
    conf.write_text(conf.read_text().replace(
        '"dynlib validator iterator"', '"dynlib dynlib iterator"') +
        f'dynlib:\n  dynlib-file: "{MODULE}"\n')
    unbound.launch_daemon()
    assert unbound.process.wait(lab.DEADLINE) != 0
    assert "helix.so is loaded twice" in unbound.log()


def set_order(unbound, order):
    conf = unbound.folder / "unbound.conf"
    conf.write_text(re.sub('module-config: ".*"', f'module-config: "{order}"',
                           conf.read_text()))


@pytest.mark.parametrize("order, right", [
    ("dns64 dynlib validator iterator", "dynlib dns64 validator iterator"),
    ("validator iterator dynlib", "dynlib validator iterator"),
])
def test_a_bad_order_of_modules_stops_the_start(laboratory, order, right):
    unbound = laboratory.add(Unbound, ["http://127.0.0.1:1"])
    set_order(unbound, order)
    unbound.launch_daemon()
    assert unbound.process.wait(lab.DEADLINE) != 0
    (line,) = re.findall(r"error: helix: (.*)", unbound.log())
    assert line.startswith(f'module-config "{order}": ')
    assert line.endswith(f'the right order is "{right}"; '
                         "Unbound does not start")


@pytest.mark.parametrize("order, warning", [
    ("respip dynlib validator iterator", None),
    ("dynlib dns64 subnetcache validator iterator", None),
    ("validator dynlib iterator", "dynlib validator iterator"),
    ("subnetcache dynlib validator iterator",
     "dynlib subnetcache validator iterator"),
])
def test_other_orders_of_modules_are_accepted(laboratory, order, warning):
    unbound = laboratory.add(Unbound, ["http://127.0.0.1:1"],
                             startup_wait="0s")
    set_order(unbound, order)
    unbound.start()
    warned = re.findall(r'helix: module-config .* the right order is "(.*)"',
                        unbound.log())
    assert warned == ([warning] if warning else [])


def test_reload_with_a_bad_order_of_modules(laboratory, etcd):
    """Unbound has it in force by then; nothing is to go stale for that."""
    unbound = laboratory.unbound(etcd, zones=[
        {"name": "example.com", "ttl": 86400}])
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    set_order(unbound, "dns64 dynlib validator iterator")
    unbound.reload()
    unbound.wait_for_log('the right order is "dynlib dns64 validator '
                         'iterator"; answers have a TTL of 0 until')
    for _ in range(3):
        assert unbound.ask("www.example.com").answer[0].ttl == 0
    etcd.put("/helix/com/example/www/A", "203.0.113.2")
    unbound.wait_for_answer("www.example.com", ["203.0.113.2"])
    set_order(unbound, "dynlib dns64 validator iterator")
    unbound.reload()
    assert unbound.ask("www.example.com").answer[0].ttl == 86400
    set_order(unbound, "iterator dynlib")
    unbound.reload()
    unbound.wait_for_log('the right order is "dynlib iterator"; '
                         "nothing is answered from etcd until")


@pytest.mark.parametrize("order, why", [
    ("iterator dynlib", "Unbound does not ask the module"),
    ("iterator", "Unbound still reloads, or has reloaded without the "
     "module")])
def test_a_module_that_is_not_asked_is_not_ready(laboratory, etcd, order,
                                                 why):
    """Whoever balances load sends queries to those who are: here, they would
    be answered from the Internet."""
    status = Status(laboratory)
    unbound = laboratory.unbound(etcd, more=status.more)
    assert status.ready() == []
    set_order(unbound, order)
    unbound.reload()
    told, = status.wait_until_ready(False)
    assert told.startswith(why)
    assert status.value("helix_ready") == 0
    set_order(unbound, "dynlib iterator")
    unbound.reload()
    assert status.ready() == []


def test_a_reload_that_waits_long_is_not_ready(laboratory, etcd):
    """Nothing is answered meanwhile."""
    status = Status(laboratory)
    unbound = laboratory.unbound(etcd, more=status.more)
    assert status.ready() == []
    url, = unbound.etcd["endpoints"]
    unbound.etcd["endpoints"] = [f"http://127.0.0.1:{lab.free_port()}"]
    unbound.more["startup-wait"] = "10m"
    unbound.configure(["example.com"])
    unbound.control("reload")
    told, = status.wait_until_ready(False)
    assert told.startswith("Unbound still reloads")
    unbound.kill()
    # a start says what it waits for, and is ready with the copy
    unbound.etcd["endpoints"] = [url]
    unbound.configure(["example.com"])
    unbound.start()
    assert status.ready() == []


def test_checkconf_accepts_the_configuration(laboratory, unbound):
    subprocess.run([UNBOUND / "sbin/unbound-checkconf",
                    unbound.folder / "unbound.conf"], check=True,
                   capture_output=True)


# --- a foreign Unbound ------------------------------------------------------

def patched(laboratory, old, new):
    """The daemon with a few octets changed: so that it is one that was
    configured in another way, and else just the same."""
    daemon = (UNBOUND / "sbin/unbound").read_bytes()
    assert len(old) == len(new) and old in daemon
    path = laboratory.folder / "unbound-other"
    path.write_bytes(daemon.replace(old, new))
    path.chmod(0o755)
    return path


def refusal(laboratory, etcd, binary):
    """Start that daemon, and return what the module says."""
    unbound = laboratory.add(Unbound, [etcd.url], binary=binary)
    unbound.launch_daemon()
    assert unbound.process.wait(lab.DEADLINE) not in (0, -signal.SIGSEGV)
    (line,) = [line for line in unbound.log().splitlines()
               if "this helix.so was built for" in line]
    return line


def test_another_configure_line_is_refused(laboratory, etcd):
    line = refusal(laboratory, etcd, patched(
        laboratory, b"--with-libevent --with-pthreads",
        b"--with-libevent --with-pthread "))
    assert "--with-libevent --with-pthreads" in line
    assert "--with-libevent --with-pthread  " in line


def test_another_version_is_refused(laboratory, etcd):
    version = subprocess.run([UNBOUND / "sbin/unbound", "-V"], text=True,
                             capture_output=True).stdout.split()[1]
    other = version[:-1] + ("8" if version[-1] != "8" else "9")
    line = refusal(laboratory, etcd, patched(
        laboratory, b"unbound " + version.encode() + b"\0",
        b"unbound " + other.encode() + b"\0"))
    assert f"built for unbound {version}" in line
    assert f"this program is unbound {other}" in line


def test_another_build_is_refused(laboratory, etcd):
    notes = subprocess.run(["readelf", "-n", UNBOUND / "sbin/unbound"],
                           text=True, capture_output=True).stdout
    ours = notes.split("Build ID: ")[1].split()[0]
    other = ours[:-2] + ("00" if ours[-2:] != "00" else "01")
    line = refusal(laboratory, etcd, patched(
        laboratory, bytes.fromhex(ours), bytes.fromhex(other)))
    assert f"build-id {ours}" in line and f"build-id {other}" in line


# --- reload -----------------------------------------------------------------

@both_apis
def test_reload_under_load_loses_no_query(etcd, unbound):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    with Load(unbound, "www.example.com", ["203.0.113.1"]) as load:
        for number in range(10):
            unbound.control("reload")
            unbound.wait_for_log("the copy of etcd's data is kept, "
                                 "following etcd", number + 1)
            load.wait_for_more()
    assert not load.wrong
    # the one replica that there ever was
    assert unbound.log().count("listed in") == 1
    etcd.put("/helix/com/example/www/A", "203.0.113.2")
    unbound.wait_for_answer("www.example.com", ["203.0.113.2"])


def test_sighup_reloads_too(etcd, unbound):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    unbound.signal(signal.SIGHUP)
    unbound.wait_for_log("the copy of etcd's data is kept")
    assert unbound.addresses("www.example.com") == ["203.0.113.1"]


@both_apis
def test_reload_with_other_settings_of_a_zone_keeps_the_copy(etcd, unbound):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    serial = unbound.ask("example.com", "SOA").answer[0][0].serial
    unbound.configure([{"name": "example.com", "ttl": 9,
                        "ns": ["ns.example.net"]}])
    unbound.control("reload")
    unbound.wait_for_log("the copy of etcd's data is kept")
    wait_for(lambda: unbound.ask("www.example.com").answer[0].ttl == 9,
             "the new TTL was served")
    assert unbound.ask("example.com", "NS").answer
    assert unbound.ask("example.com", "SOA").answer[0][0].serial == serial


@both_apis
def test_reload_with_another_zone_lists_again(etcd, unbound):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    etcd.put("/helix/org/example/www/A", "203.0.113.2")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    unbound.configure(["example.com", "example.org"])
    unbound.control("reload")
    unbound.wait_for_log("listed in", 2)
    unbound.wait_for_answer("www.example.org", ["203.0.113.2"])
    assert unbound.addresses("www.example.com") == ["203.0.113.1"]


@both_apis
def test_reload_with_another_etcd_follows_that(laboratory, etcd, unbound):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    other = laboratory.etcd()
    other.put("/helix/com/example/www/A", "203.0.113.2")
    unbound.etcd["endpoints"] = [other.url]
    unbound.configure(["example.com"])
    unbound.control("reload")
    unbound.wait_for_answer("www.example.com", ["203.0.113.2"])


def test_reload_with_a_broken_helix_yaml_keeps_the_one_before(etcd, unbound):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    unbound.helix_yaml.write_text("zones: [\n")
    unbound.control("reload")
    unbound.wait_for_log("the previous configuration stays in force")
    assert f"{unbound.helix_yaml}:2:1: this is not YAML" in unbound.log()
    etcd.put("/helix/com/example/www/A", "203.0.113.2")
    unbound.wait_for_answer("www.example.com", ["203.0.113.2"])
    unbound.configure(["example.com"])
    unbound.control("reload")
    unbound.wait_for_log("the copy of etcd's data is kept")
    assert unbound.addresses("www.example.com") == ["203.0.113.2"]


def test_reload_with_an_etcd_that_does_not_answer_keeps_the_one_before(
        etcd, unbound):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    unbound.etcd["endpoints"] = [f"http://127.0.0.1:{lab.free_port()}"]
    unbound.more["startup-wait"] = "300ms"
    unbound.configure(["example.com"])
    unbound.control("reload")
    unbound.wait_for_log("no copy of etcd's data within 300 ms: the "
                         "previous configuration stays in force")
    unbound.wait_for_log("start of service", 2)
    assert unbound.addresses("www.example.com") == ["203.0.113.1"]
    etcd.put("/helix/com/example/www/A", "203.0.113.2")
    unbound.wait_for_answer("www.example.com", ["203.0.113.2"])


@both_apis
def test_reload_while_etcd_is_away(etcd, unbound):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    unbound.wait_for_state("following")
    etcd.kill()
    unbound.wait_for_log("lost etcd")
    unbound.control("reload")
    unbound.wait_for_log("the copy of etcd's data is kept, without etcd")
    assert unbound.addresses("www.example.com") == ["203.0.113.1"]
    etcd.start()
    etcd.put("/helix/com/example/www/A", "203.0.113.2")
    unbound.wait_for_answer("www.example.com", ["203.0.113.2"])


# --- stop -------------------------------------------------------------------

@both_apis
def test_stop_is_clean(etcd, unbound):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    assert unbound.stop() == 0


@both_apis
@pytest.mark.parametrize("how", ["nobody listens", "nobody answers",
                                 "stopped dead"])
def test_stop_while_etcd_is_away(laboratory, how):
    listener = socket.create_server(("127.0.0.1", 0))
    if how == "stopped dead":
        etcd = laboratory.etcd()
        unbound = laboratory.unbound(etcd)
        etcd.pause()
    else:
        port = listener.getsockname()[1]
        if how == "nobody listens":
            listener.close()
        unbound = laboratory.unbound(f"http://127.0.0.1:{port}",
                                     startup_wait="0s")
    assert unbound.stop() == 0
    listener.close()


@both_apis
def test_stop_right_after_reload(etcd, unbound):
    unbound.control("reload")
    # Unbound itself loses a signal that comes while it reloads
    unbound.wait_for_log("start of service", 2)
    assert unbound.stop() == 0


def test_unbound_control_stop(laboratory, etcd, unbound):
    unbound.control("stop")
    assert unbound.process.wait(lab.DEADLINE) == 0
