"""How a line of YAML is written so that a value in it is a text."""

from __future__ import annotations

import re
from typing import NamedTuple

# In Ansible's words, as far as they go: scripts look for them.
UNQUOTED = (
    "This may be an issue with missing quotes around a template block: a value that begins with {}"
    " must be quoted"
)
_NO_KEY = re.compile(r"(\s*(?:- +)*[A-Za-z_][\w.]*)(:(?=[^ \t:/])|：)\s*")
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


class MissingColon(NamedTuple):
    """A text that was meant to be a key and its value; the column counts from 0."""

    key: str
    column: int
    wrong: str
    hint: str


def missing_colon(line: str) -> MissingColon | None:
    """Look for `key:value`, and for `key：value` with the colon of Chinese."""
    found = _NO_KEY.match(line)
    if not found or ": " in line or line.rstrip().endswith(":"):
        return None
    key, colon, value = found[1].lstrip(" -"), found[2], line[found.end() :].rstrip()
    wrong = f"{colon} is no colon in YAML"
    if colon == ":":
        wrong = "a colon must be followed by a space"
    return MissingColon(key, found.start(2), wrong, f"write {key}: {value}".rstrip())


def _quoted(value: str) -> str:
    if re.fullmatch(_QUOTE_IN_WORD, value):
        value = value[1:-1]
    if "'" not in value and ('"' in value or "\\" in value):
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
