"""Machines that share a journal."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from opsplay.runner.cli import main
from said import Said


@dataclass
class Machine:
    """A machine with a state folder of its own; all of them share the journal, and the folder."""

    state: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Said:
        os.environ["OPSPLAY_STATE_DIR"] = str(self.state)
        self.capsys.readouterr()
        code = main([*arguments])
        return Said(code, *self.capsys.readouterr())

    @contextmanager
    def at_work(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """In a process of its own, which has come to the step that takes long."""
        command = [sys.executable, "-m", "opsplay", *arguments]
        environment = {**os.environ, "OPSPLAY_STATE_DIR": str(self.state)}
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
            while not Path("begun").exists():
                assert process.poll() is None
                time.sleep(0.01)
            yield process
            process.kill()

    def status(self) -> list[str]:
        return [run["status"] for run in self("runs", "--json").events]
