"""Programs that take turns, where each works, and what it says when it fails."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import CalledProcessError
from typing import Protocol, TypeVar

from .measure import Cost, run_once

BUDGET = 4.0
"""Seconds for a program in a case: who has some left runs again, and the quickest run counts."""
MOST_RUNS = 5
MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - tempfile makes a folder of its own in it

Results = Mapping[str, Cost | str]
"""By program: what its quickest run cost, or why there is none."""


class Failed(Exception):
    """A program gave up, or what it has done is not what it was told."""


class Named(Protocol):
    @property
    def name(self) -> str: ...


P = TypeVar("P", bound=Named)


def roomy(room: int) -> Path:
    """Choose the memory where there is room: programs are to be measured, not disks."""
    if MEMORY_DISK.is_dir() and shutil.disk_usage(MEMORY_DISK).free > room:
        return MEMORY_DISK
    return Path(tempfile.gettempdir())


def named(programs: Sequence[P], beginnings: Sequence[str] | None) -> list[P]:
    return [program for program in programs if program.name.startswith(tuple(beginnings or [""]))]


def measure(run: Callable[[P], Cost], programs: Sequence[P]) -> Results:
    """Let the programs take turns, so that all of them share the machine's moods."""
    best: dict[str, Cost | str] = {}
    spent = dict.fromkeys((program.name for program in programs), 0.0)
    for _ in range(MOST_RUNS):
        for program in [program for program in programs if spent[program.name] < BUDGET]:
            began = time.perf_counter()
            try:
                best[program.name] = min(cost := run(program), best.get(program.name, cost))
            except Failed as failure:
                best[program.name], spent[program.name] = str(failure), BUDGET
            spent[program.name] += time.perf_counter() - began
    return best


def attempt(
    command: Sequence[str], folder: Path, limit: float, environment: Mapping[str, str] | None = None
) -> Cost:
    """Run a program that is at home in a folder; what takes longer than so many seconds fails."""
    home = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
    output = folder / "output"
    try:
        with output.open("wb") as file:
            return run_once(command, {**home, **(environment or {})}, limit=limit, output=file)
    except CalledProcessError as error:
        raise Failed(_reason(error, output.read_text(errors="replace"), limit)) from error


def _reason(error: CalledProcessError, output: str, limit: float) -> str:
    if error.returncode == -signal.SIGKILL:
        return f"not done after {limit:.0f} s"
    lines = output.strip().splitlines() or ["no word"]
    return f"exit status {error.returncode}: {lines[-1][-80:]}"
