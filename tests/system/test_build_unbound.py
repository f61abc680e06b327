"""tools/build-unbound: which source it takes, what it does with it, and what it
leaves alone. Unbound's source, pkg-config, and apt are small ones here."""

import hashlib
import os
import shutil
import stat
import subprocess
import tarfile

import pytest

from lab import SOURCE

CONFIGURE = """#!/bin/sh
PACKAGE_NAME='unbound'
PACKAGE_TARNAME='unbound'
PACKAGE_VERSION='1.99.0'
eval "$WHILE_CONFIGURING"
for option; do
	case $option in
	--prefix=*)	prefix=${option#*=} ;;
	--sysconfdir=*)	sysconfdir=${option#*=} ;;
	esac
done
# as Unbound's does
echo "#define VERSION 1" > config.h
printf '#!/bin/sh\\necho "Configure line: %s"\\n' "$*" > unbound.in
cat > Makefile <<END
all:
	test ! -e stale.o
	cp unbound.in unbound && chmod 755 unbound
install:
	install -D unbound \\$(DESTDIR)$prefix/sbin/unbound
	test ! "\\$(BREAK)"
	install -D unbound.in \\$(DESTDIR)$sysconfdir/unbound/unbound.conf
distclean:
	rm -f Makefile config.h unbound unbound.in
END
"""

# what is to be had of these suites: listed, and delivered
APT = """#!/bin/bash
for word; do
	case $word in
	Dir::Etc::sourcelist=*)	list=${word#*=} ;;
	esac
done
suite=$(sed -n '/^Suites: .*-security$/d;s/^Suites: //p' "$list" 2>/dev/null)
case "${0##*/} $suite $*" in
apt-get*indextargets*)		;;
apt-get\\ gone*update)		echo "E: no Release file"; exit 100 ;;
apt-get*update)			;;
apt-cache\\ bookworm*)		echo "Version: 1.17.1-2+deb12u4" ;;
apt-cache*)			echo "Version: 1.26.2-0+deb13u1" ;;
apt-get\\ bookworm*source*)	;;
apt-get*source*)		echo "E: 404 Not Found"; exit 100 ;;
esac
"""


def program(path, text):
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def source(tmp_path):
    """A source in which somebody has built."""
    folder = tmp_path / "unbound-1.99.0"
    (folder / ".git").mkdir(parents=True)
    (folder / "util").mkdir()
    (folder / "util/module.h").write_text("/* of a module */\n")
    program(folder / "configure", CONFIGURE)
    subprocess.run(["./configure", "--prefix=/nowhere"], cwd=folder, check=True)
    (folder / "stale.o").write_text("of other options")
    return folder


@pytest.fixture
def build(tmp_path, source):
    """A function that runs the tool. Libraries that WITHOUT names are missing
    there."""
    programs = tmp_path / "programs"
    programs.mkdir()
    program(programs / "pkg-config",
            '#!/bin/sh\ncase " $WITHOUT " in *" $2 "*) exit 1;; esac\n')
    for name in "swig", "protoc-c", "flex", "bison":
        program(programs / name, "#!/bin/sh\n")
    for name in "apt-get", "apt-cache":
        program(programs / name, APT)
    program(programs / "dpkg-source",
            '#!/bin/sh\nfor tree; do :; done\n'
            f'cp -r "{source}" "$tree" && rm "$tree"/stale.o\n')

    def run(*arguments, without="", host=None, cwd=None, env=None,
            umask=-1):
        command = [SOURCE / "tools/build-unbound", *arguments]
        if host:
            release = tmp_path / "os-release"
            release.write_text(f"VERSION_CODENAME={host}\n")
            command = ["unshare", "--mount", "bash", "-c",
                       'mount --bind "$0" /etc/os-release && exec "$@"',
                       release, *command]
        return subprocess.run(
            command, text=True, capture_output=True, check=False, cwd=cwd,
            umask=umask, env={
                **os.environ, **(env or {}), "WITHOUT": without,
                "PATH": f"{programs}:{os.environ['PATH']}"})
    return run


@pytest.fixture
def prefix(tmp_path):
    return tmp_path / "prefix"


def state_of(folder):
    return {path: path.is_file() and hashlib.sha256(
        path.read_bytes()).hexdigest() for path in folder.rglob("*")}


def options_of(prefix):
    return subprocess.run([prefix / "sbin/unbound", "-V"], text=True,
                          capture_output=True, check=True).stdout.split()


def test_a_folder_is_copied(build, source, prefix, tmp_path):
    before = state_of(source)
    etc = tmp_path / "etc"
    done = build("--source", source, "--sysconfdir", etc, prefix)
    assert done.returncode == 0, done.stderr
    assert state_of(source) == before
    assert (prefix / "include/unbound-module/config.h").exists()
    assert (prefix / "include/unbound-module/util/module.h").exists()
    assert f"--sysconfdir={etc}" in options_of(prefix)
    assert not etc.exists(), "Unbound's example would be the configuration"
    assert not (prefix / "src/tree").exists()


def test_paths_are_of_the_folder_that_the_caller_is_in(build, source, prefix):
    done = build("--source", source.name, "--sysconfdir", "etc", prefix.name,
                 cwd=source.parent)
    assert done.returncode == 0, done.stderr
    assert f"is in {prefix}\n" in done.stderr
    assert {f"--prefix={prefix}", f"--sysconfdir={source.parent}/etc"} <= \
        set(options_of(prefix))


def test_it_builds_what_has_changed(build, source, prefix):
    first = build("--source", source, prefix)
    assert "configuring Unbound" in first.stderr
    again = build("--source", source, prefix)
    assert "configuring" not in again.stderr
    assert f"is built in {prefix}" in again.stderr
    (source / "util/module.h").write_text("/* of another */\n")
    changed = build("--source", source, prefix)
    assert "configuring Unbound" in changed.stderr
    assert (prefix / "include/unbound-module/util/module.h").read_text() == \
        "/* of another */\n"


def test_a_build_that_failed_is_not_taken_for_done(build, source, prefix):
    """Nor is the one before."""
    stamp = prefix / "unbound-source"
    assert build("--source", source, prefix).returncode == 0
    made = stamp.read_text()
    (source / "util/module.h").write_text("/* of another */\n")
    broken = build("--source", source, prefix, env={"BREAK": "yes"})
    assert broken.returncode == 1
    assert f"error: failed: installing it in {prefix}" in broken.stderr
    assert not stamp.exists()
    again = build("--source", source, prefix)
    assert again.returncode == 0
    assert "configuring Unbound" in again.stderr
    assert stamp.read_text() != made


def test_two_at_once(build, source, prefix):
    """The second one, here in the middle of the first, leaves it alone."""
    done = build("--source", source, prefix, env={
        "WHILE_CONFIGURING": "unset WHILE_CONFIGURING; "
        f"! {SOURCE}/tools/build-unbound --source {source} {prefix} || exit 1"})
    assert done.returncode == 0, done.stderr
    assert f"build-unbound: error: another tools/build-unbound builds in " \
        f"{prefix}: wait until it has ended\n" == \
        (prefix / "src/configure.log").read_text()


def test_other_users_may_read_it(build, source, tmp_path):
    """As the one that the daemon becomes, whoever has built it."""
    folder = tmp_path / "opt"
    done = build("--source", source, folder / "unbound", umask=0o077)
    assert done.returncode == 0, done.stderr
    for path in folder, *folder.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        needed = 0o055 if path.is_dir() or mode & 0o100 else 0o044
        assert mode & needed == needed, (path, oct(mode))


@pytest.mark.parametrize("top", ["unbound-1.99.0", "./unbound-1.99.0", "."])
def test_a_tarball(build, source, prefix, tmp_path, top):
    (source / "stale.o").unlink()
    tarball = tmp_path / "unbound.tar.gz"
    with tarfile.open(tarball, "w:gz") as tar:
        tar.add(source, top)
    done = build("--source", tarball, prefix)
    assert done.returncode == 0, done.stderr
    assert "Unbound 1.99.0-" in done.stderr
    assert options_of(prefix)


def test_it_is_as_debians(build, source, prefix):
    """Outside of this tree, in place of Debian's, with all its features."""
    assert build("--source", source, prefix).returncode == 0
    options = set(options_of(prefix))
    assert {"--sysconfdir=/etc", "--with-pidfile=/run/unbound.pid",
            "--with-rootkey-file=/usr/share/dns/root.key",
            "--with-dynlibmodule"} <= options
    # of Debian 12's and 13's `unbound -V`
    assert {"--with-pythonmodule", "--with-pyunbound", "--enable-subnet",
            "--enable-dnstap", "--enable-systemd", "--with-libnghttp2",
            "--with-chroot-dir=", "--enable-cachedb", "--with-libhiredis",
            "--with-dnstap-socket-path=/run/dnstap.sock", "--with-libevent",
            "--enable-tfo-client", "--enable-tfo-server"} <= options


def test_within_the_tree_it_reads_nothing_of_the_hosts(build, source):
    prefix = SOURCE / f"build/test-build-unbound-{os.getpid()}"
    try:
        done = build("--source", source, prefix)
        assert done.returncode == 0, done.stderr
        assert {f"--sysconfdir={prefix}/etc",
                f"--with-pidfile={prefix}/unbound.pid"} <= \
            set(options_of(prefix))
    finally:
        shutil.rmtree(prefix, ignore_errors=True)


def test_what_is_missing_is_named(build, source, prefix):
    done = build("--source", source, prefix, without="libsystemd hiredis")
    assert done.returncode == 1
    assert done.stderr == (
        "build-unbound: error: these packages are missing: libsystemd-dev "
        "libhiredis-dev; tools/install-deps installs what a build needs\n")
    assert not prefix.exists()


def test_a_feature_is_left_out(build, source, prefix):
    done = build("--source", source, prefix, "--", "--without-pythonmodule",
                 "--disable-cachedb", without="python3-embed hiredis")
    assert done.returncode == 0, done.stderr
    options = options_of(prefix)
    assert "--without-pythonmodule" in options
    assert not [option for option in options if option.startswith(
        ("--with-py", "--with-libhiredis", "--enable-cachedb",
         "--with-share-dir"))]
    assert "--enable-systemd" in options


def test_a_suite_is_not_delivered(build, prefix):
    for suite, why in ("trixie", "does not deliver it"), \
            ("gone", "cannot read the source lists of Debian gone"):
        done = build("--suite", suite, prefix)
        assert done.returncode == 1
        assert why in done.stderr
        assert f"can be had from Debian {suite};" in done.stderr
        assert "name it by --source" in done.stderr
    assert not (prefix / "sbin").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a mount")
def test_the_release_is_not_delivered(build, prefix):
    done = build(prefix, host="trixie")
    assert done.returncode == 0, done.stderr
    assert "warning: the mirror lists unbound 1.26.2-0+deb13u1 but does not " \
        "deliver it" in done.stderr
    assert "taking Debian 12's source instead" in done.stderr
    assert f"Unbound 1.17.1-2+deb12u4 is in {prefix}" in done.stderr
    again = build(prefix, host="trixie")
    assert f"Unbound 1.17.1-2+deb12u4 is built in {prefix}" in again.stderr


@pytest.mark.parametrize("arguments, why", [
    (["--source", "/nowhere"], "cannot read /nowhere"),
    (["--source", "/etc"], "/etc is not Unbound's source: no configure script "
                           "in it says that it is for unbound"),
    (["--source", "/etc/passwd"], "/etc/passwd is not Unbound's source"),
    (["--source", "/etc", "--suite", "sid"],
     "--suite and --source are two ways to name the source: give one"),
    (["--suite", "../sid"], '"../sid" is not the name of a Debian suite'),
])
def test_what_is_no_source(build, prefix, arguments, why):
    done = build(*arguments, prefix)
    assert done.returncode == 1
    assert f"build-unbound: error: {why}" in done.stderr
    assert not prefix.exists()
