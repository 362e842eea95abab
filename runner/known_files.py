"""What `vars_files` and `roles` of a play give before a run: for the names of what is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .collection_files import named_in
from .dataclasses import dataclass, replace
from .errors import PlaybookError, TemplateError
from .nodes import MapNode
from .roles import Part, files_of, put_over, vars_files

if TYPE_CHECKING:
    from .known import Known, Layer
    from .roles import RolePlaces
    from .template import Templates


_DEEPEST = 50
"""What depends on more, one on the other, is refused when it is built."""


def with_files(known: Known, raw: MapNode, folder: Path, templates: Templates) -> Known:
    """What is known in a play; its files are read when a name asks for a variable."""
    if not raw.get("vars_files"):
        return known
    return replace(known, files=_reader(known, raw, folder, templates))


def _reader(known: Known, raw: MapNode, folder: Path, templates: Templates) -> Callable[[], Layer]:
    @cache
    def read() -> Layer:
        layer: dict[str, object] = {}
        for written in _each(raw["vars_files"]):
            names = [_name(name, known, templates) for name in _each(written)]
            paths = vars_files(folder, filter(None, names))
            if path := next(filter(Path.is_file, paths), None):
                for part in _each(_read(path, templates)):
                    if isinstance(part, MapNode):
                        put_over(layer, cast("Layer", part), deep=templates.merges_hashes)
        return layer

    return read


def with_roles(
    known: Known, raw: MapNode, base: Path, places: RolePlaces, templates: Templates
) -> Known:
    """The same of its roles, which stand in files, too; `base` is the folder of the playbook."""
    if not raw.get("roles"):
        return known
    roles = _Roles(known, base, named_in(raw), places, templates)
    return replace(known, roles=cache(lambda: roles.read(raw["roles"])))


@dataclass(frozen=True, eq=False, repr=False)
class _Roles:
    known: Known
    base: Path
    collections: tuple[str, ...]
    places: RolePlaces
    templates: Templates

    def read(self, named: object) -> tuple[Layer, Layer]:
        """Their variables and their defaults; those of a later role win."""
        folders = list(self._folders(named, None, set()))
        return self._layer(folders, "vars"), self._layer(folders, "defaults")

    def _folders(
        self, named: object, near: Path | None, seen: set[Path], depth: int = 0
    ) -> Iterator[Path]:
        """Those that a role depends on come before it."""
        for entry in _each(named) if depth < _DEEPEST else ():
            written = entry.get("role", entry.get("name")) if isinstance(entry, MapNode) else entry
            name = _name(written, self.known, self.templates)
            folder = name and self.places.find(name, self.base, near, self.collections)
            if folder and folder not in seen:
                seen.add(folder)
                for meta in self._mappings(folder, "meta"):
                    others = meta.get("dependencies") or []
                    yield from self._folders(others, folder, seen, depth + 1)
                yield folder

    def _layer(self, folders: list[Path], part: Part) -> Layer:
        layer: dict[str, object] = {}
        for folder in folders:
            for found in self._mappings(folder, part):
                put_over(layer, cast("Layer", found), deep=self.templates.merges_hashes)
        return layer

    def _mappings(self, folder: Path, part: Part) -> Iterator[MapNode]:
        values = (_read(path, self.templates) for path in files_of(folder, part))
        return (value for value in values if isinstance(value, MapNode))


def _each(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _name(written: object, known: Known, templates: Templates) -> str | None:
    try:
        return known.name(written, templates)
    except TemplateError:
        return None


def _read(path: Path, templates: Templates) -> object:
    """What is wrong with it is told where the run reads it."""
    from .source import load

    try:
        return load(path, templates.vault).value
    except PlaybookError:
        return None
