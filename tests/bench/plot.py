"""A picture of the instructions of a query: bars of each server, for each
kind of question, by local-data's."""

import subprocess

from questions import KINDS
from servers import LOCAL_DATA, SERVERS

# Others grey, the module in colour.
COLOURS = ("#b0b0b0", "#8c8c8c", "#646464", "#1b7f5c", "#7fc8a9")

HEAD = """
set terminal svg size 900,{height} font "sans,13" background "white"
set output "{path}"
set multiplot layout {panels},1 title \
"Instructions a query, in units of those of Unbound's local-data"
set style data histograms
set style histogram clustered gap {gap}
set style fill solid noborder
set boxwidth 0.9
set yrange [0:{top}]
set grid ytics lc "#dddddd"
set border 3
set tics nomirror
set key outside top center horizontal samplen 1
set arrow from graph 0, first 1 to graph 1, first 1 nohead lw 2 lc "#c0392b" \
front
"""


# Between the bars of two kinds, in bars.
GAP = 1.5


def _bars(column, label):
    """Those of a server, and the figure above each."""
    yield f"$names using {column + 2}:xtic(1) title '{label}' " \
        f"lc rgb '{COLOURS[column]}'"
    offset = (column - (len(SERVERS) - 1) / 2) / (len(SERVERS) + GAP)
    yield f"$names using ($0 + {offset}):{column + 2}:" \
        f"(sprintf('%.2f', ${column + 2})) with labels notitle " \
        "offset 0,0.5 font ',9'"


def _panel(size, kinds):
    """Of one size of zone."""
    rows = [[f'"{kind}"', *(kinds[label][kind]["instructions"] /
                            kinds[LOCAL_DATA][kind]["instructions"]
                            for label in SERVERS)]
            for kind in KINDS if kind in kinds[LOCAL_DATA]]
    data = "\n".join(" ".join(map(str, row)) for row in rows)
    bars = ", ".join(bar for column, label in enumerate(SERVERS)
                     for bar in _bars(column, label))
    return max(max(row[1:]) for row in rows), \
        f"$names << END\n{data}\nEND\nset title '{size:,} names'\n" \
        f"plot {bars}\n"


def draw(results, path):
    panels = [_panel(size, of_size["instructions"])
              for size, of_size in results["sizes"].items()]
    head = HEAD.format(path=path.resolve(), panels=len(panels), gap=GAP,
                       height=60 + 320 * len(panels),
                       top=1.1 * max(top for top, _ in panels))
    subprocess.run(["gnuplot"], text=True, check=True,
                   input=head + "".join(text for _, text in panels)
                   + "unset multiplot\n")
