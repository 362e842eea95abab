"""What has become of the files of a run since: a diff for people, and where its steps stand now."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher, unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from ..secrets import MASK

if TYPE_CHECKING:
    from .places import Lines


class Changes:
    """Files as they were and as they are, by their absolute paths."""

    def __init__(self, before: Mapping[str, str], now: Callable[[Path], str | None]) -> None:
        """`now` gives the text of a file; None if it is not there."""
        texts = {path: (text, _alike(text, now(Path(path)))) for path, text in before.items()}
        self._changed = {path: pair for path, pair in texts.items() if pair[0] != pair[1]}

    def __bool__(self) -> bool:
        return bool(self._changed)

    def diff(self) -> str:
        """Told as `diff -u` does."""
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ no line break at the end\n"
            for path, (before, now) in self._changed.items()
            for line in unified_diff(
                before.splitlines(keepends=True),
                (now or "").splitlines(keepends=True),
                os.path.relpath(path),
                os.path.relpath(path) if now is not None else os.devnull,
            )
        )

    @property
    def texts(self) -> Mapping[str, str]:
        """Those that are there, as they are."""
        return {path: now for path, (_, now) in self._changed.items() if now is not None}

    def lines(self, before: Lines, run: str) -> Lines:
        """How lines are called, by what they were called; new ones get names of this run."""
        renamed = {
            path: _renamed(*texts, before.get(path, {}), run)
            for path, texts in self._changed.items()
        }
        return {**before, **renamed}


def _alike(before: str, now: str | None) -> str | None:
    """What there is now, covered where it was: what is secret was known better at another time."""
    if now is None or (MASK not in before and MASK not in now):
        return now
    lines = before.splitlines(keepends=True), now.splitlines(keepends=True)
    if len(lines[0]) != len(lines[1]):
        return now
    return "".join(was if _fits(was, new) else new for was, new in zip(*lines, strict=True))


def _fits(was: str, new: str) -> bool:
    return any(
        re.fullmatch(".*".join(map(re.escape, one.split(MASK))), other, re.DOTALL)
        for one, other in ((was, new), (new, was))
        if MASK in one
    )


def _renamed(before: str, now: str | None, names: Mapping[str, str], run: str) -> Mapping[str, str]:
    lines = {
        f"{number}": f"{number} of {run}" for number in range(1, len((now or "").splitlines()) + 1)
    }
    stayed = {f"{new}": f"{was}" for was, new in _same(before, now or "")}
    return {**lines, **{new: names.get(was, was) for new, was in stayed.items()}}


def _same(before: str, now: str) -> Iterator[tuple[int, int]]:
    """The numbers of the lines that have stayed, before and now."""
    lines = before.splitlines(), now.splitlines()
    for block in SequenceMatcher(None, *lines, autojunk=False).get_matching_blocks():
        for offset in range(block.size):
            yield block.a + offset + 1, block.b + offset + 1
