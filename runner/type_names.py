"""What the type of a value is called, as Ansible calls it."""

from __future__ import annotations

from collections.abc import Generator, Mapping, MappingView
from typing import Any

# The loader and the engine have types of their own for some of these.
_TYPES: dict[type, str] = {kind: kind.__name__ for kind in (bool, int, float, str, list, dict)}
# What these give one after another would be a list, were it kept.
_TYPES |= {Mapping: "dict", MappingView: "list", Generator: "list"}


def type_debug(value: Any) -> str:
    """The name of the value's type, as Python has it."""
    name = next((name for kind, name in _TYPES.items() if isinstance(value, kind)), None)
    # In Ansible's word what is not defined, too.
    return name or {"Missing": "UndefinedMarker"}.get(type(value).__name__, type(value).__name__)
