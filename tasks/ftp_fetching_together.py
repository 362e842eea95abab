"""The short cut for many small files of which nothing is here yet: safe on the disk together.

Whatever does not go as it should is left to `Fetching`, which does it with care.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ..runner.dataclasses import dataclass, field
from ..runner.task import Cancelled, TaskError
from . import durable
from .clients.ftp import asking_times, times_of
from .clients.ftp_account import FtpAccount
from .clients.ftp_crowd import Steps
from .clients.ftp_quick import Quick
from .clients.ftp_sources import Remote
from .clients.transfer_plan import Item
from .ftp_job import Job
from .ftp_manner import Manner, put_in_place
from .reading import BLOCK

if TYPE_CHECKING:
    from .ftp_lanes import Beside

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
"""What a dead run has left is not touched: `Fetching` goes on there."""
_MOST_OPEN = 128
"""Of 256 that a process may have on some systems, and 1024 on most; the others are for sockets."""

_open: set[int] = set()
"""Files that wait for the disk, for whichever host and session."""


class _Here(NamedTuple):
    job: Job
    part: str
    descriptor: int


class Counting(Protocol):
    """What it needs of a `Pace`."""

    def add(self, job: Job, count: int, /) -> None: ...


@dataclass(eq=False, repr=False)
class FetchingTogether:
    """What it has in common with `Fetching` is told there."""

    manner: Manner
    remotes: Mapping[str, Remote]
    pace: Counting
    fetched: dict[str, Item] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    beside: Beside[Job] | None = None

    def takes(self, job: Job) -> bool:
        size = job.step.item.size
        is_plain = self.manner.verify_transfer == "size"
        return size is not None and size <= BLOCK and is_plain

    def __call__(self, quick: Quick, jobs: Sequence[Job]) -> Steps[None]:
        here: list[_Here] = []
        try:
            for job in jobs:
                yield from self._fetch(quick, job, here, more=job is not jobs[-1])
                if len(_open) >= _MOST_OPEN:
                    yield from self._look_again(quick, here)
                    self._put_in_place(here)
            yield from self._look_again(quick, here)
        finally:
            self._put_in_place(here)

    def _fetch(self, quick: Quick, job: Job, here: list[_Here], *, more: bool) -> Steps[None]:
        job.attempts = 1
        started = time.monotonic()
        remote = self.remotes[job.step.path]
        try:
            data = yield from quick.get(remote.path, remote.size or 0, more=more)
            self.pace.add(job, len(data))
            if len(data) == remote.size:
                here.append(self._written(quick.ftp.account, job, remote, data))
        except Cancelled:
            raise
        except (TaskError, OSError):
            if not quick.usable:
                raise
        finally:
            job.seconds += time.monotonic() - started

    def _written(self, account: FtpAccount, job: Job, remote: Remote, data: bytes) -> _Here:
        part = self.manner.part(account, job, remote.path, remote)
        descriptor = os.open(part, _NEW, 0o600)
        try:
            written = 0
            while written < len(data):
                written += os.write(descriptor, data[written:])
            self.manner.dress(job, descriptor, remote)
        except BaseException:
            os.close(descriptor)
            os.unlink(part)  # noqa: PTH108  # as it was opened
            raise
        _open.add(descriptor)
        return _Here(job, part, descriptor)

    def _look_again(self, quick: Quick, here: Sequence[_Here]) -> Steps[None]:
        """Ask for the times that no listing tells, as soon as the files are here."""
        rough = [
            path
            for path in (each.job.step.path for each in here)
            if not self.remotes[path].is_exact
        ]
        commands = asking_times([self.remotes[path].path for path in rough])
        times = times_of((yield from quick.exchange(commands)))
        for path, mtime in zip(rough, times, strict=True):
            if mtime is not None and mtime == self.remotes[path].mtime:
                self.settled.add(path)

    def _put_in_place(self, here: list[_Here]) -> None:
        files = here.copy()
        here.clear()  # none may be closed twice
        try:
            synced = durable.sync_each([each.descriptor for each in files])
        finally:
            for each in files:
                _open.discard(each.descriptor)
                os.close(each.descriptor)
        for each, is_synced in zip(files, synced, strict=True):
            with suppress(OSError):
                if is_synced:
                    put_in_place(each.job, each.part)
                    path = each.job.step.path
                    self.fetched[path] = self.remotes[path]
                    each.job.is_done = each.job.is_proved = True
