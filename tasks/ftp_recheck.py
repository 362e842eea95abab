"""Which files on a server are no longer what they were when they were fetched."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Mapping, Sequence

from .clients.ftp import FtpClient
from .clients.transfer_plan import Item, seconds

_FEW = 4
"""So many files of a folder are asked for by name; of more, the folder is listed."""


def changed(ftp: FtpClient, fetched: Mapping[str, Item]) -> dict[str, Item]:
    """Give the files that have another size or time now; what is gone has been fetched in time."""
    now = _listed(ftp, list(fetched)) if ftp.offers("MLST") else _asked(ftp, list(fetched))
    return {path: item for path, item in now.items() if _differs(item, fetched[path])}


def _differs(now: Item, then: Item) -> bool:
    return any(
        None not in (new, old) and new != old
        for new, old in ((now.size, then.size), (seconds(now.mtime), seconds(then.mtime)))
    )


def _asked(ftp: FtpClient, paths: Sequence[str]) -> dict[str, Item]:
    sizes, times = ftp.sizes(paths), ftp.mtimes(paths)
    answers = zip(paths, sizes, times, strict=True)
    return {path: Item(size=size, mtime=mtime) for path, size, mtime in answers if size is not None}


def _listed(ftp: FtpClient, paths: Sequence[str]) -> dict[str, Item]:
    folders = defaultdict(set)
    for path in paths:
        folders[posixpath.dirname(path)].add(posixpath.basename(path))
    found = {}
    for folder, names in folders.items():
        for name, item in _of_folder(ftp, folder, names).items():
            found[posixpath.join(folder, name)] = item
    return found


def _of_folder(ftp: FtpClient, folder: str, names: set[str]) -> dict[str, Item]:
    if len(names) <= _FEW:
        told = [(name, ftp.stat(posixpath.join(folder, name))) for name in names]
    else:
        told = [
            (entry.name, entry) for entry in ftp.list_folder(folder).entries if entry.name in names
        ]
    return {
        name: Item(size=entry.size, mtime=entry.mtime)
        for name, entry in told
        if entry and entry.type == "file"
    }
