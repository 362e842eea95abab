"""What a copy has to do, decided from what lies at both ends: pure functions."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import floor
from typing import Literal, TypeAlias

from ...runner.dataclasses import dataclass
from ...runner.task import TaskError

Action: TypeAlias = Literal["created", "replaced", "unchanged", "deleted"]


class NoMatch(TaskError):
    """A pattern of what is to be copied matches nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A file or folder at either end; what an end does not tell is None."""

    folder: bool = False
    size: int | None = None
    mtime: float | None = None


FOLDER = Item(folder=True)


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one path at the end that is copied to."""

    path: str
    action: Action
    item: Item
    """What shall lie there, or what is deleted."""
    found: Item | None = None

    @property
    def changes(self) -> bool:
        return self.action != "unchanged"

    @property
    def moves(self) -> bool:
        """Whether a file goes from one end to the other."""
        return self.action in ("created", "replaced") and not self.item.folder


Same: TypeAlias = Callable[[str, Item, Item], bool]
"""Whether the file that is wanted at a path is the one that was found there."""


def plan(wanted: Mapping[str, Item], found: Mapping[str, Item], same: Same) -> list[Step]:
    """Give a step for each path that is wanted, a folder before what is in it."""
    return [_step(path, wanted[path], found.get(path), same) for path in sorted(wanted)]


def _step(path: str, wanted: Item, found: Item | None, same: Same) -> Step:
    if found is None:
        return Step(path, "created", wanted)
    if wanted.folder != found.folder:
        raise TaskError(_clash(path, found))
    is_same = wanted.folder or same(path, wanted, found)
    return Step(path, "unchanged" if is_same else "replaced", wanted, found)


def _clash(path: str, found: Item) -> str:
    if found.folder:
        return f"{path} is a folder; end `dest` with a slash to put the file into it"
    return f"{path} is a file; a folder of this name cannot be made"


def surplus(
    wanted: Mapping[str, Item], found: Mapping[str, Item], is_ours: Callable[[str, Item], bool]
) -> list[Step]:
    """Give a step for each path that a mirror removes, what is in a folder before the folder.

    What is not `is_ours` stays, and so do the folders it lies in.
    """
    extra = {path: item for path, item in found.items() if path not in wanted}
    kept = {path for path, item in extra.items() if not is_ours(path, item)}
    kept.update([folder for path in kept for folder in _above(path)])
    going = sorted(extra.keys() - kept, reverse=True)
    return [Step(path, "deleted", extra[path], extra[path]) for path in going]


def _above(path: str) -> Iterator[str]:
    while (folder := posixpath.dirname(path)) != path:
        yield folder
        path = folder


def spelling(path: str) -> str:
    """Give what two names have in common that are one to a system to which `A` is `a`."""
    if path.isascii():
        return path.casefold()
    from unicodedata import normalize  # of no use to most

    return normalize("NFC", path).casefold()


def clashes(paths: Iterable[str]) -> frozenset[str]:
    """Name the paths that are one path to such a system."""
    seen: dict[str, str] = {}
    found: set[str] = set()
    for path in paths:
        other = seen.setdefault(spelling(path), path)
        if other != path:
            found.update((other, path))
    return frozenset(found)


def seconds(mtime: float | None) -> int | None:
    """Give a time as FTP has it, in whole seconds."""
    return None if mtime is None else floor(mtime)


def means_folder(path: str) -> bool:
    """Whether `dest` is the folder to copy into, not the name of the copy."""
    return posixpath.basename(path) in ("", ".", "..")
