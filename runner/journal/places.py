"""Names of steps that stay the same when files change between a run and those that resume it.

A step is named by where it, and its play, stood in the first run that had them. So what is known of
it, also by its own name for what it has sent, is found again however often it moves.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

Lines: TypeAlias = Mapping[str, Mapping[str, str]]
"""Of each file that has changed, by its absolute path: its lines, and how they are called."""

PLACES = "places"
"""The note of where the steps of a run stand."""


class Places:
    """Where steps stand in one run."""

    def __init__(self, lines: Lines, plays: Sequence[str]) -> None:
        """`plays` are the names of its plays."""
        self.lines = lines
        self.plays = plays

    @classmethod
    def of(cls, lines: Lines, places: Iterable[str], before: Sequence[str] = ()) -> Places:
        """`places` are those of its plays, `before` the names of those of an earlier run."""
        here, passed = cls(lines, ()), Counter[str]()
        plays = []
        for name in map(here._named, places):
            # A playbook may be imported twice.
            passed[name] += 1
            plays.append(name if passed[name] == 1 else f"{name}#{passed[name]}")
        return cls(lines, [*_known(before, plays)] if before else plays)

    def step(self, play: int, place: str, nth: int) -> str:
        """The step of a mark; of a path that is no text, what can be shown of it."""
        name = f"{self.plays[play - 1]}/{self._named(place)}#{nth}"
        return name.encode("utf-8", "backslashreplace").decode()

    def _named(self, place: str) -> str:
        if not self.lines:
            return place
        file, line, column = place.rsplit(":", 2)
        names = self.lines.get(os.path.abspath(file))  # noqa: PTH100  # as paths are kept
        return place if names is None else f"{file}:{names.get(line, f'{line}?')}:{column}"


def _known(before: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    """As many as there were between two others are the same ones, whatever their lines say."""
    from difflib import SequenceMatcher

    steps = SequenceMatcher(None, before, now, autojunk=False).get_opcodes()
    for _, start, end, first, last in steps:
        yield from before[start:end] if end - start == last - first else now[first:last]
