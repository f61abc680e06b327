"""The way from a root to Debian's mirrors: a proxy for HTTP that listens in
the root's own network, asks the mirrors from the machine's, and keeps each
package that it has brought, so that the next root has it at once."""

import ctypes
import hashlib
import http.server
import os
import shutil
import socket
import socketserver
import threading
import urllib.error
import urllib.request
from pathlib import Path

PORT = 3142

# How long a mirror may be silent.
PATIENCE = 60

_libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def socket_in(leader, address, kind=socket.SOCK_STREAM):
    """A socket of this process, bound in the network of another one. It takes
    a thread of its own to go there, as a namespace is a thread's."""
    made = []

    def make():
        try:
            with open(f"/proc/{leader}/ns/net") as network:
                if _libc.setns(network.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            bound = socket.socket(socket.AF_INET, kind)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            made.append(bound)
        except OSError as error:
            made.append(error)
    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *words):
        pass

    def kept(self):
        """Where what does not change is kept: a package, which has its version
        in its name, and a list that has its digest as its name."""
        if self.path.endswith((".deb", ".udeb")) or "/by-hash/" in self.path:
            name = hashlib.sha256(self.path.encode()).hexdigest()
            return self.server.kept / name
        return None

    def do_GET(self):
        kept = self.kept()
        if kept is not None and kept.exists() and "Range" not in self.headers:
            with kept.open("rb") as content:
                self.send_response(200)
                self.send_header("Content-Length", kept.stat().st_size)
                self.end_headers()
                shutil.copyfileobj(content, self.wfile)
            return
        headers = {name: value for name, value in self.headers.items()
                   if name.lower() in ("range", "if-range", "user-agent",
                                       "if-modified-since")}
        request = urllib.request.Request(self.path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                self.pass_on(answer, kept if answer.status == 200 else None)
        except urllib.error.HTTPError as error:
            self.send_response(error.code)
            self.send_header("Content-Length", 0)
            self.end_headers()
        except OSError as error:
            self.send_error(504, str(error))

    def pass_on(self, answer, kept):
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name in ("Content-Range", "Content-Type", "Last-Modified"):
                self.send_header(name, value)
        self.send_header("Content-Length", len(content))
        self.end_headers()
        self.wfile.write(content)
        if kept is not None:
            new = kept.with_name(f"{kept.name}.{os.getpid()}."
                                 f"{threading.get_ident()}")
            new.write_bytes(content)
            new.rename(kept)


class Proxy(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Serves one network until it is closed."""

    daemon_threads = True

    def __init__(self, leader, kept):
        """leader: a process in that network; kept: the folder of what does
        not change."""
        self.kept = Path(kept)
        self.kept.mkdir(parents=True, exist_ok=True)
        super().__init__(("127.0.0.1", PORT), Handler, False)
        self.socket.close()
        self.socket = socket_in(leader, ("127.0.0.1", PORT))
        self.server_activate()
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    def close(self):
        self.shutdown()
        self.server_close()
        self.thread.join()
