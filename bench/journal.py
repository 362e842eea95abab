"""Measure what it costs to remember a run: the same 1,000 tasks with the journal and without."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from statistics import mean

from .cases import CASES
from .measure import Cost, run_once

ROUNDS = 30
SWITCHES = {"without": ["--no-journal"], "with": []}


def main() -> None:
    made = argparse.ArgumentParser(prog="python -m bench.journal", description=__doc__)
    made.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = made.parse_args().rounds
    costs = measured(rounds)
    for what in ("wall", "cpu"):
        without, remembered = (quick(costs[name], what) for name in ("without", "with"))
        share = remembered / without - 1
        print(f"{what}: {without:.3f} s without, {remembered:.3f} s with a journal: {share:+.1%}")


def measured(rounds: int) -> dict[str, list[Cost]]:
    """Take turns, so that both share the machine's moods."""
    costs: dict[str, list[Cost]] = {name: [] for name in SWITCHES}
    with tempfile.TemporaryDirectory() as folder:
        arguments = CASES["debug-1000"][1](Path(folder))
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8"}
        opsplay = str(Path(sys.executable).parent / "opsplay")
        for _ in range(rounds):
            for name, switches in SWITCHES.items():
                command = [opsplay, "run", *arguments, *switches]
                costs[name].append(run_once(command, environment))
    return costs


def quick(costs: list[Cost], what: str) -> float:
    """The mean of the quickest quarter: one run alone may be lucky."""
    times = sorted(getattr(cost, what) for cost in costs)
    return float(mean(times[: max(1, len(times) // 4)]))


if __name__ == "__main__":
    main()
