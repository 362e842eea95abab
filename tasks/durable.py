"""What has to be on the disk before something else is done."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

_QUICK = 0.0002
"""Seconds within which a file is only written to a disk that is none, or does not have to wait."""
_SIDE_BY_SIDE = 16


def sync(path: Path | str) -> None:
    """Have the system write a file, or the names in a folder, to the disk; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_each(descriptors: Sequence[int]) -> list[bool]:
    """Have the system write files to the disk; tells of each whether that was done.

    Where one takes long, the others are written side by side: a disk takes many at a time.
    """
    started = time.monotonic()
    first, others = descriptors[:1], descriptors[1:]
    done = [_is_synced(each) for each in first]
    if time.monotonic() - started < _QUICK:
        return done + [_is_synced(each) for each in others]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        return [*done, *pool.map(_is_synced, others)]


def _is_synced(descriptor: int) -> bool:
    try:
        os.fsync(descriptor)
    except OSError:
        return False
    return True
