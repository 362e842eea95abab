"""What a scripted FTP server holds: files and folders in memory, and how listings tell of them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

OLD = 1_000_000_000
"""The time of every file, until somebody says otherwise."""

_FOLDER = "/"


class Refused(Exception):
    """The reply of a server that does not do what it was asked."""


@dataclass(slots=True)
class File:
    data: bytearray
    mtime: float = OLD
    mode: int = 0o644


class Tree:
    """Paths are absolute. Sessions in several threads may use it: each change is one operation."""

    def __init__(self, *, ignores_case: bool = False) -> None:
        self._ignores_case = ignores_case
        self._files: dict[str, File] = {}
        self._folders = {_FOLDER}

    @property
    def files(self) -> Mapping[str, bytes]:
        return {path: bytes(file.data) for path, file in list(self._files.items())}

    @property
    def folders(self) -> frozenset[str]:
        return frozenset(self._folders - {_FOLDER})

    def spelled(self, path: str) -> str:
        """Spell a path as what lies there is spelled."""
        if not self._ignores_case:
            return path
        there = [*self._files, *self._folders]
        if found := next((other for other in there if other.lower() == path.lower()), None):
            return found
        return posixpath.join(self.spelled(posixpath.dirname(path)), posixpath.basename(path))

    def put(self, path: str, data: bytes = b"x", mtime: float = OLD) -> File:
        """Write a file, with the folders above it."""
        folder = posixpath.dirname(path)
        while folder not in self._folders:
            self._folders.add(folder)
            folder = posixpath.dirname(folder)
        self._files[path] = File(bytearray(data), mtime)
        return self._files[path]

    def file(self, path: str) -> File:
        try:
            return self._files[path]
        except KeyError:
            raise Refused(f"550 {path}: no such file") from None

    def is_folder(self, path: str) -> bool:
        return path in self._folders

    def exists(self, path: str) -> bool:
        return path in self._files or path in self._folders

    def writable(self, path: str) -> File:
        """Give the file to write to: the one that lies there, or a new one."""
        self._need_place(path)
        return self._files.setdefault(path, File(bytearray()))

    def make_folder(self, path: str) -> None:
        self._need_place(path)
        if path in self._files:
            raise Refused(f"550 {path}: a file is in the way")
        self._folders.add(path)

    def _need_place(self, path: str) -> None:
        if not self.is_folder(posixpath.dirname(path)):
            raise Refused(f"550 {path}: no such folder")
        if self.is_folder(path):
            raise Refused(f"550 {path}: is a folder")

    def remove(self, path: str) -> None:
        self.file(path)
        del self._files[path]

    def remove_folder(self, path: str) -> None:
        if not self.is_folder(path) or any(self.names(path)):
            raise Refused(f"550 {path}: no such folder, or not empty")
        self._folders.discard(path)

    def move(self, old: str, new: str) -> None:
        self._need_place(new)
        if old in self._files:
            self._files[new] = self._files.pop(old)
            return
        for path in [path for path in self._files if path.startswith(old + "/")]:
            self._files[new + path.removeprefix(old)] = self._files.pop(path)
        for path in [path for path in self._folders if f"{path}/".startswith(old + "/")]:
            self._folders.discard(path)
            self._folders.add(new + path.removeprefix(old))

    def names(self, folder: str) -> Iterator[str]:
        """Give the names of what lies in a folder, in no order."""
        inside = folder.rstrip("/") + "/"
        for path in [*self._files, *self._folders]:
            name = path.removeprefix(inside)
            if path.startswith(inside) and name and "/" not in name:
                yield name

    # What listings say -------------------------------------------------------------------------

    def facts(self, path: str, name: str) -> str:
        """Write a line of MLSD."""
        if self.is_folder(path):
            return f"type=dir;modify={stamp(OLD)};UNIX.mode=0755; {name}"
        file = self.file(path)
        size, mode = len(file.data), file.mode
        return f"type=file;size={size};modify={stamp(file.mtime)};UNIX.mode=0{mode:o}; {name}"

    def long_line(self, path: str, name: str) -> str:
        """Write a line of LIST, as ls does."""
        if self.is_folder(path):
            return f"drwxr-xr-x 2 li li 4096 Sep 09  2001 {name}"
        file = self.file(path)
        day = datetime.fromtimestamp(file.mtime, UTC)
        return f"-rw-r--r-- 1 li li {len(file.data)} {day:%b %d  %Y} {name}"


def stamp(mtime: float) -> str:
    return f"{datetime.fromtimestamp(mtime, UTC):%Y%m%d%H%M%S}"
