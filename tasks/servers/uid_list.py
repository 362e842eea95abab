"""The UIDs of a maildir folder's messages: a file that only grows.

The first line holds the UIDVALIDITY, each further one a UID and the name it was given to. A line
that a killed server left unfinished is taken away by the next one that writes. Several servers may
use one file: whoever gives out UIDs holds its lock, and has read what the others wrote. A file that
does not begin as it should gets a new UIDVALIDITY.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .folders import validities

_HEAD = re.compile(r"opsplay-uids 1 (\d{1,10})")
_LINE = re.compile(r"(\d{1,10}) (.+)")


class UidList:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_to = 0
        self._uids: dict[str, int] = {}
        self.validity = 0
        self.next_uid = 1
        self.give([])

    def give(self, names: Sequence[str]) -> dict[str, int]:
        """Tell the UIDs of names; those that have none get the next ones, in this order."""
        if not self.validity or any(name not in self._uids for name in names):
            with self._locked() as file:
                self._write(file, names)
        return {name: self._uids[name] for name in names}

    def _write(self, file: int, names: Sequence[str]) -> None:
        self._catch_up(file)
        new = [name for name in names if name not in self._uids]
        lines = [f"{uid} {name}\n" for uid, name in enumerate(new, self.next_uid)]
        if not self.validity:
            lines.insert(0, f"opsplay-uids 1 {next(validities)}\n")
        os.truncate(file, self._read_to)
        data = "".join(lines).encode("utf-8", "surrogateescape")
        if os.pwrite(file, data, self._read_to) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._catch_up(file)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)

    def _catch_up(self, file: int) -> None:
        size = os.fstat(file).st_size
        if size < self._read_to:
            raise OSError(errno.ESTALE, "the list of UIDs is not the one that was read")
        new = os.pread(file, size - self._read_to, self._read_to)
        complete = new[: new.rfind(b"\n") + 1]
        self._read_to += len(complete)
        for line in complete.decode("utf-8", "surrogateescape").split("\n"):
            self._take(line)

    def _take(self, line: str) -> None:
        if head := _HEAD.fullmatch(line):
            self.validity = int(head[1])
        elif given := _LINE.fullmatch(line):
            self._uids[given[2]] = int(given[1])
            self.next_uid = max(self.next_uid, int(given[1]) + 1)
