"""Metrics: a real Prometheus scrapes a real Unbound, and the examples of
conf/prometheus/ do with that what they are for."""

import json
import math
import re
import shutil

import dns.rcode
import pytest

import lab
from documents import HELIX
from lab import SOURCE, UNBOUND, wait_for
from lab_prometheus import EXAMPLES, Prometheus
from lab_status import Status, promtool

pytestmark = pytest.mark.skipif(not shutil.which("promtool"),
                                reason="needs prometheus")

RULES = EXAMPLES / "helix.rules.yml"
DASHBOARD = json.loads((EXAMPLES / "dashboard.json").read_text())


def dashboard_expressions():
    """All that the dashboard asks Prometheus, with its variables replaced as
    Grafana does it for a user who has chosen nothing."""
    asked = [target["expr"] for panel in DASHBOARD["panels"]
             for target in panel.get("targets", [])]
    asked += [one["expr"] for one in DASHBOARD["annotations"]["list"]]
    asked += [re.fullmatch(r"label_values\((.*), \w+\)", one["definition"])[1]
              for one in DASHBOARD["templating"]["list"]
              if one["type"] == "query"]
    for old, new in ("$__rate_interval", "5m"), ("$instance", ".*"), \
            ("$zone", ".*"):
        assert any(old in one for one in asked), old
        asked = [one.replace(old, new) for one in asked]
    assert not any("$" in one for one in asked)
    return asked


def metrics_in(text):
    """The metrics that a text names, a histogram by its own name."""
    return {re.sub("_seconds_(bucket|sum|count)$", "_seconds", name)
            for name in re.findall(r"\bhelix_[a-z_]+", text)}


def section(title):
    """A section of unbound-helix(8)."""
    text = (SOURCE / HELIX).read_text()
    return re.search(rf"^\.S[sh] {title}\n(.*?)^\.S[sh] ", text,
                     re.M | re.S)[1]


# --- the examples -----------------------------------------------------------

@pytest.mark.parametrize("words", [
    ("check", "config", EXAMPLES / "prometheus.yml"),
    ("check", "rules", RULES),
    ("test", "rules", EXAMPLES / "helix.rules.test.yml"),
], ids=lambda words: " ".join(words[:2]))
def test_promtool_accepts(words):
    status, said = promtool(*words)
    assert status == 0 and "SUCCESS" in said, said


def test_each_alert_is_tested_and_described():
    alerts = re.findall(r"^ +- alert: (\w+)$", RULES.read_text(), re.M)
    assert len(alerts) == len(set(alerts)) > 8
    tested = (EXAMPLES / "helix.rules.test.yml").read_text()
    assert set(re.findall(r'alertname: (\w+)', tested)) == set(alerts)
    assert set(re.findall(r"\bHelix\w+", section("Prometheus"))) == set(alerts)


def test_the_dashboard_is_one_that_grafana_imports():
    assert DASHBOARD["uid"] == DASHBOARD["title"] == "unbound-helix"
    assert "id" not in DASHBOARD and DASHBOARD["schemaVersion"] >= 36
    variables = {one["name"]: one for one in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    source = {"type": "prometheus", "uid": "${datasource}"}
    taken, ids = set(), set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
        assert panel["id"] not in ids
        ids.add(panel["id"])
        if panel["type"] == "row":
            continue
        assert panel["datasource"] == source
        assert panel["description"] and panel["targets"], panel["title"]
        letters = [target["refId"] for target in panel["targets"]]
        assert len(letters) == len(set(letters))


# --- what is served ---------------------------------------------------------

@pytest.fixture(scope="module")
def watched(tmp_path_factory, shared):
    """An Unbound, its etcd, and the Prometheus that scrapes it."""
    class Watched:
        port = lab.free_port()
        etcd = shared.etcd()
        status = Status(shared, port)
        kept = tmp_path_factory.mktemp("kept")
        unbound = shared.unbound(etcd, more={
            **status.more, "max-stale": "4s", "startup-wait": "30s",
            "snapshot": str(kept / "file")},
            zones=["example.com", r"a\"b\\c.example.net"])
        prometheus = shared.add(Prometheus, port).start()
    Watched.etcd.put("/helix/com/example/www/A", "203.0.113.1")
    Watched.unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    return Watched


def test_both_formats_are_as_told(watched):
    status, kind, text = watched.status.answer("/metrics")
    assert status == 200 and kind.startswith("text/plain; version=0.0.4")
    assert promtool("check", "metrics", stdin=text) == (0, "")
    status, kind, opened = watched.status.answer(
        "/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert status == 200
    assert kind.startswith("application/openmetrics-text; version=1.0.0")
    assert opened.endswith("\n# EOF\n") and "# EOF" not in text


def test_a_zones_name_is_a_label(watched):
    assert watched.status.value(
        "helix_zone_serial", zone=r"a\"b\\c.example.net.") is not None


def test_a_zones_serial_is_that_of_its_answers(watched):
    def serials():
        asked = watched.unbound.ask("example.com", "SOA").answer[0][0].serial
        return asked, watched.status.value("helix_zone_serial",
                                           zone="example.com.")
    assert serials() == (serials()[1],) * 2
    watched.etcd.put("/helix/com/example/SOA",
                     "ns.example.net. root.example.net. 2024010101 2 3 4 5")
    try:
        wait_for(lambda: serials() == (2024010101, 2024010101),
                 lambda: f"the key's serial was told: {serials()}")
    finally:
        watched.etcd.delete("/helix/com/example/SOA")
    wait_for(lambda: serials()[0] == serials()[1] != 2024010101,
             lambda: f"etcd's revision was told: {serials()}")


def test_each_metric_is_described_and_shown(watched):
    text = watched.status.get("/metrics")[1]
    served = set(re.findall(r"^# TYPE (\S+) ", text, re.M))
    assert len(served) > 20
    assert metrics_in(section("Metrics")) == served
    assert metrics_in(" ".join(dashboard_expressions())) == served
    assert metrics_in(RULES.read_text()) <= served


def members(told):
    """The names of all members in JSON."""
    if isinstance(told, list):
        return {name for one in told for name in members(one)}
    if not isinstance(told, dict):
        return set()
    return set(told) | {name for one in told.values()
                        for name in members(one)}


def test_each_member_is_described(watched):
    watched.etcd.put("/helix/com/example/worse/A", "no address")
    wait_for(lambda: watched.status.keys("bad"), "it was listed")
    told = set(re.findall(r"[a-z_]+", section("JSON") + section("Metrics")))
    for path in "/status", "/keys/bad", "/keys/ignored":
        assert members(watched.status.json(path)) <= told, path
    watched.etcd.delete("/helix/com/example/worse/A")
    wait_for(lambda: not watched.status.keys("bad"), "it was listed no more")


def test_each_label_is_described(watched):
    told = set(re.findall(r"[a-z_]+", section("Metrics")))
    for name, labels in watched.status.metrics():
        for label, value in labels:
            assert label in told or label == "le", (name, label)
            if label in ("kind", "reason", "state", "type"):
                assert value in told, (name, label, value)


def test_what_was_built_is_told(watched):
    (labels, one), = wait_for(
        lambda: watched.prometheus.query("helix_build_info"), "it was scraped")
    assert one == 1 and labels["version"]
    assert labels["unbound"] in (UNBOUND / "sbin/unbound").read_bytes().decode(
        errors="replace")


def test_prometheus_scrapes_it_without_an_error(watched):
    prometheus = watched.prometheus
    wait_for(lambda: prometheus.query(
        'count_over_time(up{job="unbound-helix"}[1m]) > 20'),
        "it was scraped for a while")
    assert [value for _, value in prometheus.query(
        'min_over_time(up{job="unbound-helix"}[1m])')] == [1]
    target = prometheus.target()
    assert (target["health"], target["lastError"]) == ("up", "")
    served = len(watched.status.metrics())
    assert [value for _, value in prometheus.query(
        "scrape_samples_post_metric_relabeling")] == [served]
    assert not re.search("level=(warn|error)", prometheus.log())


# --- alerts -----------------------------------------------------------------

def test_alerts_about_keys(watched):
    etcd, prometheus = watched.etcd, watched.prometheus
    prometheus.wait_until_firing()
    etcd.put("/helix/com/example/bad/A", "no address")
    prometheus.wait_until_firing("HelixBadKeys")
    etcd.put("/helix/com/example/two/CNAME/a", "a.example.com")
    etcd.put("/helix/com/example/two/CNAME/b", "b.example.com")
    prometheus.wait_until_firing("HelixBadKeys", "HelixIgnoredKeys")
    etcd.put("/helix/com/example/bad/A", "203.0.113.2")
    etcd.delete("/helix/com/example/two/CNAME/b")
    prometheus.wait_until_firing()


def test_alert_about_a_reload(watched):
    unbound, prometheus = watched.unbound, watched.prometheus
    good = unbound.helix_yaml.read_text()
    unbound.helix_yaml.write_text("zones: [\n")
    unbound.reload()
    prometheus.wait_until_firing("HelixReloadRefused")
    unbound.helix_yaml.write_text(good)
    unbound.reload()
    prometheus.wait_until_firing()


def test_alert_about_the_snapshot(watched):
    kept, prometheus = watched.kept, watched.prometheus
    away = kept.with_name("away")
    kept.rename(away)
    watched.etcd.put("/helix/com/example/www/A", "203.0.113.2")
    prometheus.wait_until_firing("HelixSnapshotFailing")
    away.rename(kept)
    watched.etcd.put("/helix/com/example/www/A", "203.0.113.1")
    prometheus.wait_until_firing()


def test_alerts_about_etcd(watched):
    """It is killed, and comes back with nothing of what it knew."""
    etcd, prometheus = watched.etcd, watched.prometheus
    etcd.kill()
    prometheus.wait_until_firing("HelixNotFollowing", "HelixCopyOld",
                                 "HelixNotReady")
    etcd.wipe()
    etcd.start()
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    prometheus.wait_until_firing("HelixListsRising")
    prometheus.wait_until_firing()


def test_alert_about_unbound(watched):
    watched.unbound.stop()
    watched.prometheus.wait_until_firing("HelixNoMetrics")
    watched.unbound.start()
    watched.prometheus.wait_until_firing()


# --- the dashboard ----------------------------------------------------------

@pytest.fixture(scope="module")
def eventful(watched):
    """There was something of all that the dashboard shows."""
    etcd, unbound, status = watched.etcd, watched.unbound, watched.status
    prometheus = watched.prometheus
    status.wait_until_ready()
    wait_for(lambda: prometheus.query("helix_ready == 1"), "it was scraped")
    for name, expected in ("www", ["203.0.113.1"]), ("no", "NXDOMAIN"):
        for _ in range(3):
            assert unbound.addresses(f"{name}.example.com") == expected
    etcd.kill()
    status.wait_until_ready(False)
    assert unbound.ask("no.example.com").rcode() == dns.rcode.SERVFAIL
    etcd.wipe()
    etcd.start()
    status.wait_until_ready()
    # an alert, which the dashboard marks
    etcd.put("/helix/com/example/bad/A", "no address")
    # what was handed over is taken back
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    return watched


@pytest.mark.parametrize("expression", dashboard_expressions())
def test_an_expression_of_the_dashboard_has_data(eventful, expression):
    def data():
        return [value for _, value in eventful.prometheus.query(expression)
                if not math.isnan(value)]
    wait_for(data, f"there was data for {expression}")
