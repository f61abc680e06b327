"""conf/container/: the steps of the Containerfile, done in a root folder, as no
engine for containers is at hand here; and what comes of them run as an engine
would, without privileges and on a read-only root."""

import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import yaml

from lab import SOURCE, Server, wait_for
from root import run_here

FOLDER = SOURCE / "conf/container"
SNAPSHOT = "/var/lib/unbound/helix.snapshot"


def instructions():
    """The Containerfile's, each a word and its arguments."""
    text = re.sub("(?m)^#.*\n", "", (FOLDER / "Containerfile").read_text())
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [line.split(maxsplit=1) for line in lines if line]


def argument(word):
    found, = [rest for name, rest in instructions() if name == word]
    return found


def words_of(text):
    """The exec form, ["program", "argument"]."""
    return yaml.safe_load(text)


def build(root, context):
    """Do the steps; a context is what `docker build` is given."""
    # as in the image on which it is based
    root.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
    root.write("/etc/dpkg/dpkg.cfg.d/docker",
               "path-exclude /usr/share/doc/*\npath-exclude /usr/share/man/*\n")
    for word, rest in instructions():
        if word == "RUN":
            # Docker's shell
            root.run(["/bin/sh", "-c", rest])
        elif word == "COPY":
            *sources, target = rest.split()
            files = [file for source in sources
                     for file in context.glob(source)]
            assert len(files) == len(sources), (rest, files)
            for file in files:
                into = target + file.name if target.endswith("/") else target
                root.path(into).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, root.path(into))
        else:
            assert word in ("FROM", "USER", "EXPOSE", "VOLUME", "HEALTHCHECK",
                            "ENTRYPOINT"), word


class Etcd(Server):
    """Of compose.yaml's settings, in the root's network."""

    def __init__(self, root, folder):
        super().__init__(folder)
        self.inside = ["nsenter", f"--target={root.first}", "--net"]
        settings = compose()["services"]["etcd"]["environment"]
        self.launch([*self.inside, "env",
                     *(f"{name}={value}" for name, value in settings.items()),
                     f"ETCD_DATA_DIR={self.folder / 'data'}", "etcd"])
        wait_for(lambda: not self.ctl("endpoint", "health").returncode,
                 lambda: f"etcd was healthy:\n{self.log()}")

    def ctl(self, *words):
        return subprocess.run([*self.inside, "etcdctl", *words], text=True,
                              env={**os.environ, "ETCDCTL_API": "3"},
                              capture_output=True)

    def put(self, label, address):
        done = self.ctl("put", f"/helix/com/example/{label}/A", address)
        assert not done.returncode, done.stderr


def compose():
    return yaml.safe_load((FOLDER / "compose.yaml").read_text())


class Container:
    """The entry point, as the first process of a namespace, as the image's
    user, with the one capability in its bounding set and the root read-only."""

    def __init__(self, root, folder, options=(), sysctl=1024, added=None):
        """added: capabilities, if not those of compose.yaml."""
        self.root = root
        if added is None:
            added = compose()["services"]["unbound"]["cap_add"]
        user, group = argument("USER").split(":")
        # setpriv hands on what root had; env, as any program, does not
        self.become = ["setpriv", f"--reuid={user}", f"--regid={group}",
                       "--clear-groups", "--inh-caps=-all",
                       "--bounding-set=-all" + "".join(
                           f",+{name.lower()}" for name in added), *options,
                       "env"]
        entry = " ".join(map(shlex.quote, [
            *self.become, *words_of(argument("ENTRYPOINT"))]))
        volume = argument("VOLUME")
        tmpfs, settings = compose()["services"]["unbound"]["tmpfs"][0].split(
            ":")
        root.path("/srv/volume").mkdir(exist_ok=True)
        root.run(f"chown {user}:{group} /srv/volume && "
                 f"echo {sysctl} >/proc/sys/net/ipv4/"
                 "ip_unprivileged_port_start")
        self.log = folder / f"log-{len(list(folder.iterdir()))}"
        self.process = root.start(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child",
             "--mount-proc", "sh", "-ec",
             f"mount --bind /srv/volume {volume}\n"
             f"mount -o remount,bind,ro /\n"
             f"mount -t tmpfs -o {settings} tmpfs {tmpfs}\n"
             f"exec {entry}"], self.log)

    def text(self):
        return self.log.read_text()

    def pid(self):
        """Of the daemon, as the root sees it."""
        found = self.root.run("grep -lx unbound /proc/[0-9]*/comm",
                              check=False).stdout.split()
        return found[0].split("/")[2] if found else None

    def run(self, words):
        """As `docker exec` does."""
        return self.root.run(["nsenter", f"--target={self.pid()}", "--mount",
                              "--pid", *self.become, *words], check=False)

    def health(self):
        command, = re.findall(r"CMD (.*)", argument("HEALTHCHECK"))
        return self.run(words_of(command))

    def is_started(self):
        return "start of service" in self.text()

    def ends(self):
        return self.process.poll() is not None

    def wait_for(self, condition, what):
        wait_for(condition, lambda: f"{what}:\n{self.text()}")

    def signal(self, number):
        # bash's kill: the image has no other
        self.root.run(f"kill -{number} {self.pid()}")

    def stop(self):
        if not self.ends():
            self.signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def image(make_shared_root, packages, tmp_path_factory):
    root = make_shared_root()
    context = tmp_path_factory.mktemp("context")
    # by the commands in its head, as whoever lets nobody read his files
    for file in [*FOLDER.iterdir(), *Path(packages).glob("*.deb")]:
        Path(shutil.copy(file, context)).chmod(0o600)
    build(root, context)
    root.helix_yaml = (context / "helix.yaml").read_text()
    root.write("/etc/unbound/helix.yaml", root.helix_yaml)
    root.write("/etc/hosts", "127.0.0.1 localhost etcd\n")
    return root


@pytest.fixture
def container(image, tmp_path):
    made = []

    def make(**more):
        made.append(Container(image, tmp_path, **more))
        return made[-1]
    yield make
    for each in made:
        each.stop()
    shutil.rmtree(image.path("/srv/volume"), ignore_errors=True)


@pytest.fixture
def etcd(image, tmp_path_factory):
    etcd = Etcd(image, tmp_path_factory.mktemp("etcd"))
    yield etcd
    etcd.stop()


def dig(container, name, network="--net"):
    """From outside of the container: with this machine's dig."""
    return subprocess.run(
        ["nsenter", f"--target={container.root.first}", network, "dig",
         "+short", "+tries=1", "+time=2", name, "@127.0.0.1"], text=True,
        capture_output=True).stdout.strip()


def test_as_compose_has_it(container, etcd):
    """An answer, a change, health, a reload by its signal, and its end."""
    etcd.put("www", "192.0.2.1")
    unbound = container()
    unbound.wait_for(lambda: dig(unbound, "www.example.com") == "192.0.2.1",
                     "it answered")
    etcd.put("www", "192.0.2.2")
    unbound.wait_for(lambda: dig(unbound, "www.example.com") == "192.0.2.2",
                     "it followed")
    health = unbound.health()
    assert health.returncode == 0 and "ready" in health.output, str(health)
    # its user, without privileges
    status = unbound.root.run(
        ["cat", f"/proc/{unbound.pid()}/status"]).stdout
    assert re.search(r"Uid:\t953\t953\t953\t953\n", status)
    assert re.search(r"NSpid:\t.*\t1\n", status)
    # net_bind_service alone
    assert re.search(r"CapEff:\t0000000000000400\n", status)
    assert re.search(r"CapBnd:\t0000000000000400\n", status)
    # helix.yaml is read again
    unbound.root.write("/etc/unbound/helix.yaml", unbound.root.helix_yaml
                       .replace("example.com", "example.net"))
    unbound.signal(signal.SIGHUP)
    unbound.wait_for(lambda: dig(unbound, "www.example.com") == "" and
                     "example.net" in unbound.health().output, "it reloaded")
    unbound.root.write("/etc/unbound/helix.yaml", unbound.root.helix_yaml)
    assert "is running" in unbound.run(["unbound-control", "status"]).output
    assert unbound.stop() == 0, unbound.text()
    assert not re.search("warning|error|fatal", unbound.text()), unbound.text()


def test_a_new_one_starts_with_the_volume(container, etcd):
    """And etcd away, from its snapshot; without one, it is not healthy."""
    etcd.put("kept", "192.0.2.3")
    first = container()
    file = first.root.path("/srv/volume") / Path(SNAPSHOT).name
    first.wait_for(lambda: file.exists() and b"kept" in file.read_bytes(),
                   "it kept a snapshot")
    assert first.stop() == 0
    etcd.stop()
    second = container()
    second.wait_for(lambda: dig(second, "kept.example.com") == "192.0.2.3",
                    "it answered from the snapshot")
    assert second.stop() == 0
    file.unlink()
    third = container()
    third.wait_for(third.is_started, "it started")
    assert third.health().returncode == 1, str(third.health())


def test_port_53_where_no_new_privileges_are_allowed(container, etcd):
    """The file's capability counts for nothing there, and the sysctl does."""
    refused = container(options=["--no-new-privs"])
    refused.wait_for(refused.ends, "it ended")
    assert refused.process.returncode == 1
    assert "can't bind socket: Permission denied" in refused.text()
    etcd.put("www", "192.0.2.1")
    allowed = container(options=["--no-new-privs"], sysctl=0)
    allowed.wait_for(lambda: dig(allowed, "www.example.com") == "192.0.2.1",
                     "it answered")
    assert allowed.stop() == 0


def test_without_the_capability(container):
    """The kernel refuses the program: add NET_BIND_SERVICE."""
    refused = container(added=[])
    refused.wait_for(refused.ends, "it ended")
    assert "Operation not permitted" in refused.text()


def test_who_may_ask(container, image):
    """Private networks may, and nobody else."""
    unbound = container()
    unbound.wait_for(unbound.is_started, "it started")
    # a network card with two addresses, as an engine's bridge has
    inside = ["nsenter", f"--target={image.first}", "--net"]
    for network, answered in ("172.17.0", True), ("192.0.2", False):
        run_here(*inside, "ip", "address", "add", f"{network}.1/24", "dev",
                 "lo")
        status = subprocess.run(
            [*inside, "dig", "+tries=1", "+time=2", "-b", f"{network}.1",
             "localhost", f"@{network}.1"], text=True,
            capture_output=True).stdout
        assert ("status: NOERROR" if answered else "status: REFUSED") in \
            status, status


def test_compose(image):
    """What it says of Unbound is what the image has."""
    unbound = compose()["services"]["unbound"]
    assert unbound["cap_drop"] == ["ALL"]
    assert unbound["cap_add"] == ["NET_BIND_SERVICE"]
    assert unbound["read_only"] is True
    user, group = argument("USER").split(":")
    assert unbound["tmpfs"] == [f"/run/unbound:uid={user},gid={group},mode=755"]
    assert {port.rpartition(":")[2] for port in unbound["ports"]} == \
        set(argument("EXPOSE").split())
    mounts = dict(volume.split(":")[:2] for volume in unbound["volumes"])
    assert mounts == {"./helix.yaml": "/etc/unbound/helix.yaml",
                      "unbound": argument("VOLUME")}
    assert (FOLDER / unbound["build"]["dockerfile"]).exists()
    # the user is the one that the package would make
    assert image.run("id -u unbound").stdout.strip() == user
    assert image.run("id -g unbound").stdout.strip() == group
    done = image.run("helixctl check /etc/unbound/helix.yaml",
                     check=False)
    assert done.returncode == 0, str(done)


def test_the_image_is_slim(image):
    """Neither packages that built it, nor apt's files; and no service was
    started by it."""
    assert not image.exists("/packages")
    assert not list(image.path("/var/lib/apt/lists").iterdir())
    assert image.version("libcap2-bin") is None
    assert image.version("systemd") is None
    assert image.version("unbound-helix")
    assert not image.run("grep -lx unbound /proc/[0-9]*/comm",
                         check=False).stdout
