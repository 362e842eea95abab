"""The short cut for many small files: their times, sizes and names in a packet, not one by one.

Whatever does not go as it should is left to `Sending`, which does it with care.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ..runner.task import Cancelled, TaskError
from .clients.ftp import FtpClient
from .ftp_sending import Sending
from .ftp_transfer import Job
from .reading import BLOCK, Reading


@dataclass(frozen=True)
class _Sent:
    job: Job
    part: str
    size: int
    mtime: float | None


@dataclass(frozen=True)
class SendingTogether:
    sending: Sending

    def takes(self, job: Job) -> bool:
        manner = self.sending.manner
        is_plain = manner.atomic and manner.mode is None and manner.verify_transfer == "size"
        return is_plain and (job.step.item.size or 0) <= BLOCK

    def __call__(self, ftp: FtpClient, jobs: Sequence[Job]) -> Sequence[Job]:
        started = time.monotonic()
        sent = [sent for job in jobs if (sent := self._send(ftp, job))]
        if sent:
            self._put_in_place(ftp, sent)
        seconds = (time.monotonic() - started) / len(jobs)
        for job in jobs:
            job.seconds += seconds
        return [job for job in jobs if not job.is_proved]

    def _send(self, ftp: FtpClient, job: Job) -> _Sent | None:
        """Send a file to its temporary name; None if it has to be looked at more closely."""
        job.attempts = 1
        try:
            with self.sending.sources[job.step.path].open() as reading:
                return self._stored(ftp, job, reading)
        except Cancelled:
            raise
        except TaskError:
            if not ftp.usable:
                raise
            return None

    def _stored(self, ftp: FtpClient, job: Job, reading: Reading) -> _Sent | None:
        if reading.size > BLOCK:
            return None
        part = self.sending.part(job, reading)
        self.sending.pace.start(job, 0)
        ftp.put(part, next(reading.blocks(), memoryview(b"")))
        self.sending.pace.add(job, reading.size)
        if reading.has_changed:
            return None
        return _Sent(job, part, reading.size, self.sending.mtime(reading))

    def _put_in_place(self, ftp: FtpClient, sent: Sequence[_Sent]) -> None:
        sizes = ftp.finish([(each.part, each.mtime) for each in sent])
        whole = [each for each, size in zip(sent, sizes, strict=True) if size == each.size]
        for each in whole:
            each.job.is_sent = True
        renamed = ftp.rename_each([(each.part, each.job.step.path) for each in whole])
        for each, is_done in zip(whole, renamed, strict=True):
            each.job.is_proved = is_done
            if is_done:
                del self.sending.parts[each.part]
