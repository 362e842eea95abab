"""TOML inventories: a table a group, with `children` (a list), `vars` and `hosts` (tables)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..errors import Place
from ..source import Document, MapNode, SeqNode, Template
from ..template_text import has_marks
from . import yaml
from .draft import Draft


def read(draft: Draft, text: str, path: Path) -> None:
    """Add what the text says; what is wrong with it becomes problems."""
    import tomllib

    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        place = Place(str(path), int(line[1]) if line else 1, 1)
        draft.problem(place, f"this is not TOML: {error}")
        return
    for group in parsed.values():
        if isinstance(group, dict):
            for section in ("children", "hosts"):
                if isinstance(group.get(section), list):
                    group[section] = dict.fromkeys(map(str, group[section]))
    templates: list[Template] = []
    value = _node(parsed, Place(str(path), 1, 1), templates)
    yaml.read(draft, Document(path, text, value, tuple(templates)))


def _node(value: Any, place: Place, templates: list[Template]) -> Any:
    """The value as if it had been read from YAML."""
    if isinstance(value, dict):
        mapping = MapNode(place)
        for key, inner in value.items():
            mapping.put(key, place, _node(inner, place, templates), place)
        return mapping
    if isinstance(value, list):
        items = SeqNode(place)
        items.extend(_node(inner, place, templates) for inner in value)
        items.places.extend(place for _ in value)
        return items
    if isinstance(value, str) and has_marks(value):
        templates.append(Template(value, place))
        return templates[-1]
    return value
