"""Where what collections bring may lie: `namespace.collection.name`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

_PARENT = "ansible_collections"
_NAME = r"(\w+)\.(\w+)\.(\w+(?:\.\w+)*)"


def candidates(
    name: str, part: str, roots: Iterable[Path], searched: Iterable[str] = ()
) -> Iterator[Path]:
    """The paths at which something of this name may lie, without an ending.

    `part` is a folder of the collection; words before the last of the name are folders in it.
    In the collections that are `searched`, the name alone is looked for, too.
    """
    for whole in (name, *(f"{collection}.{name}" for collection in searched)):
        if found := re.fullmatch(_NAME, whole):
            namespace, collection, own = found.groups()
            for root in roots:
                yield root.joinpath(_PARENT, namespace, collection, part, *own.split("."))


def named_in(raw: Mapping[Any, object]) -> tuple[str, ...]:
    """The collections that a play, a block, a task or the meta of a role names."""
    named = raw.get("collections") or ()
    return tuple(map(str, named if isinstance(named, list | tuple) else [named]))


def folder_of(folder: Path) -> Path | None:
    """The folder of the collection in which this one lies."""
    inside = (each for each in folder.parents if each.parent.parent.name == _PARENT)
    return next(inside, None)


def collection_around(file: Path) -> str | None:
    """The collection of which a file is a part: `namespace.collection`."""
    folder = folder_of(file)
    return f"{folder.parent.name}.{folder.name}" if folder else None


def root_of(path: Path) -> Path | None:
    """The folder in which the collections lie of which this file is a part."""
    try:
        parents = path.absolute().parents
    except OSError:  # the current folder may be gone
        return None
    return next((parent.parent for parent in parents if parent.name == _PARENT), None)
