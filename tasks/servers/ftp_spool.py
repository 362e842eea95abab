"""Uploads that wait for their run, remembered on disk: a file for each, whole or not there."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...runner.dataclasses import asdict, dataclass
from ..durable import sync
from .ftp_uploads import Upload

FACTS = "facts-"
"""How the names of files begin that last as long as a run."""


@dataclass(frozen=True, kw_only=True)
class Job:
    upload: Upload
    disk: int
    """Which one its folder is on."""
    failures: int = 0
    """How many runs for it have failed."""


class Spool:
    """A folder of jobs that one server at a time may use.

    Raises OSError; BlockingIOError when another server uses it, ValueError for what is no job.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._tidy()
        except OSError:
            self.close()
            raise

    def _tidy(self) -> None:
        """Remove what a server that was killed has left."""
        for pattern in ("*.new", f"{FACTS}*"):
            for path in self._folder.glob(pattern):
                path.unlink()

    def close(self) -> None:
        os.close(self._lock)

    def jobs(self) -> list[Job]:
        """Every job, in the order in which the uploads came."""
        found = [_read(path) for path in self._folder.glob("*.json")]
        return sorted(found, key=lambda job: job.upload.time)

    def put(self, job: Job) -> None:
        """Remember a job, in place of an earlier one for the same file; it outlives a crash."""
        path = self._path(job.upload.path)
        fresh = path.with_suffix(".new")
        upload = {**asdict(job.upload), "path": str(job.upload.path)}
        told = {"upload": upload, "disk": job.disk, "failures": job.failures}
        fresh.write_text(json.dumps(told), "utf-8")
        sync(fresh)
        fresh.replace(path)
        sync(self._folder)

    def drop(self, path: Path) -> None:
        """Forget the job for a file, if there is one."""
        with suppress(FileNotFoundError):
            self._path(path).unlink()

    def _path(self, path: Path) -> Path:
        return self._folder / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.json"


def _read(path: Path) -> Job:
    try:
        data: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
        upload = {**data["upload"], "path": Path(data["upload"]["path"])}
        return Job(upload=Upload(**upload), disk=int(data["disk"]), failures=int(data["failures"]))
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is no upload that waits for its run; remove it") from error
