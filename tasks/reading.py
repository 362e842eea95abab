"""A local file, or a text, while it is read: which version of it this is, and if it stays so."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..runner.task import TaskError
from . import paths

BLOCK = 256 * 1024
"""A file of no more than this comes in one piece."""
_PIECE = 128 * 1024
"""Of a larger one: more at a time keeps the one who receives waiting."""


@dataclass(frozen=True)
class Reading:
    """Reads what there was when it was opened, never more."""

    name: str
    size: int
    mtime: float | None
    version: str
    """Differs as soon as a byte does: the system's change time cannot be set back."""
    descriptor: int = -1
    text: bytes = b""

    def blocks(self, offset: int = 0, end: int | None = None) -> Iterator[memoryview]:
        """Read piece by piece; a piece is gone when the next is read."""
        end = self.size if end is None else end
        if self.descriptor < 0:
            yield memoryview(self.text)[offset:end]
            return
        left = end - offset
        buffer = memoryview(bytearray(left if left <= BLOCK else _PIECE))
        with paths.told(f"read {self.name}"):
            while offset < end:
                count = os.preadv(self.descriptor, [buffer[: end - offset]], offset)
                if not count:
                    return
                yield buffer[:count]
                offset += count

    @property
    def has_changed(self) -> bool:
        return self.descriptor >= 0 and _version(os.fstat(self.descriptor)) != self.version


@contextmanager
def reading(path: str) -> Iterator[Reading]:
    """Open a file. Raises TaskError for what is no file, or not to be read."""
    with paths.told(f"read {path}"):
        # Without O_NONBLOCK, opening a pipe would wait for whoever writes to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise TaskError(f"{path} is neither a file nor a folder")
        yield Reading(path, found.st_size, found.st_mtime, _version(found), descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def reading_text(text: bytes) -> Iterator[Reading]:
    yield Reading("content", len(text), None, hashlib.sha256(text).hexdigest(), text=text)


def _version(found: os.stat_result) -> str:
    return f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"
