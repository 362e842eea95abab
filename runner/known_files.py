"""What `vars_files` of a play give before a run: for the names of what is imported."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .dataclasses import replace
from .errors import PlaybookError, TemplateError
from .nodes import MapNode
from .roles import put_over, vars_files

if TYPE_CHECKING:
    from .known import Known, Layer
    from .template import Templates


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
