"""Many jobs over a few sessions side by side.

Each lane takes the next job when it is done with one, or several that can be done together: that
is a short cut, and what does not come off on it is done for itself. A server that lets in fewer of
us than asked for gets fewer lanes. A job that fails does not keep the others from being done,
unless what failed would fail for all of them.
"""

from __future__ import annotations

import errno
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import Generic, Protocol, TypeAlias, TypeVar

from ..runner.task import Cancelled, Context, TaskError
from .clients.ftp import FtpClient
from .clients.ftp_crowd import Crowd, Steps
from .clients.ftp_quick import Quick
from .clients.ftp_words import FtpError
from .ftp_site import FtpSite


class CanBeDone(Protocol):
    is_done: bool


Job = TypeVar("Job", bound=CanBeDone)
AnyJob_contra = TypeVar("AnyJob_contra", bound=CanBeDone, contravariant=True)
Work = Callable[[FtpClient, Job, int], None]
"""Does a job on a session; the number tells which attempt it is, from 1."""


Doing: TypeAlias = Callable[[Sequence[Job]], Steps[bool]]
"""Does jobs together; tells whether it can do others, and without any, whether it is ready to."""


Beside: TypeAlias = Callable[[int], AbstractContextManager[Sequence[Doing[Job]]]]
"""Gives ways to do jobs over so many sessions of a second process, or none."""


class Together(Protocol[AnyJob_contra]):
    """A quicker way to do many jobs."""

    @property
    def beside(self) -> Beside[AnyJob_contra] | None: ...

    def takes(self, job: AnyJob_contra, /) -> bool: ...

    def __call__(self, quick: Quick, jobs: Sequence[AnyJob_contra], /) -> Steps[None]:
        """Do them as far as that is easy: those that are done say so."""


_MOST_TOGETHER = 32

_WORTH_PINNING = 500
"""Files that take longer than to load pyOpenSSL and to log in anew."""
_WORTH_A_PROCESS = 1000
"""Files that take longer than to start one."""

_DISK_FULL = (452, 552)
_DISK_FULL_HERE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


class _NotLetInError(Exception):
    """The server does not want as many sessions as this."""


class Lanes(Generic[Job]):
    def __init__(
        self,
        site: FtpSite,
        ctx: Context,
        most: int,
        work: Work[Job],
        together: Together[Job] | None = None,
    ) -> None:
        self._site = site
        self._ctx = ctx
        self._most = most
        self._work = work
        self._together = together
        self._lock = threading.Lock()
        self._queue: deque[Job] = deque()
        self._failed: list[tuple[Job, TaskError]] = []
        self._stopped: BaseException | None = None
        self._open = 0

    def run(self, jobs: Iterable[Job]) -> list[tuple[Job, TaskError]]:
        """Do all jobs; gives those that failed. Raises Cancelled, and whatever is no TaskError."""
        jobs = list(jobs)
        if self._together and Quick.fits(self._site.account, self._site.known):
            jobs = self._do_together(self._together, jobs)
        self._queue.extend(jobs)
        self._open = self._useful(len(jobs))
        others = [
            threading.Thread(target=self._lane, name=f"ftp lane {number}")
            for number in range(1, self._open)
        ]
        for thread in others:
            thread.start()
        self._lane()
        for thread in others:
            thread.join()
        if self._stopped:
            raise self._stopped
        return self._failed

    def _useful(self, jobs: int) -> int:
        """How many sessions are of use for so many jobs."""
        return max(1, min(self._most, jobs, self._site.known.most_sessions))

    # All sessions in this thread ---------------------------------------------------------------

    def _do_together(self, together: Together[Job], jobs: list[Job]) -> list[Job]:
        """Do what can be done together; gives what is left."""
        waiting = deque(job for job in jobs if together.takes(job))
        if len(waiting) > 1:
            with ExitStack() as opened:
                doings = self._doings(opened, together, len(waiting))
                dialogues = [self._dialogue(doing, waiting, len(doings)) for doing in doings]
                check = self._ctx.cancellation.check
                Crowd(self._site.account.timeout, check).lead(dialogues)
        return [job for job in jobs if not job.is_done]

    def _doings(
        self, opened: ExitStack, together: Together[Job], jobs: int
    ) -> Sequence[Doing[Job]]:
        """Open sessions, where there is much work for a processor some in a second process."""
        wanted, there = self._useful(jobs), list[Doing[Job]]()
        if together.beside and wanted > 1 and self._is_worth(_WORTH_A_PROCESS, jobs):
            there += opened.enter_context(together.beside(wanted // 2))
        sessions = self._sessions(opened, wanted - len(there), jobs)
        return [*(_doing(ftp, together) for ftp in sessions), *there]

    def _sessions(self, opened: ExitStack, wanted: int, jobs: int) -> list[FtpClient]:
        """Open sessions, and where it pays such as speak TLS at less expense."""
        pinned: list[FtpClient] = []
        if self._is_worth(_WORTH_PINNING, jobs) and self._site.known.certificate:
            pinned = list(self._site.sessions(opened, wanted, pinned=True))
        return pinned or list(self._site.sessions(opened, wanted))

    def _is_worth(self, many: int, jobs: int) -> bool:
        """Whether there are many jobs, and our work for them takes time rather than the way."""
        return jobs >= many and self._site.known.is_near

    def _dialogue(self, doing: Doing[Job], waiting: deque[Job], doings: int) -> Steps[None]:
        """Take some jobs again and again, as long as the others can have as many."""
        group: list[Job] = []
        while (yield from doing(group)) and waiting:
            count = max(1, min(_MOST_TOGETHER, len(waiting) // doings))
            group = [waiting.popleft() for _ in range(count)]

    # A thread for each session -----------------------------------------------------------------

    def _lane(self) -> None:
        try:
            while (job := self._next()) is not None:
                self._do(job)
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

    def _do(self, job: Job) -> None:
        def attempt(number: int) -> None:
            try:
                self._work_on(job, number)
            except FtpError as error:
                if not error.at_login:
                    raise
                if self._leave(job, error):
                    raise _NotLetInError from error
                # The last lane: those that have left since have given back their sessions.
                self._work_on(job, number)

        try:
            self._site.trying(attempt)
        except Cancelled:
            raise
        except TaskError as error:
            self._failed.append((job, error))
            if _concerns_all(error):
                self._queue.clear()

    def _work_on(self, job: Job, number: int) -> None:
        with self._site.session(further=self._open > 1) as ftp:
            self._work(ftp, job, number)

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


def _doing(ftp: FtpClient, together: Together[Job]) -> Doing[Job]:
    def doing(jobs: Sequence[Job]) -> Steps[bool]:
        if jobs:
            with suppress(OSError, FtpError), Quick(ftp) as quick:
                yield from together(quick, jobs)
        return ftp.usable

    return doing


def _concerns_all(error: TaskError) -> bool:
    if not isinstance(error, FtpError):
        cause = error.__cause__
        return isinstance(cause, OSError) and cause.errno in _DISK_FULL_HERE
    return error.is_of_connection or error.at_login or error.code in _DISK_FULL
