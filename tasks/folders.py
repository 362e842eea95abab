"""Folders: made with all that lead to them, and walked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..runner.dataclasses import dataclass
from . import paths, permissions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .permissions import Access


Kind: TypeAlias = Literal["file", "directory", "link", "special"]


@dataclass(frozen=True)
class Entry:
    """One thing in a tree, and where a copy of it goes; `special` is a device, pipe or socket."""

    kind: Kind
    source: Path
    dest: Path


def make(path: Path, access: Access, *, check: bool = False) -> bool:
    """Make a folder and those that lead to it, each with this access; False when it is there."""
    with paths.told(f"make the folder {path}"):
        if path.is_dir():
            return False
        missing = [folder for folder in (path, *path.parents) if not os.path.lexists(folder)]
        if missing and not missing[-1].parent.is_dir():
            raise NotADirectoryError(20, os.strerror(20), str(missing[-1]))
        for folder in () if check else reversed(missing):
            # Another step may make the same folder at the same time.
            folder.mkdir(exist_ok=True)
            permissions.adjust(folder, access, check=False)
        if not missing and not path.is_dir():
            raise FileExistsError(17, os.strerror(17))
    return True


def tree(root: Path, dest: Path, *, follow: bool) -> Iterator[Entry]:
    """Everything below a folder, folders before what is in them; links as links unless `follow`.

    A link that is followed may lead back to where it lies: such a one stays a link, and so does
    one that leads nowhere. A folder is entered only after it was handed out.
    """
    waiting = [(root, dest, frozenset({_identity(root)}))]
    while waiting:
        source, target, above = waiting.pop()
        for path in sorted(source.iterdir(), reverse=True):
            entry = Entry(_kind(path, above, follow=follow), path, target / path.name)
            yield entry
            if entry.kind == "directory":
                waiting.append((path, entry.dest, above | {_identity(path)}))


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _kind(path: Path, above: frozenset[tuple[int, int]], *, follow: bool) -> Kind:
    if path.is_symlink() and not (follow and path.exists()):
        return "link"
    if path.is_dir():
        return "link" if path.is_symlink() and _identity(path) in above else "directory"
    return "file" if path.is_file() else "special"
