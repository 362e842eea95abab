"""What becomes of files on a server whose copies are proved to be here."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from itertools import chain, count
from typing import Literal

from .clients.ftp import FtpClient
from .ftp_site import FtpSite
from .ftp_transfer import Move


def file_away(
    site: FtpSite,
    after: Literal["keep", "delete"] | Move,
    copied: Iterable[tuple[str, str]],
    dest: str,
) -> None:
    """Delete or move files. `copied` are the copies' paths, below `dest`, and their sources."""
    files = list(copied)
    if not isinstance(after, Move):
        site.talk(lambda ftp: ftp.remove_each([(source, False) for _, source in files]))
        return
    names = site.talk(lambda ftp: _names(ftp, after.move, files, dest))

    def attempt(number: int) -> None:
        with site.session() as ftp:
            _move_each(ftp, names, again=number > 1)

    site.trying(attempt)


def _names(
    ftp: FtpClient, folder: str, files: Sequence[tuple[str, str]], dest: str
) -> list[tuple[str, str]]:
    """Give each file a path that is free, in folders like those of the copies; they are made."""
    taken: dict[str, set[str]] = {}
    names = []
    for copy, source in files:
        inside = posixpath.relpath(posixpath.dirname(copy), dest)
        into = ftp.absolute(posixpath.join(folder, "" if inside[:2] == ".." else inside))
        if into not in taken:
            ftp.make_folders(into)
            taken[into] = {entry.name for entry in ftp.list_folder(into).entries}
        name = _free(posixpath.basename(source), taken[into])
        names.append((source, posixpath.join(into, name)))
    return names


def _free(name: str, taken: set[str]) -> str:
    """Give a name that is not taken yet, and take it: nothing is overwritten."""
    numbered = (f"{name}.{number}" for number in count(2))
    free = next(each for each in chain([name], numbered) if each not in taken)
    taken.add(free)
    return free


def _move_each(ftp: FtpClient, names: Sequence[tuple[str, str]], *, again: bool) -> None:
    # The names were free: what lies there now was moved by an attempt that was cut off.
    left = [(old, new) for old, new in names if not (again and ftp.stat(new))]
    for (old, new), is_done in zip(left, ftp.rename_each(left), strict=True):
        if not is_done:
            ftp.rename(old, new)
