"""Who edits a file has it alone: of two that read it and write it anew, one would undo the other.

All hosts of a play are on this machine, and many may edit one file at once.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from ..runner.task import Context

_HEEDS_WITHIN = 0.1
_ASKS_EVERY = 0.01
_TOLD_AFTER = 200
_TURNS: dict[str, threading.Lock] = {}
"""Of the files that this run edits."""
_FOLDERS: dict[str, tuple[int, int]] = {}
"""Of the folders that this run has locked: the descriptor, and how many of it are at work there."""
_FOLDERS_CHANGE = threading.Lock()
_UNLOCKED = -1


@contextmanager
def alone(path: Path, ctx: Context) -> Iterator[None]:
    """While the body runs nobody else edits the file, in this run or in another one.

    Other runs are kept out by a lock on the folder (flock(2)), as the file itself is replaced;
    where there is none to be had, as on NFS, they are not.
    """
    if ctx.check:
        yield
        return
    name = os.path.realpath(path)
    turn = _TURNS.setdefault(name, threading.Lock())
    while not turn.acquire(timeout=_HEEDS_WITHIN):
        ctx.cancellation.check()
    try:
        with _locked(_folder_above(name), ctx):
            yield
    finally:
        turn.release()


def _folder_above(name: str) -> str:
    folder = os.path.dirname(name)  # noqa: PTH120  # of any name, never raises
    return folder if os.path.isdir(folder) or folder == name else _folder_above(folder)  # noqa: PTH112


@contextmanager
def _locked(folder: str, ctx: Context) -> Iterator[None]:
    looks = count(1)
    while not _is_entered(folder):
        if next(looks) == _TOLD_AFTER:
            ctx.warn(f"another run, or program, has locked {folder}: waiting for it")
        ctx.cancellation.sleep(_ASKS_EVERY)
    try:
        yield
    finally:
        _leave(folder)


def _is_entered(folder: str) -> bool:
    """Whoever of this run comes to a folder that it has locked goes in: to another file."""
    with _FOLDERS_CHANGE:
        descriptor, inside = _FOLDERS.get(folder) or (_lock(folder), 0)
        if descriptor is None:
            return False
        _FOLDERS[folder] = descriptor, inside + 1
        return True


def _leave(folder: str) -> None:
    with _FOLDERS_CHANGE:
        descriptor, inside = _FOLDERS.pop(folder)
        if inside > 1:
            _FOLDERS[folder] = descriptor, inside - 1
        elif descriptor != _UNLOCKED:
            # A program that is being started holds it as well, until it closes what it inherits.
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)


def _lock(folder: str) -> int | None:
    """The folder's descriptor; None while somebody else has locked it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return _UNLOCKED  # whoever may not read a folder may still write into it
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        pass  # there are no such locks here
    return descriptor
