"""Walks through the folders of an FTP server."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator

from ...runner.dataclasses import replace
from ...runner.task import TaskError
from .ftp import FtpClient, Method
from .ftp_listing import Entry, Listing
from .ftp_words import FtpError
from .safe_names import safe_name

_DEEPEST = 100
_MOST_FOLDERS = 1_000_000
"""A server that makes up folders as one goes would keep us forever."""


def walk(
    client: FtpClient,
    top: str,
    method: Method = "auto",
    *,
    follow: bool = False,
    enters: Callable[[str], bool] = lambda _: True,
) -> Iterator[tuple[str, Listing]]:
    """Give each folder with what it holds, a folder before those inside it.

    With `follow`, a link is told as what it leads to, if that is anything. Only those folders are
    entered whose path `enters` says yes to.
    """
    above: frozenset[str] = frozenset()
    waiting = [(top, above)]
    seen = 0
    while waiting:
        folder, above = waiting.pop()
        seen += 1
        if seen > _MOST_FOLDERS:
            raise TaskError(f"{top} holds more than {_MOST_FOLDERS:,} folders ({client.account})")
        listing = client.list_folder(folder, method)
        if follow and any(entry.type == "link" for entry in listing.entries):
            entries = tuple(_followed(client, folder, entry) for entry in listing.entries)
            listing = replace(listing, entries=entries)
        yield folder, listing
        folders = [entry for entry in listing.entries if entry.type == "dir"]
        for entry in sorted(folders, key=lambda entry: entry.name, reverse=True):
            if enters(posixpath.join(folder, entry.name)):
                path = posixpath.join(folder, safe_name(entry.name))
                waiting.append((path, above | {_identity(path, entry, above)}))


def _identity(path: str, entry: Entry, above: frozenset[str]) -> str:
    """Tell a folder from all others; raises TaskError if it is one of those above it."""
    identity = entry.facts.get("unique", path)
    if identity in above or len(above) > _DEEPEST:
        raise TaskError(f"{path} leads back to a folder above it")
    return identity


def _followed(client: FtpClient, folder: str, entry: Entry) -> Entry:
    if entry.type != "link":
        return entry
    path = posixpath.join(folder, safe_name(entry.name))
    target = client.stat(path)
    return replace(target, name=entry.name) if target else entry


def removal(client: FtpClient, path: str, *, folder: bool) -> list[tuple[str, bool]]:
    """All that goes with a path, in that order, and whether each is a folder.

    A link is never a folder here, whatever it leads to.
    """
    above, name = posixpath.split(path)
    is_folder = folder and name not in links_in(client, above)
    return [*(_contents(client, path) if is_folder else ()), (path, is_folder)]


def _contents(client: FtpClient, top: str) -> list[tuple[str, bool]]:
    found: dict[str, bool] = {}
    for folder, listing in walk(client, top, enters=found.__getitem__):
        links = links_in(client, folder) if client.offers("MLST") else ()
        for entry in listing.entries:
            path = posixpath.join(folder, safe_name(entry.name))
            found[path] = entry.type == "dir" and entry.name not in links
    return list(found.items())[::-1]


def links_in(client: FtpClient, folder: str) -> frozenset[str]:
    """The names of links, as LIST tells them: some servers' MLSD tells what they lead to."""
    try:
        entries = client.list_folder(folder, "list").entries
    except FtpError as error:
        if error.code is None or error.transient:
            raise
        return frozenset()
    return frozenset(entry.name for entry in entries if entry.type == "link")
