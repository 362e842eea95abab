"""What a program costs: wall time, CPU time and memory, with all the processes it starts."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

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


def run_once(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    limit: float | None = None,
    output: IO[bytes] | None = None,
) -> Cost:
    """Run a command and give what it cost; what takes longer than `limit` seconds is killed."""
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output or subprocess.DEVNULL,
        stderr=output,
    ) as process:
        start = time.perf_counter()
        peak = Peak(process.pid, limit)
        peak.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        peak.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak.megabytes)


class Peak(threading.Thread):
    """Samples the memory of a process and its children, and kills what takes too long.

    Pages that they share are divided among them. The kernel's own maximum, `ru_maxrss`, would
    not do: a new process inherits that of the one that started it.
    """

    def __init__(self, pid: int, limit: float | None) -> None:
        super().__init__()
        self.pid = pid
        self.deadline = time.monotonic() + (limit or math.inf)
        self.megabytes = 0.0

    def run(self) -> None:
        while now := sum(map(megabytes, tree(self.pid))):
            self.megabytes = max(self.megabytes, now, largest(self.pid))
            if time.monotonic() > self.deadline:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(SAMPLE_EVERY)


def tree(pid: int) -> Iterator[int]:
    """Name a process and all that descend from it."""
    yield pid
    with suppress(OSError):
        for threads in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in threads.read_text().split():
                yield from tree(int(child))


def megabytes(pid: int) -> float:
    """Look up how much memory a process has for itself; none if it is gone."""
    return looked_up(pid, "smaps_rollup", "Pss:")


def largest(pid: int) -> float:
    """Look up how much a process has ever had, between the samples too."""
    return looked_up(pid, "status", "VmHWM:")


def looked_up(pid: int, file: str, key: str) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(key):
                return int(line.split()[1]) / 1024
    return 0.0
