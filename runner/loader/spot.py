"""The spot in a text at which YAML's parser gave up."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ..dataclasses import dataclass
from ..errors import Place, Problem


@dataclass(frozen=True, eq=False, repr=False)
class Spot:
    """PyYAML's complaint and the lines it is about; lines and columns count from 0."""

    words: str
    context: str
    line: int
    column: int
    start: tuple[int, int] | None
    """Where the thing began that PyYAML was reading."""
    opened: Place | None
    """Where the innermost list or mapping began that is not yet closed."""
    lines: list[str]
    file: str

    @cached_property
    def text(self) -> str:
        return self.lines[self.line] if self.line < len(self.lines) else ""

    @property
    def character(self) -> str:
        return self.text[self.column : self.column + 1]

    def problem(self, message: str, hint: str = "", at: tuple[int, int] | None = None) -> Problem:
        line, column = at or (self.line, self.column)
        return Problem(Place(self.file, line + 1, column + 1), message, hint)


def spot_of(error: Any, lines: list[str], file: str, opened: Place | None) -> Spot:
    """The spot that PyYAML complains about."""
    start = getattr(error, "context_mark", None)
    mark = getattr(error, "problem_mark", None) or start
    return Spot(
        words=getattr(error, "problem", None) or str(error),
        context=getattr(error, "context", None) or "",
        line=mark.line if mark else 0,
        column=mark.column if mark else 0,
        start=(start.line, start.column) if start else None,
        opened=opened,
        lines=lines,
        file=file,
    )
