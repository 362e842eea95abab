"""The files on a server that `src` means, and where each of them goes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import has_magic

from ...runner.task import TaskError
from .ftp import FtpClient
from .ftp_listing import Entry, Listing
from .ftp_walk import walk
from .safe_names import safe_name
from .transfer_plan import means_folder


@dataclass(frozen=True)
class Remote:
    """A file or folder on the server, and what the server says about it."""

    path: str
    entry: Entry

    @property
    def is_folder(self) -> bool:
        return self.entry.type == "dir"


def remote_sources(ftp: FtpClient, src: str | list[str], dest: str) -> dict[str, Remote]:
    """Give every file and folder with the path, below `dest`, that it goes to."""
    found: dict[str, Remote] = {}
    several = not isinstance(src, str)
    for written in [src] if isinstance(src, str) else src:
        for path, remote in _of_one(ftp, written, dest, several=several):
            target = posixpath.normpath(path)
            other = found.setdefault(target, remote)
            if other.path != remote.path:
                raise TaskError(f"{other.path} and {remote.path} would both become {target}")
    return found


def _of_one(
    ftp: FtpClient, written: str, dest: str, *, several: bool
) -> Iterator[tuple[str, Remote]]:
    path = ftp.absolute(written)
    entry = ftp.stat(path)
    if entry is None and has_magic(written):
        yield from _of_pattern(ftp, path, dest)
        return
    # A server that tells nothing about a file may still hand it out.
    remote = Remote(path, entry or Entry(name=posixpath.basename(path), type="file"))
    into = (several or means_folder(dest)) and not written.endswith("/")
    target = posixpath.join(dest, safe_name(posixpath.basename(path))) if into else dest
    yield from _with_content(ftp, remote, target)


def _of_pattern(ftp: FtpClient, pattern: str, dest: str) -> Iterator[tuple[str, Remote]]:
    parts = pattern.strip("/").split("/")
    fixed = next(index for index, part in enumerate(parts) if has_magic(part))
    top = Remote("/" + "/".join(parts[:fixed]), Entry(name="", type="dir"))
    found = [(dest, top)]
    for part in parts[fixed:]:
        found = [match for target, folder in found for match in _matches(ftp, folder, target, part)]
    if not found:
        raise TaskError(f"nothing on the server matches {pattern} ({ftp.account})")
    for target, remote in found:
        yield from _with_content(ftp, remote, target)


def _matches(
    ftp: FtpClient, folder: Remote, target: str, pattern: str
) -> Iterable[tuple[str, Remote]]:
    """Give what matches in one folder; as in a shell, dot files only if the pattern has the dot."""
    if not folder.is_folder:
        return
    _, listing = next(walk(ftp, folder.path, follow=True))
    for path, remote in _inside(folder.path, target, listing):
        name = remote.entry.name
        if fnmatchcase(name, pattern) and (name[0] != "." or pattern[0] == "."):
            yield path, remote


def _with_content(ftp: FtpClient, remote: Remote, target: str) -> Iterator[tuple[str, Remote]]:
    yield target, remote
    if remote.is_folder:
        for folder, listing in walk(ftp, remote.path, follow=True):
            into = posixpath.join(target, posixpath.relpath(folder, remote.path))
            yield from _inside(folder, into, listing)


def _inside(folder: str, target: str, listing: Listing) -> Iterator[tuple[str, Remote]]:
    if listing.unreadable:
        raise TaskError(f"{folder}: cannot read this line of the listing: {listing.unreadable[0]}")
    for entry in listing.entries:
        path = posixpath.join(folder, safe_name(entry.name))
        if entry.type == "other":
            raise TaskError(f"{path} on the server is neither a file nor a folder")
        yield posixpath.join(target, entry.name), Remote(path, entry)
