"""How a file is fetched: whole or not at all, from where it stopped, and proved to be here.

It goes to a temporary name in the same folder (`part_names`), which tells the version of the file
on the server. If something of that name is here already, its end is fetched once more and must
be the same. The file gets its name when all of it is safe on the disk.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

from ..runner.task import Cancelled, TaskError
from . import paths
from .clients.ftp import FtpClient
from .clients.ftp_sources import Remote
from .clients.ftp_words import FtpError, once
from .clients.pipe import Pipe, wide_pipe
from .clients.transfer_plan import Item, clashes
from .ftp_job import Job
from .ftp_manner import Manner, put_in_place
from .ftp_pace import Pace
from .ftp_sink import OtherFileError, Sink
from .reading import reading

_TAIL = 64 * 1024
"""How many bytes of what is here are fetched once more."""
_LARGE = 1024 * 1024
"""Of how many bytes on a pipe is worth to be made."""


class Fetching:
    """Does the jobs of a download."""

    def __init__(self, remotes: Mapping[str, Remote], pace: Pace, manner: Manner) -> None:
        self._untold: list[str] = []
        self.fetched: dict[str, Item] = {}
        """What the server said of each file when it was fetched."""
        self.settled: set[str] = set()
        """Those of them that have been looked at since, and had not changed."""
        self.remotes = remotes
        self._alike = clashes(remotes)
        self.pace = pace
        self.manner = manner

    @property
    def warnings(self) -> list[str]:
        return once("the server does not tell whether {} is complete", self._untold)

    def __call__(self, ftp: FtpClient, job: Job, attempt: int) -> None:
        job.attempts = attempt
        started = time.monotonic()
        path = job.step.path
        if path in self._alike and job.step.action == "created" and attempt == 1:
            _refuse_other_case(path)
        remote = self.remotes[path]
        wanted: Item = remote if attempt == 1 else _looked_again(ftp, remote)
        self.fetched[path] = wanted
        self.settled.discard(path)
        try:
            with paths.told(f"write {path}"):
                self._fetch(ftp, job, remote.path, wanted)
        finally:
            job.seconds += time.monotonic() - started

    def _fetch(self, ftp: FtpClient, job: Job, source: str, wanted: Item) -> None:
        part = self.manner.part(ftp.account, job, source, wanted)
        with _part(part) as descriptor:
            self._receive(ftp, job, source, descriptor, wanted)
            if self.manner.verify_transfer != "size":
                self._compare(ftp, job, part, source)
            self.manner.dress(job, descriptor, wanted)
            os.fsync(descriptor)
            _put_in_place(job, part, descriptor)
        job.is_proved = wanted.size is not None or self.manner.verify_transfer != "size"

    # Receiving -------------------------------------------------------------------------------

    def _receive(
        self, ftp: FtpClient, job: Job, source: str, descriptor: int, wanted: Item
    ) -> None:
        here = os.fstat(descriptor).st_size
        may_go_on = self.manner.resume and ftp.known.resumes_downloads
        is_beginning = may_go_on and here <= (wanted.size or 0)
        start = max(0, here - _TAIL) if is_beginning else 0
        tail = os.pread(descriptor, here - start, start) if here and is_beginning else b""
        self.pace.start(job, start)
        try:
            with self._pipe(ftp, job, wanted) as pipe:
                sink = Sink(job, descriptor, tail, self.pace, pipe)
                ftp.retrieve(source, sink.take, offset=start)
        except FtpError as error:
            if error.verb != "REST" or error.code is None:
                raise
            ftp.known.resumes_downloads = False
            self._receive(ftp, job, source, descriptor, wanted)
            return
        except OtherFileError as error:
            os.ftruncate(descriptor, 0)
            raise FtpError(
                f"what an interrupted download has left of {source} is not its beginning",
                transient=True,
            ) from error
        if here > sink.offset:
            os.ftruncate(descriptor, sink.offset)
        self._check_size(ftp, source, sink.offset, wanted)

    def _pipe(self, ftp: FtpClient, job: Job, wanted: Item) -> AbstractContextManager[Pipe | None]:
        """Give a pipe for what is large and comes in clear, as quickly as it can."""
        is_large = (wanted.size or 0) - job.done >= _LARGE
        is_of_use = is_large and ftp.account.tls == "none" and not self.pace.is_limited
        return wide_pipe() if is_of_use else nullcontext()

    def _check_size(self, ftp: FtpClient, source: str, received: int, wanted: Item) -> None:
        if wanted.size is None:
            self._untold.append(source)
        elif received != wanted.size:
            raise FtpError(
                f"{received} of the {wanted.size} bytes of {source} arrived, though the server"
                f" says that all is well ({ftp.account}); it may be changing just now, or the"
                " connection is bad",
                transient=True,
            )

    def _compare(self, ftp: FtpClient, job: Job, part: str, source: str) -> None:
        from .clients.ftp_checksum import compare

        readback = self.manner.verify_transfer == "readback"
        with reading(part) as here:
            sums = compare(ftp, source, here.blocks(), readback=readback)
        job.checksum = str(sums)
        if not sums.same:
            _discard(part)
            raise FtpError(
                f"what arrived of {source} is not what the server has: its {sums.algorithm} is"
                f" {sums.ours} in place of {sums.theirs} ({ftp.account})",
                transient=True,
            )


def _looked_again(ftp: FtpClient, remote: Remote) -> Item:
    """Ask anew: the file may have changed, and that may be why it could not be fetched."""
    entry = ftp.stat(remote.path)
    return Item(size=entry.size, mtime=entry.mtime) if entry else remote


def _refuse_other_case(path: str) -> None:
    if os.path.lexists(path):
        raise TaskError(
            f"{path} cannot be fetched: this file system does not tell capital letters from small"
            " ones, and another file of the server has this name already"
        )


@contextmanager
def _part(part: str) -> Iterator[int]:
    """Open a temporary file, new or as a dead run has left it.

    It stays after a fault that may pass, and when the user stops: the next attempt, or the next
    run, goes on there.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(part, flags, 0o600)
    try:
        yield descriptor
    except (TaskError, OSError) as error:
        passes = isinstance(error, FtpError) and error.transient
        if not (passes or isinstance(error, Cancelled)):
            _discard(part)
        raise
    finally:
        os.close(descriptor)


def _put_in_place(job: Job, part: str, descriptor: int) -> None:
    try:
        put_in_place(job, part)
    except FileNotFoundError as error:
        # Another run that fetches the same may have been quicker, and the file is this one.
        found = paths.status(Path(job.step.path))
        if not (found and os.path.samestat(found, os.fstat(descriptor))):
            raise FtpError(
                f"what was fetched for {job.step.path} was taken away; another run may be at work"
                " here",
                transient=True,
            ) from error


def _discard(part: str) -> None:
    with suppress(OSError):
        Path(part).unlink()
