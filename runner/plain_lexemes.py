"""The lexemes of plain expressions, and which of them are operators."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .jinja import nodes

_LEXEME = re.compile(
    r"""[A-Za-z_][A-Za-z0-9_]*|[0-9][A-Za-z0-9_.]*|'[^'\\{}]*'|"[^"\\{}]*"|[=!<>]=|//|\*\*|\S"""
)
_END = ""

# What binds closer has the greater number.
OR, AND, NOT, COMPARED, SUM, JOINED, PRODUCT, POWER = range(1, 9)
LEVELS: Mapping[str, int] = {
    "or": OR,
    "and": AND,
    "~": JOINED,
    "**": POWER,
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/", "//", "%"), PRODUCT),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "not"), COMPARED),
}
OF_TWO: Mapping[str, type[nodes.Expr]] = {
    "or": nodes.Or,
    "and": nodes.And,
    "+": nodes.Add,
    "-": nodes.Sub,
    "*": nodes.Mul,
    "/": nodes.Div,
    "//": nodes.FloorDiv,
    "%": nodes.Mod,
    "**": nodes.Pow,
}
COMPARISONS: Mapping[str, str] = {
    "==": "eq",
    "!=": "ne",
    "<": "lt",
    "<=": "lteq",
    ">": "gt",
    ">=": "gteq",
    "in": "in",
    "not": "notin",
}


class NotPlainError(Exception):
    """Jinja has to read it."""


class Lexemes:
    """Goes through a text lexeme by lexeme; `here` is the one to be read next."""

    def __init__(self, text: str) -> None:
        self._all: list[str] = [*_LEXEME.findall(text), _END, _END]
        self._at = 0
        self.here = self._all[0]

    @property
    def next(self) -> str:
        """The one behind the next."""
        return self._all[self._at + 1]

    @property
    def is_over(self) -> bool:
        return self.here is _END

    def move(self) -> str:
        """Give the next, and go on."""
        passed = self.here
        self._at += 1
        self.here = self._all[self._at]
        return passed

    def skip(self, wanted: str) -> bool:
        """Go on if this is the next."""
        found = self.here == wanted
        if found:
            self.move()
        return found

    def expect(self, wanted: str) -> None:
        """Go on; raises NotPlainError if this is not the next."""
        if not self.skip(wanted):
            raise NotPlainError
