"""helixctl enable and disable: Unbound's side of the module."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from lab import HELIXCTL, MODULE, SOURCE, UNBOUND, wait_for
from lab_ctl import Ctl
from lab_unbound import Unbound

root_only = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become another user")

SERVER = 'server:\n  username: ""\n  chroot: ""\n  directory: "{folder}"\n'
INCLUDE = 'include-toplevel: "{folder}/unbound.conf.d/*.conf"\n'
FIRST_LINE = "# Written by `helixctl enable`; `helixctl disable` removes it.\n"


class Host:
    """A host's /etc/unbound, as Debian has it, and helixctl."""

    def __init__(self, folder):
        self.folder = folder
        self.conf = folder / "unbound.conf"
        self.parts = folder / "unbound.conf.d"
        self.parts.mkdir()
        self.side = self.parts / "zz-unbound-helix.conf"
        self.ctl = Ctl(folder / "ctl", "http://127.0.0.1:1", zones=[])
        self.ctl.folder.chmod(0o755)
        self.write(SERVER + INCLUDE)

    def write(self, text):
        """Write unbound.conf."""
        self.conf.write_text(text.format(folder=self.folder))

    def part(self, name, text):
        """Write another file of the operator's."""
        (self.parts / name).write_text(text)

    def files(self):
        """All files, as name: (text, inode), but helixctl's own."""
        return {path: (path.read_text(), path.stat().st_ino)
                for path in sorted(self.folder.glob("unbound.conf*/*")) +
                [self.conf]}

    def asked(self, option):
        """What unbound-checkconf says that a setting is."""
        return subprocess.run(
            [UNBOUND / "sbin/unbound-checkconf", "-o", option, self.conf],
            check=True, text=True, capture_output=True).stdout.strip()

    def words(self, command, module=MODULE):
        more = ["--module", module] if command == "enable" else []
        return [command, "--unbound", self.conf, *more]

    def enable(self, module=MODULE):
        return self.ctl(*self.words("enable", module))

    def disable(self):
        return self.ctl(*self.words("disable"))


@pytest.fixture
def host():
    # a folder that everybody may enter, unlike pytest's
    with tempfile.TemporaryDirectory(prefix="helix-test-enable-") as name:
        Path(name).chmod(0o755)
        yield Host(Path(name))


DEFAULT = subprocess.run(
    [UNBOUND / "sbin/unbound-checkconf", "-o", "module-config", os.devnull],
    check=True, text=True, capture_output=True).stdout.strip() \
    if (UNBOUND / "sbin/unbound-checkconf").exists() else ""


# --- what is written ---------------------------------------------------------

def test_enable_and_disable(host):
    """All other files stay as they are, and so does all that they say; a second
    time changes nothing."""
    host.part("me.conf", "server:\n  num-queries-per-thread: 77\n"
              "remote-control:\n  control-enable: no\n")
    before = host.files()
    said = host.enable()
    assert said.status == 0, said
    assert said.lines[-3:-1] == [
        f"{host.ctl.conf}: no errors, no warnings",
        f'{host.side} was written, with module-config "dynlib {DEFAULT}", '
        f'which was "{DEFAULT}"'], said
    assert said.lines[-1] == "next: write etcd's endpoints and your zones " \
        f"into {host.ctl.conf}, and then: systemctl restart unbound"
    after = host.files()
    text, _ = after.pop(host.side)
    assert after == before
    assert text.startswith(FIRST_LINE)
    assert [line.strip() for line in text.splitlines()
            if not line.startswith("#")] == [
        "dynlib:", f'dynlib-file: "{MODULE}"', "server:",
        f'module-config: "dynlib {DEFAULT}"']
    assert host.side.stat().st_mode & 0o777 == 0o644
    assert host.asked("module-config") == f"dynlib {DEFAULT}"
    assert host.asked("num-queries-per-thread") == "77"

    before_again = host.files()
    said = host.enable()
    assert said.status == 0, said
    assert f"{host.side} is there already, and as it should be: nothing was " \
        "changed" in said.lines
    assert host.files() == before_again

    said = host.disable()
    assert said.status == 0, said
    assert said.lines == [
        f'{host.side} was removed; module-config is "{DEFAULT}"',
        "next: systemctl restart unbound"]
    assert host.files() == before
    said = host.disable()
    assert said.status == 0, said
    assert said.lines == [f"{host.side} is not there: nothing was changed"]
    assert host.files() == before


def test_next_with_zones(host):
    host.ctl.configure(["example.com"])
    assert host.enable().lines[-1] == "next: systemctl restart unbound"


@pytest.mark.parametrize("theirs, ours", [
    ("validator iterator", "dynlib validator iterator"),
    ("iterator", "dynlib iterator"),
    ("respip validator iterator", "dynlib respip validator iterator"),
    ("subnetcache validator iterator",
     "dynlib subnetcache validator iterator"),
    ("dns64 validator iterator", "dynlib dns64 validator iterator"),
    ("respip  dns64\tvalidator iterator",
     "dynlib respip dns64 validator iterator"),
])
def test_the_operator_s_modules_stay(host, theirs, ours):
    """Wherever he has them, and also when he changes his mind while the module
    is enabled: enable once more makes the same of it as the first time."""
    host.part("me.conf", f'server:\n  module-config: "{theirs}"\n')
    assert host.enable().status == 0
    assert host.asked("module-config") == ours
    first = host.side.read_text()

    host.part("me.conf", 'server:\n  module-config: "python iterator"\n')
    said = host.ctl("check", "--unbound", host.conf)
    assert f'{host.side}:8: warning: module-config "{ours}" hides that of ' \
        'other files, with which it would be "python dynlib iterator"; run ' \
        "`helixctl enable` again, and then restart Unbound" in said.lines
    host.part("me.conf", "")
    host.write(SERVER + f'  module-config: "{theirs}"\n' + INCLUDE)
    assert "hides" not in host.ctl("check", "--unbound", host.conf).out
    assert host.enable().status == 0
    assert host.side.read_text() == first
    host.write(SERVER + INCLUDE)
    assert host.enable().status == 0
    assert host.asked("module-config") == f"dynlib {DEFAULT}"
    assert host.disable().status == 0
    assert host.asked("module-config") == DEFAULT


def test_what_unbound_checkconf_does_not_know(host):
    host.part("me.conf",
              "server: module-config: 'respip dns64 validator iterator'\n")
    said = host.enable()
    assert said.status == 0, said
    assert "unbound-checkconf does not know this order of modules, and " \
        "refuses it; Unbound takes it" in said.lines
    host.part("me.conf", "")
    assert "unbound-checkconf does not know" not in host.enable().out


def test_other_libraries(host):
    """Ours is the last of all dynlib, in both lists."""
    shutil.copy(MODULE, host.folder / "other.so")
    host.part("me.conf", 'server: module-config: "dynlib validator iterator"\n'
              f'dynlib: dynlib-file: "{host.folder}/other.so"\n')
    assert host.enable().status == 0
    assert host.asked("module-config") == "dynlib dynlib validator iterator"
    assert host.disable().status == 0
    assert host.asked("module-config") == "dynlib validator iterator"


# --- what is refused ---------------------------------------------------------

def refused(host, said, *parts, status=1):
    """It was refused, with these parts in what it says, and nothing was
    changed."""
    assert said.status == status, said
    assert not host.side.exists()
    assert list(host.parts.glob("*helix*")) == []
    for part in parts:
        assert part in said.out + said.err, said


def test_overridden(host):
    """By a file that sorts behind, or by unbound.conf itself."""
    taken_back = f"{host.side} was taken back"
    host.part("zzz.conf", 'server:\n  module-config: "respip iterator"\n')
    refused(host, host.enable(), taken_back,
            f'module-config "respip iterator" in {host.parts}/zzz.conf:2 '
            f"comes behind {host.side}, and overrides it; move it to a file "
            "that is included before")
    (host.parts / "zzz.conf").unlink()
    host.write(SERVER + INCLUDE + 'server:\n  module-config: "iterator"\n')
    refused(host, host.enable(), taken_back,
            f'module-config "iterator" in {host.conf}:7 comes behind')


def test_not_included(host):
    host.write(SERVER)
    refused(host, host.enable(), f"{host.conf} does not include {host.side}; "
            f'add to its end: include-toplevel: "{host.parts}/*.conf"')
    host.parts.rmdir()
    refused(host, host.enable(), f"there is no folder {host.parts}; make it",
            status=2)


def test_included_in_the_midst(host):
    """Of the server clause, by who has files without heads, and goes on in it
    behind the include."""
    host.part("me.conf", "  num-queries-per-thread: 77\n")
    host.part("zzz.conf", "  num-threads: 2\n")
    host.write(SERVER + INCLUDE.replace("-toplevel", "") + "  msg-cache-size: "
               "5m\n")
    said = host.enable()
    assert said.status == 0, said
    assert host.asked("module-config") == f"dynlib {DEFAULT}"
    assert host.asked("num-threads") == "2"
    assert host.asked("msg-cache-size") == "5242880"


def test_what_unbound_refuses_with_it(host):
    """Where the other files are right only without ours, it is said why."""
    host.write(SERVER + 'view:\n  name: "v"\n' +
               INCLUDE.replace("-toplevel", "") + "  view-first: no\n")
    said = host.enable()
    refused(host, said, f"{host.conf}:8: error: unbound-checkconf: ",
            "was taken back")


def test_an_error_of_helix_yaml(host):
    host.ctl.conf.write_text("zones:\n  - name: a..b\n")
    refused(host, host.enable(), f"{host.ctl.conf}:2:11: error: ",
            "was taken back; mend what is said above and repeat")


def test_no_module(host):
    refused(host, host.enable(module=host.folder / "helix.so"),
            "helix.so for dynlib-file cannot be read: No such file")
    refused(host, host.enable(module=host.ctl.conf), "is no shared object")
    refused(host, host.enable(module="helix.so"), "expected an absolute one",
            status=2)


def test_an_error_of_unbound_conf(host):
    host.part("me.conf", "server:\n  no-such-option: 1\n")
    refused(host, host.enable(), "does not say what module-config is in "
            f"{host.conf}", status=2)
    host.part("me.conf", "server:\n  interface: nowhere\n")
    refused(host, host.enable(), "error: unbound-checkconf: ")
    host.conf.unlink()
    refused(host, host.enable(), f"cannot read {host.conf}: No such file",
            status=2)


@pytest.mark.parametrize("theirs, files, part", [
    ("dynlib iterator", 0, "expected as many dynlib in it as there are "
     "dynlib-file, which are 0"),
    ("iterator", 1, "expected as many dynlib in it as there are dynlib-file, "
     "which are 1"),
    ("dns64 dynlib iterator", 1, "dns64 stands before dynlib, and caches"),
])
def test_modules_that_do_not_fit(host, theirs, files, part):
    host.part("me.conf", f'server: module-config: "{theirs}"\n' +
              'dynlib: dynlib-file: "/other.so"\n' * files)
    refused(host, host.enable(), part, status=2)


def test_what_was_there_comes_back(host):
    """Where it is enabled, an enable that fails leaves what there was."""
    assert host.enable().status == 0
    before = host.side.read_text()
    host.part("me.conf", 'server: module-config: "respip iterator"\n')
    host.ctl.conf.write_text("zones: 5\n")
    said = host.enable()
    assert said.status == 1, said
    assert f"nothing was changed: {host.side} is as it was" in said.err
    assert host.side.read_text() == before
    # and one that has nothing to change tells of the error, too
    host.part("me.conf", "")
    said = host.enable()
    assert said.status == 1, said
    assert ":1:8: error: expected a list for zones" in said.out
    assert host.side.read_text() == before


@pytest.mark.parametrize("make", [
    lambda path: path.write_text("server:\n  verbosity: 1\n"),
    lambda path: path.write_text(""),
    lambda path: path.symlink_to(SOURCE / "conf/helix.conf"),
    lambda path: path.mkdir(),
], ids=["file", "empty", "link", "folder"])
def test_somebody_else_s_file(host, make):
    """It is neither replaced nor removed."""
    make(host.side)
    before = os.lstat(host.side)
    for command, part in (("enable", "and was not written by `helixctl "
                           "enable`; move it away"),
                          ("disable", "was not written by `helixctl enable`, "
                           "and was left as it is")):
        said = host.ctl.failed(*host.words(command))
        assert part in said.err
        assert os.lstat(host.side).st_ino == before.st_ino
        assert os.lstat(host.side).st_size == before.st_size


def test_by_hand(host):
    """Who has set the module up by hand goes on to have it so; and disable
    says what would keep Unbound from starting without helix.so."""
    host.part("me.conf", 'server: module-config: "dynlib iterator"\n'
              f'dynlib:\n dynlib-file: "{MODULE}"\n')
    before = host.files()
    said = host.enable()
    assert said.status == 0, said
    assert said.lines[-1] == f"{host.parts}/me.conf:3 loads the module " \
        "already: nothing was changed"
    said = host.disable()
    assert said.status == 1, said
    assert f"{host.parts}/me.conf:3 loads the module" in said.err
    assert "or Unbound does not start" in said.err
    assert host.files() == before


@pytest.mark.parametrize("command", ["enable", "disable"])
@pytest.mark.parametrize("words, part", [
    (["x"], "too many arguments; expected none"),
    (["--json"], "have no place here"),
    (["--endpoints", "http://a"], "have no place here"),
    (["--bad"], "lists the options"),
])
def test_wrong_usage(host, command, words, part):
    said = host.ctl.failed(*host.words(command), *words)
    assert part in said.err
    assert not said.out
    assert not host.side.exists()


# --- without what it needs ---------------------------------------------------

def test_disable_needs_nothing(host):
    """Neither helix.yaml nor helix.so nor an unbound.conf that is right."""
    module = host.folder / "helix.so"
    shutil.copy(MODULE, module)
    for harm in (module.unlink, host.ctl.conf.unlink,
                 lambda: host.ctl.conf.write_text("zones: 5\n"),
                 lambda: host.part("me.conf", "server: nothing\n"),
                 host.conf.unlink):
        host.part("me.conf", "")
        host.write(SERVER + INCLUDE)
        if not module.exists():
            shutil.copy(MODULE, module)
        host.ctl.configure([])
        said = host.enable(module=module)
        assert said.status == 0, said
        harm()
        said = host.disable()
        assert said.status == 0, said
        assert not host.side.exists()


def as_nobody(host, command):
    """Run helixctl as who may change nothing; he may go where this tree is,
    which may be below a folder of somebody else's, such as /root."""
    return subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
         "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
         HELIXCTL, *map(str, host.words(command))], text=True, check=False,
        capture_output=True, env=host.ctl.environment())


@root_only
def test_who_is_not_root(host):
    done = as_nobody(host, "enable")
    assert done.returncode == 2, done
    assert done.stderr.startswith(
        f"helixctl: enable: cannot write {host.side}: Permission denied")
    assert not host.side.exists()
    assert host.enable().status == 0
    done = as_nobody(host, "disable")
    assert done.returncode == 2, done
    assert done.stderr.startswith(
        f"helixctl: disable: cannot remove {host.side}: Permission denied")
    assert host.side.exists()


@root_only
def test_without_unbound_checkconf(host):
    """It is not unbound.conf that is blamed then."""
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c",
         'mount -t tmpfs none "$0" && exec "$@"', UNBOUND / "sbin", HELIXCTL,
         *map(str, host.words("enable"))], text=True, check=False,
        capture_output=True, env=host.ctl.environment())
    assert done.returncode == 2, done
    assert done.stderr == (f"helixctl: enable: cannot run {UNBOUND}/sbin/"
                           "unbound-checkconf: No such file or directory\n")
    assert not host.side.exists()


@root_only
def test_as_unbound_s_user(host):
    """The check is made as the user that Unbound becomes."""
    host.write(SERVER.replace('""', "nobody", 1) + INCLUDE)
    host.ctl.conf.chmod(0o600)
    refused(host, host.enable(), "cannot open the file: Permission denied")


# --- interrupted -------------------------------------------------------------

def test_a_signal_does_not_leave_half_of_it(host):
    """Between the writing of the file and the verdict on it, a signal waits: a
    file that fails the check never stays."""
    # the check stops where it opens this
    host.ctl.conf.unlink()
    os.mkfifo(host.ctl.conf)
    process = subprocess.Popen(
        [HELIXCTL, *map(str, host.words("enable"))], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=host.ctl.environment())
    try:
        wait_for(host.side.exists, "the file was written")
        for number in (signal.SIGQUIT, signal.SIGINT, signal.SIGTERM,
                       signal.SIGHUP):
            process.send_signal(number)
        wait_for(lambda: children_of(process.pid), "the check was begun")
        # each time that it opens the file
        while process.poll() is None:
            feed(host.ctl.conf, "zones: 5\n")
        assert -process.returncode in (signal.SIGHUP, signal.SIGINT,
                                       signal.SIGQUIT, signal.SIGTERM)
        assert not host.side.exists()
        assert "was taken back" in process.stderr.read()
    finally:
        process.kill()
        process.communicate()


def children_of(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def is_group(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def feed(pipe, text):
    """Give a text to who reads a pipe, if somebody does; returns whether."""
    try:
        fd = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        os.write(fd, text.encode())
    except BrokenPipeError:
        return False
    finally:
        os.close(fd)
    return True


def pipe_for(host):
    """Have a pipe for helix.yaml, so that a check stops where it opens that.
    Returns another name of it, and what helix.yaml said."""
    content = host.ctl.conf.read_text()
    pipe = host.folder / "pipe"
    os.mkfifo(pipe)
    host.ctl.conf.unlink()
    os.link(pipe, host.ctl.conf)
    return pipe, content


def put_back(host, content):
    """Have helix.yaml again, for all checks but one that has stopped."""
    new = host.ctl.conf.with_suffix(".new")
    new.write_text(content)
    new.rename(host.ctl.conf)


def test_two_at_once(host):
    """The second one waits for the first, and says so; both do what they
    should, and nothing is left beside the file."""
    pipe, content = pipe_for(host)
    processes = []

    def start(command):
        processes.append(subprocess.Popen(
            [HELIXCTL, *map(str, host.words(command))], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=host.ctl.environment()))
        return processes[-1]
    try:
        first = start("enable")
        wait_for(host.side.exists, "the file was written")
        second, third = start("enable"), start("disable")
        for waiting in second, third:
            assert waiting.stderr.readline() == (
                "helixctl: warning: waiting for another `helixctl enable` or "
                f"`disable` that is at work on {host.side}\n")
        assert host.side.exists()
        put_back(host, content)
        # once, if it has stopped by now
        wait_for(lambda: feed(pipe, content) or first.poll() is not None,
                 "the first one went on")
        said = [process.communicate() for process in processes]
        assert [process.returncode for process in processes] == [0, 0, 0], said
        assert f"{host.side} was written" in said[0][0]
        # the two that wait come in any order
        assert f"{host.side} was removed" in said[2][0]
        assert any(text in said[1][0] for text in (
            f"{host.side} was written", f"{host.side} is there already"))
        assert {path.name for path in host.parts.iterdir()} <= \
            {host.side.name}
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_who_waits_can_be_ended(host):
    """As by ctrl-C, where the one that it waits for hangs; what that has left
    when it was killed is no obstacle, and goes with the next."""
    pipe, content = pipe_for(host)
    with subprocess.Popen(
            [HELIXCTL, *map(str, host.words("enable"))],
            env=host.ctl.environment(), start_new_session=True) as first:
        wait_for(host.side.exists, "the file was written")
        with subprocess.Popen(
                [HELIXCTL, *map(str, host.words("disable"))], text=True,
                stderr=subprocess.PIPE, env=host.ctl.environment()) as second:
            assert "waiting for" in second.stderr.readline()
            second.send_signal(signal.SIGINT)
        assert second.returncode == -signal.SIGINT
        assert host.side.exists()
        first.kill()
    put_back(host, content)
    assert {path.name for path in host.parts.iterdir()} == \
        {host.side.name, host.side.name + ".lock"}
    said = host.enable()
    assert said.status == 0 and "waiting" not in said.err, said
    assert list(host.parts.iterdir()) == [host.side]
    # and what was begun for the one that was killed
    wait_for(lambda: feed(pipe, content) or not is_group(first.pid),
             "the check was ended")


@root_only
def test_nobody_else_may_keep_it_waiting(host):
    """Who may read the folder, and all that is in it for him, has nothing to
    lock that helixctl waits for."""
    host.part("me.conf", "")
    assert host.enable().status == 0
    locker = subprocess.Popen(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
         "/usr/bin/python3", "-c",
         "import fcntl, sys\n"
         "files = [open(name) for name in sys.argv[2:]]\n"
         "import os; files.append(os.open(sys.argv[1], os.O_RDONLY))\n"
         "for file in files: fcntl.flock(file, fcntl.LOCK_EX)\n"
         "print('locked', flush=True)\n"
         "sys.stdin.read()", str(host.parts), str(host.conf),
         *map(str, host.parts.iterdir())],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert locker.stdout.readline() == "locked\n"
        said = host.disable()
        assert said.status == 0 and "waiting" not in said.err, said
    finally:
        locker.communicate("")


def test_a_pipe_among_the_files(host):
    """It is named, instead of waited for; disable does its work all the
    same."""
    os.mkfifo(host.parts / "me.conf")
    refused(host, host.enable(), f"{host.conf}:5: cannot read "
            f"{host.parts}/me.conf: it is no regular file", status=2)
    (host.parts / "me.conf").unlink()
    assert host.enable().status == 0
    os.mkfifo(host.parts / "me.conf")
    said = host.disable()
    assert said.status == 0, said
    assert said.lines[0] == f"{host.side} was removed"
    assert not host.side.exists()


def test_included_twice(host):
    """It is not the module that is named twice, which nobody would find."""
    host.write(SERVER + INCLUDE + INCLUDE)
    refused(host, host.enable(), f"{host.side}:6: error: this file is included "
            f"twice, by {host.conf}:5 and by {host.conf}:6, so that helix.so "
            "is loaded twice; include it once", "was taken back")


def test_what_the_package_takes_for_ours():
    """Where helixctl cannot run, the package removes the file by its first
    line."""
    script = (SOURCE / "conf/debian/unbound-helix.prerm").read_text()
    assert f"mark='{FIRST_LINE.rstrip()}'\n" in script


def test_what_a_killed_one_has_left(host):
    """The file that is written beside is no obstacle, and is not included."""
    fresh = host.side.with_name(host.side.name + ".new")
    fresh.write_text("server:\n  nonsense\n")
    assert host.asked("module-config") == DEFAULT
    assert host.enable().status == 0
    assert not fresh.exists()


@pytest.mark.parametrize("enabled", [False, True])
def test_a_killed_one_leaves_nothing_for_good(host, enabled):
    """disable is called at the removal of the package."""
    if enabled:
        assert host.enable().status == 0
    fresh = host.side.with_name(host.side.name + ".new")
    fresh.write_text("server:\n  nonsense\n")
    assert host.disable().status == 0
    assert not list(host.parts.iterdir())


# --- for real ----------------------------------------------------------------

def test_in_unbound(laboratory, etcd):
    """Unbound takes it as it is written, also beside response policies; and
    does without again."""
    etcd.put("/helix/com/example/www/A", "192.0.2.1")
    unbound = laboratory.add(Unbound, [etcd.url])
    folder = unbound.folder
    conf = folder / "unbound.conf"
    parts = folder / "unbound.conf.d"
    parts.mkdir()
    text = re.sub(r"  module-config:.*\n|dynlib:\n  dynlib-file:.*\n", "",
                  conf.read_text())
    assert "dynlib" not in text
    conf.write_text(text + f'include-toplevel: "{parts}/*.conf"\n')
    (parts / "me.conf").write_text(
        'server:\n  module-config: "respip validator iterator"\n'
        '  local-data: "www.example.net. A 192.0.2.7"\n'
        '  local-zone: "com." static\n  local-zone: "example.com." '
        'transparent\n')
    ctl = laboratory.ctl(etcd)
    unbound.start()
    assert unbound.addresses("www.example.net") == ["192.0.2.7"]
    assert "helix" not in unbound.log()
    ctl.ok("enable", "--unbound", conf, "--module", MODULE)
    unbound.stop()
    unbound.start()
    assert unbound.addresses("www.example.com") == ["192.0.2.1"]
    assert unbound.addresses("www.example.net") == ["192.0.2.7"]
    assert "the right order" not in unbound.log()
    ctl.ok("disable", "--unbound", conf)
    unbound.stop()
    said = unbound.log().count("helix: ")
    unbound.start()
    assert unbound.addresses("www.example.net") == ["192.0.2.7"]
    assert unbound.log().count("helix: ") == said
