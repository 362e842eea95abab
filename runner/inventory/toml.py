"""TOML inventories: a table a group, with `children` (a list), `vars` and `hosts` (tables)."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import Place
from ..nodes import from_data
from ..source import Document, Template
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
        if isinstance(group, dict) and isinstance(group.get("children"), list):
            group["children"] = dict.fromkeys(map(str, group["children"]))
    templates: list[Template] = []
    value = from_data(parsed, Place(str(path), 1, 1), templates)
    yaml.read(draft, Document(path, text, value, tuple(templates)))
