"""snapshot: the last known copy on disk. An Unbound that starts while etcd is
away answers all the same, and what is on disk is whole or is not used."""

import contextlib
import os
import random
import re
import signal
import subprocess
import time

import dns.rcode
import pytest

from lab import address, wait_for
from lab_load import Load


@pytest.fixture(params=["v3", "v2"])
def api(request):
    return request.param


only_v3 = pytest.mark.parametrize("api", ["v3"], indirect=True)


@pytest.fixture
def file(tmp_path):
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder / "helix.snapshot"


@pytest.fixture
def follower(laboratory, etcd, file):
    """An Unbound that keeps a snapshot."""
    unbound = laboratory.unbound(etcd, more={"snapshot": str(file)})
    unbound.wait_for_log("following etcd")
    return unbound


def put_names(etcd, count):
    etcd.put_many((f"/helix/com/example/host{i}/A", address(i))
                  for i in range(count))


def check_names(unbound, count):
    for i in range(count):
        assert unbound.addresses(f"host{i}.example.com") == [address(i)]


def packed(name, value):
    """A key and its value, as the file has them."""
    return f"/helix/{name}{value}".encode()


def stop_written(unbound, file, *last):
    """End Unbound, with what was put last in the file. At the end, it has a
    second for the disk; where that was too little, it is given more of it."""
    def written():
        return file.exists() and packed(*last) in file.read_bytes()
    began = time.monotonic()
    assert unbound.stop() == 0
    if not written() and time.monotonic() - began > 0.5:
        unbound.start()
        wait_for(written, "the change was in the file")
        assert unbound.stop() == 0


def test_a_start_without_etcd_answers_at_once(laboratory, etcd, follower,
                                              file):
    put_names(etcd, 300)
    etcd.put("/helix/com/example/gone/A", "203.0.113.1")
    follower.wait_for_answer("gone.example.com", ["203.0.113.1"])
    etcd.delete("/helix/com/example/gone/A")
    etcd.put("/helix/com/example/bad/A", "no address")
    follower.wait_for_answer("gone.example.com", "NXDOMAIN")
    follower.wait_for_log("bad/A is not served")
    # what has changed is written at the end
    stop_written(follower, file, "com/example/bad/A", "no address")
    etcd.stop()
    follower.start()
    follower.wait_for_log(r"snapshot .*: revision \d+, confirmed by etcd "
                          r"\d+ s ago")
    check_names(follower, 300)
    assert follower.addresses("gone.example.com") == "NXDOMAIN"
    # and all goes on from there
    with Load(follower, "host7.example.com", [address(7)]) as load:
        follower.wait_for_log("cannot follow etcd .*; answering from the copy")
        etcd.start()
        etcd.put("/helix/com/example/gone/A", "203.0.113.2")
        follower.wait_for_answer("gone.example.com", ["203.0.113.2"])
        load.wait_for_more()
    assert not load.wrong


def test_what_changes_is_written_before_the_end_too(etcd, follower, file):
    """A power failure loses some seconds at most."""
    for number in range(3):
        etcd.put("/helix/com/example/www/A", address(number))
        last = packed("com/example/www/A", address(number))
        wait_for(lambda: file.exists() and last in file.read_bytes(),
                 "the change was in the file")
    follower.kill()
    etcd.stop()
    follower.start()
    assert follower.addresses("www.example.com") == [address(2)]


def test_while_etcd_is_there_its_data_is_waited_for(etcd, follower):
    """No start begins with old data where new data is to be had."""
    # as long as it takes
    follower.etcd["heartbeat"] = "1m"
    follower.more["startup-wait"] = "1m"
    follower.configure(["example.com"])
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    follower.wait_for_answer("www.example.com", ["203.0.113.1"])
    for number in range(5):
        follower.stop()
        etcd.put("/helix/com/example/www/A", address(number))
        follower.start()
        assert follower.addresses("www.example.com") == [address(number)]


def test_zones_may_be_others_at_the_next_start(etcd, follower, file):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    etcd.put("/helix/org/example/www/A", "203.0.113.2")
    follower.wait_for_answer("www.example.com", ["203.0.113.1"])
    stop_written(follower, file, "org/example/www/A", "203.0.113.2")
    etcd.stop()
    follower.configure(["example.org"])
    follower.start()
    assert follower.addresses("www.example.org") == ["203.0.113.2"]


def test_a_reload_that_waits_for_nothing_while_etcd_is_away(etcd, follower,
                                                            file):
    """With startup-wait 0s, another zone takes effect at once."""
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    etcd.put("/helix/org/example/www/A", "203.0.113.2")
    last = packed("org/example/www/A", "203.0.113.2")
    wait_for(lambda: file.exists() and last in file.read_bytes(),
             "the change was in the file")
    etcd.stop()
    follower.wait_for_log("lost etcd")
    follower.more["startup-wait"] = "0s"
    follower.configure(["example.com", "example.org"])
    follower.reload()
    assert follower.addresses("www.example.com") == ["203.0.113.1"]
    assert follower.addresses("www.example.org") == ["203.0.113.2"]
    etcd.start()
    etcd.put("/helix/org/example/www/A", "203.0.113.3")
    follower.wait_for_answer("www.example.org", ["203.0.113.3"])


def test_a_reload_to_another_etcd_and_back(laboratory, etcd, follower, file):
    """The file follows what is followed."""
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    other = laboratory.etcd()
    other.put("/helix/com/example/www/A", "203.0.113.2")
    for source, answer in (other, "203.0.113.2"), (etcd, "203.0.113.1"), \
            (other, "203.0.113.2"):
        follower.etcd["endpoints"] = [source.url]
        follower.configure(["example.com"])
        follower.reload()
        follower.wait_for_answer("www.example.com", [answer])
    stop_written(follower, file, "com/example/www/A", answer)
    other.stop()
    follower.start()
    assert follower.addresses("www.example.com") == ["203.0.113.2"]


def test_too_old_for_max_stale(laboratory, etcd, file):
    more = {"snapshot": str(file), "max-stale": "2s"}
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    unbound = laboratory.unbound(etcd, more=more)
    unbound.wait_for_log("following etcd")
    stop_written(unbound, file, "com/example/www/A", "203.0.113.1")
    etcd.stop()
    wait_for(lambda: time.time() - file.stat().st_mtime > 2.5,
             "the file got old")
    unbound.start()
    unbound.wait_for_log("no etcd was reached for longer than max-stale")
    answer = unbound.ask("www.example.com")
    assert answer.rcode() == dns.rcode.SERVFAIL
    assert [(o.otype, int(o.code)) for o in answer.options] == [(15, 22)]
    etcd.start()
    unbound.wait_for_answer("www.example.com", ["203.0.113.1"])


def test_an_etcd_that_is_older_than_the_file_is_left_for_another(
        laboratory, tmp_path, file):
    """The clock is not turned back, unless etcd was replaced as a whole."""
    etcd = laboratory.etcd()
    for number in range(20):
        etcd.put("/helix/com/example/www/A", address(number))
    unbound = laboratory.unbound(etcd, more={"snapshot": str(file)})
    unbound.wait_for_answer("www.example.com", [address(19)])
    stop_written(unbound, file, "com/example/www/A", address(19))
    stranger = laboratory.etcd()
    stranger.put("/helix/com/example/www/A", "203.0.113.9")
    unbound.etcd["endpoints"] = [stranger.url, etcd.url]
    unbound.configure(["example.com"])
    unbound.start()
    unbound.wait_for_log(f"following etcd {etcd.url}: ")
    unbound.wait_for_log(f"cannot follow etcd {stranger.url}: .*another "
                         "cluster|is at revision")
    assert unbound.addresses("www.example.com") == [address(19)]
    unbound.stop()
    # all of it is another one now
    unbound.etcd["endpoints"] = [stranger.url]
    unbound.configure(["example.com"])
    unbound.start()
    unbound.wait_for_log("etcd was replaced; listing again")
    unbound.wait_for_answer("www.example.com", ["203.0.113.9"])


# --- what is not whole is not used -------------------------------------------

def flipped(data):
    at = random.Random(4).randrange(8, len(data) - 24)
    return data[:at] + bytes([data[at] ^ 4]) + data[at + 1:]


@only_v3
@pytest.mark.parametrize("damage, message", [
    (lambda data: data[:-1], "not as long as it says"),
    (lambda data: data[:len(data) // 2], "not as long as it says"),
    (lambda data: b"", "no snapshot"),
    (flipped, "is damaged|not as long|is of etcd's API"),
    (lambda data: data + b"\0", "not as long as it says"),
    (lambda data: b"#!/bin/sh\n" * 100, "no snapshot"),
    (lambda data: data[:7] + b"\2" + data[8:], "of version 2; expected 1"),
], ids=["an octet short", "half of it", "empty", "flipped", "longer",
        "another file", "another version"])
def test_a_file_that_is_not_whole(etcd, follower, file, damage, message):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    follower.wait_for_answer("www.example.com", ["203.0.113.1"])
    stop_written(follower, file, "com/example/www/A", "203.0.113.1")
    etcd.stop()
    file.write_bytes(damage(file.read_bytes()))
    follower.more["startup-wait"] = "100ms"
    follower.configure(["example.com"])
    follower.start()
    follower.wait_for_log(f"the snapshot .* is not used: .*({message})")
    assert follower.ask("www.example.com").rcode() == dns.rcode.SERVFAIL
    # and the next one takes its place
    etcd.start()
    follower.wait_for_answer("www.example.com", ["203.0.113.1"])
    stop_written(follower, file, "com/example/www/A", "203.0.113.1")
    etcd.stop()
    follower.start()
    assert follower.addresses("www.example.com") == ["203.0.113.1"]


@only_v3
def test_a_file_of_another_prefix(etcd, follower, file):
    etcd.put("/helix/com/example/www/A", "203.0.113.1")
    follower.wait_for_answer("www.example.com", ["203.0.113.1"])
    stop_written(follower, file, "com/example/www/A", "203.0.113.1")
    etcd.stop()
    follower.etcd["prefix"] = "/other"
    follower.more["startup-wait"] = "100ms"
    follower.configure(["example.com"])
    follower.start()
    follower.wait_for_log("is not used: it is of the prefix /helix; expected "
                          "/other")
    assert follower.ask("www.example.com").rcode() == dns.rcode.SERVFAIL


# --- where it can't be written -----------------------------------------------

@contextlib.contextmanager
def small_disk(folder):
    """A file system of 128 KiB."""
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "none",
                           folder], capture_output=True, text=True)
    if made.returncode:
        pytest.skip("no file system can be mounted here: " + made.stderr)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@only_v3
def test_the_disk_is_full_and_then_it_is_not(laboratory, etcd, file):
    with small_disk(file.parent):
        put_names(etcd, 200)
        unbound = laboratory.unbound(etcd, more={"snapshot": str(file)})
        wait_for(file.exists, "the file was written")
        before = file.read_bytes()
        etcd.put_many((f"/helix/com/example/large{i}/AAAA", "x" * 2000)
                      for i in range(60))
        etcd.put("/helix/com/example/last/A", "203.0.113.1")
        with Load(unbound, "host7.example.com", [address(7)]) as load:
            unbound.wait_for_log("the snapshot .* cannot be written: No space")
            unbound.wait_for_answer("last.example.com", ["203.0.113.1"])
            load.wait_for_more()
        assert not load.wrong
        # the one before stays, and nothing beside it fills the disk
        assert file.read_bytes()[:-16] == before[:-16]
        assert os.listdir(file.parent) == [file.name]
        for i in range(60):
            etcd.delete(f"/helix/com/example/large{i}/AAAA")
        unbound.wait_for_log("the snapshot .* is written again")
        assert unbound.log().count("cannot be written") == 1
        unbound.stop()
        etcd.stop()
        unbound.start()
        assert unbound.addresses("last.example.com") == ["203.0.113.1"]
        unbound.stop()


@only_v3
def test_a_folder_that_is_read_only(laboratory, etcd, file):
    with small_disk(file.parent):
        subprocess.run(["mount", "-o", "remount,ro", file.parent], check=True)
        unbound = laboratory.unbound(etcd, more={"snapshot": str(file)})
        unbound.wait_for_log("the snapshot .* cannot be written: Read-only")
        etcd.put("/helix/com/example/www/A", "203.0.113.1")
        unbound.wait_for_answer("www.example.com", ["203.0.113.1"])
        unbound.stop()


@only_v3
def test_two_that_write_the_same_file(laboratory, etcd, follower, file):
    """Whoever is last wins, and it is whole."""
    other = laboratory.unbound(etcd, more={"snapshot": str(file)})
    for number in range(20):
        etcd.put("/helix/com/example/www/A", address(number))
    for unbound in follower, other:
        unbound.wait_for_answer("www.example.com", [address(19)])
    stop_written(follower, file, "com/example/www/A", address(19))
    stop_written(other, file, "com/example/www/A", address(19))
    etcd.stop()
    follower.start()
    assert follower.addresses("www.example.com") == [address(19)]


def first_octets(file):
    with file.open("rb") as opened:
        return opened.read(8192)


def put_large(etcd):
    """What makes the file large, and is of no zone."""
    etcd.put_many((f"/helix/org/example/fill{i}/A", "x" * 9000)
                  for i in range(1500))


@only_v3
@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP", "reload", "stop"])
def test_ended_or_reloaded_in_the_midst_of_writing(laboratory, etcd, file,
                                                   how):
    put_names(etcd, 50)
    put_large(etcd)
    temporary = file.with_name(file.name + ".new")
    unbound = laboratory.unbound(etcd, more={"snapshot": str(file)})
    chance = random.Random(6)
    for number in range(3):
        etcd.put("/helix/com/example/last/A", address(number))
        size = chance.randrange(10, 10 << 20)
        last = "com/example/last/A", address(number)
        # unless it is done before we see it
        wait_for(lambda: size_of(temporary) > size or
                 file.exists() and packed(*last) in first_octets(file),
                 "it wrote")
        if how == "SIGHUP":
            unbound.signal(signal.SIGHUP)
        elif how == "SIGTERM":
            assert unbound.stop() == 0
        else:
            unbound.control(how)
        if how in ("SIGTERM", "stop"):
            wait_for(lambda: not unbound.is_running(), "it ended")
            assert unbound.process is None or unbound.process.returncode == 0
            assert not temporary.exists()
            unbound.start()
        unbound.wait_for_answer("last.example.com", [address(number)])
    stop_written(unbound, file, *last)
    etcd.stop()
    unbound.start()
    assert "is not used" not in unbound.log()
    check_names(unbound, 50)
    assert unbound.addresses("last.example.com") == [address(2)]


@only_v3
def test_killed_in_the_midst_of_writing_a_hundred_times(laboratory, etcd,
                                                        file):
    """The next start never reads a broken one: it has all names, as they were
    at one time."""
    put_names(etcd, 500)
    put_large(etcd)
    temporary = file.with_name(file.name + ".new")
    unbound = laboratory.unbound(etcd, more={"snapshot": str(file)})
    wait_for(file.exists, "the file was written")
    unbound.stop()
    chance, caught, newest = random.Random(5), 0, None
    for number in range(100):
        etcd.put("/helix/com/example/last/A", address(number))
        # of what the last one left, only so much that it is seen to begin
        if temporary.exists():
            os.truncate(temporary, 10)
        before, size = file.stat().st_ino, chance.randrange(10, 24 << 20)
        unbound.launch_daemon()
        wait_for(lambda: size_of(temporary) > size or
                 file.stat().st_ino != before, "it wrote")
        unbound.kill()
        caught += temporary.exists()
        if file.stat().st_ino != before:
            newest = number
    assert caught >= 20, caught
    etcd.stop()
    unbound.start()
    assert "is not used" not in unbound.log()
    assert len(re.findall(r"snapshot .*: revision", unbound.log())) == 101
    check_names(unbound, 500)
    assert unbound.addresses("last.example.com") == [address(newest)]


def size_of(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1
