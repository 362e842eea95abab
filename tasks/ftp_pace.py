"""How far a transfer is, and how fast it may go."""

from __future__ import annotations

import posixpath
import threading
import time
from collections.abc import Sequence

from ..runner.task import Context
from .clients.throttle import Throttle
from .clients.transfer_plan import Step
from .ftp_job import Job
from .reading import PIECE

_TELL_EVERY = 0.1
_TELL_AT_LEAST = 20
"""Seconds between two words about the progress, and how many there are of whatever is quick."""
_SMALL_STEP = 128 * 1024


class Pace:
    """How far the step is over all its files, and how fast it may go."""

    def __init__(self, ctx: Context, steps: Sequence[Step], throttle: Throttle) -> None:
        self._ctx = ctx
        self._total = sum(step.item.size or 0 for step in steps if step.moves)
        self._done = 0
        self._told_at = self._tell_next = 0.0
        self._lock = threading.Lock()
        self._throttle = throttle
        self.is_limited = throttle.is_set
        self.piece = _SMALL_STEP if self.is_limited else PIECE
        """How much to move at a time: a rate is kept in small steps."""

    def start(self, job: Job, offset: int) -> None:
        """Count what is there already, and no more what must be moved again."""
        with self._lock:
            self._done += offset - job.done
        job.done = offset

    def add(self, job: Job, count: int) -> None:
        """Count what was moved; waits as long as the rate demands."""
        self._ctx.cancellation.check()
        with self._lock:
            self._done += count
            done = self._done
        job.done += count
        now = time.monotonic()
        # A word for each small file would cost more than the file.
        if now - self._told_at > _TELL_EVERY or done >= self._total or done >= self._tell_next:
            self._told_at, self._tell_next = now, done + self._total / _TELL_AT_LEAST
            self._ctx.progress(posixpath.basename(job.step.path), done, self._total)
        if self.is_limited:
            self._throttle.take(count, self._ctx.cancellation.sleep)
