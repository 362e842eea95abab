"""A second process that fetches a part of many small files: Python keeps to one processor.

Each of its sessions has a channel: a message tells which files to fetch next, an answer what became
of them, and what it does not tell to be done is not done. What it has to know comes through the
channels, so no secret is an argument; and it ends as soon as its standard input is closed, whatever
ends us.
"""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from ..runner.task import Cancellation
from . import ftp_second_process
from .clients.ftp_crowd import Steps
from .ftp_fetching_together import FetchingTogether
from .ftp_job import Job
from .ftp_second_process import KNOWN, File, Order, received
from .ftp_site import FtpSite

_PROCESSORS = (
    len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
)
"""Those that we may use."""
_FREE = threading.Semaphore(_PROCESSORS - 1)
"""Second processes that may still be started, for whichever host: one processor is the first's."""


@contextmanager
def beside(
    together: FetchingTogether, site: FtpSite, cancellation: Cancellation, sessions: int
) -> Iterator[list[Beside]]:
    """Start a second process with so many sessions, unless no processor is left for it."""
    if not _FREE.acquire(blocking=False):
        yield []
        return
    with ExitStack() as opened:
        opened.callback(_FREE.release)
        facts = {name: getattr(site.known, name) for name in KNOWN}
        order: Order = (site.account, site.patience, facts, together.manner)
        try:
            pairs = [
                socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(sessions)
            ]
            channels = [opened.enter_context(here) for here, _ in pairs]
            child = opened.enter_context(_started([there for _, there in pairs]))
            for channel in channels:
                channel.send(pickle.dumps(order))
                channel.setblocking(False)
        except OSError:
            yield []  # it is done without
            return
        opened.enter_context(cancellation.calling(child.kill))
        yield [Beside(channel, together, child.kill) for channel in channels]
        for channel in channels:
            channel.close()
        child.wait()  # until it has said goodbye to the server


def _started(channels: Sequence[socket.socket]) -> subprocess.Popen[bytes]:
    with ExitStack() as given:
        numbers = [given.enter_context(channel).fileno() for channel in channels]
        return subprocess.Popen(
            [sys.executable, "-P", "-m", ftp_second_process.__name__, *map(str, numbers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=numbers,
            start_new_session=True,  # Ctrl-C is for us to hear
        )


class Beside:
    """A session of the second process."""

    def __init__(
        self, channel: socket.socket, together: FetchingTogether, stop: Callable[[], None]
    ) -> None:
        self._channel = channel
        self._together = together
        self._stop = stop

    def __call__(self, jobs: Sequence[Job]) -> Steps[bool]:
        """Have jobs done; tells whether others can be. Without any, waits until they can."""
        try:
            if jobs:
                self._channel.send(pickle.dumps([self._file(job) for job in jobs]))
            answer = yield from self._answer()
        except OSError:
            self._stop()  # nobody else may be at work on what is done once more
            return False
        if not answer:
            return False
        usable, outcomes = pickle.loads(answer)  # noqa: S301  # from our own child
        for job, outcome in zip(jobs, outcomes, strict=True):
            self._take(job, *outcome)
        return bool(usable)

    def _answer(self) -> Steps[bytes]:
        while True:
            # A session that is silent for too long is given up there; a group may take longer.
            with suppress(TimeoutError):
                return (yield from received(self._channel))

    def _file(self, job: Job) -> File:
        path, action = job.step.path, job.step.action
        remote = self._together.remotes[path]
        return path, action, remote.path, remote.size, remote.mtime, remote.is_exact

    def _take(self, job: Job, is_done: bool, is_settled: bool, seconds: float) -> None:  # noqa: FBT001
        path = job.step.path
        job.attempts = 1
        job.seconds += seconds
        if is_done:
            remote = self._together.remotes[path]
            self._together.pace.add(job, remote.size or 0)
            self._together.fetched[path] = remote
            job.is_done = job.is_proved = True
        if is_settled:
            self._together.settled.add(path)
