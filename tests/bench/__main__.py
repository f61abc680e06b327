"""What tools/bench runs: measures, round after round, and prints what came of
it. See tools/bench --help."""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "system"))
# Nothing is waited for as long as this; but a million names take their time.
os.environ.setdefault("HELIX_TEST_DEADLINE", "1800")

import machine
import plot
import report
from imports import Imports
from lab import SOURCE
from measure import (Curl, Delay, QuestionFile, delays, instructions,
                     read_instructions, speed, while_keys_change)
from questions import HITS, KINDS
from servers import CACHE_YES, LOCAL_DATA, MODULE, SERVERS, STATUS, Site


BEGAN = time.monotonic()


def say(text):
    minutes, seconds = divmod(int(time.monotonic() - BEGAN), 60)
    print(f"bench: {minutes}:{seconds:02} {text}", file=sys.stderr,
          flush=True)


class Amounts:
    """How much of everything is measured."""

    def __init__(self, quick, large, rounds):
        self.rounds = rounds or (2 if quick else 5)
        self.sizes = [5000] if quick else [1000, 100000]
        # the zone of what is measured at one size only
        self.usual = self.sizes[-1]
        if large:
            self.sizes.append(1000000)
        self.largest = self.sizes[-1]
        # questions before callgrind counts, of which each hot name gets two,
        # and while it does
        self.warm, self.counted = 2000, 1000 if quick else 10000
        # questions in a file that dnsperf goes through once
        self.questions = 20000 if quick else 150000
        self.seconds = 1
        self.puts = 20 if quick else 200
        # of /metrics
        self.reads = 3
        self.changing_seconds = 1 if quick else 4


class Bench:
    def __init__(self, site, amounts):
        self.site, self.amounts = site, amounts

    def rounds(self, what):
        for number in range(self.amounts.rounds):
            say(f"round {number + 1} of {self.amounts.rounds}: {what}")
            yield number

    def start(self, labels, size):
        """Servers of these kinds, all at once: who is not asked, rests."""
        servers = {label: self.site.make(label, size).start()
                   for label in labels}
        for server in servers.values():
            server.pin()
        return servers

    def stop(self, servers):
        for server in servers.values():
            server.stop()

    def instructions(self, size):
        found = {}
        for label in SERVERS:
            say(f"{size:,} names: {label} under callgrind")
            with self.site.running(label, size, callgrind=True) as server:
                found[label] = instructions(
                    server, size, self.amounts.warm, self.amounts.counted)
        return found

    def status(self):
        """What it costs that the module says how it is."""
        size = self.amounts.usual
        say(f"{size:,} names: {CACHE_YES}, with status, under callgrind")
        with self.site.running(STATUS, size, callgrind=True) as server:
            return {"size": size, "queries": instructions(
                        server, size, self.amounts.warm, self.amounts.counted),
                    "read": read_instructions(server, self.amounts.reads)}

    def speed(self, size):
        found = {label: {kind: [] for kind in KINDS} for label in SERVERS}
        say(f"{size:,} names: starting all servers")
        servers = self.start(SERVERS, size)
        for number in self.rounds(f"{size:,} names: speed"):
            for kind in KINDS:
                file = QuestionFile(self.site.folder, kind, size,
                                    self.amounts.questions, number)
                if file.is_empty:
                    continue
                # each is the first one now and then
                for label in SERVERS[number:] + SERVERS[:number]:
                    found[label][kind].append(
                        speed(servers[label], file, self.amounts.seconds))
        self.stop(servers)
        return found

    def hits(self):
        return QuestionFile(self.site.folder, HITS, self.amounts.usual, 0)

    def delay(self):
        found = {label: [] for label in MODULE}
        servers = self.start(MODULE, self.amounts.usual)
        for _ in self.rounds("from put to answer"):
            for label, server in servers.items():
                found[label].append(delays(
                    self.site.etcd, server, self.amounts.usual,
                    self.amounts.puts, self.hits()))
        self.stop(servers)
        return found

    def copy_and_memory(self):
        """The largest zone is copied, and then there is a copy to weigh."""
        size = self.amounts.largest
        curl = Curl(self.site.etcd, size, self.site.folder)
        copy = {"size": size, "module": [], "curl": []}
        memory = {"size": size, **{label: {"empty": [], "full": []}
                                   for label in (LOCAL_DATA, CACHE_YES)}}
        memory[CACHE_YES]["own"] = []
        for _ in self.rounds(f"first copy and memory of {size:,} names"):
            copy["curl"].append(curl.seconds())
            for label in LOCAL_DATA, CACHE_YES:
                with self.site.running(label, 0) as server:
                    memory[label]["empty"].append(server.memory())
                with self.site.running(label, size) as server:
                    memory[label]["full"].append(server.memory())
                    if label == CACHE_YES:
                        copy["module"].append(server.first_copy())
                        memory[label]["own"].append(server.own_memory())
        return copy, memory

    def changes(self):
        """Each server alone, as etcd tells every change to all that follow
        it; local-data, which does not, has the same going on beside it."""
        found = {label: [] for label in (LOCAL_DATA, *MODULE)}
        etcd, size = self.site.etcd, self.amounts.usual
        for _ in self.rounds("hits, while keys change"):
            for label in found:
                with self.site.running(label, size) as server:
                    server.pin()
                    found[label].append(while_keys_change(
                        etcd, server, size, self.hits(),
                        self.amounts.changing_seconds))
                    if label in MODULE:
                        self.check_the_last(server)
        return found

    def imports(self):
        """A zone file, into an etcd of its own."""
        size = self.amounts.largest
        imports = Imports(self.site.folder, size)
        return {"size": size, "rounds": [
            imports.seconds()
            for _ in self.rounds(f"import of {size:,} names")]}

    def check_the_last(self, server):
        """What was put last is seen: all that was before has been."""
        delay = Delay(self.site.etcd, server, self.amounts.usual)
        delay.put()
        delay.close()

    def run(self):
        amounts = self.amounts
        results = {"machine": machine.describe(), "rounds": amounts.rounds,
                   "usual": amounts.usual, "sizes": {}}
        for size in amounts.sizes:
            say(f"putting {size:,} names into etcd")
            self.site.etcd.load(size)
        for size in amounts.sizes:
            results["sizes"][size] = {"speed": self.speed(size)}
        results["delay"] = self.delay()
        results["copy"], results["memory"] = self.copy_and_memory()
        results["changes"] = self.changes()
        results["import"] = self.imports()
        # last, as it is the same on a busy machine
        for size in amounts.sizes:
            results["sizes"][size]["instructions"] = self.instructions(size)
        results["status"] = self.status()
        return results


def parse():
    parser = argparse.ArgumentParser(prog="tools/bench")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--folder", type=Path, default=SOURCE / "build/bench")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    return parser.parse_args()


def main():
    options = parse()
    # so that the servers are ended
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=options.folder))
    say(f"the servers' files are in {folder}, until all is well")
    site = Site(folder)
    try:
        results = Bench(site, Amounts(options.quick, options.large,
                                      options.rounds)).run()
    finally:
        site.close()
    shutil.rmtree(folder)
    report.judge(results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")
    if options.plot:
        plot.draw(results, options.plot)
    print(report.text(results))


if __name__ == "__main__":
    main()
