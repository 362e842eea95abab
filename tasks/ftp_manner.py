"""How the files of a download are named on their way, and what they get before their name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from ..runner.dataclasses import dataclass, field
from . import paths, permissions
from .clients.ftp_account import FtpAccount
from .clients.part_names import part_name
from .clients.transfer_plan import Item
from .ftp_job import Job
from .permissions import Access


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Manner:
    """How files are fetched: the parameters of these names, and what is the same for all files."""

    resume: bool
    preserve_mtime: bool
    mode: str | None
    verify_transfer: Literal["size", "checksum", "readback"]
    umask: int = field(default_factory=permissions.umask)
    token: str = field(default_factory=lambda: os.urandom(8).hex())
    """Makes names that no other run can find again."""

    def part(self, account: FtpAccount, job: Job, source: str, wanted: Item) -> str:
        """Give the temporary name of a file."""
        return part_name(job.step.path, self._version(account, source, wanted))

    def _version(self, account: FtpAccount, source: str, wanted: Item) -> str:
        """Name what is fetched, so that a later run finds it; only if it can be known again."""
        if not self.resume or wanted.size is None or wanted.mtime is None:
            return self.token
        return f"{account}{source}:{wanted.size}:{wanted.mtime}"

    def dress(self, job: Job, descriptor: int, wanted: Item) -> None:
        """Give a file its time and its permissions."""
        if self.preserve_mtime and wanted.mtime is not None:
            os.utime(descriptor, (wanted.mtime, wanted.mtime))
        os.fchmod(descriptor, self._mode(job))

    def _mode(self, job: Job) -> int:
        """Give the permissions asked for, or those of the file it replaces, or usual ones."""
        mode = 0o666 & ~self.umask
        if job.step.action == "replaced":
            found = paths.status(Path(job.step.path))
            if found and paths.state(found) != "link":
                mode = found.st_mode & 0o7777
        if self.mode is None:
            return mode
        return permissions.mode_of(Access(self.mode), mode)


def put_in_place(job: Job, part: str) -> None:
    os.replace(part, job.step.path)  # noqa: PTH105  # there may be 100,000, and Path is slow
