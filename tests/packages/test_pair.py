"""The pair of packages, Unbound and the module, on a Debian that had Debian's
Unbound before: over it, back to it, and through Debian's updates of it. Unbound
starts each time, with the operator's configuration as it was."""

import os
import re
import shutil
import subprocess

import pytest

from debs import (abi_of, another_build, changed, empty_folder, field, named,
                  raised)
from lab import Server, wait_for
from upstream import ANSWER, FORWARD, Upstream

SITE = "/etc/unbound/unbound.conf.d/site.conf"
SITE_CONF = f"""# the operator's own
server:
	interface: 127.0.0.1
	access-control: 127.0.0.0/8 allow
	module-config: "respip validator iterator"
	response-ip: 192.0.2.66/32 deny
	local-zone: "site.test" static
	local-data: "www.site.test A 192.0.2.80"
{FORWARD}"""

HELIX_YAML = """etcd:
  endpoints: [http://127.0.0.1:2379]
zones:
  - name: helix.test
"""

# AppArmor's, for what a host adds to its profile of Unbound.
LOCAL_PROFILE = "/etc/apparmor.d/local/usr.sbin.unbound"
LOCAL_RULE = "/srv/zones/** r,\n"

# kill, by which the unit reloads Unbound, is in procps.
DEBIANS = ["systemd-sysv", "dbus", "procps", "unbound", "dns-root-data",
           "bind9-dnsutils", "ca-certificates"]

# What a Debian has of its own that changes with every package.
PASSING = {"/etc/ld.so.cache"}


@pytest.fixture(scope="module")
def workbench(tmp_path_factory):
    """Where packages are made."""
    return tmp_path_factory.mktemp("packages")


class Host:
    """A host with Debian's Unbound, which its operator has configured, and
    which has been asked."""

    def __init__(self, root, upstream):
        self.root, self.upstream = root, upstream
        root.write(SITE, SITE_CONF)
        root.write("/etc/default/unbound", 'DAEMON_OPTS="-v"\n')
        root.write(LOCAL_PROFILE, LOCAL_RULE)
        root.run("systemctl restart unbound")
        self.debians = root.version("unbound")
        self.before = self.etc()
        self.assert_answers()

    def etc(self):
        return {path: state for path, state in self.root.files("/etc").items()
                if path not in PASSING}

    def ask(self, name):
        return self.root.run(
            ["dig", "+short", "+tries=1", name, "@127.0.0.1"]).stdout.strip()

    def assert_answers(self):
        """Unbound runs, and as its operator wants it."""
        assert self.root.run("systemctl is-active unbound",
                             check=False).stdout == "active\n", \
            self.root.run("systemctl status -n 50 unbound", check=False)
        assert self.ask("www.site.test") == "192.0.2.80"
        assert self.ask("www.outside.test") == ANSWER
        # as /etc/default/unbound has it
        daemon = self.root.run("systemctl show -P MainPID unbound").stdout
        assert "\0-v\0" in self.root.run(
            ["cat", f"/proc/{daemon.strip()}/cmdline"]).stdout

    def assert_configuration_is_as_it_was(self):
        """But for the one line that allows AppArmor what the module does."""
        now = self.etc()
        assert {path: state for path, state in now.items()
                if path in self.before and path != LOCAL_PROFILE} == \
            {path: state for path, state in self.before.items()
             if path != LOCAL_PROFILE}
        lines = self.root.read(LOCAL_PROFILE).splitlines(keepends=True)
        more = [line for line in lines if "unbound-helix" in line]
        assert len(more) == (self.root.version("unbound-helix") is not None)
        assert "".join(line for line in lines if line not in more) == \
            LOCAL_RULE

    def started(self):
        """When the daemon was started."""
        return self.root.run("systemctl show -P ExecMainStartTimestampMonotonic"
                             " unbound").stdout

    def put_pair_over(self, packages):
        """As README says: from files, not from a repository."""
        install_pair(self.root, packages)
        assert "+helix" in self.root.version("unbound")

    def enable(self):
        self.root.write("/etc/unbound/helix.yaml", HELIX_YAML)
        self.root.run("helixctl enable")
        self.root.run("systemctl restart unbound")
        self.assert_serves()

    def module_config(self):
        return self.root.run("unbound-checkconf -o module-config").stdout

    def assert_serves(self):
        """With the module, and all else as without it."""
        self.assert_answers()
        modules = self.module_config().split()
        assert modules.index("dynlib") < modules.index("validator")
        # and else as the operator has it
        modules.remove("dynlib")
        assert modules == ["respip", "validator", "iterator"]
        wait_for(lambda: self.ask("www.helix.test") == "192.0.2.1",
                 "the name in etcd was answered")

    def assert_is_off(self):
        """Without the module, as Unbound was before."""
        self.assert_answers()
        assert self.module_config() == "respip validator iterator\n"
        assert self.ask("www.helix.test") == ""


def install_pair(root, packages):
    for package in "unbound", "unbound-helix":
        deb = named(packages, package)
        root.write(f"/srv/pair/{deb.name}", "")
        shutil.copy(deb, root.path(f"/srv/pair/{deb.name}"))
    root.run("apt-get install -y /srv/pair/*.deb")
    root.run("rm -r /srv/pair")


class Etcd(Server):
    """This machine's etcd, in the root's network, with one name."""

    def __init__(self, root, folder):
        super().__init__(folder)
        inside = ["nsenter", f"--target={root.first}", "--net"]
        self.launch([*inside, "etcd", "--data-dir", self.folder / "data"])

        def put():
            return not subprocess.run(
                [*inside, "etcdctl", "put", "/helix/test/helix/www/A",
                 "192.0.2.1"], env={**os.environ, "ETCDCTL_API": "3"},
                capture_output=True).returncode
        wait_for(put, lambda: f"etcd took a key:\n{self.log()}")


@pytest.fixture
def host(make_root, tmp_path):
    root = make_root(packages=DEBIANS)
    etcd = Etcd(root, tmp_path / "etcd")
    with Upstream(root) as upstream:
        root.boot()
        yield Host(root, upstream)
    etcd.stop()


def test_over_debians_unbound_and_back(host, packages):
    """Nothing of the operator's configuration changes, and nothing of ours is
    left when the pair is purged and Debian's Unbound is back."""
    root = host.root
    everything = root.files("/etc", "/usr", "/var/lib")
    asked = host.upstream.asked
    assert host.ask("www.outside.test") == ANSWER
    assert host.upstream.asked == asked, "the answer was in the cache"
    running = host.started()
    host.put_pair_over(packages)
    # the daemon that runs is the one that is installed
    assert host.started() != running
    host.assert_answers()
    host.assert_configuration_is_as_it_was()
    # the module is installed, not switched on
    host.assert_is_off()
    host.enable()
    host.assert_configuration_is_as_it_was()
    root.run("apt-get purge -y unbound-helix")
    host.assert_is_off()
    root.run("systemctl restart unbound")
    host.assert_is_off()
    host.assert_configuration_is_as_it_was()
    # and Debian's again
    theirs = [f"{package}={host.debians}" for package in
              ("unbound", "libunbound8", "unbound-anchor", "unbound-host",
               "python3-unbound") if root.version(package)]
    root.run(["apt-get", "install", "-y", "--allow-downgrades", *theirs])
    assert root.version("unbound") == host.debians
    host.assert_answers()
    host.assert_configuration_is_as_it_was()
    root.run("apt-get autoremove -y --purge")
    assert host.etc() == host.before
    left = set(root.files("/etc", "/usr", "/var/lib")) - set(everything)
    assert not [path for path in left if re.search("helix|dynlib", path)], left


def test_remove(host, packages):
    """`apt remove` takes the module out of Unbound's configuration first, as
    Unbound would not start with a module that is not there."""
    host.put_pair_over(packages)
    host.enable()
    host.root.run("apt-get remove -y unbound-helix")
    host.assert_is_off()
    host.root.run("systemctl restart unbound")
    host.assert_is_off()
    # and comes again
    install_pair(host.root, packages)
    host.assert_is_off()
    host.enable()


def test_purge_of_both(make_root, packages):
    """On a Debian that never had Unbound, nothing is left."""
    root = make_root(packages=["systemd-sysv", "dbus"])
    root.boot()
    before = root.files("/etc", "/usr", "/var")
    install_pair(root, packages)
    root.write("/etc/unbound/helix.yaml", HELIX_YAML + "startup-wait: 0s\n"
               "snapshot: /var/lib/unbound/helix.snapshot\n"
               "status: {socket: /run/unbound/helix.sock}\n")
    root.run("helixctl enable && systemctl restart unbound")
    assert root.run("systemctl is-active unbound").stdout == "active\n"
    root.run("apt-get purge -y unbound-helix")
    root.run("apt-get purge -y --autoremove unbound")
    left = set(root.files("/etc", "/usr", "/var")) - set(before)
    assert not [path for path in left if "helix" in path or
                path.startswith(("/etc/unbound", "/var/lib/unbound",
                                 "/etc/apparmor.d"))], sorted(left)


def debians(host, folder):
    """Debian's own package of Unbound, as a file in a folder here."""
    host.root.run(f"cd /srv && apt-get download unbound={host.debians}")
    for deb in host.root.path("/srv").glob("*.deb"):
        shutil.move(deb, folder / deb.name)
    return folder


@pytest.mark.parametrize("way", ["upgrade", "full-upgrade"])
def test_debian_publishes_an_update(host, packages, workbench, way):
    """`apt upgrade` keeps the pair, which goes on; `apt full-upgrade` may take
    the module away, and then Unbound starts without it. With the pair built
    anew, all is as before."""
    root = host.root
    theirs = debians(host, empty_folder(workbench / f"theirs-{way}"))
    host.put_pair_over(packages)
    host.enable()
    ours = root.version("unbound")
    newer = re.sub(r"\d+$", lambda number: str(int(number[0]) + 1),
                   host.debians)
    assert not root.run(["dpkg", "--compare-versions", newer, "gt",
                         ours]).returncode
    root.add_repository(raised(sorted(theirs.glob("*.deb")),
                               workbench / f"newer-{way}", newer))
    told = root.run(["apt-get", way, "-y"]).output
    if way == "upgrade":
        assert re.search(r"kept back:\n(  .*\n)*?  .*\bunbound\b", told), told
        assert root.version("unbound") == ours
        host.assert_serves()
    root.run("systemctl restart unbound")
    host.assert_answers()
    if root.version("unbound-helix") is None:
        host.assert_is_off()
        assert root.version("unbound") == newer
    else:
        host.assert_serves()
    # tools/build-deb again
    again = raised([named(packages, "unbound")], workbench / f"again-{way}",
                   f"{newer}+helix1")
    shutil.copy(named(packages, "unbound-helix"), again)
    install_pair(root, again)
    assert root.version("unbound") == f"{newer}+helix1"
    host.assert_answers()
    root.run("helixctl enable && systemctl restart unbound")
    host.assert_serves()
    host.assert_configuration_is_as_it_was()


@pytest.mark.parametrize("way", ["upgrade", "files"])
def test_a_new_pair_runs_after_its_upgrade(host, packages, workbench, way):
    """An upgrade of the pair, here to another build-id, ends with the new
    daemon and the new module running, and no start in between fails."""
    host.put_pair_over(packages)
    host.enable()
    before = host.started()
    version = host.root.version("unbound")
    folder = another_build(packages, workbench / f"next-{way}", "+next")
    if way == "files":
        install_pair(host.root, folder)
    else:
        host.root.add_repository(folder)
        told = host.root.run("apt-get upgrade -y").output
        assert "kept back" not in told, told
    assert host.root.version("unbound") == f"{version}+next"
    assert host.root.version("unbound-helix").endswith("+next")
    assert host.started() != before
    host.assert_serves()
    journal = host.root.system.journal("unbound")
    assert "Failed to start" not in journal and \
        "was built for" not in journal, journal
    host.assert_configuration_is_as_it_was()


def test_another_build_id_is_refused(host, packages, workbench):
    """By apt, in its own words."""
    root = host.root
    module = named(packages, "unbound-helix")
    abi = abi_of(module)
    assert f"unbound-dynlib-abi-{abi}" in field(named(packages, "unbound"),
                                                "Provides")
    other = changed(module, root.path("/srv/other"),
                    [(f"abi-{abi}", "abi-" + "0" * len(abi))])
    host.put_pair_over(packages)
    told = root.run(["apt-get", "install", "-y", f"/srv/other/{other.name}"],
                    check=False)
    assert told.returncode == 100
    assert re.search(r"unbound-helix : Depends: unbound-dynlib-abi-0+ "
                     "but it is not installable", told.output), told
    host.assert_answers()


def test_debians_unbound_is_refused(host, packages):
    """The module's package alone, where Unbound is Debian's."""
    root = host.root
    module = named(packages, "unbound-helix")
    root.path("/srv/alone").mkdir()
    shutil.copy(module, root.path("/srv/alone"))
    told = root.run(["apt-get", "install", "-y", f"/srv/alone/{module.name}"],
                    check=False)
    assert told.returncode == 100
    assert re.search(r"unbound-helix : Depends: unbound-dynlib-abi-[0-9a-f]+ "
                     "but it is not installable", told.output), told
    assert root.version("unbound-helix") is None
    host.assert_answers()


def test_the_daemon_is_reloaded_and_ends(host, packages):
    """As the unit does: systemd is told when it is ready, and again after a
    reload."""
    host.put_pair_over(packages)
    host.enable()
    host.root.run("systemctl reload unbound")
    wait_for(lambda: "Reloaded" in host.root.system.journal("unbound"),
             "systemd was told of the reload")
    host.assert_answers()
    host.root.run("systemctl stop unbound")
    assert host.root.run("systemctl show -P Result unbound").stdout == \
        "success\n"
