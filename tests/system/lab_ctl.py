"""helixctl: with a helix.yaml of its own, or with an Unbound's."""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import termios
from pathlib import Path

from lab import DEADLINE, HELIXCTL, Sanitized, wait_for


class Said:
    """What a command said."""

    def __init__(self, words, status, out, err):
        self.words = words
        self.status = status
        self.out = out
        self.err = err

    def __repr__(self):
        words = " ".join(str(word) for word in self.words)
        return (f"helixctl {words}\nstatus {self.status}\n"
                f"--- out:\n{self.out}--- err:\n{self.err}---")

    @property
    def lines(self):
        """What was written to standard output."""
        return self.out.splitlines()

    @property
    def rows(self):
        """Its lines, split at white space."""
        return [line.split() for line in self.lines]

    def json(self):
        return json.loads(self.out)


class Watcher(Sanitized):
    """A command that goes on until it is ended; its log is what it says."""

    def __init__(self, folder, command, env):
        super().__init__(folder)
        self.command = command
        self.env = env

    def start(self):
        self.launch(self.command, self.env)
        return self

    def interrupt(self):
        """As ctrl-C does; returns the exit status."""
        self.signal(signal.SIGINT)
        self.process.wait(DEADLINE)
        status, self.process = self.process.returncode, None
        return status


class Ctl:
    """Runs helixctl.

        ctl = Ctl(tmp_path / "ctl", etcd)
        ctl.ok("put", "foo.example.com", "A", "192.0.2.1")
        assert ctl("get", "foo.example.com").lines == [...]
    """

    def __init__(self, folder, source, zones=("example.com",), etcd=None,
                 more=None):
        """source: an etcd or a URL, or several; zones, etcd, more: as for
        lab_unbound.Unbound."""
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        members = source if isinstance(source, list) else [source]
        api = {m.api for m in members if not isinstance(m, str)}
        self.etcd = {"endpoints": [m if isinstance(m, str) else m.url
                                   for m in members],
                     "heartbeat": "500ms", "connect-timeout": "1s",
                     **{"api": a for a in api}, **(etcd or {})}
        self.more = dict(more or {})
        self.conf = self.folder / "helix.yaml"
        self.configure(zones)

    def configure(self, zones):
        """Write helix.yaml. JSON is YAML."""
        self.conf.write_text(json.dumps({
            "etcd": self.etcd, **self.more,
            "zones": [zone if isinstance(zone, dict) else {"name": zone}
                      for zone in zones]}, indent=1))

    def environment(self, env=None):
        clean = {name: value for name, value in os.environ.items()
                 if name not in ("HELIX_CONF", "NO_COLOR")}
        reports = f"log_path={self.folder}/sanitizer:exitcode=99"
        return {**clean, "HELIX_CONF": str(self.conf),
                "ASAN_OPTIONS": reports,
                "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
                **(env or {})}

    def __call__(self, *words, stdin="", env=None, cwd=None):
        """Run a command to its end; returns what it said."""
        done = subprocess.run(
            [str(HELIXCTL), *map(str, words)], input=stdin.encode(),
            capture_output=True, timeout=4 * DEADLINE, check=False,
            cwd=cwd or self.folder, env=self.environment(env))
        said = Said(words, done.returncode, done.stdout.decode(),
                    done.stderr.decode())
        self.check(said)
        return said

    def check(self, said, statuses=(0, 1, 2)):
        """Whatever it is asked, it never crashes."""
        reports = "".join(path.read_text(errors="replace") for path
                          in sorted(self.folder.glob("sanitizer.*")))
        assert not reports, reports
        assert said.status in statuses, said
        assert ": runtime error: " not in said.err, said

    def ok(self, *words, **options):
        """Run a command that finds nothing wrong."""
        said = self(*words, **options)
        assert said.status == 0, said
        return said

    def found(self, *words, **options):
        """Run a command that finds something wrong: exit status 1."""
        said = self(*words, **options)
        assert said.status == 1, said
        return said

    def failed(self, *words, **options):
        """Run a command that cannot do what it is asked: exit status 2, and
        the reason on standard error."""
        said = self(*words, **options)
        assert said.status == 2, said
        assert said.err.startswith("helixctl: "), said
        return said

    def watcher(self, *words, env=None):
        """A command that goes on until it is ended; not started yet."""
        number = len(list(self.folder.glob("watch-*")))
        return Watcher(self.folder / f"watch-{number}",
                       [HELIXCTL, *words], self.environment(env))

    def on_terminal(self, *words, answers=(), env=None, statuses=(0, 1, 2)):
        """Run a command on a terminal of its own. answers: pairs of what it
        asks (a regular expression) and what is typed then. All that it says
        is in `out`, with what the terminal makes of newlines undone; `echo`
        says whether the terminal shows what is typed when it has ended."""
        process, terminal = pty.fork()
        if process == 0:
            with contextlib.suppress(BaseException):
                # a shell's background job ignores it
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                os.chdir(self.folder)
                os.execvpe(str(HELIXCTL), [str(HELIXCTL), *map(str, words)],
                           self.environment({"TERM": "xterm", **(env or {})}))
            os._exit(127)
        os.set_blocking(terminal, False)
        text = bytearray()
        todo = list(answers)
        asked_at = 0

        def ended():
            nonlocal asked_at
            try:
                text.extend(os.read(terminal, 65536) or b"")
            except BlockingIOError:
                pass
            except OSError:
                # its other side is closed
                return True
            new = text[asked_at:].decode(errors="replace")
            found = todo and re.search(todo[0][0], new)
            if found:
                asked_at = len(text)
                os.write(terminal, todo.pop(0)[1].encode() + b"\n")
            return False
        try:
            wait_for(ended, lambda: f"{words} ended: {bytes(text)}")
            echo = bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
        finally:
            os.close(terminal)
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGHUP)
            status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        said = Said(words, status,
                    text.decode(errors="replace").replace("\r\n", "\n"), "")
        said.echo = echo
        self.check(said, statuses)
        return said
