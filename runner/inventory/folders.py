"""Folders of variables: group_vars/ and host_vars/ beside an inventory and beside the playbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from .. import source
from ..dataclasses import replace
from ..errors import Place, PlaybookError, Problem
from ..source import MapNode
from .draft import Draft, HostDraft, Spot


def read(draft: Draft, base: Path, spot: Spot) -> None:
    """Read what the two folders in `base` hold for the groups and hosts that there are."""
    if not draft.reading.asks("host_group_vars"):
        return
    _read_kind(draft, base / "group_vars", draft.groups.values(), spot)
    hosts = [*draft.hosts.values(), *draft.implicit.values()]
    _read_kind(draft, base / "host_vars", hosts, spot)


def _read_kind(draft: Draft, folder: Path, entities: Iterable[HostDraft], spot: Spot) -> None:
    try:
        present = {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        return
    except OSError as error:
        draft.problem(None, f"{folder} cannot be read: {error.strerror}")
        return
    endings = ("", *draft.reading.variable_endings)
    for entity in entities:
        for file in _files(folder, entity.name, present, endings):
            variables = _load(draft, file)
            if variables:
                draft.take(entity.layer(*spot), variables)


def _files(folder: Path, name: str, present: set[str], endings: Sequence[str]) -> Iterator[Path]:
    """The files of one host or group: `name`, else `name.yml` …; of a folder, all in it."""
    ending = next((ending for ending in endings if name + ending in present), None)
    if ending is None:
        return
    found = folder / (name + ending)
    if found.is_dir():
        yield from _all_in(found, endings)
    else:
        yield found


def _all_in(folder: Path, endings: Sequence[str]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name.endswith("~"):
            continue
        if path.is_dir():
            if not path.suffix:
                yield from _all_in(path, endings)
        elif path.suffix in endings and path.exists():
            # As in Ansible, a link that leads nowhere is passed over.
            yield path


def _load(draft: Draft, file: Path) -> MapNode | None:
    try:
        document = source.load(file, draft.vault)
    except PlaybookError as error:
        # As in Ansible, one that cannot be opened is as wrong as one that cannot be read.
        draft.problems += (replace(problem, missing=False) for problem in error.problems)
        return None
    draft.note(document)
    value = document.value
    if value is None or isinstance(value, MapNode):
        return value
    message = "a file of variables must be a mapping: `name: value`"
    draft.problems.append(Problem(Place(str(file), 1, 1), message))
    return None
