"""Prometheus, with the examples of conf/prometheus/ made quick."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request

from lab import DEADLINE, SOURCE, Server, free_port, wait_for

EXAMPLES = SOURCE / "conf/prometheus"


def replaced(text, *pairs):
    """A text with each pattern replaced, which it has to have."""
    for old, new in pairs:
        text, count = re.subn(old, new, text)
        assert count, f"there is no {old} in:\n{text}"
    return text


class Prometheus(Server):
    """Scrapes one Unbound, five times a second; its alerts wait for a second
    where those of the example wait for minutes."""

    def __init__(self, folder, target):
        """target: the port that the module listens on."""
        super().__init__(folder)
        self.url = f"http://127.0.0.1:{free_port()}"
        (self.folder / "prometheus.yml").write_text(replaced(
            (EXAMPLES / "prometheus.yml").read_text(),
            ("_interval: .*", "_interval: 200ms"),
            (r"127\.0\.0\.1:9167", f"127.0.0.1:{target}")))
        (self.folder / "helix.rules.yml").write_text(replaced(
            (EXAMPLES / "helix.rules.yml").read_text(),
            (r"for: \d+m", "for: 1s"),
            (r"age_seconds > \d+", "age_seconds > 3"),
            (r"\[15m\]\)\) > \d+", "[10s])) > 0")))

    def start(self):
        self.launch([
            "prometheus", f"--config.file={self.folder}/prometheus.yml",
            f"--storage.tsdb.path={self.folder}/data",
            f"--web.listen-address={self.url.removeprefix('http://')}",
            # what is gone is gone at once, not after five minutes
            "--query.lookback-delta=5s"])
        wait_for(self.is_ready, lambda: f"Prometheus started:\n{self.log()}")
        return self

    def is_ready(self):
        assert self.is_running(), self.log()
        try:
            with urllib.request.urlopen(self.url + "/-/ready",
                                        timeout=DEADLINE) as answer:
                return answer.status == 200
        except OSError:
            return False

    def get(self, path, **query):
        """What its API says; fails if that is an error."""
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, timeout=DEADLINE) as answer:
                told = json.load(answer)
        except urllib.error.HTTPError as failure:
            raise AssertionError(f"{query}: {failure.read().decode()}") \
                from failure
        assert told["status"] == "success", told
        return told["data"]

    def query(self, expression):
        """The result of an expression: [(labels, value)]."""
        return [(one["metric"], float(one["value"][1]))
                for one in self.get("query", query=expression)["result"]]

    def target(self):
        """The one that is scraped."""
        target, = self.get("targets")["activeTargets"]
        return target

    def firing(self):
        """The names of the alerts that fire."""
        return {alert["labels"]["alertname"]
                for alert in self.get("alerts")["alerts"]
                if alert["state"] == "firing"}

    def wait_until_firing(self, *names):
        """Wait until just these alerts fire."""
        wait_for(lambda: self.firing() == set(names),
                 lambda: f"just {names} fired: {self.firing()}")
