"""What the loader makes of a file: plain values that know where they were written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .errors import Problem

_DOUBLE_QUOTED = re.compile(r"\\(?:x..|u.{4}|U.{8}|\r?\n[ \t]*|.)|.", re.DOTALL)
_SINGLE_QUOTED = re.compile(r"''|.", re.DOTALL)
_CHARACTER = re.compile(r".", re.DOTALL)
_BLANK_ESCAPES = frozenset(" \t\r\nnrtvfNLP_")


class Template(str):
    """A text with Jinja marks that a person wrote; `place` is that of its first character."""

    __slots__ = ("_raw", "_start", "place")

    place: Place

    def __new__(cls, text: str, place: Place, raw: str = "", start: Place | None = None) -> Template:
        """`raw` is the scalar as it stands in the file from `start` on, quotes and all."""
        template = super().__new__(cls, text)
        template.place = place
        template._raw = raw
        template._start = start or place
        return template

    def at(self, offset: int) -> Place:
        """Where the character at `offset` was written; in folded text, as near as can be."""
        # Folding, indenting and escaping change nothing but blanks and the width of a character:
        # the n-th character that is no blank is the n-th in the file too.
        if not self._raw:
            return Place(self.place.file, self.place.line, self.place.column + offset)
        wanted = sum(not character.isspace() for character in self[:offset])
        inside_blank = offset >= len(self) or self[offset].isspace()
        positions = _visible(self._raw)
        if inside_blank and wanted:
            return self._in_file(positions[wanted - 1] + 1) if wanted <= len(positions) else self.place
        return self._in_file(positions[wanted]) if wanted < len(positions) else self.place

    def _in_file(self, position: int) -> Place:
        before = self._raw[:position]
        lines = before.count("\n")
        if not lines:
            return Place(self._start.file, self._start.line, self._start.column + position)
        return Place(self._start.file, self._start.line + lines, position - before.rfind("\n"))


def _visible(raw: str) -> list[int]:
    """The positions of the characters of a raw scalar that are no blanks."""
    if raw[0] in "|>":
        pattern, start, end = _CHARACTER, raw.find("\n") + 1, len(raw)
    elif raw[0] in "\"'":
        pattern = _DOUBLE_QUOTED if raw[0] == '"' else _SINGLE_QUOTED
        start, end = 1, len(raw) - 1
    else:
        pattern, start, end = _CHARACTER, 0, len(raw)
    found = pattern.finditer(raw, start, end)
    return [match.start() for match in found if not _is_blank(match[0])]


def _is_blank(character: str) -> bool:
    if character[0] != "\\" or len(character) == 1:
        return character.isspace()
    if character[1] in "xuU":
        return chr(int(character[2:], 16)).isspace()
    return character[1] in _BLANK_ESCAPES


class MapNode(dict[object, object]):
    """A mapping; knows where it begins, and where each key and each value does."""

    __slots__ = ("key_places", "place", "value_places")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.key_places: dict[object, Place] = {}
        self.value_places: dict[object, Place] = {}

    def put(self, key: object, key_place: Place, value: object, value_place: Place) -> None:
        """Set a key, with its places."""
        self[key] = value
        self.key_places[key] = key_place
        self.value_places[key] = value_place

    def take(self, other: MapNode) -> None:
        """Set all keys of the other, as `<<` does."""
        self.update(other)
        self.key_places.update(other.key_places)
        self.value_places.update(other.value_places)


class SeqNode(list[object]):
    """A list; knows where it begins, and where each item does."""

    __slots__ = ("place", "places")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: list[Place] = []

    def put(self, value: object, place: Place) -> None:
        """Append an item, with its place."""
        self.append(value)
        self.places.append(place)


@dataclass(frozen=True, slots=True)
class Document:
    """A file that has been read: its value, and what is to know of it."""

    path: Path
    text: str
    value: object
    templates: tuple[Template, ...] = ()
    warnings: tuple[Problem, ...] = ()
    words: Mapping[Place, str] = field(default_factory=dict)
    """The words at these places stand for booleans: yes, no, on, off …"""
