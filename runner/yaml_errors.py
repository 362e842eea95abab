"""PyYAML's complaints in words for people."""

from __future__ import annotations

from typing import Any

from .errors import Place, Problem


def explain(error: Any, text: str, file: str) -> Problem:
    """What is wrong with the text, at the right place."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
    return Problem(place, f"this is not YAML: {getattr(error, 'problem', error)}")


def quoting_hint(line: str, column: int) -> str:
    """How to write the line with the value that begins at `column` (from 0) in quotes."""
    value = line[column:].rstrip()
    quote = "'" if '"' in value else '"'
    return f"write {line[:column].lstrip(' -')}{quote}{value}{quote}"
