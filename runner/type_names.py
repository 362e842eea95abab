"""What the type of a value is called, as Ansible calls it."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, MappingView
from typing import Any

# The loader and the engine have types of their own for some of these.
_TYPES: dict[type, str] = {kind: kind.__name__ for kind in (bool, int, float, str, list, dict)}
# What these give one after another would be a list, were it kept.
_TYPES |= {Mapping: "dict", MappingView: "list", Generator: "list"}
# Ansible's words for what has a type of its own.
_OWN = {
    "Failed": "CapturedExceptionMarker",
    "Markup": "Markup",
    "Missing": "UndefinedMarker",
    "Omit": "_OmitType",
    "_GroupTuple": "GroupTuple",
}
_NODES = {"MapNode": "dict", "SeqNode": "list"}
_NODE = re.compile(r"(?:[\w.]+\.)?\b(MapNode|SeqNode)\b")


def type_debug(value: Any) -> str:
    """The name of the value's type, as Python has it."""
    own = type(value).__name__
    if own in _OWN:
        return _OWN[own]
    return next((name for kind, name in _TYPES.items() if isinstance(value, kind)), own)


def in_plain_types(message: str) -> str:
    """What Python says of a value, with the plain names of the loader's types."""
    return _NODE.sub(lambda found: _NODES[found[1]], message)
