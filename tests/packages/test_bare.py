"""README's two commands on a bare Debian, by root and by others: they do what
README says, or their first line says what is missing and what to do, before
anything is installed or built."""

import re

import pytest

from test_production import installed, unpack_source

TREE = "/home/joe/unbound-helix"
FIRST_LINES = ("tools/quickstart", "tools/check")


@pytest.fixture(params=["bookworm", "trixie"])
def bare(make_root, request):
    """With a user joe, who has this source."""
    root = make_root(request.param)
    root.run("useradd --create-home joe")
    unpack_source(root, TREE)
    root.run(f"chown -R joe:joe {TREE}")
    return root


def joe(root, command, **options):
    return root.run(command, user="joe", cwd=TREE, check=False,
                    env={"HOME": "/home/joe"}, timeout=1800, **options)


def refused(root, command, **options):
    """The one line by which a command of joe's ends, which has done nothing."""
    before = installed(root)
    done = joe(root, command, **options)
    assert done.returncode == 1, str(done)
    line, = done.output.splitlines()
    assert ": error: " in line
    assert installed(root) == before
    assert not root.exists(f"{TREE}/build")
    return line


def enabled(root):
    """The services that start at the next boot, with systemd or without."""
    return root.run("ls /etc/systemd/system/multi-user.target.wants "
                    "/etc/rc2.d | sed -n 's/^S[0-9]*//p; s/[.]service$//p'",
                    check=False).stdout.split()


def test_without_root(bare):
    for command, group in zip(FIRST_LINES, ("user", "developer")):
        line = refused(bare, command)
        assert re.search(r"installing \d\d Debian packages needs root, and "
                         "there is no sudo; as root, run: "
                         f"{TREE}/tools/install-deps {group}$", line), line
    # a sudo that this user may not use; nobody is there to type a password
    bare.write("/usr/bin/sudo", "#!/bin/sh\nexit 1\n", 0o755)
    for command in FIRST_LINES:
        line = refused(bare, f"setsid --wait {command}")
        assert "needs root, which sudo does not let joe be here; as root, " \
            "run: " in line, line


def test_where_nothing_can_be_built(bare):
    bare.run(f"cp -a {TREE} '/home/joe/my helix'; chown root: {TREE}")
    for command in FIRST_LINES:
        line = refused(bare, f"'/home/joe/my helix/{command}'")
        assert 'nothing can be built in "/home/joe/my helix"' in line, line
        line = refused(bare, command)
        assert f"joe may not write in {TREE}, which belongs to root" in line
    # what root has left behind
    bare.run(f"chown joe: {TREE}; mkdir {TREE}/build")
    for command in FIRST_LINES:
        done = joe(bare, command)
        assert done.returncode == 1
        assert f"joe may not write {TREE}/build, which root has made" in \
            done.stderr.splitlines()[0]


def test_without_room(bare):
    """On a disk of its own for the tree, and on one for the tests' files."""
    bare.run("mkdir -m 1777 /mnt/small && mount -t tmpfs -o size=100m,mode=1777 "
             "none /mnt/small")
    bare.run(f"cp -a {TREE} /mnt/small/tree")
    for command, needed in zip(FIRST_LINES, (400, 1500)):
        line = refused(bare, f"/mnt/small/tree/{command}")
        assert re.search(r"no room: the disk of /mnt/small/tree has \d\d MB "
                         f"free, and {needed} MB are needed there", line), line
    # as it is where /tmp is in memory: it takes another, if there is one
    run = "env TMPDIR=/mnt/small tools/check"
    done = joe(bare, run)
    assert re.search(r"/mnt/small has only \d\d MB free: the tests' files are "
                     "in /var/tmp$", done.stderr.splitlines()[0]), str(done)
    assert "there is no sudo" in done.stderr.splitlines()[1]
    bare.run("mount --bind /mnt/small /var/tmp")
    assert "2000 MB are needed there (the tests' files in $TMPDIR 2000 MB)" in \
        refused(bare, run)


def test_a_host_that_builds_gets_no_daemon(bare):
    """What is installed for who builds on a resolver in production."""
    before = enabled(bare)
    bare.run(["tools/install-deps", "build"], cwd=TREE, timeout=1800)
    assert not {"etcd-server", "nsd", "bind9", "unbound"} & installed(bare)
    assert enabled(bare) == before
    # root has done it for joe
    assert joe(bare, "tools/install-deps build").returncode == 0
    assert joe(bare, "find build ! -user joe").stdout == ""


def test_demonstration(bare):
    """By a user with sudo; and it leaves nothing that starts by itself."""
    bare.install("sudo")
    before = enabled(bare)
    bare.write("/etc/sudoers.d/joe", "joe ALL=(ALL) NOPASSWD: ALL\n"
               "Defaults env_keep += http_proxy\n", 0o440)
    done = joe(bare, "tools/quickstart --once")
    assert done.returncode == 0, str(done)
    assert re.search(r"^foo\.example\.com\.\s+5\s+IN\s+A\s+"
                     r"123\.123\.123\.123$", done.stdout, re.MULTILINE)
    assert "etcd-server" in installed(bare)
    assert enabled(bare) == before
    assert not bare.exists("/usr/sbin/policy-rc.d")
    # in joe's hands, and as quick as it is promised the next time
    again = joe(bare, "tools/quickstart --once")
    assert again.returncode == 0, str(again)
    assert "compiling Unbound" in done.stderr
    assert "compiling Unbound" not in again.stderr
