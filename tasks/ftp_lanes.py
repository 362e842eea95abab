"""Many jobs over a few sessions side by side.

Each lane takes the next job when it is done with one. A server that lets in fewer of us than
asked for gets fewer lanes. A job that fails does not keep the others from being done, unless what
failed would fail for all of them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from ..runner.task import Cancelled, Context, TaskError
from .clients.ftp import FtpClient
from .clients.ftp_words import FtpError
from .ftp_site import FtpSite

Job = TypeVar("Job")
Work = Callable[[FtpClient, Job, int], None]
"""Does a job on a session; the number tells which attempt it is, from 1."""

_DISK_FULL = (452, 552)


class _NotLetInError(Exception):
    """The server does not want as many sessions as this."""


class Lanes(Generic[Job]):
    def __init__(self, site: FtpSite, ctx: Context, most: int) -> None:
        self._site = site
        self._ctx = ctx
        self._most = most
        self._lock = threading.Lock()
        self._queue: deque[Job] = deque()
        self._failed: list[tuple[Job, TaskError]] = []
        self._stopped: BaseException | None = None
        self._open = 0

    def run(self, jobs: Iterable[Job], work: Work[Job]) -> list[tuple[Job, TaskError]]:
        """Do all jobs; gives those that failed, and what was not begun because of them.

        Raises whatever is not a TaskError, and Cancelled.
        """
        self._queue.extend(jobs)
        self._open = max(1, min(self._most, len(self._queue), self._site.known.most_sessions))
        others = [
            threading.Thread(target=self._lane, args=(work,), name=f"ftp lane {number}")
            for number in range(1, self._open)
        ]
        for thread in others:
            thread.start()
        self._lane(work)
        for thread in others:
            thread.join()
        if self._stopped:
            raise self._stopped
        return self._failed

    def _lane(self, work: Work[Job]) -> None:
        try:
            while (job := self._next()) is not None:
                self._do(job, work)
        except _NotLetInError:
            pass
        except BaseException as error:  # noqa: BLE001  # raised again where the lanes meet
            self._stopped = error
            self._queue.clear()

    def _next(self) -> Job | None:
        self._ctx.cancellation.check()
        with self._lock:
            if self._queue:
                return self._queue.popleft()
            self._open -= 1
            return None

    def _do(self, job: Job, work: Work[Job]) -> None:
        def attempt(number: int) -> None:
            try:
                with self._site.session() as ftp:
                    work(ftp, job, number)
            except FtpError as error:
                if error.at_login and self._leave(job, error):
                    raise _NotLetInError from error
                raise

        try:
            self._site.trying(attempt)
        except Cancelled:
            raise
        except TaskError as error:
            self._failed.append((job, error))
            if _concerns_all(error):
                self._queue.clear()

    def _leave(self, job: Job, error: FtpError) -> bool:
        """Hand the job to the other lanes, if there are any; tells whether there are."""
        with self._lock:
            if self._open == 1:
                return False
            self._open -= 1
            self._queue.appendleft(job)
            if error.code is not None:
                self._site.known.most_sessions = self._open
        return True


def _concerns_all(error: TaskError) -> bool:
    if not isinstance(error, FtpError):
        return False
    return error.is_of_connection or error.at_login or error.code in _DISK_FULL
