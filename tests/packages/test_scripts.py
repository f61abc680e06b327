"""What the package of the module does when it is installed and removed, where
something is not as it should be: another error of the operator's, a helixctl
that does not run, a removal that is given up, an AppArmor file of any form.
Whatever it is, an Unbound that works goes on, and no file of the operator's is
changed."""

import shutil

import pytest

from debs import another_build, named, pack, unpacked
from lab import SOURCE
from root import run_here

CONF = "/etc/unbound/unbound.conf.d"
SIDE = f"{CONF}/zz-unbound-helix.conf"
SITE = f"{CONF}/site.conf"
SITE_CONF = """server:
	local-zone: "site.test" static
	local-data: "www.site.test A 192.0.2.80"
"""

# It asks for an etcd that is not there, and waits for none.
HELIX_YAML = """etcd:
  endpoints: [http://127.0.0.1:2379]
zones:
  - name: helix.test
startup-wait: 0s
"""

PROFILE = "/etc/apparmor.d/usr.sbin.unbound"
ADDITIONS = "/etc/apparmor.d/local/usr.sbin.unbound"
RULES = "/usr/share/unbound-helix/apparmor"
INCLUDE = f'include if exists "{RULES}" # made by package unbound-helix\n'

SCRIPTS = "/var/lib/dpkg/info/unbound-helix"

# As test_pair has them, so that both use one image.
DEBIANS = ["systemd-sysv", "dbus", "procps", "unbound", "dns-root-data",
           "bind9-dnsutils", "ca-certificates"]


class Host:
    """A host with the pair of packages, whose Unbound runs with the module."""

    def __init__(self, root, packages):
        self.root, self.packages = root, packages
        root.path("/srv/pair").mkdir()
        for package in "unbound", "unbound-helix":
            shutil.copy(named(packages, package), root.path("/srv/pair"))
        self.module = f"/srv/pair/{named(packages, 'unbound-helix').name}"
        root.run("apt-get install -y /srv/pair/*.deb")

    def begin(self):
        """As it is before each test."""
        root = self.root
        for file in root.path(CONF).glob("*"):
            file.unlink()
        root.path(ADDITIONS).unlink(missing_ok=True)
        root.write(ADDITIONS, "")
        root.write(SITE, SITE_CONF)
        self.dpkg("--purge", "unbound-helix")
        self.dpkg("-i", *(f"/srv/pair/{file.name}" for file in
                          root.path("/srv/pair").iterdir()))
        root.write("/etc/unbound/helix.yaml", HELIX_YAML)
        root.run("helixctl enable && systemctl reset-failed unbound; "
                 "systemctl restart unbound")
        self.assert_runs(module=True)

    def dpkg(self, *words, check=True):
        return self.root.run(["dpkg", *words], check=check)

    def remove(self):
        """Returns what was said."""
        return self.dpkg("--remove", "unbound-helix").output

    def pid(self):
        return self.root.run("systemctl show -P MainPID unbound").stdout.strip()

    def assert_runs(self, module):
        """Unbound answers; and it has the module loaded, or has not."""
        assert self.root.run("systemctl is-active unbound",
                             check=False).stdout == "active\n", \
            self.root.run("systemctl status -n 50 unbound", check=False)
        assert self.root.run("dig +short +tries=1 www.site.test @127.0.0.1"
                             ).stdout == "192.0.2.80\n"
        loaded = "/helix.so" in self.root.run(
            ["cat", f"/proc/{self.pid()}/maps"]).stdout
        assert loaded == module


@pytest.fixture(scope="module")
def installed(make_shared_root, packages):
    root = make_shared_root(packages=DEBIANS)
    root.boot()
    return Host(root, packages)


@pytest.fixture
def host(installed):
    installed.begin()
    return installed


# --- the removal -------------------------------------------------------------

def test_removal(host):
    """Unbound is restarted by it; so that nobody is told to do that."""
    before = host.pid()
    said = host.remove()
    assert host.pid() != before
    host.assert_runs(module=False)
    assert "next:" not in said and "warning" not in said, said
    assert not host.root.exists(SIDE)


@pytest.mark.parametrize("text, error", [
    ("server:\n\tno-such-option: 1\n", f"{CONF}/me.conf:2: error: "),
    ("server:\n\tinterface: nowhere\n", "nowhere"),
], ids=["syntax", "value"])
def test_removal_beside_another_error(host, text, error):
    """Unbound works as long as nobody restarts it; so this does not. When it is
    mended, all goes on."""
    before = host.pid()
    host.root.write(f"{CONF}/me.conf", text)
    said = host.remove()
    assert host.pid() == before, said
    host.assert_runs(module=True)
    assert error in said, said
    assert "unbound-helix: warning: Unbound is not restarted, as it would not " \
        "start\nwith the error above." in said, said
    assert not host.root.exists(SIDE)
    # as it says
    host.root.write(f"{CONF}/me.conf", "")
    host.root.run("unbound-checkconf && systemctl restart unbound")
    host.assert_runs(module=False)


def test_removal_beside_an_order_that_unbound_checkconf_does_not_know(host):
    """It is no error: Unbound takes it."""
    host.root.write(f"{CONF}/me.conf", "server:\n\tmodule-config: "
                    '"dns64 respip validator iterator"\n')
    host.root.run("helixctl enable && systemctl restart unbound")
    host.assert_runs(module=True)
    before = host.pid()
    said = host.remove()
    assert "is not known to work" in host.root.run("unbound-checkconf",
                                                   check=False).output
    assert host.pid() != before
    host.assert_runs(module=False)
    assert "warning" not in said, said


def test_removal_where_it_is_loaded_by_hand(host):
    """That cannot be taken back, so Unbound runs as long as it does, and it is
    said what is to be done."""
    before = host.pid()
    host.root.path(SIDE).rename(host.root.path(f"{CONF}/me.conf"))
    text = host.root.read(f"{CONF}/me.conf")
    said = host.remove()
    assert host.pid() == before
    host.assert_runs(module=True)
    assert "warning: Unbound's configuration still loads" in said, said
    assert host.root.read(f"{CONF}/me.conf") == text


def test_removal_of_one_that_was_stopped(host):
    host.root.run("systemctl stop unbound")
    host.remove()
    assert host.pid() == "0"
    host.root.run("systemctl start unbound")
    host.assert_runs(module=False)


# --- without helixctl --------------------------------------------------------

OWN = "# what `helixctl enable` wrote, and I have changed\n" \
    "server:\n\tverbosity: 1\n"


def break_helixctl(host):
    """As where a library of it is missing."""
    host.root.write("/usr/bin/helixctl", "#!/nonexistent\n", 0o755)


def test_helixctl_does_not_run(host):
    """The file that switches the module on is removed all the same."""
    break_helixctl(host)
    host.remove()
    assert not host.root.exists(SIDE)
    host.assert_runs(module=False)


@pytest.mark.parametrize("place", ["file", "link", "folder"])
def test_helixctl_does_not_run_and_the_file_is_not_ours(host, place):
    """A name of ours is not enough, nor is a word of it in the first line."""
    side = host.root.path(SIDE)
    if place == "file":
        host.root.write(SIDE, OWN)
    else:
        elsewhere = host.root.path("/etc/unbound/elsewhere")
        side.rename(elsewhere)
        if place == "link":
            side.symlink_to("/etc/unbound/elsewhere")
        else:
            side.mkdir()
    before = side.lstat().st_ino
    break_helixctl(host)
    said = host.remove()
    assert side.lstat().st_ino == before
    if place == "file":
        assert host.root.read(SIDE) == OWN
    else:
        assert host.root.exists("/etc/unbound/elsewhere")
    assert ("still loads" in said) == (place == "link"), said
    if place == "folder":
        side.rmdir()
    host.root.path("/etc/unbound/elsewhere").unlink(missing_ok=True)


def test_helixctl_refuses_what_is_not_ours(host):
    """And nobody does its work then."""
    host.root.write(SIDE, OWN)
    said = host.remove()
    assert "was not written by `helixctl enable`" in said
    assert host.root.read(SIDE) == OWN


# --- given up ----------------------------------------------------------------

def test_removal_that_is_given_up(host):
    """As where prerm fails when it has done all that it does."""
    prerm = host.root.read(f"{SCRIPTS}.prerm")
    host.root.write(f"{SCRIPTS}.prerm", prerm + "exit 1\n", 0o755)
    told = host.dpkg("--remove", "unbound-helix", check=False)
    assert told.returncode
    host.root.write(f"{SCRIPTS}.prerm", prerm, 0o755)
    assert host.root.version("unbound-helix")
    assert host.root.read(ADDITIONS) == INCLUDE
    host.assert_runs(module=False)
    assert "unbound-helix: it was not removed. Where it was switched on " \
        "before:\nhelixctl enable && systemctl restart unbound\n" \
        in told.output, told
    host.root.run("helixctl enable && systemctl restart unbound")
    host.assert_runs(module=True)
    host.remove()
    assert host.root.read(ADDITIONS) == ""


def test_upgrade_that_is_given_up(host, tmp_path):
    """The package that was there is whole again, and Unbound goes on."""
    with unpacked(named(host.packages, "unbound-helix")) as tree:
        script = tree / "DEBIAN/preinst"
        script.write_text("#!/bin/sh\nexit 1\n")
        script.chmod(0o755)
        failing = pack(tree, tmp_path)
    shutil.copy(failing, host.root.path("/srv/failing.deb"))
    host.root.write(ADDITIONS, "")
    before = host.pid()
    assert host.dpkg("-i", "/srv/failing.deb", check=False).returncode
    assert host.root.version("unbound-helix")
    assert host.root.read(ADDITIONS) == INCLUDE
    assert host.pid() == before
    host.assert_runs(module=True)


# --- an upgrade in steps -----------------------------------------------------

def test_an_upgrade_of_unbound_alone(host, packages, tmp_path):
    """apt does not do that, as the module's package depends on the build of
    Unbound; whoever forces dpkg to it has an Unbound that does not start with
    the old module. The new one's package starts it."""
    folder = another_build(packages, tmp_path / "next", "+next")
    root = host.root
    root.path("/srv/next").mkdir()
    for package in "unbound", "unbound-helix":
        shutil.copy(named(folder, package), root.path("/srv/next"))
    host.dpkg("-i", "--force-depends",
              f"/srv/next/{named(folder, 'unbound').name}")
    assert "was built for another build" in root.system.journal("unbound")
    assert root.run("systemctl is-active unbound",
                    check=False).stdout != "active\n"
    host.dpkg("-i", f"/srv/next/{named(folder, 'unbound-helix').name}")
    host.assert_runs(module=True)
    # and the pair that the other tests have
    host.begin()


# --- AppArmor ----------------------------------------------------------------

COMMENT = f'# the package adds: include if exists "{RULES}"\n'


@pytest.mark.parametrize("before, during, after", [
    (None, INCLUDE, ""),
    ("", INCLUDE, ""),
    ("/srv/** r,\n", "/srv/** r,\n" + INCLUDE, "/srv/** r,\n"),
    ("/srv/** r,", "/srv/** r,\n" + INCLUDE, "/srv/** r,\n"),
    # what quotes it is no include, and stays; nor is a longer line
    (COMMENT, COMMENT + INCLUDE, COMMENT),
    ("#" + INCLUDE, "#" + INCLUDE + INCLUDE, "#" + INCLUDE),
    (INCLUDE.replace("\n", ", by me\n"), INCLUDE.replace("\n", ", by me\n") +
     INCLUDE, INCLUDE.replace("\n", ", by me\n")),
    # somebody's own
    (f'include if exists "{RULES}"\n', f'include if exists "{RULES}"\n' +
     INCLUDE, f'include if exists "{RULES}"\n'),
    # it is there, with its end and without
    (INCLUDE + "/srv/** r,\n", INCLUDE + "/srv/** r,\n", "/srv/** r,\n"),
    ("/srv/** r,\n" + INCLUDE[:-1], "/srv/** r,\n" + INCLUDE[:-1],
     "/srv/** r,\n"),
], ids=["none", "empty", "rule", "no end", "comment", "switched off", "longer",
        "own", "there", "there without an end"])
@pytest.mark.parametrize("link", [False, True], ids=["", "link"])
def test_apparmors_file(installed, before, during, after, link):
    """A line is added and removed, and nothing else is changed; a link stays a
    link."""
    root = installed.root
    additions, target = root.path(ADDITIONS), root.path("/etc/apparmor.target")
    installed.dpkg("--remove", "unbound-helix")
    additions.unlink(missing_ok=True)
    target.unlink(missing_ok=True)
    place = ADDITIONS
    if link:
        additions.symlink_to("/etc/apparmor.target")
        place = "/etc/apparmor.target"
    if before is not None:
        root.write(place, before, 0o640)
    for _ in range(2):
        # the second time, it is an upgrade
        installed.dpkg("-i", installed.module)
        assert root.read(place) == during
        assert additions.is_symlink() == link
    installed.dpkg("--remove", "unbound-helix")
    assert root.read(place) == after
    assert additions.is_symlink() == link
    assert root.path(place).stat().st_mode & 0o777 == \
        (0o644 if before is None else 0o640)
    additions.unlink()
    target.unlink(missing_ok=True)


def test_both_scripts_mean_the_same_line():
    for script in "postinst", "prerm":
        assert f"include='{INCLUDE[:-1]}'\n" in \
            (SOURCE / f"conf/debian/unbound-helix.{script}").read_text()


def test_the_scripts_are_read_by_any_shell():
    for script in (SOURCE / "conf/debian").glob("unbound-helix.p*"):
        run_here("sh", "-n", script)
