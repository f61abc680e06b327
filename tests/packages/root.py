"""A Debian in a folder, for the tests of the packages: as an operator's host
has it, with apt, a loopback network of its own (port 53 is free, whatever this
machine runs), and, if a test wants it, systemd booted. All of it is gone when
the test ends, also where that is killed: processes and mounts are in
namespaces that end with the first process in them, whose standard input is
held by the test.

	root = make_root(folder, "bookworm")
	root.install("unbound")
	root.write("/etc/unbound/unbound.conf.d/test.conf", "server: ...")
	root.run("unbound-checkconf")
	with root.boot():
		root.run("systemctl restart unbound")

It takes root's rights, debootstrap, and, to boot, systemd-nspawn. Downloads
and the first copy of each suite are kept in build/packages/."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "system"))

from lab import SOURCE, wait_for  # noqa: E402
from mirror import PORT, Proxy, socket_in  # noqa: E402

BUILD = Path(os.environ.get("HELIX_PACKAGES_BUILD", SOURCE / "build/packages"))
MIRROR = "http://deb.debian.org/debian"
SECURITY = "http://deb.debian.org/debian-security"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

# How long a command may take, in seconds, if the test does not say; apt over
# a slow line is the longest.
PATIENCE = 900
# And how long systemd may take to boot, or to power off.
BOOT = 300

# Its arguments: the folder. What it becomes is the first process of the root.
FIRST_PROCESS = r"""
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs run
mkdir -m 1777 run/lock
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm
ip link set lo up
hostname debian
mkdir -p .machine
pivot_root . .machine
exec chroot . /bin/bash -c '
	umount -l /.machine
	rmdir /.machine
	echo ready
	while read -r line; do :; done'
"""

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root", "LANG": "C.UTF-8", "TERM": "dumb",
    "DEBIAN_FRONTEND": "noninteractive",
    "http_proxy": f"http://127.0.0.1:{PORT}",
    "no_proxy": "localhost,127.0.0.1,::1",
}


class Result:
    """What a command has come to."""

    def __init__(self, command, status, stdout, stderr):
        self.command, self.returncode = command, status
        self.stdout, self.stderr = stdout, stderr

    @property
    def output(self):
        return self.stdout + self.stderr

    def __str__(self):
        return f"{self.command}: exit status {self.returncode}\n{self.output}"


def run_here(*command, **options):
    """Run a command on this machine, and fail with what it says."""
    done = subprocess.run([str(word) for word in command], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
    assert not done.returncode, \
        f"{command}: exit status {done.returncode}\n{done.stdout}"
    return done.stdout


def digest(files):
    """One digest of the names and contents of files."""
    state = hashlib.sha256()
    for file in files:
        state.update(f"{file}\0".encode() + file.read_bytes() + b"\0")
    return state.hexdigest()


def children_of(pid):
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(
            f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def descendants_of(pid):
    for child in children_of(pid):
        yield child
        yield from descendants_of(child)


def is_first(pid):
    """Whether a process is the first one in a namespace of its own."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("NSpid:"):
                return len(line.split()) > 2 and line.split()[-1] == "1"
    return False


class Root:
    """A Debian in a folder. It is used as its first process sees it: paths are
    those inside."""

    def __init__(self, folder, suite="bookworm"):
        """folder: where debootstrap has made it; see make_root."""
        self.folder, self.suite = Path(folder), suite
        self.system = None
        self.repositories = 0
        self.keeper = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--net", "--uts", "--ipc",
             "--fork", "--kill-child", "bash", "-c", FIRST_PROCESS, "bash",
             str(self.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        if self.keeper.stdout.readline() != "ready\n":
            self.keeper.wait()
            raise RuntimeError(f"{folder} could not be started")
        self.first, = children_of(self.keeper.pid)
        self.proxy = Proxy(self.first, BUILD / "downloads")

    def close(self, keep=False):
        """End all that runs in it; and remove it, unless it is to be kept."""
        with contextlib.ExitStack() as ending:
            # the last first
            if not keep:
                ending.callback(shutil.rmtree, self.folder)
            ending.callback(self.keeper.stdout.close)
            ending.callback(self.keeper.wait)
            ending.callback(self.keeper.stdin.close)
            ending.callback(self.proxy.close)
            if self.system is not None:
                ending.callback(self.system.stop)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- files --------------------------------------------------------------

    def path(self, path):
        """The file on this machine; /run, /proc, /dev/shm are not there."""
        return self.folder / str(path).lstrip("/")

    def exists(self, path):
        return os.path.lexists(self.path(path))

    def read(self, path):
        return self.path(path).read_text()

    def write(self, path, text, mode=0o644):
        file = self.path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def files(self, *folders):
        """What is below the folders: path, and what would be seen to change
        (kind, mode, owner, and the content or target)."""
        found = {}
        for top in folders:
            for place, subfolders, names in os.walk(self.path(top)):
                for name in subfolders + names:
                    file = Path(place, name)
                    state = file.lstat()
                    content = None
                    if file.is_symlink():
                        content = os.readlink(file)
                    elif file.is_file():
                        content = hashlib.sha256(file.read_bytes()).hexdigest()
                    found["/" + str(file.relative_to(self.folder))] = (
                        oct(state.st_mode), state.st_uid, state.st_gid,
                        content)
        return found

    # --- commands -----------------------------------------------------------

    def command(self, command, user=None, env=None, cwd="/"):
        """The command of this machine by which one is run inside. command: a
        list of words, or a text for bash."""
        if isinstance(command, str):
            command = ["bash", "-c", command]
        leader = self.system.leader if self.system else self.first
        become = [] if user is None else self._become(user)
        settings = [f"{name}={value}"
                    for name, value in {**ENVIRONMENT, **(env or {})}.items()]
        return ["nsenter", f"--target={leader}", "--all", "env", "-i",
                f"--chdir={cwd}", *settings, *become,
                *(str(word) for word in command)]

    def _become(self, user):
        for line in self.read("/etc/passwd").splitlines():
            name, _, uid, gid, *_ = line.split(":")
            if name == user:
                return ["setpriv", f"--reuid={uid}", f"--regid={gid}",
                        "--init-groups"]
        raise AssertionError(f"there is no user {user} in {self.folder}")

    def run(self, command, check=True, user=None, env=None, cwd="/",
            input=None, timeout=PATIENCE):
        """Run a command inside: see `command`. check: fail if it does."""
        # files, not pipes, which a daemon that it starts would hold open
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            done = subprocess.run(
                self.command(command, user, env, cwd), timeout=timeout,
                stdout=out, stderr=err,
                **({"stdin": subprocess.DEVNULL} if input is None
                   else {"input": input.encode()}))
            texts = []
            for file in out, err:
                file.seek(0)
                texts.append(file.read().decode(errors="replace"))
        result = Result(command, done.returncode, *texts)
        assert not check or not done.returncode, str(result)
        return result

    def start(self, command, log, user=None, env=None, cwd="/"):
        """Start a command inside that goes on; returns its process. log: a
        file on this machine. It ends with the root."""
        with open(log, "ab") as out:
            return subprocess.Popen(
                self.command(command, user, env, cwd), stdout=out,
                stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)

    def listen(self, address, kind):
        """A socket of the test's that is bound in the root's network."""
        return socket_in(self.first, address, kind)

    # --- packages -----------------------------------------------------------

    def install(self, *packages, check=True):
        """Install packages, without those that they recommend."""
        return self.run(["apt-get", "install", "-y", "-q",
                         "--no-install-recommends", *packages], check=check)

    def update(self):
        self.run(["apt-get", "update", "-q"])

    def version(self, package):
        """The version of an installed package; None if it is not."""
        status, _, version = self.run(
            ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}",
             package], check=False).stdout.partition(" ")
        return version if status == "installed" else None

    def add_repository(self, debs):
        """Have apt know the packages in a folder of this machine. Returns the
        folder inside; put more there, and call refresh_repository."""
        self.repositories += 1
        inside = f"/srv/repository-{self.repositories}"
        self.path(inside).mkdir(parents=True)
        for deb in sorted(Path(debs).glob("*.deb")):
            shutil.copy(deb, self.path(inside))
        self.write(f"/etc/apt/sources.list.d/test-{self.repositories}.list",
                   f"deb [trusted=yes] file:{inside} ./\n")
        self.refresh_repository(inside)
        return inside

    def refresh_repository(self, inside):
        with open(self.path(f"{inside}/Packages"), "w") as packages:
            subprocess.run(["dpkg-scanpackages", "--multiversion", "."],
                           cwd=self.path(inside), stdout=packages,
                           stderr=subprocess.DEVNULL, check=True)
        self.update()

    # --- systemd ------------------------------------------------------------

    def boot(self):
        """Boot systemd in it, in the same network. What `run` runs is from
        then on run there, until the system is stopped."""
        assert self.system is None, "it is booted"
        if not self.exists("/lib/systemd/systemd") or \
                not self.exists("/sbin/init"):
            self.install("systemd-sysv", "dbus")
        self.system = System(self)
        return self.system


class System:
    """systemd, booted in a root."""

    def __init__(self, root):
        self.root = root
        self.log = BUILD / "logs" / f"boot-{os.getpid()}-{id(self)}"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig=TERM",
                 "systemd-nspawn", "--quiet", f"--directory={root.folder}",
                 "--register=no", "--keep-unit", "--console=pipe",
                 "--resolv-conf=off", "--timezone=off", "--link-journal=no",
                 f"--machine=helix-{os.getpid()}-{id(self) % 100000}",
                 f"--network-namespace-path=/proc/{root.first}/ns/net",
                 "--boot"], stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT)
        try:
            self.leader = wait_for(self._leader, self._says("started"),
                                   BOOT)
            self.state = wait_for(self._is_up, self._says("booted"), BOOT)
        except BaseException:
            root.system = None
            self.process.terminate()
            self.process.wait()
            raise

    def _says(self, what):
        return lambda: f"systemd {what}:\n" + \
            self.log.read_text(errors="replace")

    def _leader(self):
        assert self.process.poll() is None, self._says("ran")()
        return next(filter(is_first, descendants_of(self.process.pid)), None)

    def _is_up(self):
        assert self.process.poll() is None, self._says("ran")()
        self.root.system = self
        with contextlib.suppress(AssertionError):
            state = self.root.run("systemctl is-system-running", check=False)
            if state.stdout.strip() in ("running", "degraded"):
                return state.stdout.strip()
        return None

    def run(self, command, **options):
        return self.root.run(command, **options)

    def journal(self, unit):
        return self.run(["journalctl", "--no-pager", "-o", "cat", "-u",
                         unit]).stdout

    def stop(self):
        """Power off, as a host does."""
        self.root.system = None
        if self.process.poll() is None:
            # nspawn tells the first process, which powers off
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(BOOT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.unlink(missing_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


# --- images -----------------------------------------------------------------

def _sources(suite):
    return "".join(
        f"deb {mirror} {name} main\n" for mirror, name in (
            (MIRROR, suite), (MIRROR, f"{suite}-updates"),
            (SECURITY, f"{suite}-security")))


def _prepare(root):
    """What each root has, beside what debootstrap makes."""
    root.write("/etc/apt/sources.list", _sources(root.suite))
    root.write("/etc/apt/apt.conf.d/90test", "".join(
        f"{line};\n" for line in (
            f'Acquire::http::Proxy "http://127.0.0.1:{PORT}"',
            'Acquire::Languages "none"', 'Acquire::Retries "3"',
            'Dpkg::Use-Pty "0"', 'APT::Update::Error-Mode "any"')))
    # no disk is to be waited for: what is tested is no power failure
    root.write("/etc/dpkg/dpkg.cfg.d/test", "force-unsafe-io\n")
    root.write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
    root.write("/etc/hosts", "127.0.0.1 localhost debian\n")
    root.write("/etc/hostname", "debian\n")


@contextlib.contextmanager
def _locked(name):
    """Among all that use the same build/packages/."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def image(suite, packages=()):
    """The folder of a root that is copied, and made where it is not there: a
    minimal Debian of a suite, with these packages; one that is older than a
    day is made anew, as Debian does not keep what it has replaced."""
    name = "-".join([suite, *sorted(packages)])
    folder = BUILD / "images" / name
    stamp = folder.with_name(f"{name}.made")
    with _locked(f"image-{name}"):
        if folder.exists():
            if time.time() - stamp.stat().st_mtime < 86400:
                return folder
            shutil.rmtree(folder)
        new = folder.with_name(f"{name}.new")
        if new.exists():
            shutil.rmtree(new)
        if packages:
            copy(image(suite), new)
        else:
            new.parent.mkdir(parents=True, exist_ok=True)
            run_here("debootstrap", "--variant=minbase",
                     f"--keyring={KEYRING}", suite, new, MIRROR)
        root = Root(new, suite)
        try:
            if packages:
                root.install(*packages)
            else:
                _prepare(root)
                root.update()
                root.run("apt-get -y -q dist-upgrade")
        finally:
            root.close(keep=True)
        stamp.touch()
        new.rename(folder)
    return folder


def copy(source, folder):
    run_here("cp", "-a", "--reflink=auto", source, folder)


def remove_leftovers(folder):
    """Roots, PID-NUMBER, of tests that were killed. What ran in them has ended
    with those."""
    # two that begin at once would take each other's files away
    with _locked("leftovers"):
        for root in Path(folder).glob("[0-9]*-*"):
            if not Path("/proc", root.name.partition("-")[0]).exists():
                shutil.rmtree(root)


def make_root(folder, suite="bookworm", packages=()):
    """A fresh Debian in a folder that is not there yet, with these packages.
    The caller closes it."""
    copy(image(suite, packages), folder)
    return Root(folder, suite)
