"""How a file is sent: whole or not at all, from where it stopped, and proved to be there.

It goes to a temporary name in the same folder (`part_names`), which tells the version of the file
that was opened, and this run: nobody else writes there. What an earlier run has left of the version
gets that name first, and its end is compared before the rest is sent. The file gets its time and
its name when all of it has arrived.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Literal

from ..runner.dataclasses import dataclass
from ..runner.task import TaskError
from .clients.ftp import FtpClient
from .clients.ftp_moving import put_in_place
from .clients.ftp_words import FtpError, once
from .clients.transfer_plan import clashes, seconds
from .ftp_job import Job
from .ftp_pace import Pace
from .ftp_parts import Parts
from .local_sources import Source
from .reading import Reading

_TAIL = 64 * 1024
"""How many bytes of what is there are read back before the rest is sent."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Manner:
    """How files are sent: the parameters of these names."""

    atomic: bool
    resume: bool
    retries: int
    preserve_mtime: bool
    mode: str | None
    verify_transfer: Literal["size", "checksum", "readback"]


class Sending:
    """Does the jobs of an upload."""

    def __init__(
        self, sources: Mapping[str, Source], parts: Parts, pace: Pace, manner: Manner
    ) -> None:
        self._untold: list[str] = []
        self.parts = parts
        self.sources = sources
        self.alike = clashes(sources)
        self.pace = pace
        self.manner = manner

    @property
    def warnings(self) -> list[str]:
        return once("the server does not tell whether all of {} has arrived", self._untold)

    def __call__(self, ftp: FtpClient, job: Job, attempt: int) -> None:
        job.attempts = attempt
        started = time.monotonic()
        if job.step.path in self.alike and job.step.action == "created" and attempt == 1:
            _refuse_other_case(ftp, job.step.path)
        try:
            with self.sources[job.step.path].open() as reading:
                if self.manner.atomic:
                    self._send_as_part(ftp, job, reading)
                else:
                    self._send_at_once(ftp, job, reading)
        finally:
            job.seconds += time.monotonic() - started

    def _send_at_once(self, ftp: FtpClient, job: Job, reading: Reading) -> None:
        try:
            self._send(ftp, job, job.step.path, reading)
        except FtpError as error:
            if job.done and self._is_final(job, error) and not _is_gone(ftp, job.step.path):
                error.add("; a part of it is left there")
            raise

    def _send_as_part(self, ftp: FtpClient, job: Job, reading: Reading) -> None:
        path = job.step.path
        part = self.parts.name(path, reading)
        try:
            if not (job.is_sent and self._has_its_name(ftp, part, path, reading)):
                self._send(ftp, job, part, reading)
                job.is_sent = True
                self._tidy(ftp, path)
                self._name(ftp, part, path, reading)
            self.parts.forget(part)
        except FtpError as error:
            # Whoever reads it has never heard of the temporary name, unless it stays.
            error.name(path, instead_of=part)
            if self._is_final(job, error) and not _is_gone(ftp, part):
                error.add(f"; {part} is left there")
            raise
        except TaskError:
            _is_gone(ftp, part)
            raise

    def _tidy(self, ftp: FtpClient, path: str) -> None:
        """Take away what dead runs have left of a single file, before it has its name.

        Whoever comes after us, should we die, only looks where the file is not as it should be.
        """
        if len(self.sources) == 1:
            for part in self.parts.left_of(path):
                if ftp.usable and _is_gone(ftp, part):
                    del self.parts.there[part]

    def _is_final(self, job: Job, error: FtpError) -> bool:
        """Whether what has arrived is of no use: neither another attempt nor a later run comes."""
        is_refused = error.code is not None and job.attempts > self.manner.retries
        return is_refused or not (error.transient and self.manner.resume)

    def mtime(self, reading: Reading) -> float | None:
        """Give the time that the copy is to have."""
        return reading.mtime if self.manner.preserve_mtime else None

    def _name(self, ftp: FtpClient, part: str, path: str, reading: Reading) -> None:
        try:
            put_in_place(ftp, part, path)
        except FtpError as error:
            if error.code is None or error.transient:
                raise
            # Another run that sends the same may have been quicker, or gone on with ours.
            if self._has_its_name(ftp, part, path, reading):
                return
            if ftp.size(part) is None:
                raise FtpError(
                    f"what was sent to {path} was taken away ({ftp.account}); another run may be"
                    " at work there",
                    transient=True,
                ) from error
            error.add("; `atomic: false` uploads under the final name at once")
            raise

    def _has_its_name(self, ftp: FtpClient, part: str, path: str, reading: Reading) -> bool:
        """Whether the file got its name, though nobody has told us so."""
        if ftp.size(part) is not None or ftp.size(path) != reading.size:
            return False
        keeps_times = self.manner.preserve_mtime and ftp.known.keeps_times
        return keeps_times and ftp.mtime(path) == seconds(reading.mtime)

    def _send(self, ftp: FtpClient, job: Job, target: str, reading: Reading) -> None:
        start = self._start(ftp, job, target, reading)
        self.pace.start(job, start)
        if start < reading.size or not start:
            self._store(ftp, job, target, reading, start)
        if reading.has_changed:
            _is_gone(ftp, target)
            raise FtpError(
                f"{reading.name} changed while it was sent; send it again", transient=True
            )
        self._prove(ftp, job, target, reading)

    # From where it stopped -------------------------------------------------------------------

    def _start(self, ftp: FtpClient, job: Job, target: str, reading: Reading) -> int:
        """Give how many bytes are provably there already."""
        if not self.manner.resume:
            return 0
        there = self._there(ftp, job, target, reading)
        is_beginning = 0 < there <= reading.size and self._begins(ftp, target, reading, there)
        return there if is_beginning else 0

    def _there(self, ftp: FtpClient, job: Job, target: str, reading: Reading) -> int:
        if job.attempts > 1:
            return ftp.size(target) or 0
        if self.manner.atomic:
            return self.parts.take_over(ftp, target, reading)
        return (job.step.found and job.step.found.size) or 0

    def _begins(self, ftp: FtpClient, target: str, reading: Reading, there: int) -> bool:
        from .clients.ftp_checksum import offered

        checksum = offered(ftp)
        theirs = checksum and checksum.of_server(ftp, target, first=there)
        if checksum and theirs:
            return theirs == checksum.of(reading.blocks(end=there))
        # A temporary name tells the version; what lies under the final name may be anything.
        return self.manner.atomic and _ends_alike(ftp, target, reading, there)

    def _store(self, ftp: FtpClient, job: Job, target: str, reading: Reading, start: int) -> None:
        blocks = self._paced(reading.blocks(start, piece=self.pace.piece), job)
        if start and not ftp.known.resumes_uploads:
            ftp.upload(target, blocks, append=True)
            return
        try:
            ftp.upload(target, blocks, offset=start)
        except FtpError as error:
            is_refused = error.code is not None and job.done == start
            if not (start and is_refused and ftp.usable):
                raise
            ftp.known.resumes_uploads = False
            ftp.upload(target, blocks, append=True)

    def _paced(self, blocks: Iterable[memoryview], job: Job) -> Iterator[memoryview]:
        for block in blocks:
            yield block
            self.pace.add(job, len(block))

    # Proved to be there ----------------------------------------------------------------------

    def _prove(self, ftp: FtpClient, job: Job, target: str, reading: Reading) -> None:
        if self.manner.mode is not None:
            from .permissions import Access, mode_of

            ftp.set_mode(target, f"{mode_of(Access(self.manner.mode), 0o644):03o}")
        arrived = ftp.finish(target, self.mtime(reading))
        if arrived is None:
            path = job.step.path
            self._untold.append(path)
        elif arrived != reading.size:
            self._refuse_size(ftp, job, target, reading, arrived)
        if self.manner.verify_transfer != "size":
            self._compare(ftp, job, target, reading)
        job.is_proved = arrived is not None or self.manner.verify_transfer != "size"

    def _refuse_size(
        self, ftp: FtpClient, job: Job, target: str, reading: Reading, arrived: int
    ) -> None:
        if arrived > reading.size and self.manner.atomic:
            _is_gone(ftp, target)
        raise FtpError(
            f"the server has {arrived} of the {reading.size} bytes sent to {job.step.path}, though"
            f" it says that all is well ({ftp.account}); its disk or the account's quota may be"
            " full",
            transient=True,
        )

    def _compare(self, ftp: FtpClient, job: Job, target: str, reading: Reading) -> None:
        from .clients.ftp_checksum import compare

        readback = self.manner.verify_transfer == "readback"
        sums = compare(ftp, target, reading.blocks(), readback=readback)
        job.checksum = str(sums)
        if sums.same:
            return
        if self.manner.atomic:
            _is_gone(ftp, target)
        raise FtpError(
            f"what arrived as {job.step.path} is not what was sent: its {sums.algorithm} is"
            f" {sums.theirs} in place of {sums.ours} ({ftp.account})",
            transient=True,
        )


def _ends_alike(ftp: FtpClient, target: str, reading: Reading, there: int) -> bool:
    """Whether the last bytes on the server are ours: a crash may have left zeros, or nothing."""
    begin = max(0, there - _TAIL)
    tail = bytearray()
    try:
        ftp.download(target, tail.extend, offset=begin)
    except FtpError as error:
        if error.code is None or not ftp.usable:
            raise
        return False
    return tail == b"".join(reading.blocks(begin, there))


def _refuse_other_case(ftp: FtpClient, path: str) -> None:
    if ftp.stat(path):
        raise TaskError(
            f"{path} cannot be sent: the server does not tell capital letters from small ones, and"
            f" has sent a file to that name already ({ftp.account})"
        )


def _is_gone(ftp: FtpClient, part: str) -> bool:
    """Take away what is of no use any more; false if it is known to be still there."""
    if not ftp.usable:
        return True
    with suppress(FtpError):
        return ftp.ask("DELE", part).done or ftp.stat(part) is None
    return True
