"""The short cut for many small files: their times, sizes and names in a packet, not one by one.

Whatever does not go as it should is left to `Sending`, which does it with care.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from ..runner.dataclasses import dataclass
from ..runner.task import Cancelled, TaskError
from .clients.ftp import renaming
from .clients.ftp_crowd import Steps
from .clients.ftp_quick import Quick
from .clients.ftp_setting_times import Finish
from .clients.ftp_words import FtpError
from .ftp_job import Job
from .ftp_sending import Sending
from .reading import BLOCK


class _Sent(NamedTuple):
    job: Job
    part: str
    size: int
    mtime: float | None


@dataclass(eq=False, repr=False)
class SendingTogether:
    sending: Sending
    is_refused: bool = False
    """Whether the server has refused a file: it may refuse them all, and leave its half."""
    beside: None = None
    """A second process: with what it has to write the server is busy enough."""

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
                yield from self._send(quick, job, sent, more=job is not jobs[-1])
        if sent:
            yield from self._put_in_place(quick, sent)

    def _send(self, quick: Quick, job: Job, sent: list[_Sent], *, more: bool) -> Steps[None]:
        """Send a file to its temporary name, unless it has to be looked at more closely."""
        job.attempts = 1
        started = time.monotonic()
        sending = self.sending
        try:
            with sending.sources[job.step.path].open() as reading:
                if reading.size > BLOCK:
                    return
                part = sending.parts.name(job.step.path, reading)
                yield from quick.put(part, reading.whole(), more=more)
                sending.pace.add(job, reading.size)
                if not reading.has_changed:
                    sent.append(_Sent(job, part, reading.size, sending.mtime(reading)))
        except Cancelled:
            raise
        except (TaskError, OSError) as error:
            if not quick.usable:
                raise
            self.is_refused |= isinstance(error, FtpError | OSError)
        finally:
            job.seconds += time.monotonic() - started

    def _put_in_place(self, quick: Quick, sent: Sequence[_Sent]) -> Steps[None]:
        finish = Finish(quick.ftp, [(each.part, each.mtime) for each in sent])
        sizes = finish.done((yield from quick.exchange(finish.commands)))
        while commands := finish.times.commands():
            finish.times.done((yield from quick.exchange(commands)))
        whole = [each for each, size in zip(sent, sizes, strict=True) if size == each.size]
        for each in whole:
            each.job.is_sent = True
        names = [(each.part, each.job.step.path) for each in whole]
        replies = yield from quick.exchange(renaming(names))
        for each, reply in zip(whole, replies[1::2], strict=True):
            each.job.is_done = each.job.is_proved = reply.done
            if reply.done:
                self.sending.parts.forget(each.part)
