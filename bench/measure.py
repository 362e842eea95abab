"""What a program costs: wall time, CPU time and memory, with all the processes it starts."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

BUDGET = 3.0
"""Seconds for one case: what is shorter is run again, and the quickest run counts."""
MOST_RUNS = 10
SAMPLE_EVERY = 0.02


class Cost(NamedTuple):
    """Seconds and megabytes."""

    wall: float
    cpu: float
    memory: float


def measure(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a command until the budget is spent and give its quickest run."""
    costs: list[Cost] = []
    while not costs or (sum(cost.wall for cost in costs) < BUDGET and len(costs) < MOST_RUNS):
        costs.append(run_once(command, environment))
    return min(costs)


def run_once(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as process:
        start = time.perf_counter()
        peak = Peak(process.pid)
        peak.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        peak.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    # The kernel knows the largest process, however short it lived; the samples know the tree.
    return Cost(wall, usage.ru_utime + usage.ru_stime, max(usage.ru_maxrss / 1024, peak.megabytes))


class Peak(threading.Thread):
    """Samples the memory of a process and its children, shared pages divided among them."""

    def __init__(self, pid: int) -> None:
        super().__init__()
        self.pid = pid
        self.megabytes = 0.0

    def run(self) -> None:
        while now := sum(map(megabytes, tree(self.pid))):
            self.megabytes = max(self.megabytes, now)
            time.sleep(SAMPLE_EVERY)


def tree(pid: int) -> Iterator[int]:
    """Name a process and all that descend from it."""
    yield pid
    for threads in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in threads.read_text().split():
                yield from tree(int(child))


def megabytes(pid: int) -> float:
    """Look up how much memory a process has for itself; none if it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
