"""Runs of `play.yml` that fail or are killed halfway, and what is seen when they are resumed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Fails until there is a file `mended`; tells in `tried` how often it has come by.
FAILS = "sh -c 'echo {{ inventory_hostname }} >> tried; test -e mended'"


def lines(path: str) -> list[str]:
    return Path(path).read_text("utf-8").splitlines() if Path(path).exists() else []


def mend() -> None:
    Path("mended").touch()


@contextmanager
def killed_at(word: str, *arguments: str, shown: str = "") -> Iterator[None]:
    """A run of play.yml, killed when a file of this name is there, and this was shown."""
    command = [sys.executable, "-m", "opsplay", "run", "play.yml", *arguments]
    output = Path("output")
    with output.open("wb") as file, subprocess.Popen(command, stdout=file) as process:
        while not (Path(word).exists() and shown in output.read_text("utf-8")):
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    yield
