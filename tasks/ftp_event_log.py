"""Where an FTP server tells what happens: the listeners of the run, and a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from ..runner.task import Context, TaskError


class EventLog:
    """Takes lines, and opens the file; raises TaskError."""

    def __init__(self, ctx: Context, path: Path | None) -> None:
        self._tell = ctx.line
        self._file = path and ctx.exit_stack.enter_context(_open_log(path))

    def __call__(self, line: str) -> None:
        self._tell(line)
        if self._file:
            try:
                self._file.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}\n")
            except OSError as error:
                self._tell(f"cannot write {self._file.name}: {error.strerror}")


def _open_log(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise TaskError(f"cannot write log {path}: {error.strerror}") from error
