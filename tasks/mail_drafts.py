"""Files that have no name before they are whole and on the disk.

Where the system can do it (O_TMPFILE) a draft lies nowhere: if the process is killed, it is gone.
Elsewhere it has a hidden name. All raise OSError.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO, cast

from . import durable

_PREFIX, _SUFFIX = ".opsplay-", ".part"
_A_DAY = 24 * 3600.0
_OPEN = "/proc/self/fd"
_NAMELESS = getattr(os, "O_TMPFILE", 0) if Path(_OPEN).exists() else 0


def draft(folder: Path) -> BinaryIO:
    """Make a file, to be placed in this folder or another one of the same file system."""
    if _NAMELESS:
        with suppress(OSError):  # not every file system can
            flags = _NAMELESS | os.O_RDWR | os.O_CLOEXEC
            return os.fdopen(os.open(folder, flags, 0o666), "w+b")
    _sweep(folder)
    return cast("BinaryIO", tempfile.NamedTemporaryFile(prefix=_PREFIX, suffix=_SUFFIX, dir=folder))


@cache
def _sweep(folder: Path) -> None:
    """Remove, once a run, what killed runs have left; of those that run nothing is so old."""
    for left in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _A_DAY:
                left.unlink()


def place(file: BinaryIO, path: Path) -> bool:
    """Give a draft its name; False if something of that name is there already."""
    descriptor = file.fileno()
    try:
        if isinstance(file.name, str):
            os.link(file.name, path)
        else:
            # Only given a descriptor too, which an absolute path makes no use of, does it follow.
            os.link(f"{_OPEN}/{descriptor}", path, src_dir_fd=descriptor, follow_symlinks=True)
    except FileExistsError:
        return False
    return True


def sync(file: BinaryIO) -> None:
    """Let all of a draft be on the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_all(files: Sequence[BinaryIO]) -> None:
    """Let many drafts be on the disk; all begin to be written before one is waited for."""
    for file in files:
        file.flush()
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    # The last first: with it a journal is written that holds the others too.
    for file in reversed(files):
        os.fsync(file.fileno())


def discard(file: BinaryIO) -> None:
    """Let go of a draft; once it was placed, it stays there."""
    with suppress(OSError):  # what could not be written is not written now either
        file.close()


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, whose names are on the disk then."""
    missing = list(takewhile(lambda each: not each.exists(), (folder, *folder.parents)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(error.errno, "it is there, and no folder") from error
    for made in missing:
        durable.sync(made.parent)
