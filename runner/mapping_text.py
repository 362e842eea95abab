"""A text that stands for a mapping, where an argument is to be one: JSON, Python, or `a=1, b=2`."""

from __future__ import annotations

from typing import Any


def mapping_of(text: str) -> dict[str, Any]:
    """Raises ValueError, in Ansible's words."""
    if text.startswith("{"):
        return _literal(text)
    if "=" in text:
        return _pairs(text)
    raise ValueError("dictionary requested, could not parse JSON or key=value")


def _literal(text: str) -> dict[str, Any]:
    import json
    from ast import literal_eval

    for read in (json.loads, literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, dict):
            return found
    raise ValueError("unable to evaluate string as dictionary")


def _pairs(text: str) -> dict[str, Any]:
    import shlex

    parts = shlex.shlex(text, posix=True)
    parts.whitespace, parts.whitespace_split, parts.commenters = " ,\n", True, ""
    try:
        return dict(part.split("=", 1) for part in parts)
    except ValueError as error:
        words = 'unable to evaluate string in the "key=value" format as dictionary'
        raise ValueError(words) from error
