"""A local file, or a text, while it is read: which version of it this is, and if it stays so."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from typing import Self

from ..runner.task import TaskError
from . import paths

BLOCK = 256 * 1024
"""A file of no more than this comes in one piece."""
PIECE = 512 * 1024
"""Of a larger one, so much at a time."""
_TICK = 20_000_000
"""Nanoseconds: no step of the clock that files are stamped by is longer."""


class Reading:
    """Reads what there was when it was opened, never more.

    No dataclass: there may be 100,000 of them, one after the other.
    """

    __slots__ = ("_found", "_text", "descriptor", "mtime", "name", "size")

    def __init__(self, name: str, source: bytes | int, found: os.stat_result | None = None) -> None:
        """Read a text, or from a descriptor of which this was `found` out."""
        self.name = name
        self._text, self.descriptor = (b"", source) if isinstance(source, int) else (source, -1)
        self._found = found
        self.size = found.st_size if found else len(self._text)
        self.mtime = found.st_mtime if found else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._found:
            os.close(self.descriptor)

    @property
    def version(self) -> str:
        """Differs as soon as a byte does: the system's change time cannot be set back."""
        if self._found:
            return ":".join(map(str, _version(self._found)))
        from hashlib import sha256

        return sha256(self._text).hexdigest()

    @property
    def is_settled(self) -> bool:
        """Whether every change from now on makes another version; one in the same tick may not."""
        return self._found is None or time.time_ns() - self._found.st_ctime_ns > _TICK

    def whole(self) -> bytes:
        """Read all of a small file."""
        if not self._found:
            return self._text
        with paths.told(f"read {self.name}"):
            return os.pread(self.descriptor, self.size, 0)

    def blocks(
        self, offset: int = 0, end: int | None = None, piece: int = PIECE
    ) -> Iterator[memoryview]:
        """Read piece by piece; a piece is gone when the next is read."""
        end = self.size if end is None else end
        if not self._found:
            yield memoryview(self._text)[offset:end]
            return
        buffer = memoryview(bytearray(min(piece, end - offset)))
        with paths.told(f"read {self.name}"):
            while offset < end:
                count = os.preadv(self.descriptor, [buffer[: end - offset]], offset)
                if not count:
                    return
                yield buffer[:count]
                offset += count

    @property
    def has_changed(self) -> bool:
        found = self._found
        return found is not None and _version(os.fstat(self.descriptor)) != _version(found)


def reading(path: str) -> Reading:
    """Open a file. Raises TaskError for what is no file, or not to be read."""
    with paths.told(f"read {path}"):
        # Without O_NONBLOCK, opening a pipe would wait for whoever writes to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise TaskError(f"{path} is neither a file nor a folder")
    return Reading(path, descriptor, found)


def reading_text(text: bytes) -> Reading:
    return Reading("content", text)


def _version(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
