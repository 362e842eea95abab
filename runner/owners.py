"""Processes at work in a state folder: each holds a file of its own locked until it ends somehow.

Into that file it writes ahead what the database gets later: a line is there once the system has
it, whatever kills the process then, and costs a tenth of a transaction.

A lock is one of fcntl, not of flock: no child inherits it, not even for the moment before it is
another program, so a process that was killed is known for dead at once. But a process loses such a
lock when it closes any descriptor of the file, and does not keep itself out: hence `_ours`.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from .database import make_folder

Row: TypeAlias = tuple[str, str, Mapping[str, Any]]
"""A space, a key in it, and its facts."""

_ours: set[Path] = set()
"""The files that this process has locked."""
_looking = threading.Lock()


class Owner:
    """This process; raises OSError."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{os.getpid()}-{os.urandom(8).hex()}"
        self._path = path_of(folder, self.name)
        self._file = locked(self._path)
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
        let_go(self._path, self._file)


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
    with _looking:
        if path in _ours:
            return True
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            # Shared: two that ask at once do not take each other for the owner.
            fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False


def left_by(path: Path) -> Iterable[Row]:
    """What a process had written ahead when it died; nothing if somebody has seen to it."""
    with suppress(FileNotFoundError):
        # A line that does not end was never written, as far as the process knew.
        *lines, _ = path.read_text("utf-8").split("\n")
        for line in lines:
            yield from json.loads(line)


def locked(path: Path) -> int:
    """Lock a file in a folder of the state folder's; raises BlockingIOError if others hold it."""
    with _looking:
        if path in _ours:
            raise BlockingIOError
        make_folder(path.parent.parent)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
        _ours.add(path)
        return descriptor


def let_go(path: Path, descriptor: int) -> None:
    """Give up the lock of a file."""
    with _looking:
        os.close(descriptor)
        _ours.discard(path)


_encode = json.JSONEncoder(ensure_ascii=False).encode
