"""A host whose helix.yaml uses all that the module can open: an etcd by its
name, over TLS, with certificates of both and a password; a snapshot, and both
kinds of status."""

import os
import subprocess

from lab import Server, wait_for
from root import run_here
from upstream import FORWARD

NAME = "etcd.internal"
PASSWORD = "a secret"
SNAPSHOT = "/var/lib/unbound/helix.snapshot"
SOCKET = "/run/unbound/helix.sock"

HELIX_YAML = f"""etcd:
  endpoints: [https://{NAME}:2379]
  username: root
  password-file: /etc/unbound/helix.password
  tls:
    ca: /etc/unbound/etcd-ca.pem
    cert: /etc/unbound/helix.pem
    key: /etc/unbound/helix.key
zones:
  - name: helix.test
snapshot: {SNAPSHOT}
status:
  socket: {SOCKET}
  listen: 127.0.0.1:9167
"""


def certificates(folder):
    """An authority, and what it has issued: ca, etcd, and helix, each .pem and
    .key, in a folder."""
    folder.mkdir()

    def openssl(*words):
        run_here("openssl", *words, cwd=folder)
    openssl("req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "9",
            "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority")
    # etcd's gateway takes no client's certificate that has a CN
    for name, subject in ("etcd", f"/CN={NAME}"), ("helix", "/O=helix"):
        (folder / "more").write_text(
            f"subjectAltName=DNS:{NAME}\n"
            "extendedKeyUsage=serverAuth,clientAuth\n")
        openssl("req", "-newkey", "ed25519", "-nodes", "-subj", subject,
                "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl("x509", "-req", "-days", "9", "-in", f"{name}.csr",
                "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", f"{name}.pem", "-extfile", "more")
    return folder


class SecureEtcd(Server):
    """This machine's etcd, in a root's network, for whoever has a certificate
    and the password."""

    def __init__(self, root, folder):
        super().__init__(folder)
        self.files = certificates(self.folder / "certificates")
        self.inside = ["nsenter", f"--target={root.first}", "--net"]
        self.launch([
            *self.inside, "etcd", "--data-dir", self.folder / "data",
            "--unsafe-no-fsync", "--listen-client-urls",
            "https://127.0.0.1:2379",
            "--advertise-client-urls", f"https://{NAME}:2379",
            "--cert-file", self.files / "etcd.pem",
            "--key-file", self.files / "etcd.key",
            "--trusted-ca-file", self.files / "ca.pem", "--client-cert-auth"])
        wait_for(lambda: not self.ctl("endpoint", "health").returncode,
                 lambda: f"etcd was healthy:\n{self.log()}")
        for words in (["user", "add", f"root:{PASSWORD}"],
                      ["user", "grant-role", "root", "root"],
                      ["auth", "enable"]):
            done = self.ctl(*words)
            assert not done.returncode, done.stderr

    def ctl(self, *words):
        return subprocess.run(
            [*self.inside, "etcdctl", "--endpoints", "https://127.0.0.1:2379",
             "--insecure-skip-tls-verify", "--cacert", self.files / "ca.pem",
             "--cert", self.files / "helix.pem",
             "--key", self.files / "helix.key", *words],
            env={**os.environ, "ETCDCTL_API": "3"}, text=True,
            capture_output=True)

    def put(self, label, address):
        done = self.ctl("--user", f"root:{PASSWORD}", "put",
                        f"/helix/test/helix/{label}/A", address)
        assert not done.returncode, done.stderr


class FullHost:
    """A root with the pair of packages installed, and configured as above; the
    module is switched on, and Unbound not yet started anew."""

    def __init__(self, root, packages, etcd):
        self.root, self.etcd = root, etcd
        root.add_repository(packages)
        root.install("unbound", "unbound-helix", "dns-root-data",
                     "bind9-dnsutils", "curl", "procps")
        for name, mode in (("helix.pem", 0o644), ("helix.key", 0o600)):
            root.write(f"/etc/unbound/{name}",
                       (etcd.files / name).read_text(), mode)
        root.write("/etc/unbound/etcd-ca.pem",
                   (etcd.files / "ca.pem").read_text())
        root.write("/etc/unbound/helix.password", PASSWORD + "\n", 0o600)
        root.run("chown unbound: /etc/unbound/helix.key "
                 "/etc/unbound/helix.password")
        root.write("/etc/hosts", f"127.0.0.1 localhost debian {NAME}\n")
        root.write("/etc/unbound/helix.yaml", HELIX_YAML)
        root.write("/etc/unbound/unbound.conf.d/site.conf", FORWARD)
        etcd.put("www", "192.0.2.1")
        # what Debian's unit does before each start
        root.run("/usr/libexec/unbound-helper root_trust_anchor_update")
        root.run("helixctl enable")

    def ask(self, name, *options):
        return self.root.run(["dig", "+short", "+tries=1", *options, name,
                              "@127.0.0.1"], check=False).stdout.strip()

    def wait_for_answer(self, name, address):
        wait_for(lambda: self.ask(name) == address,
                 lambda: f"{name} was {address}: {self.ask(name)}")

    def status(self):
        """What the status socket says, as helixctl asks it."""
        return self.root.run("helixctl status").output
