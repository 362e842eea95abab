"""Walks through the folders of an FTP server."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import replace

from ...runner.task import TaskError
from .ftp import FtpClient, Method
from .ftp_listing import Entry, Listing
from .safe_names import safe_name

_DEEPEST = 100


def walk(
    client: FtpClient,
    top: str,
    method: Method = "auto",
    *,
    follow: bool = False,
    enters: Callable[[str], bool] = lambda _: True,
) -> Iterator[tuple[str, Listing]]:
    """Give each folder with what it holds, a folder before those inside it.

    With `follow`, a link is told as what it leads to. Only those folders are entered whose path
    `enters` says yes to.
    """
    above: frozenset[str] = frozenset()
    waiting = [(top, above)]
    while waiting:
        folder, above = waiting.pop()
        listing = client.list_folder(folder, method)
        if follow:
            entries = tuple(_followed(client, folder, entry) for entry in listing.entries)
            listing = replace(listing, entries=entries)
        yield folder, listing
        for entry in sorted(listing.entries, key=lambda entry: entry.name, reverse=True):
            path = posixpath.join(folder, entry.name)
            if entry.type == "dir" and enters(path):
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
    if target is None:
        raise TaskError(f"{path} is a link that leads nowhere, or where the account may not go")
    return replace(target, name=entry.name)
