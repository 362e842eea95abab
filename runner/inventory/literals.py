"""The values of INI inventories: Python literals where they can be, else texts."""

from __future__ import annotations

import re

from ..errors import Place
from ..source import Template

_MARKS = re.compile(r"\{[{%#]")
_MAY_BE_LITERAL = re.compile(
    r"""\s*(?:[0-9"'(\[{+.-]|[bBuUrR]{1,2}["']|(?:True|False|None|set)\b)"""
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_RAW = re.compile(r"[bBrR]*[rR]")
_KNOWN_ESCAPES = frozenset("\\'\"abfnrtvxuUN01234567\n")


def value_of(text: str, place: Place, templates: list[Template]) -> object:
    """What the text behind `key=` means; templates in it are added to the list."""
    value = _literal(text) if _MAY_BE_LITERAL.match(text) else text
    return _plain(value, place, templates)


def _literal(text: str) -> object:
    from ast import literal_eval

    try:
        return literal_eval(text if _RAW.match(text) else _ESCAPE.sub(_escape, text))
    # A set of lists is a TypeError; the last two are how deep nesting ends. A text it is then.
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return text


def _escape(found: re.Match[str]) -> str:
    # Python takes "\d" for a backslash and a d, but complains of it on the standard error.
    return found[0] if found[1] in _KNOWN_ESCAPES else "\\" + found[0]


def _plain(value: object, place: Place, templates: list[Template]) -> object:
    if isinstance(value, str) and _MARKS.search(value):
        templates.append(Template(value, place))
        return templates[-1]
    if isinstance(value, list | tuple | set):
        return [_plain(item, place, templates) for item in value]
    if isinstance(value, dict):
        return {_key(key, place): _plain(item, place, templates) for key, item in value.items()}
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if value is ...:
        return "..."
    return value if isinstance(value, str | int | float | None) else str(value)


def _key(value: object, place: Place) -> object:
    return str(value) if isinstance(value, tuple) else _plain(value, place, [])
