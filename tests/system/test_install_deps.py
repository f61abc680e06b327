"""tools/install-deps: what it leaves on the machine, also where it is killed.

In a namespace of its own, where apt, dpkg and systemd are small ones, and one
package is missing: etcd-server."""

import os
import re
import shutil
import signal
import subprocess

import pytest

from lab import DEADLINE, SOURCE, wait_for

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs a mount")

OURS = "# made by tools/install-deps of unbound-helix, until it has installed:"
PROGRAMS = {
    "dpkg-query": """
        [ "${!#}" = etcd-server ] && [ ! -e "$HOST/installed" ] ||
            echo installed""",
    "apt-cache": "",
    # waits for a line, and is as apt where it gets none
    "apt-get": """
        case " $* " in
        *" install "*)
            cat /usr/sbin/policy-rc.d >"$HOST/policy"
            touch "$HOST/installing"
            [ ! -p "$HOST/go" ] || read -r _ <"$HOST/go" || exit 100
            touch "$HOST/installed" ;;
        esac""",
    "systemctl": 'echo "$@" >>"$HOST/systemctl"',
}


class Host:
    def __init__(self, folder):
        self.folder = folder
        self.policy = folder / "sbin/policy-rc.d"
        self.tree = folder / "tree"
        shutil.copytree(SOURCE / "tools", self.tree / "tools")
        (folder / "sbin").mkdir()
        (folder / "units").mkdir()
        (folder / "units/etcd.service").touch()
        (folder / "programs").mkdir()
        for name, text in PROGRAMS.items():
            program = folder / "programs" / name
            program.write_text(f"#!/bin/bash\n{text}\n")
            program.chmod(0o755)

    def command(self):
        return ["unshare", "--mount", "bash", "-c",
                'mount --bind "$HOST/sbin" /usr/sbin &&'
                'mount --bind "$HOST/units" /lib/systemd/system && exec "$@"',
                "bash", self.tree / "tools/install-deps", "user"]

    def environment(self):
        return {**os.environ, "HOST": str(self.folder),
                "PATH": f"{self.folder}/programs:{os.environ['PATH']}"}

    def run(self):
        return subprocess.run(self.command(), env=self.environment(),
                              text=True, capture_output=True, check=False,
                              timeout=DEADLINE)

    def disabled(self):
        """The services that were."""
        log = self.folder / "systemctl"
        return re.findall(r"^disable (?:--now )?(.*)$", log.read_text(),
                          re.M) if log.exists() else []


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


def test_it_leaves_no_policy(host):
    done = host.run()
    assert done.returncode == 0, done.stderr
    assert (host.folder / "policy").read_text() == \
        f"#!/bin/sh\n{OURS} etcd\nexit 101\n"
    assert not host.policy.exists()
    assert host.disabled() == ["etcd"]
    again = host.run()
    assert re.search(r"all \d+ packages are installed\n$", again.stderr)


def test_an_administrators_policy_is_left_alone(host):
    text = "#!/bin/sh\nexit 101\n"
    host.policy.write_text(text)
    assert host.run().returncode == 0
    assert host.policy.read_text() == text


def test_where_apt_fails_it_leaves_no_policy(host):
    os.mkfifo(host.folder / "go")
    running = subprocess.Popen(host.command(), env=host.environment())
    wait_for((host.folder / "installing").exists, "it installs")
    with open(host.folder / "go", "w"):
        pass
    assert running.wait(DEADLINE) == 1
    assert not host.policy.exists()


def test_it_does_what_one_has_left_that_was_killed(host):
    go = host.folder / "go"
    os.mkfifo(go)
    running = subprocess.Popen(host.command(), env=host.environment(),
                               stderr=subprocess.DEVNULL)
    wait_for((host.folder / "installing").exists, "it installs")
    running.send_signal(signal.SIGKILL)
    running.wait()
    # its apt goes on, and needs its policy
    done = host.run()
    assert done.returncode == 1
    assert done.stderr.endswith(
        "install-deps: error: another tools/install-deps runs on this machine: "
        "wait until it has ended\n")
    assert OURS in host.policy.read_text()
    go.write_text("go\n")
    go.unlink()
    wait_for(lambda: "another tools/install-deps" not in host.run().stderr,
             "what was started has ended")
    assert not host.policy.exists()
    assert host.disabled() == ["etcd"]
    assert "packages are installed" in host.run().stderr
