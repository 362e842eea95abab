"""Attributes that a file system keeps of a file, by the letters of chattr and lsattr."""

from __future__ import annotations

import fcntl
import os
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..runner.task import TaskError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# What linux/fs.h calls FS_IOC_GETFLAGS, FS_IOC_SETFLAGS and FS_IOC_GETVERSION, the flags that may
# be set, and all that lsattr tells, in its order.
_GET, _SET, _VERSION = 0x80086601, 0x40086602, 0x80087601
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
_TOLD = {
    **{letter: _FLAGS[letter] for letter in "suSDiadAc"},
    "E": 0x800,
    "j": _FLAGS["j"],
    "I": 0x1000,
    **{letter: _FLAGS[letter] for letter in "tTeC"},
    "x": 0x2000000,
    "F": 0x40000000,
    "N": 0x10000000,
    "P": 0x20000000,
    "V": 0x100000,
    "m": 0x400,
}
_NAMES = {
    "A": "noatime",
    "C": "nocow",
    "D": "dirsync",
    "E": "encrypted",
    "I": "indexed",
    "N": "inline",
    "S": "synchronous",
    "T": "blockroot",
    "a": "append",
    "c": "compressed",
    "d": "nodump",
    "e": "extents",
    "i": "immutable",
    "j": "journalled",
    "s": "zero",
    "t": "notail",
    "u": "undelete",
}


NONE: Mapping[str, object] = {"attr_flags": "", "attributes": [], "version": None}
"""What `stat` tells where the file system keeps none."""


def told(path: Path) -> Mapping[str, object]:
    """What the file system keeps of a file or folder, as `stat` tells it."""
    try:
        with _opened(path, os.O_NOFOLLOW) as descriptor:
            flags, version = (_asked(descriptor, what) for what in (_GET, _VERSION))
    except TaskError:
        return NONE
    letters = "".join(letter for letter, flag in _TOLD.items() if flags & flag)
    names = [_NAMES[letter] for letter in letters if letter in _NAMES]
    return {"attr_flags": letters, "attributes": names, "version": str(version)}


def adjust(path: Path, wanted: str | None, *, check: bool) -> dict[str, tuple[str, str]]:
    """Set `+A`, take away `-A`, or have just `=A` or `A`; tells what was different."""
    if not wanted:
        return {}
    operator, letters = (wanted[0], wanted[1:]) if wanted[0] in "+-=" else ("=", wanted)
    asked = _flags(letters)
    with _opened(path) as descriptor:
        before = _asked(descriptor, _GET)
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


def _asked(descriptor: int, what: int) -> int:
    answer: int = struct.unpack("l", fcntl.ioctl(descriptor, what, bytes(struct.calcsize("l"))))[0]
    return answer


@contextmanager
def _opened(path: Path, flags: int = 0) -> Iterator[int]:
    """Lend the file; what a file system or a right lacks is told in words."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | flags)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    except OSError as error:
        raise TaskError("chattr failed", details=f"{path}: {error.strerror or error}") from error
