"""How a line of YAML is written so that a value in it is a text."""

from __future__ import annotations

import re

_LONE_JINJA = r"\{\{.*?\}\}(?:[^,:\]}]*)"
_QUOTE_IN_WORD = r"""(["'])(?:[^"']|\b\1\b)*\1"""


def quoting_hint(line: str, column: int) -> str:
    """How to write the line with the value that begins at `column` (from 0) in quotes."""
    key, value = line[:column].lstrip(" -"), line[column:].rstrip()
    # As a key, or inside brackets, the value ends before the line does.
    inner = re.match(_LONE_JINJA, value)
    if inner and (value.startswith(":", inner.end()) or "[" in key or "{" in key):
        return f"write {key}{_quoted(inner[0])}{value[inner.end() :]}"
    return f"write {key}{_quoted(value)}"


def _quoted(value: str) -> str:
    if re.fullmatch(_QUOTE_IN_WORD, value):
        value = value[1:-1]
    if "'" not in value and ('"' in value or "\\" in value):
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
