"""What came of it, for people to read: tables of at most 78 columns."""

import textwrap
from statistics import median

from figures import NOISY, QUIET, percentile, ratios, spread, verdict
from questions import HITS, KINDS, NXDOMAIN
from servers import CACHE_YES, LOCAL_DATA, MODULE, SERVERS

WIDTH = 78


# --- the targets ------------------------------------------------------------

def target(what, values, bound, names="", label="", unit="x",
           at_least=False, noisy=False):
    """A row of the last table; values: of each round."""
    reached = f"{median(values):.3g}{unit}"
    if len(values) > 1:
        reached += f" {min(values):.3g}..{max(values):.3g}"
    return {"what": what, "names": names,
            "cache": label.removeprefix("cache: "),
            "must": f"{'>=' if at_least else '<='}{bound:.3g}{unit}",
            "reached": reached, "values": values,
            "verdict": verdict(values, bound, at_least, noisy)}


def _instructions_targets(size, servers):
    for kind, bounds in (HITS, (1.0, 1.4)), (NXDOMAIN, (1.5, 1.5)):
        for label, bound in zip(MODULE, bounds):
            value, base = (servers[one][kind]["instructions"]
                           for one in (label, LOCAL_DATA))
            yield target(f"instructions, {kind}", [value / base], bound,
                         size, label)


def _status_targets(status, without):
    """That Prometheus reads as often as a busy Unbound answers 10,000 queries
    is far more than it does."""
    for kind in HITS, NXDOMAIN:
        value = status["queries"][kind]["instructions"] + status["read"] / 10000
        yield target(f"... {kind}, status",
                     [value / without[CACHE_YES][kind]["instructions"]], 1.01,
                     status["size"], CACHE_YES)


def _speed_targets(size, servers):
    qps = {label: [found["qps"] for found in kinds[HITS]]
           for label, kinds in servers.items()}
    for label in MODULE:
        yield target("queries/s, hits", ratios(qps[label], qps[LOCAL_DATA]),
                     0.95, size, label, at_least=True, noisy=True)


def _delay_targets(size, servers):
    for label in MODULE:
        for percent, bound in (50, 2), (99, 10):
            yield target(f"put to answer, ms, p{percent}",
                         [percentile(found["answer"], percent)
                          for found in servers[label]], bound, size, label,
                         unit="")


def _memory_targets(memory):
    size = memory["size"]
    record = {label: record_memory(memory, label)
              for label in (LOCAL_DATA, CACHE_YES)}
    yield target("octets a record", record[CACHE_YES], 200, size, unit="")
    yield target("... by local-data's",
                 ratios(record[CACHE_YES], record[LOCAL_DATA]), 1 / 3, size)


def _changes_targets(size, servers):
    for label in MODULE:
        quiet, changing = ([found[when] for found in servers[label]]
                           for when in ("quiet", "changing"))
        for what, values in (
                ("queries/s, keys changing",
                 [c["qps"] / q["qps"] for c, q in zip(changing, quiet)]),
                ("... by its thread's CPU us",
                 [q["worker"] / c["worker"]
                  for c, q in zip(changing, quiet)])):
            yield target(what, values, 0.9, size, label, at_least=True,
                         noisy=True)


def _import_targets(found):
    took, etcd = ([one[what] for one in found["rounds"]]
                  for what in ("helixctl", "etcd"))
    yield target("import, by etcd's own", ratios(took, etcd), 1.3,
                 found["size"])


def targets(results):
    usual, copy = results["usual"], results["copy"]
    for size, of_size in results["sizes"].items():
        if size < 1000000:
            yield from _instructions_targets(size, of_size["instructions"])
    yield from _status_targets(results["status"], results["sizes"][usual][
        "instructions"])
    for size, of_size in results["sizes"].items():
        yield from _speed_targets(size, of_size["speed"])
    yield from _delay_targets(usual, results["delay"])
    yield from _memory_targets(results["memory"])
    yield target("first copy, by curl's",
                 ratios(copy["module"], copy["curl"]), 1.5, copy["size"])
    yield from _changes_targets(usual, results["changes"])
    yield from _import_targets(results["import"])


def record_memory(memory, label):
    """Octets for a record, of each round."""
    return [(full - empty) / memory["size"] for full, empty in
            zip(memory[label]["full"], memory[label]["empty"])]


# --- doubts -----------------------------------------------------------------

def notes(results):
    """What to know before the figures are believed."""
    load = results["machine"]["load"]
    if load > 1:
        yield (f"This machine was busy with other things when it began (load "
               f"average {load:.1f}): believe instructions only.")
    for size, of_size in results["sizes"].items():
        base = of_size["speed"][LOCAL_DATA][HITS]
        for what in "qps", "cpu":
            far = spread([found[what] for found in base])
            if far > QUIET:
                yield (f"This machine was too noisy: {what} of local-data, "
                       f"{size:,} names, hits, differed by {far:.0%} from "
                       f"round to round.")
        busy = median(found["busy"] for found in base)
        if busy < 0.95:
            yield (f"{size:,} names: local-data was busy for {busy:.0%} of "
                   f"the time: dnsperf asked for no more. CPU us say more "
                   f"than queries/s.")
        slow = [f"{label} ({kind})" for label, kinds
                in of_size["instructions"].items()
                for kind, found in kinds.items() if found["seconds"] > 4]
        if slow:
            yield (f"{size:,} names: callgrind took so long that the TTL of "
                   f"5 s ended meanwhile: {', '.join(slow)}.")
        lost = [f"{label} ({kind})" for label, kinds
                in of_size["speed"].items() for kind, rounds in kinds.items()
                if any(found["lost"] > found["answers"] / 1000
                       for found in rounds)]
        if lost:
            yield (f"{size:,} names: more than one query in a thousand was "
                   f"lost: {', '.join(lost)}.")
    rate = min(found["rate"] for label in MODULE
               for found in results["changes"][label])
    if rate < 4500:
        yield (f"etcd and the writer made only {rate:,.0f} changes a second "
               f"in one of the rounds.")


def judge(results):
    """Add the verdicts to what was measured."""
    results["targets"] = list(targets(results))
    results["notes"] = list(notes(results))


# --- tables -----------------------------------------------------------------

def line(what, cells, width=11):
    return f"{what:<22}" + "".join(f"{cell:>{width}}" for cell in cells)


def _cells(form, values):
    """A cell for each server, empty where nothing was measured."""
    return [form(values[label]) if values.get(label) else ""
            for label in SERVERS]


def _short(ratio):
    """In four octets."""
    return f"{ratio:.{2 if ratio < 9.995 else 1 if ratio < 99.95 else 0}f}"


def _compared(kind, values, form):
    """Lines of a kind of question: the figure; by local-data's; and the
    latter's lowest and highest of the rounds."""
    yield line(f"  {kind}", _cells(lambda v: form(median(v)), values))
    by = {label: ratios(v, values[LOCAL_DATA]) for label, v in values.items()}
    yield line("    by local-data's", _cells(
        lambda v: _short(median(v)), by))
    if len(by[LOCAL_DATA]) > 1:
        yield line("    lowest..highest", _cells(
            lambda v: f"{_short(min(v))}..{_short(max(v))}", by))


def _table(title, found, what, form):
    """A table of one of the figures; found: of each server and kind, the
    rounds."""
    yield ""
    yield line(title, SERVERS)
    for kind in KINDS:
        values = {label: [one[what] for one in kinds.get(kind, [])]
                  for label, kinds in found.items()}
        if values[LOCAL_DATA]:
            yield from _compared(kind, values, form)


def _speed(size, of_size):
    yield ""
    yield f"{size:,} names"
    counted = {label: {kind: [one] for kind, one in kinds.items()}
               for label, kinds in of_size["instructions"].items()}
    yield from _table("instructions a query", counted, "instructions",
                      lambda v: f"{v:,.0f}")
    yield from _table("CPU us a query", of_size["speed"], "cpu",
                      lambda v: f"{v:.2f}")
    yield from _table("queries/s", of_size["speed"], "qps",
                      lambda v: f"{v:,.0f}")
    busy = {label: [one["busy"] for one in kinds[HITS]]
            for label, kinds in of_size["speed"].items()}
    yield line("  busy, hits", _cells(lambda v: f"{median(v):.0%}", busy))


def _status(results):
    status = results["status"]
    without = results["sizes"][status["size"]]["instructions"][CACHE_YES]
    yield ""
    yield line("instructions, status", ["hits", "no such name", "/metrics"],
               14)
    for title, found in (("  cache: yes, with it", status["queries"]),
                         ("  without", without)):
        cells = [f"{found[kind]['instructions']:,.0f}"
                 for kind in (HITS, NXDOMAIN)]
        yield line(title, [*cells, f"{status['read']:,.0f}"]
                   if found is not without else cells, 14)


def _delay(results):
    yield ""
    yield line("put to answer, ms", ["p50", "p99", "max"])
    for label in MODULE:
        rounds = results["delay"][label]
        answer, etcd = ([one for found in rounds for one in found[what]]
                        for what in ("answer", "etcd"))
        for title, ms in ((label, answer), ("  put to etcd's OK", etcd),
                          ("  etcd's OK to answer",
                           [a - b for a, b in zip(answer, etcd)])):
            yield line(f"  {title}", [f"{percentile(ms, percent):.2f}"
                                      for percent in (50, 99, 100)])


def _changes(results):
    yield ""
    yield line("hits, keys changing", ["quiet", "changing", "ratio",
                                       "changes/s", "etcd"])
    for label, rounds in results["changes"].items():
        for what, title, form in (("qps", f"{label}, queries/s", ",.0f"),
                                  ("worker", "  us of its thread", ".2f")):
            quiet, changing = ([one[when][what] for one in rounds]
                               for when in ("quiet", "changing"))
            cells = [f"{median(quiet):{form}}", f"{median(changing):{form}}",
                     f"{median(ratios(changing, quiet)):.2f}"]
            if what == "qps":
                cells += [f"{median(one['rate'] for one in rounds):,.0f}",
                          f"{median(one['etcd'] for one in rounds):.0%} CPU"]
            yield line(f"  {title}", cells)


def _size(results):
    copy, memory = results["copy"], results["memory"]
    size = copy["size"]
    own = median(memory[CACHE_YES]["own"]) / size
    octets = {label: median(record_memory(memory, label))
              for label in (LOCAL_DATA, CACHE_YES)}
    yield ""
    yield f"first copy of {size:,} keys: module " \
        f"{median(copy['module']):.2f} s, curl {median(copy['curl']):.2f} s"
    yield f"octets a record of {size:,}: module {octets[CACHE_YES]:.0f} " \
        f"(by its own count {own:.0f}), local-data {octets[LOCAL_DATA]:.0f}"


def _import(results):
    found = results["import"]
    middle = {what: median(one[what] for one in found["rounds"])
              for what in ("helixctl", "etcd", "memory", "transactions")}
    yield f"import of {found['size']:,} names, {middle['transactions']:,} " \
        f"transactions: helixctl {middle['helixctl']:.2f} s, " \
        f"etcd {middle['etcd']:.2f} s,"
    yield f"  with {middle['memory'] / 1e6:.0f} MB of memory"


def _row(*cells):
    return "{:<26} {:>9} {:<5} {:<8} {:<19} {}".format(*cells)


def _verdicts(results):
    yield ""
    yield _row("what", "names", "cache", "must", "reached", "met?")
    for one in results["targets"]:
        names = f"{one['names']:,}" if one["names"] else ""
        yield _row(one["what"], names, one["cache"], one["must"],
                   one["reached"],
                   "noisy" if one["verdict"] == NOISY else one["verdict"])
    if any(one["verdict"] == NOISY for one in results["targets"]):
        yield f"noisy: {NOISY}, as some rounds reach it, and some do not."


def text(results):
    machine = results["machine"]
    lines = [*textwrap.wrap(
                 f"{machine['when']}, {machine['processor']}, "
                 f"{machine['cores']} cores, {machine['kernel']}", WIDTH),
             f"Unbound {machine['unbound']}, NSD {machine['nsd']}, "
             f"etcd {machine['etcd']}, dnsperf {machine['dnsperf']}",
             f"unbound-helix {machine['module']}, {machine['compiler']}",
             f"Medians of {results['rounds']} rounds; one thread answers."]
    for size, of_size in results["sizes"].items():
        lines += _speed(size, of_size)
    for part in (_status, _delay, _changes, _size, _import,
                 _verdicts):
        lines += part(results)
    for note in results["notes"]:
        lines += ["", *textwrap.wrap(note, WIDTH)]
    return "\n".join(lines)
