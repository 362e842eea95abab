"""Attributes that a file system keeps of a file, by the letters of chattr."""

from __future__ import annotations

import fcntl
import os
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..runner.task import TaskError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What linux/fs.h calls FS_IOC_GETFLAGS and FS_IOC_SETFLAGS, and the flags that may be set.
_GET, _SET = 0x80086601, 0x40086602
_FLAGS = {
    "s": 0x1,
    "u": 0x2,
    "c": 0x4,
    "S": 0x8,
    "i": 0x10,
    "a": 0x20,
    "d": 0x40,
    "A": 0x80,
    "j": 0x4000,
    "t": 0x8000,
    "D": 0x10000,
    "T": 0x20000,
    "e": 0x80000,
    "C": 0x800000,
}
_ALL = sum(_FLAGS.values())


def adjust(path: Path, wanted: str | None, *, check: bool) -> dict[str, tuple[str, str]]:
    """Set `+A`, take away `-A`, or have just `=A` or `A`; tells what was different."""
    if not wanted:
        return {}
    operator, letters = (wanted[0], wanted[1:]) if wanted[0] in "+-=" else ("=", wanted)
    asked = _flags(letters)
    with _opened(path) as descriptor:
        before = _read(descriptor)
        after = {"+": before | asked, "-": before & ~asked, "=": before & ~_ALL | asked}[operator]
        if after == before:
            return {}
        if not check:
            fcntl.ioctl(descriptor, _SET, struct.pack("l", after))
    return {"attributes": (_letters(before), operator + letters)}


def _flags(letters: str) -> int:
    flags = 0
    for letter in letters:
        if letter not in _FLAGS:
            raise TaskError("chattr failed", details=f"there is no attribute {letter!r} to set")
        flags |= _FLAGS[letter]
    return flags


def _letters(flags: int) -> str:
    return "".join(letter for letter, flag in _FLAGS.items() if flags & flag)


def _read(descriptor: int) -> int:
    flags: int = struct.unpack("l", fcntl.ioctl(descriptor, _GET, bytes(struct.calcsize("l"))))[0]
    return flags


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Lend the file; what a file system or a right lacks is told in words."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    except OSError as error:
        raise TaskError("chattr failed", details=f"{path}: {error.strerror or error}") from error
