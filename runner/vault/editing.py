"""A text in the user's editor: in a private folder, which is gone when the editor is."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import VaultError

_ENDING = (signal.SIGTERM, signal.SIGHUP)


def edited(text: bytes, name: str, editor: str | None = None) -> bytes:
    """What the user makes of a text; the editor sees the ending of `name`. Raises VaultError.

    The folder also holds what editors leave beside a file, and lies in memory where there is a
    place for that.
    """
    memory = os.environ.get("XDG_RUNTIME_DIR")
    home = memory if memory and os.access(memory, os.W_OK) else None
    try:
        with _ended_in_order(), TemporaryDirectory(prefix="opsplay-vault-", dir=home) as folder:
            path = Path(folder, f"vault{Path(name).suffix}")
            path.touch(0o600)
            path.write_bytes(text)
            _edit(path, editor or os.environ.get("EDITOR") or "vi")
            return path.read_bytes()
    except OSError as error:
        reason = f"{error.strerror}: {error.filename}"
        raise VaultError(f"{name}: the text for the editor is not to be had: {reason}") from error


def _edit(path: Path, command: str) -> None:
    try:
        done = subprocess.run([*shlex.split(command), str(path)], check=False)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        hint = "set EDITOR to an editor that there is"
        raise VaultError(f"the editor {command} cannot be started: {reason}", hint) from error
    if done.returncode:
        message = f"the editor {command} ended with status {done.returncode}; nothing was written"
        raise VaultError(message)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Clean up before a signal ends us; Ctrl-C is the editor's while it runs."""
    before = {number: signal.signal(number, _end) for number in _ENDING}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, _leave_to_the_editor)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _: object) -> None:
    sys.exit(128 + number)


def _leave_to_the_editor(*_: object) -> None:
    """An ignored signal would be ignored by the editor too; a handler is not inherited."""
