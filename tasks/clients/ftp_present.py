"""What lies at a path on a server, as far as the server can be brought to tell."""

from __future__ import annotations

import posixpath

from ...runner.dataclasses import dataclass
from ...runner.task import TaskError
from .ftp import FtpClient
from .ftp_listing import Entry, permissions
from .ftp_words import FtpError


@dataclass(frozen=True)
class Present:
    entry: Entry
    mode: int | None = None
    """The bits of its permissions, where they are told."""

    @property
    def is_folder(self) -> bool:
        return self.entry.type == "dir"


def look(ftp: FtpClient, path: str, *, mode: bool = False) -> Present | None:
    """Tell what lies there; with `mode` its permissions too, in every way that there is.

    That nothing is there is believed once the folder's listing says so too: a server may refuse to
    tell about one path for many reasons, and of a link that leads nowhere it tells nothing else.
    """
    entry = ftp.stat(path)
    bits = permissions(entry) if entry else None
    if (entry is None or (mode and bits is None)) and (listed := _listed(ftp, path)):
        entry = entry or listed
        if mode and entry.type != "link" and (target := listed.facts.get("target")):
            # What is asked about and set through a link is what it leads to.
            listed = _listed(ftp, posixpath.join(posixpath.dirname(path), target))
        bits = permissions(listed) if listed else None
    return Present(entry, bits) if entry else None


def foreseen_folders(ftp: FtpClient, path: str) -> list[str]:
    """Give what has to be made for this folder to be there; raises TaskError if it cannot be."""
    missing = ftp.missing_folders(path)
    if missing and ftp.stat(missing[0]):
        raise TaskError(
            f"{missing[0]} is there, but is no folder that may be entered ({ftp.account})"
        )
    return missing


def _listed(ftp: FtpClient, path: str) -> Entry | None:
    folder, name = posixpath.split(path)
    try:
        entries = ftp.list_folder(folder, "list").entries
    except FtpError as error:
        if error.code is None or error.transient:
            raise
        return None
    return next((entry for entry in entries if entry.name == name), None)


def exact_mtime(ftp: FtpClient, path: str, present: Present | None) -> float | None:
    if present is None:
        return None
    entry = present.entry
    return entry.mtime if entry.exact and entry.mtime is not None else ftp.mtime(path)
