"""Names that are put into etcd and asked for all the while."""

import contextlib
import ipaddress
import itertools
import random
import threading

import dns.exception

from lab import address, wait_for
from lab_etcd import key


_marks = itertools.count(1)


def catch_up(etcd, unbound):
    """Wait until Unbound knows what etcd was told so far, by a name that no
    cache can have; it has seen all queries that were sent before, too."""
    mark = f"mark{next(_marks)}.example.com"
    etcd.put(key(mark), "192.0.2.255")
    unbound.wait_for_answer(mark, ["192.0.2.255"])


class Load:
    """Asks one name over and over, from a thread, and keeps what went
    wrong."""

    def __init__(self, unbound, name, expected):
        self.unbound, self.name, self.expected = unbound, name, expected
        self.answers, self.wrong = 0, []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._end.is_set():
            try:
                seen = self.unbound.addresses(self.name)
            except (dns.exception.Timeout, OSError) as error:
                seen = repr(error)
            if not self.is_right(seen):
                self.wrong.append(seen)
            self.answers += 1

    def is_right(self, seen):
        return seen == self.expected

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def wait_for_more(self, count=50):
        goal = self.answers + count
        wait_for(lambda: self.answers >= goal, "the load went on")


class Clock(Load):
    """A name whose address goes up and up, and is never seen to go back."""

    def __init__(self, unbound, etcd):
        super().__init__(unbound, "clock.example.com", None)
        self.time = 0
        self.last = address(0)
        self.tick(etcd)

    def tick(self, etcd):
        """Go up, several times, and wait until that is seen."""
        for _ in range(5):
            self.time += 1
            etcd.put("/helix/com/example/clock/A", address(self.time))
        self.unbound.wait_for_answer(self.name, [address(self.time)])

    def is_right(self, seen):
        if not isinstance(seen, list) or ipaddress.ip_address(seen[0]) < \
                ipaddress.ip_address(self.last):
            return False
        self.last = seen[0]
        return True


class Names:
    """What has been put, and so what must be answered in the end."""

    count = 200

    def __init__(self):
        self.address = {f"host{i}": address(i) for i in range(self.count)}
        self.next = self.count

    def put_all(self, etcd):
        etcd.put_many((f"/helix/com/example/{name}/A", value)
                      for name, value in self.address.items())

    def change(self, etcd, number):
        """Change a few names, make some and delete some."""
        chance = random.Random(number)
        for _ in range(number):
            name = chance.choice(sorted(self.address))
            if self.address[name] and chance.random() < 0.3:
                etcd.delete(f"/helix/com/example/{name}/A")
                self.address[name] = None
            else:
                self.next += 1
                self.address[name] = address(self.next)
                etcd.put(f"/helix/com/example/{name}/A", self.address[name])

    def check(self, unbound, etcd):
        """A last change is seen, and every name is as in etcd; the names of
        one commit do not change at one moment."""
        self.next += 1
        etcd.put("/helix/com/example/last/A", address(self.next))
        unbound.wait_for_answer("last.example.com", [address(self.next)])
        for name, value in self.address.items():
            unbound.wait_for_answer(f"{name}.example.com",
                                    [value] if value else "NXDOMAIN")


@contextlib.contextmanager
def steady_load(unbound, etcd):
    """A name that is asked for all the while, and never fails."""
    etcd.put("/helix/com/example/steady/A", "203.0.113.1")
    unbound.wait_for_answer("steady.example.com", ["203.0.113.1"])
    with Load(unbound, "steady.example.com", ["203.0.113.1"]) as load:
        yield load
        load.wait_for_more()
    assert not load.wrong, load.wrong[:5]
