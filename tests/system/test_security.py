"""Users, passwords and certificates."""

import json
import re
import shutil
import socket
import subprocess

import dns.rcode
import pytest

import lab
from documents import Shell, commands_of, run_as_told
from lab import wait_for
from lab_etcd import Etcd, EtcdV2
from lab_load import Load


# --- users of etcd ----------------------------------------------------------

@pytest.fixture
def guarded(laboratory, tmp_path):
    """An etcd that wants to know who asks, made so by the commands
    of unbound-helix(8)."""
    etcd = laboratory.add(Etcd)
    etcd.options = ("--auth-token-ttl", "1")
    etcd.start()
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    etcd.put("/other", "not ours")
    shell = Shell(tmp_path, {"ETCDCTL_ENDPOINTS": etcd.url})
    for command, expected in commands_of("users"):
        run_as_told(shell, command, expected)
    shell.close()
    etcd.ctl_options = ("--user", "root:root-password")
    etcd.password_file = tmp_path / "password"
    etcd.password_file.write_text("helix-password\n")
    etcd.password_file.chmod(0o640)
    return etcd


def user_settings(etcd):
    return {"username": "helix", "password-file": str(etcd.password_file)}


@pytest.fixture
def user(laboratory, guarded):
    """Unbound that follows it as a user who may only read the prefix."""
    unbound = laboratory.unbound(guarded, etcd=user_settings(guarded))
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    return unbound


def test_a_read_only_role_on_the_prefix_is_enough(guarded, user):
    guarded.put("/helix/com/example/www/A", "203.0.113.2")
    user.wait_for_answer("www.example.com", ["203.0.113.2"])
    user.wait_for_state("following")
    guarded.kill()
    user.wait_for_log("lost etcd")
    guarded.start()
    guarded.put("/helix/com/example/www/A", "203.0.113.3")
    user.wait_for_answer("www.example.com", ["203.0.113.3"])
    assert "helix-password" not in user.log()


def test_a_token_that_ends_is_renewed_in_the_midst_of_a_watch(
        laboratory, guarded):
    """Probes are further apart here than a token lasts."""
    relay = laboratory.relay(guarded)
    user = laboratory.unbound(relay.url, etcd={
        **user_settings(guarded), "heartbeat": "2500ms"})
    user.wait_for_log("following etcd")
    relay.wait_for_more(b"POST /v3/auth/authenticate ", 2)
    guarded.put("/helix/com/example/www/A", "203.0.113.2")
    user.wait_for_answer("www.example.com", ["203.0.113.2"])
    assert user.log().count("following etcd") == 1
    assert "lost etcd" not in user.log()


def test_a_role_revoked_and_granted_again(guarded, user):
    with Load(user, "www.example.com", ["203.0.113.1"]) as load:
        guarded.ctl("user", "revoke-role", "helix", "helix-reader")
        user.wait_for_state("following")
        guarded.kill()
        user.wait_for_log("lost etcd")
        guarded.start()
        user.wait_for_log("etcd refuses: .*permission denied; grant the user to read below /helix/; answering "
                          "from the copy")
        load.wait_for_more()
    assert not load.wrong
    guarded.ctl("user", "grant-role", "helix", "helix-reader")
    guarded.put("/helix/com/example/www/A", "203.0.113.2")
    user.wait_for_answer("www.example.com", ["203.0.113.2"])


def test_a_wrong_password_and_then_the_right_one(laboratory, guarded):
    guarded.password_file.write_text("another-password\n")
    user = laboratory.unbound(guarded, etcd=user_settings(guarded),
                              startup_wait="100ms")
    user.wait_for_log("etcd rejects user helix with the password in "
                      f"{guarded.password_file}; no names")
    guarded.password_file.write_text("helix-password\n")
    user.wait_for_answer("www.example.com", ["203.0.113.1"])
    assert "another-password" not in user.log()


def test_no_user_where_etcd_wants_one(laboratory, guarded):
    unbound = laboratory.unbound(guarded, startup_wait="100ms")
    unbound.wait_for_log("etcd requires authentication; set username and "
                         "password-file")
    assert unbound.ask("www.example.com").rcode() == dns.rcode.SERVFAIL


def test_a_user_where_etcd_wants_none(laboratory, etcd, tmp_path):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    password = tmp_path / "password"
    password.write_text("x")
    password.chmod(0o644)
    unbound = laboratory.unbound(etcd, etcd={"username": "helix",
                                             "password-file": str(password)})
    assert unbound.addresses("www.example.com") == ["203.0.113.1"]
    unbound.wait_for_log(f"everybody can read the password in {password}")


# --- certificates -----------------------------------------------------------

def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True,
                   capture_output=True, timeout=lab.DEADLINE)


class Authority:
    """A certificate authority."""

    def __init__(self, folder, name):
        self.folder = folder
        self.name = name
        self.cert = folder / f"{name}.crt"
        self.key = folder / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", 2, "-subj",
                f"/CN={name}", "-keyout", self.key, "-out", self.cert)

    def issue(self, name, alternative="IP:127.0.0.1", subject="/O=helix",
              days=2):
        """A certificate and its key; etcd's gateway uses the server's as a
        client's too."""
        request, key = self.folder / f"{name}.csr", self.folder / f"{name}.key"
        cert, more = self.folder / f"{name}.crt", self.folder / "more"
        more.write_text(f"subjectAltName={alternative}\n"
                        "extendedKeyUsage=serverAuth,clientAuth\n")
        openssl("req", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
                "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey",
                self.key, "-CAcreateserial", "-days", days, "-extfile", more,
                "-out", cert)
        return cert, key


class EtcdTls(Etcd):
    """etcd that speaks TLS, and wants certificates of its clients."""

    scheme = "https"

    def serve(self, authority, name="server", **options):
        self.authority = authority
        cert, key = authority.issue(name, **options)
        self.options = ("--cert-file", cert, "--key-file", key,
                        "--trusted-ca-file", authority.cert,
                        "--client-cert-auth")
        client, client_key = authority.issue("client")
        self.ctl_options = ("--cacert", authority.cert, "--cert", client,
                            "--key", client_key)
        self.tls = {"ca": str(authority.cert), "cert": str(client),
                    "key": str(client_key)}
        return self

    def is_healthy(self):
        assert self.is_running(), self.log()
        try:
            return self.ctl("get", "/") is not None
        except subprocess.CalledProcessError:
            return False


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path, "authority")


@pytest.fixture
def etcd_tls(laboratory, authority):
    etcd = laboratory.add(EtcdTls).serve(authority).start()
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    return etcd


def test_both_sides_show_a_certificate(laboratory, etcd_tls):
    unbound = laboratory.unbound(etcd_tls, etcd={"tls": etcd_tls.tls})
    assert unbound.addresses("www.example.com") == ["203.0.113.1"]
    etcd_tls.put("/helix/com/example/www/A", "203.0.113.2")
    unbound.wait_for_answer("www.example.com", ["203.0.113.2"])


def refused(laboratory, etcd, tls):
    """What is said where a certificate is not as it should be."""
    unbound = laboratory.unbound(etcd, startup_wait="100ms", etcd={
        "tls": tls, "heartbeat": "10s", "connect-timeout": "10s"})
    return unbound.wait_for_log("cannot follow etcd https://[^:]*:[0-9]*: "
                                "(.*); no names")[1]


def test_an_unknown_authority(laboratory, etcd_tls, tmp_path):
    other = Authority(tmp_path, "other")
    said = refused(laboratory, etcd_tls,
                   {**etcd_tls.tls, "ca": str(other.cert)})
    assert said.startswith("TLS: ")
    assert "issuer certificate" in said or "self-signed" in said
    assert "`ca`" in said


def test_no_certificate_where_etcd_wants_one(laboratory, etcd_tls):
    said = refused(laboratory, etcd_tls, {"ca": etcd_tls.tls["ca"]})
    assert said.startswith("TLS: ")
    assert "`cert` and `key`" in said


def test_a_key_that_is_not_the_certificates(laboratory, etcd_tls, authority):
    other = authority.issue("other")[1]
    said = refused(laboratory, etcd_tls,
                   {**etcd_tls.tls, "key": str(other)})
    assert said.startswith("TLS: ")
    assert "`cert` and `key`" in said


def test_a_certificate_of_another_name(laboratory, authority):
    etcd = laboratory.add(EtcdTls).serve(
        authority, alternative="DNS:etcd.example,IP:127.0.0.2")
    etcd.ctl_options += ("--insecure-skip-tls-verify",)
    etcd.start()
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    said = refused(laboratory, etcd, etcd.tls)
    assert said.startswith("TLS: ")
    assert "127.0.0.1" in said
    assert "`server-name`" in said
    unbound = laboratory.unbound(etcd, etcd={
        "tls": {**etcd.tls, "server-name": "etcd.example"}})
    assert unbound.addresses("www.example.com") == ["203.0.113.1"]


def test_a_certificate_that_has_expired(laboratory, authority):
    # of no length: OpenSSL 3.5 makes none that ends before it begins
    etcd = laboratory.add(EtcdTls).serve(authority, days=0)
    etcd.ctl_options += ("--insecure-skip-tls-verify",)
    etcd.launch_member()
    etcd.wait_for_log("serving client")
    said = refused(laboratory, etcd, etcd.tls)
    assert said.startswith("TLS: ")
    assert "expired" in said


def test_files_replaced_on_disk_count_without_a_reload(
        laboratory, etcd_tls, authority, tmp_path):
    """From one authority to another, with all that it has issued."""
    unbound = laboratory.unbound(etcd_tls, etcd={"tls": etcd_tls.tls})
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    unbound.wait_for_log("following etcd")
    (tmp_path / "new").mkdir()
    successor = Authority(tmp_path / "new", "successor")
    old = dict(etcd_tls.tls)
    with Load(unbound, "www.example.com", ["203.0.113.1"]) as load:
        etcd_tls.kill()
        etcd_tls.serve(successor).start()
        unbound.wait_for_log("lost etcd")
        load.wait_for_more()
        for name, path in old.items():
            shutil.copy(etcd_tls.tls[name], path)
        unbound.wait_for_log("following etcd .* again")
    assert not load.wrong
    etcd_tls.put("/helix/com/example/www/A", "203.0.113.2")
    unbound.wait_for_answer("www.example.com", ["203.0.113.2"])


# --- users of etcd's v2 API -------------------------------------------------

ROOT_V2 = ("-u", "root:root-password")


def v2_auth(etcd):
    """Have an etcd want to know who asks by its v2 API: root may all, helix may
    read below the prefix."""
    def auth(what, **body):
        subprocess.run(["curl", "-sSf", *ROOT_V2, "-XPUT",
                        f"{etcd.url}/v2/auth/{what}", "-d",
                        json.dumps(body)], check=True, capture_output=True)
    auth("users/root", user="root", password="root-password")
    auth("roles/helix-reader", role="helix-reader", permissions={
        "kv": {"read": ["/helix/*"], "write": []}})
    auth("users/helix", user="helix", password="helix-password",
         roles=["helix-reader"])
    auth("enable")
    auth("roles/guest", role="guest", revoke={
        "kv": {"read": ["/*"], "write": ["/*"]}})


def test_a_user_of_the_v2_api(laboratory, tmp_path):
    etcd = laboratory.add(EtcdV2).start()
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    v2_auth(etcd)
    password = tmp_path / "password"
    password.write_text("another-password\n")
    unbound = laboratory.unbound(etcd, startup_wait="100ms", etcd={
        "api": "v2", "username": "helix", "password-file": str(password)})
    unbound.wait_for_log("etcd refuses: ")
    password.write_text("helix-password\n")
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
    subprocess.run(["curl", "-sSf", *ROOT_V2, "-XPUT",
                    f"{etcd.url}/v2/keys/helix/com/example/www/A", "-d",
                    "value=203.0.113.2"], check=True, capture_output=True)
    unbound.wait_for_answer("www.example.com", ["203.0.113.2"])
    assert "password\n" not in unbound.log()


class EtcdTlsV2(EtcdTls):
    """The same, for the v2 API."""

    api = "v2"

    def serve(self, authority, **options):
        super().serve(authority, **options)
        self.options += ("--enable-v2=true",)
        return self

    def put(self, key, value):
        subprocess.run(["curl", "-sSf", *self.ctl_options, "-XPUT",
                        f"{self.url}/v2/keys{key}", "-d", f"value={value}"],
                       check=True, capture_output=True)


def test_v2_over_tls_while_writes_go_elsewhere(laboratory, authority):
    """Silent polls are ended and sent anew; over TLS too."""
    etcd = laboratory.add(EtcdTlsV2).serve(authority).start()
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    relay = laboratory.relay(etcd)
    unbound = laboratory.unbound(
        relay.url.replace("http:", "https:"),
        etcd={"api": "v2", "tls": etcd.tls, "heartbeat": "1s"})
    listed = int(unbound.wait_for_log("keys of revision ([0-9]*)")[1])
    for number in range(4):
        connections = relay.connections
        etcd.put("/elsewhere", number)
        wait_for(lambda: relay.connections > connections,
                 "a poll was sent anew")
    etcd.put("/helix/com/example/www/A", "203.0.113.2")
    unbound.wait_for_answer("www.example.com", ["203.0.113.2"])
    assert "lost etcd" not in unbound.log()
    etcd.kill()
    known = int(unbound.wait_for_log("the copy of revision ([0-9]*)")[1])
    assert known >= listed + 5


# --- mistakes ---------------------------------------------------------------

class EtcdConfigFile(Etcd):
    """An etcd that is started by a file, and without the gateway, as 3.4 is by
    default. JSON is YAML."""

    def launch_member(self):
        peer = self.peers[self.name]
        config = self.folder / "etcd.conf"
        config.write_text(json.dumps({
            "name": self.name, "data-dir": str(self.data),
            "enable-grpc-gateway": False,
            "listen-client-urls": self.url,
            "advertise-client-urls": self.url, "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": f"{self.name}={peer}"}))
        self.launch(["etcd", "--config-file", config])


class GrpcProxy(lab.Server):
    """etcd's own proxy."""

    def __init__(self, folder, etcd):
        super().__init__(folder)
        self.port, self.etcd = lab.free_port(), etcd
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        self.launch(["etcd", "grpc-proxy", "start", "--endpoints",
                     self.etcd.url.removeprefix("http://"), "--listen-addr",
                     f"127.0.0.1:{self.port}"])
        wait_for(self.listens, lambda: "it listened:\n" + self.log())
        return self

    def listens(self):
        assert self.is_running(), self.log()
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except OSError:
            return False


def test_each_mistake_is_told_with_its_mend(laboratory, etcd_tls):
    plain = laboratory.add(EtcdConfigFile).start()
    proxy = laboratory.add(GrpcProxy, plain).start()
    peer = plain.peers[plain.name]
    # whether etcd closes or resets what it cannot read, is a matter of time
    no_tls = "(begin the endpoint with http://|Connection reset by peer)"
    said = {
        plain.url: "enable-grpc-gateway: true",
        proxy.url: "grpc-proxy",
        peer: "2379",
        plain.url.replace("http:", "https:"): no_tls,
        peer.replace("http:", "https:"): no_tls,
        etcd_tls.url.replace("https:", "http:"): "begin the endpoint with https://",
        etcd_tls.url: "`cert` and `key`",
        "http://etcd.invalid:2379": "the system's resolver",
    }
    unbound = laboratory.unbound(list(said), startup_wait="100ms", etcd={
        "tls": {"ca": etcd_tls.tls["ca"]}, "connect-timeout": "10s",
        "heartbeat": "10s"})
    for url, mend in said.items():
        unbound.wait_for_log(
            f"cannot follow etcd {re.escape(url)}: .*{mend}")
