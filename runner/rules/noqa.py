"""`# noqa`: what a person has looked at and means so.

A comment holds for its line, or for the next if it stands alone; at the head of a play, a block or
a task for all that is inside; among the comments with which a file begins for all of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..dataclasses import dataclass
from ..errors import Place
from ..nodes import Document, MapNode, SeqNode

# What stands behind the names is the reason.
_COMMENT = re.compile(r"(?:^|\s)#\s*noqa\b(?P<colon>\s*:\s*(?P<names>[\w-]+(?:\s*,\s*[\w-]+)*))?")
_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Named:
    """A rule that a comment names."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class _Mark:
    """A comment and the lines for which it holds."""

    names: tuple[Named, ...]
    """Without any, all rules are meant."""
    first: int
    last: int

    def holds_for(self, rule: str, line: int) -> bool:
        meant = not self.names or any(named.name == rule for named in self.names)
        return meant and self.first <= line <= self.last


class Marks:
    """All such comments in the files of a program."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = {str(document.path): document for document in documents}
        self._marks: dict[str, list[_Mark]] = {}

    def hold_for(self, rule: str, place: Place | None) -> bool:
        """Whether what a rule has found there is meant so."""
        if place is None:
            return False
        return any(mark.holds_for(rule, place.line) for mark in self._of(place.file))

    def named(self) -> Iterator[Named]:
        """Every name of a rule in a comment."""
        for file in self._documents:
            for mark in self._of(file):
                yield from mark.names

    def _of(self, file: str) -> list[_Mark]:
        if file not in self._marks:
            document = self._documents.get(file) or Document(Path(file), _text(file), None)
            found = list(_marks(document)) if "noqa" in document.text else []
            self._marks[file] = found
        return self._marks[file]


def _text(file: str) -> str:
    """The text of an inventory's file, which no playbook names."""
    try:
        return Path(file).read_text("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def _marks(document: Document) -> Iterator[_Mark]:
    lines = document.text.splitlines()
    ends = dict(_ends(document.value, len(lines)))
    head = next((number for number, line in enumerate(lines, 1) if not _is_comment(line)), 0)
    for number, line in enumerate(lines, 1):
        if found := _COMMENT.search(line):
            names = tuple(_names(found, document.path, number))
            if number < head:
                yield _Mark(names, 1, len(lines))
            else:
                # A comment in a line of its own is about the next.
                first = number + _is_comment(line)
                yield _Mark(names, first, ends.get(first, first))


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _names(found: re.Match[str], file: Path, line: int) -> Iterator[Named]:
    if found["names"]:
        for word in _WORD.finditer(found["names"]):
            column = found.start("names") + word.start() + 1
            yield Named(word[0], Place(str(file), line, column))


def _ends(value: object, last: int) -> Iterator[tuple[int, int]]:
    """The first and the last line of each mapping in a list; those outside come last."""
    if isinstance(value, SeqNode):
        starts = [place.line for place in value.places]
        ends = [*(start - 1 for start in starts[1:]), last]
        for item, start, end in zip(value, starts, ends, strict=False):
            if isinstance(item, MapNode):
                yield from _ends(item, end)
                yield start, max(start, end)
    elif isinstance(value, MapNode):
        starts = [*sorted(place.line for place in value.key_places.values()), last + 1]
        for key, inner in value.items():
            line = value.key_places[key].line
            end = next((start - 1 for start in starts if start > line), last)
            yield from _ends(inner, end)
