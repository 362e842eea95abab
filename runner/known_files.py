"""What `vars_files` and `roles` of a play give before a run: for the names of what is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .collection_files import named_in
from .dataclasses import dataclass, field, replace
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

    return replace(known, files=read)


def with_roles(
    known: Known, raw: MapNode, base: Path, places: RolePlaces, templates: Templates
) -> Known:
    """The same of its roles, which stand in files, too; `base` is the folder of the playbook."""
    if not known.public:
        return known
    find = partial(places.find, base=base, collections=named_in(raw))
    roles = _each(raw.get("roles") or [])
    return replace(known, roles=_Roles(known=known, named=roles, find=find, templates=templates))


@dataclass(kw_only=True, eq=False, repr=False)
class _Roles:
    """What they define, as far as they are known; nothing is read before a name asks for it."""

    known: Known
    named: list[object]
    find: Callable[..., Path | None]
    templates: Templates
    done: int = 0
    seen: set[tuple[object, ...]] = field(default_factory=set)
    layers: Mapping[Part, dict[str, object]] = field(
        default_factory=lambda: {"vars": {}, "defaults": {}}
    )

    def __call__(self) -> tuple[Layer, Layer]:
        """Their variables and their defaults; those of a later role win."""
        # More may have been imported since somebody asked last.
        entries = [*self.named, *self.known.imported]
        for entry in entries[self.done :]:
            self._read(entry, None)
        self.done = len(entries)
        return self.layers["vars"], self.layers["defaults"]

    def _read(self, entry: object, near: Path | None, depth: int = 0) -> None:
        """Those that a role depends on come before it."""
        words = entry if isinstance(entry, MapNode) else {"role": entry}
        name = _name(words.get("role", words.get("name")), self.known, self.templates)
        folder = self.find(name, near=near) if name else None
        files = {part: words.get(f"{part}_from") for part in self.layers}
        known = (folder, *map(str, files.values()))
        if folder is None or known in self.seen or depth > _DEEPEST:
            return
        self.seen.add(known)
        for meta in self._mappings(folder, "meta"):
            for other in _each(meta.get("dependencies") or []):
                self._read(other, folder, depth + 1)
        for part, layer in self.layers.items():
            file = str(files[part]) if files[part] else None
            for found in self._mappings(folder, part, file):
                put_over(layer, cast("Layer", found), deep=self.templates.merges_hashes)

    def _mappings(self, folder: Path, part: Part, file: str | None = None) -> Iterator[MapNode]:
        values = (_read(path, self.templates) for path in files_of(folder, part, file))
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
