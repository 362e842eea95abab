"""Processes at work in a state folder: each holds a file of its own locked until it ends somehow.

Into that file it writes ahead what the database gets later: a line is there once the system has
it, whatever kills the process then, and costs a tenth of a transaction.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from .database import make_folder

Row: TypeAlias = tuple[str, str, str]


class Owner:
    """This process; raises OSError."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{os.getpid()}-{os.urandom(8).hex()}"
        self._path = path_of(folder, self.name)
        self._file = opened(self._path)
        lock(self._file)
        self._size = 0

    def write_ahead(self, rows: Sequence[Row]) -> None:
        """Add rows; all of them, or none."""
        line = f"{_encode(rows)}\n".encode()
        if os.pwrite(self._file, line, self._size) < len(line):
            os.ftruncate(self._file, self._size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._size += len(line)

    def clear(self) -> None:
        """Nothing is written ahead any more."""
        if self._size:
            os.ftruncate(self._file, 0)
            self._size = 0

    def leave(self) -> None:
        """Be at work no longer; what was written ahead stays for whoever looks."""
        if not self._size:
            with suppress(OSError):
                self._path.unlink()
        os.close(self._file)


def path_of(folder: Path, name: str) -> Path:
    """The file of a process that called itself so."""
    return folder / "owners" / Path(name).name


def lock_of(folder: Path, name: str) -> Path:
    """The file of a name that is held."""
    import hashlib

    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return folder / "locks" / digest[:32]


def is_alive(path: Path) -> bool:
    """Tell whether the process whose file this is still runs."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # Shared: two that ask at once do not take each other for the owner.
        return not lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def left_by(path: Path) -> Iterable[Row]:
    """What a process had written ahead when it died; nothing if somebody has seen to it."""
    with suppress(FileNotFoundError):
        # A line that does not end was never written, as far as the process knew.
        *lines, _ = path.read_text("utf-8").split("\n")
        for line in lines:
            yield from map(tuple, json.loads(line))


def opened(path: Path) -> int:
    """Open a file to be locked, in a folder of the state folder's."""
    make_folder(path.parent.parent)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def lock(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    """Lock a file for as long as it is open; False if others hold it."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


_encode = json.JSONEncoder(ensure_ascii=False).encode
