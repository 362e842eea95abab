"""Measure what it costs to remember a run: the same 1,000 tasks with the journal and without.

With the journal three times: where none was before, where one was, and where 1,000 were.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import mean

from .cases import CASES
from .measure import Cost, run_once

ROUNDS = 30
WITHOUT, FIRST, LATER, MANY = "without", "first run", "later run", "after 1,000 runs"
REPEATED = """
WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy LIMIT 1000)
INSERT INTO run (id, facts, shapes, root) SELECT id || n, facts, shapes, 0 FROM run, copy;
INSERT INTO batch (run, events) SELECT run.number, events FROM run, batch WHERE root = 0;
UPDATE run SET root = number;
"""


def main() -> None:
    made = argparse.ArgumentParser(prog="python -m bench.journal", description=__doc__)
    made.add_argument("--rounds", type=int, default=ROUNDS)
    costs = measured(made.parse_args().rounds)
    for what in ("wall", "cpu"):
        without, *remembered = (quick(each, what) for each in costs.values())
        shares = [
            f"{name} {cost / without - 1:+.1%}"
            for name, cost in zip((FIRST, LATER, MANY), remembered, strict=True)
        ]
        print(f"{what}: {without:.3f} s without a journal; with one: {', '.join(shares)}")


def measured(rounds: int) -> dict[str, list[Cost]]:
    """Take turns, so that all share the machine's moods."""
    costs: dict[str, list[Cost]] = {name: [] for name in (WITHOUT, FIRST, LATER, MANY)}
    with tempfile.TemporaryDirectory() as folder:
        arguments = CASES["debug-1000"][1](Path(folder))
        for name in (LATER, MANY):
            cost(arguments, Path(folder, name))
        with closing(sqlite3.connect(Path(folder, MANY, "journal.sqlite"))) as journal:
            journal.executescript(REPEATED)
        for _ in range(rounds):
            for name, each in costs.items():
                switches = ["--no-journal"] if name == WITHOUT else []
                each.append(cost([*arguments, *switches], Path(folder, name)))
            shutil.rmtree(Path(folder, FIRST))
    return costs


def cost(arguments: list[str], state: Path) -> Cost:
    opsplay = str(Path(sys.executable).parent / "opsplay")
    environment = {"PATH": os.environ["PATH"], "HOME": str(state), "LANG": "C.UTF-8"}
    return run_once([opsplay, "run", *arguments, "--state-dir", str(state)], environment)


def quick(costs: list[Cost], what: str) -> float:
    """The mean of the quickest quarter: one run alone may be lucky."""
    times = sorted(getattr(cost, what) for cost in costs)
    return float(mean(times[: max(1, len(times) // 4)]))


if __name__ == "__main__":
    main()
