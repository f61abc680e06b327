"""What every system test can ask for, and the test protocol of `make check`
(TAP, the Test Anything Protocol)."""

import itertools
import random
import shutil
import signal
import traceback

import pytest

import lab
from lab_ctl import Ctl
from lab_etcd import Etcd, EtcdV2
from lab_nsd import Nsd
from lab_relay import Gateway, Network, PeerRelay, Relay
from lab_unbound import Unbound


def pytest_addoption(parser):
    parser.addoption("--tap", action="store_true",
                     help="print the results as TAP")
    parser.addoption("--large", action="store_true",
                     help="ten times as many keys in the tests of limits")
    parser.addoption("--seed", type=int, metavar="N",
                     help="the seed of the random plan or of the freshness "
                     "tests (default: another one each time), or the "
                     "first one of random zones (default: 1)")
    parser.addoption("--count", type=int, default=3, metavar="N",
                     help="how many seeds' random zones are compared with "
                     "NSD's answers (default: 3)")
    parser.addoption("--minutes", type=float, default=0, metavar="M",
                     help="how long the random plan goes on (default: for "
                     "20,000 changes), or the freshness tests together "
                     "(default: for 20,000 queries each)")


class Tap:
    """Prints a line for each test."""

    def __init__(self):
        self.number = 0

    def line(self, ok, name, more=""):
        self.number += 1
        print(f"\n{'ok' if ok else 'not ok'} {self.number} - {name}{more}",
              flush=True)

    def pytest_runtest_logreport(self, report):
        name = report.nodeid.split("::", 1)[-1]
        if report.skipped:
            self.line(True, name, f" # SKIP {report.longrepr[-1]}")
        elif report.failed:
            print(report.longreprtext, flush=True)
            self.line(False, name if report.when == "call"
                      else f"{name} ({report.when})")
        elif report.when == "call":
            self.line(True, name)

    def pytest_collectreport(self, report):
        if report.failed:
            print(report.longreprtext, flush=True)
            self.line(False, f"collecting {report.nodeid}")

    def pytest_sessionfinish(self):
        print(f"\n1..{self.number}", flush=True)


def pytest_configure(config):
    # What a shell runs in the background ignores it, and so would what tests
    # start, and are to end by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("--tap"):
        config.pluginmanager.register(Tap())


class Laboratory:
    """Makes servers in the test's own folder, and ends them all."""

    def __init__(self, folder, api="v3"):
        self.folder = folder
        self.etcd_kind = {"v3": Etcd, "v2": EtcdV2}[api]
        self.servers = []
        self.ctls = itertools.count()

    def add(self, kind, *args, **options):
        server = kind(self.folder / f"{len(self.servers)}", *args, **options)
        self.servers.append(server)
        return server

    def etcd(self, **options):
        return self.add(self.etcd_kind, **options).start()

    def cluster(self, size=3):
        """A cluster of etcd members, all healthy."""
        peers = {f"m{i}": f"http://127.0.0.1:{lab.free_port()}"
                 for i in range(size)}
        members = [self.add(self.etcd_kind, name=name, peers=peers)
                   for name in peers]
        for member in members:
            member.launch_member()
        for member in members:
            member.wait_until_healthy()
        return members

    def network(self, size=3):
        """A cluster, and what is between its members."""
        network = Network()
        ports = {f"m{i}": lab.free_port() for i in range(size)}
        for name, port in ports.items():
            network.relays[name] = self.add(PeerRelay, port, network,
                                            name).start()
        peers = {name: relay.url for name, relay in network.relays.items()}
        for name, port in ports.items():
            network.members[name] = self.add(
                self.etcd_kind, name=name, peers=peers,
                peer_listens=f"http://127.0.0.1:{port}")
        for member in network.members.values():
            member.launch_member()
        for member in network.members.values():
            member.wait_until_healthy()
        return network

    def unbound(self, source, **options):
        """Unbound following this etcd or URL, or these."""
        members = source if isinstance(source, list) else [source]
        urls = [m if isinstance(m, str) else m.url for m in members]
        settings = {"api": self.etcd_kind.api, **options.pop("etcd", {})}
        return self.add(Unbound, urls, etcd=settings, **options).start()

    def ctl(self, source, **options):
        """helixctl for this etcd or URL, or these."""
        return Ctl(self.folder / f"ctl-{next(self.ctls)}", source, **options)

    def relay(self, etcd):
        return self.add(Relay, etcd.port).start()

    def gateway(self, etcd):
        return self.add(Gateway, etcd.port).start()

    def nsd(self, zones, **options):
        return self.add(Nsd, zones, **options).start()

    def close(self):
        failures = []
        for server in reversed(self.servers):
            try:
                server.stop()
            except Exception:
                failures.append(traceback.format_exc())
            if isinstance(server, Etcd):
                # 128 MB, however little was put
                shutil.rmtree(server.data, ignore_errors=True)
        assert not failures, "\n".join(failures)


@pytest.fixture
def api():
    """Which of etcd's APIs is used. A file of tests that is for both has a
    fixture of this name with two parameters."""
    return "v3"


@pytest.fixture
def seed(request):
    given = request.config.getoption("--seed")
    return random.randrange(2 ** 32) if given is None else given


@pytest.fixture
def laboratory(tmp_path, api):
    made = Laboratory(tmp_path, api)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A laboratory for a whole file of tests."""
    made = Laboratory(tmp_path_factory.mktemp("shared"))
    yield made
    made.close()


@pytest.fixture
def etcd(laboratory):
    return laboratory.etcd()


@pytest.fixture
def ctl(laboratory, etcd):
    return laboratory.ctl(etcd)


@pytest.fixture
def unbound(laboratory, etcd):
    return laboratory.unbound(etcd)
