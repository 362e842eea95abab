"""The short cut for many small files: their times, sizes and names in a packet, not one by one.

Whatever does not go as it should is left to `Sending`, which does it with care.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..runner.task import Cancelled, TaskError
from .clients.ftp import Finish, renaming
from .clients.ftp_quick import Quick, Steps
from .clients.ftp_words import FtpError
from .ftp_sending import Sending
from .ftp_transfer import Job
from .reading import BLOCK, Reading


class _Sent(NamedTuple):
    job: Job
    part: str
    size: int
    mtime: float | None


@dataclass
class SendingTogether:
    sending: Sending
    is_refused: bool = False
    """Whether the server has refused a file: it may refuse them all, and leave its half."""

    def takes(self, job: Job) -> bool:
        if self.is_refused:
            return False
        manner = self.sending.manner
        is_plain = manner.atomic and manner.mode is None and manner.verify_transfer == "size"
        return is_plain and (job.step.item.size or 0) <= BLOCK

    def __call__(self, quick: Quick, jobs: Sequence[Job]) -> Steps[None]:
        sent: list[_Sent] = []
        for job in jobs:
            if not self.is_refused:
                sent += yield from self._send(quick, job)
        if sent:
            yield from self._put_in_place(quick, sent)

    def _send(self, quick: Quick, job: Job) -> Steps[list[_Sent]]:
        """Send a file to its temporary name; nothing if it has to be looked at more closely."""
        job.attempts = 1
        started = time.monotonic()
        try:
            with self.sending.sources[job.step.path].open() as reading:
                return (yield from self._stored(quick, job, reading))
        except Cancelled:
            raise
        except (TaskError, OSError) as error:
            if not quick.ftp.usable:
                raise
            self.is_refused |= isinstance(error, FtpError | OSError)
            return []
        finally:
            job.seconds += time.monotonic() - started

    def _stored(self, quick: Quick, job: Job, reading: Reading) -> Steps[list[_Sent]]:
        if reading.size > BLOCK:
            return []
        part = self.sending.part(job, reading)
        yield from quick.put(part, reading.whole())
        self.sending.pace.add(job, reading.size)
        if reading.has_changed:
            return []
        return [_Sent(job, part, reading.size, self.sending.mtime(reading))]

    def _put_in_place(self, quick: Quick, sent: Sequence[_Sent]) -> Steps[None]:
        finish = Finish(quick.ftp, [(each.part, each.mtime) for each in sent])
        sizes = finish.done((yield from quick.exchange(finish.commands)))
        whole = [each for each, size in zip(sent, sizes, strict=True) if size == each.size]
        for each in whole:
            each.job.is_sent = True
        names = [(each.part, each.job.step.path) for each in whole]
        replies = yield from quick.exchange(renaming(names))
        for each, reply in zip(whole, replies[1::2], strict=True):
            each.job.is_done = each.job.is_proved = reply.done
            if reply.done:
                del self.sending.parts[each.part]
