"""Mishaps by script, for those who test how clients take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ...runner.dataclasses import dataclass

GREETING = "GREETING"
END_OF_MAIL = "."


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong, once, at the `nth` command of this name that any client sends."""

    at: str
    """A command's verb, or one of the two above."""
    nth: int = 1
    reply: str = ""
    """Said in place of doing it."""
    delay: float = 0
    cut: Literal["before", "midway", "after"] | None = None
    """The connection is lost before it is done, within the answer, or instead of the answer."""


class Faults:
    """Counts the commands of all connections."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._faults = faults
        self._seen: dict[str, int] = {}

    def at(self, verb: str) -> Fault | None:
        """Count a command, and tell what is to go wrong with it."""
        seen = self._seen[verb] = self._seen.get(verb, 0) + 1
        return next(
            (one for one in self._faults if (one.at.upper(), one.nth) == (verb, seen)), None
        )
