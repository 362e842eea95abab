"""The files of an upload that are on their way, under temporary names on the server."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping

from ..runner.task import TaskError
from .clients.ftp import FtpClient
from .clients.ftp_words import FtpError
from .clients.part_names import beginning_of_part, of_any_run, part_name
from .local_sources import Source
from .reading import BLOCK, Reading

_STILL = 0.5
"""Seconds in which what a living run sends grows."""


class Parts:
    """`left` is what lies there when this run begins, by size; `sleep` waits some seconds."""

    def __init__(
        self, left: Mapping[str, int], *, resume: bool, sleep: Callable[[float], None]
    ) -> None:
        self.there = dict(left)
        """What lies there, or may do so."""
        self._seen_at = time.monotonic()
        self._resume = resume
        self._sleep = sleep
        self._left = {of_any_run(part): part for part in sorted(left, key=left.__getitem__)}
        """Of what is left of each version the largest."""
        self._run = os.urandom(8).hex()
        self._given: dict[str, str] = {}
        """The paths of the names of this run that may be in use."""

    def name(self, path: str, reading: Reading) -> str:
        """Give a file a temporary name."""
        part = part_name(path, reading.version, self._run)
        self.there.setdefault(part, 0)
        self._given[part] = path
        return part

    def forget(self, part: str) -> None:
        """Nothing lies under this name of ours any more."""
        del self.there[part], self._given[part]

    def left_of(self, path: str) -> list[str]:
        """Name what other runs have left of a file, and lies there still."""
        folder, slash, name = path.rpartition("/")
        beginning = f"{folder}{slash}{beginning_of_part(name)}"
        parts = [part for part in self.there if part.startswith(beginning)]
        return [part for part in parts if part not in self._given]

    def take_over(self, ftp: FtpClient, part: str, reading: Reading) -> int:
        """Rename what an earlier run has left of this version; gives the size of that."""
        left = self._left.pop(of_any_run(part), None)
        if left is None or not self._may_go_on(reading):
            return 0
        self._sleep(max(0.0, self._seen_at + _STILL - time.monotonic()))
        if ftp.size(left) != self.there[left]:
            del self.there[left]  # it is not left: another run is at work on it
            return 0
        try:
            ftp.rename(left, part)
        except FtpError as error:
            if error.code is None or error.transient:
                raise
            return 0
        return self.there.pop(left)

    def useless(self, sources: Mapping[str, Source]) -> list[str]:
        """Name the parts that this run has left and no later run will go on with."""
        return [
            part for part, path in self._given.items() if not self._is_useful(part, sources[path])
        ]

    def _is_useful(self, part: str, source: Source) -> bool:
        try:
            with source.open() as reading:
                is_ours = part == part_name(self._given[part], reading.version, self._run)
                return is_ours and self._may_go_on(reading)
        except TaskError:
            return False

    def _may_go_on(self, reading: Reading) -> bool:
        """Whether a file is worth it to look for a beginning of it."""
        return self._resume and reading.size > BLOCK
