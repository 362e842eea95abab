"""Local files and folders that are to be sent, whole trees of them, quickly."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Literal, TypeAlias

from ..runner.dataclasses import dataclass, field
from ..runner.task import TaskError
from . import paths
from .clients.part_names import owner_of_part
from .clients.path_filter import PathFilter

Links: TypeAlias = Literal["inside", "follow", "skip"]
_Identities: TypeAlias = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Manner:
    """Which files are meant, and what a link means."""

    wanted: PathFilter = field(default_factory=PathFilter)
    links: Links = "inside"


def walk(top: str, manner: Manner) -> Iterator[tuple[str, str, os.stat_result]]:
    """Give everything below a folder: its path from there, its path, and what it is.

    A folder comes before what is in it. A link is what it leads to. What a download has left
    half done is nothing.
    """
    root, wanted = os.path.realpath(top), manner.wanted or None
    waiting: list[tuple[str, str, _Identities]] = [(top, "", frozenset({_identity(top)}))]
    while waiting:
        folder, relative, above = waiting.pop()
        for name, path, status in _inside(folder, root, manner.links):
            is_folder = stat.S_ISDIR(status.st_mode)
            if wanted and not wanted.takes(relative + name, folder=is_folder):
                continue
            yield relative + name, path, status
            if is_folder:
                identity = status.st_dev, status.st_ino
                if identity in above:
                    raise TaskError(f"{path} is a link that leads back to a folder above it")
                waiting.append((path, f"{relative}{name}/", above | {identity}))


def _inside(folder: str, root: str, links: Links) -> Iterator[tuple[str, str, os.stat_result]]:
    """Give what is meant of what lies in a folder: its name, its path, and what it is."""
    above = os.path.join(folder, "")  # noqa: PTH118  # a tree may have 100,000 files, and Path is slow
    with _opened(folder) as descriptor:
        with paths.told(f"read {folder}"), os.scandir(descriptor) as entries:
            found = sorted(entries, key=attrgetter("name"), reverse=True)
        for entry in found:
            if owner_of_part(entry.name):
                continue
            path = above + entry.name
            if entry.is_symlink() and not is_meant(path, root, links):
                continue
            try:
                status = entry.stat()
            except OSError as error:
                raise _unreadable(entry, path, error) from error
            yield entry.name, path, status


def _unreadable(entry: os.DirEntry[str], path: str, error: OSError) -> TaskError:
    if entry.is_symlink():
        return TaskError(
            f"{path} is a link that leads nowhere: {error.strerror}; `links: skip` leaves it out"
        )
    return TaskError(f"cannot read {path}: {error.strerror}")


@contextmanager
def _opened(folder: str) -> Iterator[int]:
    """Open a folder: the system finds names in it quicker than paths."""
    with paths.told(f"read {folder}"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _identity(path: str) -> tuple[int, int]:
    with paths.told(f"read {path}"):
        found = os.stat(path)  # noqa: PTH116  # a tree may have 100,000 files, and Path is slow
    return found.st_dev, found.st_ino


def is_meant(link: str, root: str, links: Links) -> bool:
    """Whether a link below `root` is to be followed; raises TaskError if it leads out of there."""
    if links == "inside" and not _is_below(root, os.path.realpath(link)):
        raise TaskError(
            f"{link} is a link that leads out of {root}; `links: follow` sends what it leads to,"
            " `links: skip` leaves it out"
        )
    return links != "skip"


def _is_below(root: str, path: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")
