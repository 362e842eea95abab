"""`opsplay serve` at work in a folder, for tests."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from told import Told


class Served:
    """A server, and what it has told."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines = Told()

    def read_until(self, words: str) -> str:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines(line.rstrip("\n"))
            if words in line:
                return line
        pytest.fail(f"it ended without {words!r}: {self.lines}")

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines(line.rstrip("\n"))
        return self.process.wait(60)


Serving: TypeAlias = Callable[..., Served]
"""Starts one: which, and further arguments."""


def start(folder: Path, *arguments: str) -> Served:
    return Served(
        subprocess.Popen(
            [sys.executable, "-m", "opsplay", "serve", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
        )
    )


def refused(*arguments: str, cwd: Path) -> tuple[int, str]:
    """Start a server that cannot be; gives the exit status and all that was told."""
    done = subprocess.run(
        [sys.executable, "-m", "opsplay", "serve", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )
    return done.returncode, done.stdout + done.stderr
