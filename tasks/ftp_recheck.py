"""Which files on a server are no longer what they were when they were fetched."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping

from ..runner.dataclasses import replace
from .clients.ftp import FtpClient
from .clients.ftp_listing import Entry
from .clients.transfer_plan import Item, seconds

_FEW = 4
"""So many files of a folder are asked for by name; of more, the folder is listed."""


def changed(ftp: FtpClient, fetched: Mapping[str, Item]) -> dict[str, Item]:
    """Give the files that have another size or time now; what is gone has been fetched in time."""
    folders = defaultdict(set)
    for path in fetched:
        folders[posixpath.dirname(path)].add(path)
    found: dict[str, Item] = {}
    for folder, paths in folders.items():
        found |= _asked(ftp, paths) if len(paths) <= _FEW else _listed(ftp, folder, paths)
    return {path: item for path, item in found.items() if _differs(item, fetched[path])}


def _differs(now: Item, then: Item) -> bool:
    return any(
        None not in (new, old) and new != old
        for new, old in ((now.size, then.size), (seconds(now.mtime), seconds(then.mtime)))
    )


def _asked(ftp: FtpClient, paths: Iterable[str]) -> dict[str, Item]:
    entries = {path: ftp.stat(path) for path in paths}
    return {path: _item(entry) for path, entry in entries.items() if entry}


def _listed(ftp: FtpClient, folder: str, paths: Container[str]) -> dict[str, Item]:
    entries = ftp.list_folder(folder).entries
    told = {posixpath.join(folder, entry.name): entry for entry in entries if entry.type == "file"}
    found = {path: _item(entry) for path, entry in told.items() if path in paths}
    rough = [path for path in found if not told[path].exact]
    for path, mtime in zip(rough, ftp.mtimes(rough), strict=True):
        found[path] = replace(found[path], mtime=mtime)
    return found


def _item(entry: Entry) -> Item:
    return Item(size=entry.size, mtime=entry.mtime)
