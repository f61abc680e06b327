"""tools/build-deb: what it takes from the host and from its caller, what it puts
where, and what it does when a step fails. What builds is tests/packages/;
debootstrap, apt, sudo, and whatever runs in the root folder are small ones here,
and the tree has of the module what packages are made with."""

import fcntl
import os
import shutil
import subprocess

import pytest

from lab import SOURCE

PROGRAMS = {
    # the host is root's, where sudo has been asked
    "id": """
[ "$1" = -u ] && echo "${USER_ID:-0}" || echo somebody
""",
    # as it does where it is told to keep nothing
    "sudo": """
[ "$1" != -n ] || exit 0
exec env -i PATH="$PATH" TOLD="$TOLD" USER_ID=0 "$@"
""",
    "df": """
printf 'Filesystem MB Used Available\\n/dev/x 9 9 %s\\n' "${ROOM:-9999}"
""",
    "apt-get": """
case "$*" in
indextargets*)	printf '%s\\n' $MIRRORS ;;
*source*)	echo all >unbound.orig
	printf 'Source: unbound\\nFiles:\\n 0 1 unbound.orig\\n' \\
	    >unbound_1.17.1-2+deb12u4.dsc ;;
esac
""",
    "apt-cache": """
echo 'Version: 1.17.1-2+deb12u4'
""",
    "apt-config": """
case "$1" in
dump)	printf '%s\\n' "$APT_CONFIG_DUMP" ;;
shell)	[ -z "$HOST_CA" ] || echo "$2='$HOST_CA'" ;;
esac
""",
    "debootstrap": """
shift 2
echo "debootstrap $*" >>"$TOLD"
mkdir -p "$2/usr/sbin" "$2/etc/apt/sources.list.d" "$2/etc/apt/apt.conf.d"
""",
    # in a root folder: apt and dpkg do nothing, and a build makes packages
    "unshare": r"""
while [ "${1#--}" != "$1" ]; do shift; done
[ "$1" = chroot ] || exec "$@"
root=$2
settings=
shift 4
until [ "$1" = /bin/sh ]; do settings+=" $1"; shift; done
shift 4
echo "$* ($settings)" >>"$TOLD"
[ -z "$FAILS" ] || [[ "$*" != *$FAILS* ]] || { echo "$* failed"; exit 1; }

# package NAME VERSION FOLDER
package() {
	local tree
	tree=$(mktemp -d)
	chmod 755 "$tree"
	mkdir -p "$tree/DEBIAN" "$tree/usr/share/doc/$1"
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: x\n%s\n' \
	    "$1" "$2" "Description: x" >"$tree/DEBIAN/control"
	echo ' -- X <x@x>  Mon, 02 Jan 2023 03:04:06 +0000' |
	    gzip >"$tree/usr/share/doc/$1/changelog.Debian.gz"
	dpkg-deb --root-owner-group -b "$tree" "$3/$1_$2_all.deb"
	rm -r "$tree"
}

case "$*" in
dpkg-source*)
	[ "$(cat "$root/build/unbound/from/unbound.orig")" = all ] || exit 1
	mkdir "$root/build/unbound/source" ;;
*/build/conf/apply*)
	shift 4
	echo "$1" >"$root/build/unbound/source/revision" ;;
*unbound/source*dpkg-buildpackage*)
	version=1.17.1-2+helix$(cat "$root/build/unbound/source/revision")
	for name in unbound unbound-dynlib-dev libunbound8; do
		package $name $version "$root/build/unbound"
	done
	echo >"$root/build/unbound/unbound.buildinfo" ;;
*helix/source*dpkg-buildpackage*)
	version=$(sed -n '1s/.*(\(.*\)).*/\1/p' \
	    "$root/build/helix/source/debian/changelog")
	package unbound-helix "$version" "$root/build/helix"
	package unbound-helix-dbgsym "$version" "$root/build/helix" ;;
esac
""",
}

OURS = {"unbound_1.17.1-2+helix1_all.deb",
        "unbound-helix_0.1.0+unbound1.17.1-2+helix1_all.deb"}
OTHERS = {"libunbound8_1.17.1-2+helix1_all.deb",
          "unbound-dynlib-dev_1.17.1-2+helix1_all.deb",
          "unbound-helix-dbgsym_0.1.0+unbound1.17.1-2+helix1_all.deb"}


class Tool:
    def __init__(self, folder, name="tree"):
        self.tree = folder / name
        (self.tree / "tools").mkdir(parents=True)
        for file in "build-deb", "common.sh", "debian-source.sh":
            shutil.copy(SOURCE / "tools" / file, self.tree / "tools")
        shutil.copytree(SOURCE / "conf", self.tree / "conf")
        for file in "m4", "module", "tests":
            (self.tree / file).mkdir()
        for file in ("CONTRIBUTING", "INSTALL", "LICENSE", "Makefile.am",
                     "NEWS", "README", "SECURITY"):
            (self.tree / file).touch()
        (self.tree / "configure.ac").write_text(
            "AC_INIT([unbound-helix], [0.1.0])\n")
        self.programs = folder / "programs"
        self.programs.mkdir(exist_ok=True)
        for program, text in PROGRAMS.items():
            self.replace(program, text)
        self.told = folder / "told"
        self.work = self.tree / "build/build-deb-bookworm"
        self.root = self.work / "root"
        # where its user is
        self.cwd = folder / "cwd"
        self.cwd.mkdir(exist_ok=True)

    def replace(self, program, text):
        file = self.programs / program
        file.write_text("#!/bin/bash\n" + text)
        file.chmod(0o755)

    def run(self, *arguments, umask=0o22, **settings):
        self.told.write_text("")
        return subprocess.run(
            [self.tree / "tools/build-deb", "--suite", "bookworm", *arguments],
            cwd=self.cwd, text=True, capture_output=True, umask=umask,
            env={"PATH": f"{self.programs}:{os.environ['PATH']}",
                 "TOLD": str(self.told), **settings})

    def commands(self):
        """What was run in the root folder, and debootstrap."""
        return self.told.read_text().splitlines()


@pytest.fixture
def tool(tmp_path):
    return Tool(tmp_path)


def names(folder):
    """Of what is there, but for what is not seen."""
    return {path.name for path in folder.glob("[!.]*")}


# --- what it puts where -----------------------------------------------------

def test_packages(tool):
    """Also in a tree, and for a user, of which nobody else can read anything:
    whoever builds, and apt, can."""
    for path in tool.tree.rglob("*"):
        path.chmod(path.stat().st_mode & ~0o77)
    done = tool.run("debs", umask=0o77)
    assert done.returncode == 0, done.stderr
    debs = tool.cwd / "debs"
    assert names(debs) == OURS | {"other"}
    assert names(debs / "other") == OTHERS
    assert set(done.stdout.splitlines()) == {str(debs / deb) for deb in OURS}
    assert all(path.stat().st_mode & 0o44 == 0o44 for path in debs.rglob("*"))
    assert (tool.root / "build").stat().st_mode & 0o55 == 0o55


def test_files_of_others_stay(tool):
    """And what was made for another suite, and under another name before, but
    not what an earlier run has put there."""
    debs = tool.cwd / "debs"
    strangers = {"unbound_1.17.1-2_amd64.deb", "unbound-helix_9_all.deb",
                 "other/notes", "other/libunbound8_1.17.1-2_amd64.deb",
                 ".build-deb-trixie"}
    (debs / "other").mkdir(parents=True)
    for name in strangers:
        (debs / name).write_text("a stranger's")
    assert tool.run("debs").returncode == 0
    done = tool.run("--revision", "2", "debs")
    assert done.returncode == 0, done.stderr
    assert {str(path.relative_to(debs)) for path in debs.rglob("*")
            if path.is_file()} == strangers | {".build-deb-bookworm"} | {
        name.replace("helix1", "helix2") for name in OURS} | {
        f"other/{name}".replace("helix1", "helix2") for name in OTHERS}
    for name in strangers:
        assert (debs / name).read_text() == "a stranger's"


def test_a_list_that_leads_elsewhere(tool):
    debs = tool.cwd / "debs"
    debs.mkdir()
    outside = tool.cwd / "outside_1.deb"
    outside.touch()
    (debs / ".build-deb-bookworm").write_text(
        f"../outside_1.deb\n{outside}\nother/../../outside_1.deb\n")
    assert tool.run("debs").returncode == 0
    assert outside.exists()


def test_half_of_a_copy(tool):
    """The folder has the packages from before."""
    assert tool.run("debs").returncode == 0
    tool.replace("cp", """
for last; do :; done
case "$last" in
*/debs/*)	echo half >"$last/unbound_1.17.1-2+helix1_all.deb"; exit 1 ;;
esac
PATH=${PATH#*:}
exec cp "$@"
""")
    debs = tool.cwd / "debs"
    before = {path: path.stat().st_mtime_ns for path in debs.rglob("*")
              if path.is_file()}
    assert tool.run("debs").returncode == 1
    assert before == {path: path.stat().st_mtime_ns
                      for path in debs.rglob("*") if path.is_file()}
    assert list(debs.glob(".build-deb*")) == [debs / ".build-deb-bookworm"]


def test_built_already(tool):
    assert tool.run("debs").returncode == 0
    again = tool.run("debs")
    assert again.returncode == 0
    assert "Unbound's packages are built from the same already" in again.stderr
    assert not any("debootstrap" in command for command in tool.commands())


# --- what it takes from its caller and the host -----------------------------

def test_a_source_beside_its_user(tool):
    (tool.cwd / "sources").mkdir()
    (tool.cwd / "sources/unbound.orig").write_text("all\n")
    (tool.cwd / "sources/unbound.dsc").write_text(
        "Source: unbound\nFiles:\n 0 1 unbound.orig\n")
    done = tool.run("--source", "sources/unbound.dsc", "debs")
    assert done.returncode == 0, done.stderr
    assert any(command.startswith("dpkg-source --no-check -x /build/unbound/"
                                  "from/unbound.dsc ")
               for command in tool.commands())


def test_sudo(tool):
    """What it drops comes with it, and folders are as seen from here."""
    settings = {"DEBEMAIL": "me@example.com", "DEBFULLNAME": "Me Myself",
                "http_proxy": "http://proxy:3128"}
    done = tool.run("debs", USER_ID="1000", **settings)
    assert done.returncode == 0, done.stderr
    assert names(tool.cwd / "debs") == OURS | {"other"}
    apply, = [command for command in tool.commands()
              if "/build/conf/apply" in command]
    for name, value in settings.items():
        assert f"{name}={value}" in apply


def sources_of(tool):
    text = (tool.root / "etc/apt/sources.list.d/debian.sources").read_text()
    return [line.split()[1] for line in text.splitlines()
            if line.startswith("URIs: ")]


@pytest.mark.parametrize("uri, taken", [
    ("http://mirror.test/debian/", True), ("https://mirror.test/debian/", True),
    ("mirror+file:/etc/apt/mirrors.txt", False),
    ("file:/srv/debian/", False), ("cdrom://[Debian]/", False)])
def test_mirror(tool, uri, taken):
    """Of this machine, if it is one in a root folder as well."""
    done = tool.run("debs", MIRRORS=f"Debian|Debian|{uri} "
                    "Debian|Debian-Security|http://security.test/")
    assert done.returncode == 0, done.stderr
    uri = uri if taken else "http://deb.debian.org/debian/"
    assert sources_of(tool) == [uri, "http://security.test/"]
    assert any(command.startswith("debootstrap ") and command.endswith(f" {uri}")
               for command in tool.commands())


def test_proxies_and_authorities(tool, tmp_path):
    """No program of the host's, which the root folder does not have."""
    authority = tmp_path / "authority.crt"
    authority.write_text("a certificate\n")
    proxies = ('Acquire::http::Proxy "http://proxy:3128";\n'
               'Acquire::http::Proxy::mirror.test "DIRECT";\n'
               'Acquire::https::Proxy "http://proxy:3128";\n')
    done = tool.run("debs", HOST_CA=str(authority), APT_CONFIG_DUMP=proxies +
                    'Acquire::http::ProxyAutoDetect "/usr/local/bin/detect";\n'
                    'Acquire::http::Proxy-Auto-Detect "/usr/bin/detect";\n'
                    'Acquire::Retries "3";')
    assert done.returncode == 0, done.stderr
    assert (tool.root / "etc/apt/apt.conf.d/90host").read_text() == \
        proxies + 'Acquire::https::CAInfo "/etc/apt/host.crt";\n'
    assert (tool.root / "etc/apt/host.crt").read_text() == "a certificate\n"


# --- what goes wrong --------------------------------------------------------

@pytest.mark.parametrize("fails, step", [
    ("useradd", None),
    ("dpkg --force-confold --configure", "bringing the root folder up to date"),
    ("update", "bringing the root folder up to date"),
    ("dpkg-source", "unpacking it, and adding --with-dynlibmodule"),
    ("autopurge", "installing what its build needs in there"),
    ("chown -R builder: /build/unbound", "building Unbound, "),
    ("install ./build/debs", "installing what its build needs in there"),
    ("build-dep ./build/helix", "installing what its build needs in there"),
    ("chown -R builder: /build/helix", "building the module ")])
def test_a_step_fails(tool, fails, step):
    """It is the last, wherever it is."""
    done = tool.run("debs", FAILS=fails)
    assert done.returncode == 1
    assert fails in tool.commands()[-1]
    assert not list((tool.cwd / "debs").glob("*.deb"))
    if step:
        assert f"build-deb: error: failed: {step}" in done.stderr
    assert ("--fresh makes a new one" in done.stderr) == \
        bool(step and "root folder" in step)
    # the next one goes on
    done = tool.run("debs")
    assert done.returncode == 0, done.stderr


def test_a_file_of_the_source_is_missing(tool):
    (tool.cwd / "unbound.dsc").write_text(
        "Source: unbound\nFiles:\n 0 1 unbound.orig\n")
    done = tool.run("--source", "unbound.dsc", "debs")
    assert done.returncode == 1
    assert "unbound.orig': No such file" in done.stderr
    assert "failed: unpacking it" in done.stderr


def test_one_at_a_time(tool):
    tool.work.mkdir(parents=True)
    with open(f"{tool.work}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711\n")
        lock.flush()
        done = tool.run("debs")
        assert done.returncode == 1
        assert "for bookworm runs here already (process 4711, " in done.stderr
        assert not tool.commands()
    assert tool.run("debs").returncode == 0


def test_no_room(tool):
    done = tool.run("debs", ROOM="700")
    assert done.returncode == 1
    assert "has 700 MB free, and " in done.stderr
    assert not tool.commands()
    assert tool.run("debs").returncode == 0
    # the root folder is there by now
    assert tool.run("debs", ROOM="700").returncode == 0


def test_a_path_that_debootstrap_does_not_take(tmp_path):
    done = Tool(tmp_path, "a tree").run("debs")
    assert done.returncode == 1
    assert 'nothing can be built in "' in done.stderr
