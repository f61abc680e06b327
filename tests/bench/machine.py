"""What the figures were measured with, and on what."""

import datetime
import os
import platform
import re
import subprocess

from lab import MODULE, SOURCE, UNBOUND
from servers import CORES


def _told(pattern, *command):
    """What a program says of itself. Some do so on standard error."""
    told = subprocess.run([str(word) for word in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    found = re.search(pattern, told.stdout)
    return found[1] if found else "unknown"


def _module():
    """The module's version: of the commit it was built from, if there is
    git."""
    version = re.search(r"AC_INIT\(\[unbound-helix\], \[(.+?)\]",
                        (SOURCE / "configure.ac").read_text())[1]
    commit = _told(r"^([\w.-]+)$", "git", "-C", SOURCE, "describe", "--always",
                   "--dirty") if (SOURCE / ".git").exists() else "unknown"
    return version if commit == "unknown" else f"{version} ({commit})"


def describe():
    return {
        "when": datetime.datetime.now(datetime.timezone.utc).strftime(
            "%Y-%m-%d %H:%M UTC"),
        "processor": _told(r"Model name: +(.+)", "lscpu"),
        "cores": len(CORES),
        "load": os.getloadavg()[0],
        "kernel": f"{platform.system()} {platform.release()}",
        "unbound": _told(r"Version (\S+)", UNBOUND / "sbin/unbound", "-V"),
        "etcd": _told(r"etcd Version: (\S+)", "etcd", "--version"),
        "nsd": _told(r"NSD version (\S+)", "/usr/sbin/nsd", "-v"),
        "dnsperf": _told(r"Version (\S+)", "dnsperf", "-h"),
        "module": _module(),
        "compiler": _told(r"(GCC: .+|clang version .+)", "readelf",
                          "-p.comment", MODULE),
    }
