"""The benchmark of the store still runs, and its tables are whole."""

import os
import pathlib
import subprocess

BUILD = pathlib.Path(os.environ["HELIX_MODULE"]).parent.parent


def test_every_row_is_measured():
    subprocess.run(["make", "-s", "-C", BUILD, "tests/bench/bench_store"],
                   check=True, timeout=300)
    run = subprocess.run(
        [BUILD / "tests/bench/bench_store", "--names=3000", "--seconds=0.02"],
        check=True, timeout=60, stdout=subprocess.PIPE, text=True)
    sizes, questions, starts = run.stdout.split("\n\n")
    assert [row.split()[0] for row in sizes.splitlines()[1:]] == \
        ["1000", "3000"]
    assert [row.split()[0] for row in starts.splitlines()[1:]] == \
        ["1000", "3000"]
    rows = [row.split() for row in questions.splitlines()[1:]]
    # each question to one thread and to two, and beside three writers
    assert len(rows) == 5 * 2 * 3
    assert all(float(row[3]) > 0 for row in rows)
