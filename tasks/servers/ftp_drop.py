"""A drop folder: for each complete upload a playbook runs, one after the other.

An upload is a job from before its client is told that it is complete until a run for it has ended
well. Jobs outlive the server and the machine. What a client does to a file whose run has not begun
takes the job back, or replaces it; while the run goes on the file is left alone.
"""

from __future__ import annotations

import errno
import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO

from ...runner.dataclasses import dataclass, replace
from ...runner.task import Cancellation, Cancelled, TaskError
from ..durable import sync
from .ftp_log import printable
from .ftp_spool import Job, Spool
from .ftp_uploads import Upload


class RunFailedError(Exception):
    """A run for an upload did not end well; `last_words` are lines of what it wrote."""

    def __init__(self, why: str, last_words: Sequence[str] = ()) -> None:
        super().__init__(why)
        self.last_words = last_words


@dataclass(frozen=True, kw_only=True)
class DropOptions:
    spool: Path
    run: Callable[[Job, Cancellation], None]
    """Raises RunFailedError, OSError or TaskError, or Cancelled."""
    temporary: Sequence[str] = ()
    """Patterns for the names of files that are not complete yet."""
    retry_after: float | None = None
    """Seconds after a failed run; None waits for the next start."""
    tell: Callable[[str], None] = lambda _: None


class DropFolder:
    """A `Keeper` of uploads; works from `start` to `stop`. Making it raises what `Spool` does."""

    def __init__(self, options: DropOptions) -> None:
        self._options = options
        self._spool = Spool(options.spool)
        self._changed = threading.Condition()
        self._due: dict[Path, float] = {}
        self._jobs: dict[Path, Job] = {}
        self._running: Path | None = None
        self._written: dict[Path, IO[bytes]] = {}
        """The files that clients write to, as the last of them has opened each."""
        self._cancellation = Cancellation()
        self._thread = threading.Thread(target=self._work, name="drop folder", daemon=True)
        try:
            for job in self._spool.jobs():
                self._queue(job)
        except (OSError, ValueError):
            self._spool.close()
            raise

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the run that goes on; its job stays, as do all others."""
        with self._changed:
            self._cancellation.cancel()
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join()
        self._spool.close()

    # What the server asks and tells -------------------------------------------------------------

    def is_busy(self, path: Path) -> bool:
        """Whether a run is at this file, or a file in this folder has a job."""
        with self._changed:
            return self._running == path or any(path in job.parents for job in self._known())

    @contextmanager
    def changing(self, path: Path) -> Iterator[None]:
        with self._held(path):
            yield
        self._spool.drop(path)

    def writing(self, path: Path, file: IO[bytes]) -> None:
        with self._changed:
            open_yet = {path: file for path, file in self._written.items() if not file.closed}
            self._written = {**open_yet, path: file}

    @contextmanager
    def moving(self, source: Path, upload: Upload) -> Iterator[None]:
        target = upload.path
        with self._held(source, target) as held:
            arrives = self._is_arrival(source, target, was_known=bool(held))
            if arrives:
                # Before the file is there under its name: a crash in between loses nothing.
                self._spool.put(_job(upload))
            try:
                yield
            except BaseException:
                self._put_back(target, held)
                raise
        if source != target:
            self._spool.drop(source)
        if arrives:
            self._queue(_job(upload))

    def keep(self, upload: Upload) -> None:
        sync(upload.path)
        sync(upload.path.parent)
        if not self._is_temporary(upload.path):
            job = _job(upload)
            # Together: a run that ends in between would forget it.
            with self._changed:
                later = self._written.get(upload.path)
                if later is None or later.closed:  # else another upload has taken its place
                    self._spool.put(job)
                    self._queue(job)

    def _is_arrival(self, source: Path, target: Path, *, was_known: bool) -> bool:
        if self._is_temporary(target) or not source.is_file():
            return False
        return was_known or self._is_temporary(source)

    def _is_temporary(self, path: Path) -> bool:
        return any(fnmatchcase(path.name.lower(), pattern) for pattern in self._options.temporary)

    @contextmanager
    def _held(self, *paths: Path) -> Iterator[dict[Path, Job]]:
        """Keep the jobs for these files from being begun; they come back if the body fails."""
        with self._changed:
            if self._running in paths:
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
            held = {path: self._jobs.pop(path) for path in paths if path in self._jobs}
        try:
            yield held
        except BaseException:
            for job in held.values():
                self._queue(job)
            raise

    def _put_back(self, target: Path, held: dict[Path, Job]) -> None:
        if target in held:
            self._spool.put(held[target])
        else:
            self._spool.drop(target)

    def _known(self) -> set[Path]:
        return {*self._jobs, *({self._running} if self._running else ())}

    # The work ---------------------------------------------------------------------------------

    def _queue(self, job: Job, after: float = 0) -> None:
        with self._changed:
            self._jobs[job.upload.path] = job
            self._due[job.upload.path] = time.monotonic() + after
            self._changed.notify()

    def _work(self) -> None:
        while job := self._next():
            lines = self._perform(job)
            with self._changed:
                self._running = None
            # Told last: whoever hears it may act on it.
            for line in lines:
                self._options.tell(printable(line))

    def _next(self) -> Job | None:
        """The next job that is due; none when it is time to stop."""
        with self._changed:
            while not self._cancellation.cancelled:
                path = min(self._jobs, key=lambda path: self._due[path], default=None)
                wait = self._due[path] - time.monotonic() if path else math.inf
                if path and wait <= 0:
                    self._running = path
                    return self._jobs.pop(path)
                self._changed.wait(None if wait == math.inf else wait)
        return None

    def _perform(self, job: Job) -> list[str]:
        """Run the playbook for an upload; returns what is to tell."""
        path = job.upload.path
        try:
            self._options.run(job, self._cancellation)
            self._forget(path)
        except Cancelled:
            return [f"the run for {path} was stopped; it runs again when the server next starts"]
        except RunFailedError as error:
            return [self._failed(job, str(error)), *(f"    {line}" for line in error.last_words)]
        except (OSError, TaskError) as error:
            if not _is_gone(job):
                return [self._failed(job, str(error))]
            self._forget(path)
            return [f"{path} is gone; there is no run for it"]
        return [f"the run for {path} ended well"]

    def _forget(self, path: Path) -> None:
        with self._changed:
            # Unless it has come again meanwhile.
            if path not in self._jobs:
                self._spool.drop(path)

    def _failed(self, job: Job, why: str) -> str:
        after = self._options.retry_after
        with self._changed:
            if job.upload.path not in self._jobs:
                self._put_off(job, math.inf if after is None else after)
        again = "when the server next starts" if after is None else f"in {after:g} seconds"
        return f"the run for {job.upload.path} failed: {why}; it runs again {again}"

    def _put_off(self, job: Job, seconds: float) -> None:
        failed = replace(job, failures=job.failures + 1)
        with suppress(OSError):  # the job is remembered all the same, with a smaller number
            self._spool.put(failed)
        self._queue(failed, seconds)


def _job(upload: Upload) -> Job:
    return Job(upload=upload, disk=upload.path.parent.stat().st_dev)


def _is_gone(job: Job) -> bool:
    """Whether the file is not there, and its disk is: of one that is away nothing is forgotten."""
    path = job.upload.path
    try:
        is_away = path.parent.stat().st_dev != job.disk
    except OSError:
        is_away = True
    return not is_away and not os.path.lexists(path)
