"""The program of a second process, which `ftp_beside` starts; it shows nothing, and asks nobody."""

from __future__ import annotations

import os
import pickle
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import closing, suppress
from select import POLLIN
from typing import Any, TypeAlias

from ..runner.task import TaskError
from .clients.ftp import FtpClient
from .clients.ftp_account import FtpAccount
from .clients.ftp_crowd import Crowd, Steps
from .clients.ftp_known import Known
from .clients.ftp_quick import Quick
from .clients.ftp_sources import Remote
from .clients.transfer_plan import Action, Step
from .ftp_fetching_together import FetchingTogether
from .ftp_job import Job
from .ftp_manner import Manner

KNOWN = ("features", "home", "passive_verb", "takes_packets", "certificate")
"""What its sessions need not find out again."""
_LONGEST = 256 * 1024
"""Bytes: the system takes no longer message."""

Order: TypeAlias = tuple[FtpAccount, float, dict[str, Any], Manner]
"""Where to log in, how many seconds to wait for that, what is known of the server, and how files
are fetched."""
File: TypeAlias = tuple[str, Action, str, int | None, float | None, bool]
"""Where it goes, and whether it is new there; its path, size and time on the server, and whether
the time is exact."""
Outcome: TypeAlias = tuple[bool, bool, float]
"""Whether it is done, and has not changed since; how many seconds it took."""


def main() -> None:
    """Serve the channels of these numbers, each of which begins with an `Order`."""
    threading.Thread(target=_end_with_them, daemon=True).start()
    channels = [socket.socket(fileno=int(number)) for number in sys.argv[1:]]
    orders: list[Order] = [pickle.loads(each.recv(_LONGEST)) for each in channels]  # noqa: S301  # our parent's
    account, *_ = orders[0]
    sessions = zip(channels, orders, strict=True)
    Crowd(account.timeout, lambda: None).lead(
        _served(channel, *order) for channel, order in sessions
    )


def _end_with_them() -> None:
    os.read(0, 1)
    os._exit(1)


def _served(
    channel: socket.socket,
    account: FtpAccount,
    patience: float,
    facts: dict[str, Any],
    manner: Manner,
) -> Steps[None]:
    """Do what a channel asks for, as long as it does."""
    channel.setblocking(False)
    ftp = FtpClient(account, Known(**facts))
    with channel, closing(ftp), suppress(TaskError, OSError):
        if ftp.known.certificate:
            ftp.sockets.pin(ftp.known.certificate)
        ftp.open(patience)
        channel.send(pickle.dumps((True, ())))
        while ftp.usable and (message := (yield from received(channel))):
            files: list[File] = pickle.loads(message)  # noqa: S301  # our parent's
            outcomes = yield from _fetched(ftp, manner, files)
            channel.send(pickle.dumps((ftp.usable, outcomes)))


def received(channel: socket.socket) -> Steps[bytes]:
    """Wait for a message; empty at the end of all."""
    yield [(channel, POLLIN)]
    return channel.recv(_LONGEST)


class _Uncounted:
    """Our parent counts, when it hears what is done."""

    def add(self, job: Job, count: int) -> None: ...


def _fetched(ftp: FtpClient, manner: Manner, files: Sequence[File]) -> Steps[list[Outcome]]:
    remotes = {}
    jobs = []
    for path, action, source, size, mtime, is_exact in files:
        remotes[path] = Remote(size=size, mtime=mtime, path=source, is_exact=is_exact)
        jobs.append(Job(Step(path, action, remotes[path])))
    together = FetchingTogether(manner, remotes, _Uncounted())
    with suppress(OSError, TaskError), Quick(ftp) as quick:
        yield from together(quick, jobs)
    return [(job.is_done, job.step.path in together.settled, job.seconds) for job in jobs]


if __name__ == "__main__":
    main()
