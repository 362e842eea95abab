"""The files on a server that `src` means, and where each of them goes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from glob import has_magic
from typing import Protocol

from ...runner.dataclasses import dataclass
from ...runner.task import TaskError
from .ftp import FtpClient
from .ftp_listing import Entry, Listing
from .ftp_walk import walk
from .part_names import owner_of_part
from .path_filter import PathFilter
from .safe_names import safe_name
from .transfer_plan import Item, NoMatch, means_folder

_NO_FILES = {
    "link": "a link that leads nowhere, or where the account may not go",
    "other": "neither a file nor a folder",
}


class Takes(Protocol):
    def __call__(self, path: str, /, *, folder: bool) -> bool:
        """Whether a file, or a folder with what is in it, is wanted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Remote(Item):
    """A file or folder on the server, and what the server says about it."""

    path: str
    is_exact: bool = True
    """Whether the listing tells the time to the second."""

    @classmethod
    def of(cls, path: str, entry: Entry) -> Remote:
        if entry.type == "dir":
            return cls(folder=True, path=path)
        return cls(size=entry.size, mtime=entry.mtime, path=path, is_exact=entry.exact)


def remote_sources(
    ftp: FtpClient, src: str | list[str], dest: str, wanted: PathFilter
) -> dict[str, Remote]:
    """Give every file and folder with the path, below `dest`, that it goes to."""
    found: dict[str, Remote] = {}
    several = not isinstance(src, str)
    for written in [src] if isinstance(src, str) else src:
        for path, remote in _of_one(ftp, written, dest, wanted, several=several):
            if (other := found.setdefault(path, remote)).path != remote.path:
                raise TaskError(f"{other.path} and {remote.path} would both become {path}")
    return found


def _of_one(
    ftp: FtpClient, written: str, dest: str, wanted: PathFilter, *, several: bool
) -> Iterator[tuple[str, Remote]]:
    path = ftp.absolute(written)
    entry = ftp.stat(path)
    if entry is None and has_magic(written):
        yield from _of_pattern(ftp, path, dest, wanted)
        return
    if entry is None and written.endswith("/"):
        entry = _folder(ftp, path)
    # A server that tells nothing about a file may still hand it out.
    remote = Remote.of(path, entry or Entry(name=posixpath.basename(path), type="file"))
    into = (several or means_folder(dest)) and not written.endswith("/")
    target = posixpath.join(dest, safe_name(posixpath.basename(path))) if into else dest
    name = posixpath.basename(path)
    if remote.folder or wanted.takes(name, folder=False):
        yield from _with_content(ftp, remote, target, wanted)


def _folder(ftp: FtpClient, path: str) -> Entry:
    if not ftp.is_folder(path):
        raise TaskError(
            f"there is no folder {path}, or the account may not enter it ({ftp.account})"
        )
    return Entry(name=posixpath.basename(path), type="dir")


def _of_pattern(
    ftp: FtpClient, pattern: str, dest: str, wanted: PathFilter
) -> Iterator[tuple[str, Remote]]:
    parts = pattern.strip("/").split("/")
    fixed = next(index for index, part in enumerate(parts) if has_magic(part))
    top = Remote(folder=True, path="/" + "/".join(parts[:fixed]))
    found = [(dest, top)]
    for part in parts[fixed:]:
        found = [match for target, folder in found for match in _matches(ftp, folder, target, part)]
    if not found:
        raise NoMatch(
            f"nothing on the server matches {pattern} ({ftp.account}); where that may be, take the"
            " folder as `src` and the pattern as `include`"
        )
    for target, remote in found:
        relative = posixpath.relpath(remote.path, top.path)
        if wanted.takes_all(relative, folder=remote.folder):
            yield from _with_content(ftp, remote, target, wanted)


def _matches(
    ftp: FtpClient, folder: Remote, target: str, pattern: str
) -> Iterable[tuple[str, Remote]]:
    """Give what matches in one folder; as in a shell, dot files only if the pattern has the dot."""
    if not folder.folder:
        return

    def takes(path: str, *, folder: bool) -> bool:
        name = posixpath.basename(path)
        return fnmatchcase(name, pattern) and (name[0] != "." or pattern[0] == ".")

    _, listing = next(walk(ftp, folder.path, follow=True))
    yield from _inside(folder.path, target, listing, takes)


def _with_content(
    ftp: FtpClient, remote: Remote, target: str, wanted: PathFilter
) -> Iterator[tuple[str, Remote]]:
    target = posixpath.normpath(target)
    yield target, remote
    if not remote.folder:
        return

    def takes(path: str, *, folder: bool = True) -> bool:
        return wanted.takes(posixpath.relpath(path, remote.path), folder=folder)

    for folder, listing in walk(ftp, remote.path, follow=True, enters=takes):
        into = posixpath.normpath(posixpath.join(target, posixpath.relpath(folder, remote.path)))
        yield from _inside(folder, into, listing, takes if wanted else None)


def _inside(
    folder: str, target: str, listing: Listing, takes: Takes | None
) -> Iterator[tuple[str, Remote]]:
    if listing.unreadable:
        raise TaskError(f"{folder}: cannot read this line of the listing: {listing.unreadable[0]}")
    above, into = posixpath.join(folder, ""), posixpath.join(target, "")
    for entry in listing.entries:
        path = above + safe_name(entry.name)
        if takes and not takes(path, folder=entry.type == "dir"):
            continue
        if what := _NO_FILES.get(entry.type):
            raise TaskError(f"{path} on the server is {what}; `exclude` keeps it out of a folder")
        if not owner_of_part(entry.name):
            yield into + entry.name, Remote.of(path, entry)
