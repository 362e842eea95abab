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
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:  # whoever may not read a folder may still write into it
        yield
        return
    try:
        looks = count(1)
        while _is_taken(descriptor):
            if next(looks) == _TOLD_AFTER:
                ctx.warn(f"another run, or program, has locked {folder}: waiting for it")
            ctx.cancellation.sleep(_ASKS_EVERY)
        yield
    finally:
        # A program that is being started holds it as well, until it closes what it inherits.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # there are no such locks here
    return False
