"""Values as an outline that reads like YAML: for eyes, not for a parser."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

# Deeper than anybody reads.
_DEEPEST = 40
# Plain text that YAML would take for something else, or would not take at all, is quoted.
_ODD = (
    r"(?is)[-?:,\[\]{}#&*!|>'\"%@`=\s].*|.*(?:: | #).*|.*[:\s]|[-+.\d][-+.:_\da-f]*"
    r"|(?:null|true|false|yes|no|on|off|~|\.nan|\.inf)?"
)
_WORDS = r"-?\d+(?:\.\d+)?|true|false|null"


def outline(value: Any) -> str:
    """The value over as many lines as it needs; a text stays as it is."""
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else "\n".join(_lines(value, 0))


def indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.split("\n"))


def _lines(value: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        yield "…"
    elif isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _entry(_key(key), item, depth)
    elif isinstance(value, list | tuple) and value:
        for item in value:
            first, *more = _lines(item, depth + 1)
            yield f"- {first}"
            yield from (f"  {line}" for line in more)
    elif isinstance(value, str) and "\n" in value:
        yield "|"
        yield from (f"  {line}" for line in value.rstrip("\n").split("\n"))
    else:
        yield _scalar(value)


def _key(key: Any) -> str:
    """Numbers and texts of the same look are one: a run that is shown again has texts only."""
    text = key if isinstance(key, str) else _scalar(key)
    return text if re.fullmatch(_WORDS, text) else _scalar(text)


def _entry(key: str, item: Any, depth: int) -> Iterator[str]:
    first, *more = _lines(item, depth + 1)
    if isinstance(item, Mapping | list | tuple) and item:
        yield f"{key}:"
        yield from (f"  {line}" for line in (first, *more))
    else:
        yield f"{key}: {first}"
        yield from more


def _scalar(value: Any) -> str:
    import json

    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if re.fullmatch(_ODD, value) else value
    if value is None or isinstance(value, bool | int | float | list | tuple | Mapping):
        return json.dumps(value)
    return str(value)
