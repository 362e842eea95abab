"""Text that a person wrote, and the way from an offset in it to the place in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple, Self, cast

from .errors import Place

# Texts, not compiled here: only errors need them.
_DOUBLE_QUOTED = r"(?s)\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r?\n[ \t]*|.)|."
_SINGLE_QUOTED = r"(?s)''|."
_CHARACTER = r"(?s)."
_CODE_ESCAPE = r"\\[xuU]([0-9a-fA-F]+)"
_MARKS = re.compile(r"\{[{%#]")
_OPENING = ("{{", "{%", "{#")
_CLOSING = ("}}", "%}", "#}")
_BLANK_ESCAPES = frozenset(" \t\r\nnrtvfNLP_")


def has_marks(text: str) -> bool:
    """Whether Jinja would find something to do in the text."""
    return "{" in text and _MARKS.search(text) is not None


def has_braces_around(text: str) -> bool:
    """Whether the text is in the form of a template where an expression is wanted."""
    return text.lstrip().startswith(_OPENING) and text.rstrip().endswith(_CLOSING)


def without_braces(text: str) -> str | None:
    """The expression inside `{{ }}`, if that is all there is."""
    inner = text.strip()
    if inner.startswith("{{") and inner.endswith("}}") and text.count("{{") == 1:
        return inner[2:-2].strip()
    return None


class Scalar(NamedTuple):
    """Where a scalar begins, quotes and all: in the text of its file, and as a place."""

    text: str
    start: int
    place: Place


class Template(str):
    """A text with Jinja marks that a person wrote; `place` is that of its first character."""

    __slots__ = ("_scalar", "place")

    place: Place
    _scalar: Scalar | None

    def __new__(cls, value: str, place: Place, scalar: Scalar | None = None) -> Self:
        """`scalar` is what the value was read from; without it the value stands as it is."""
        template = super().__new__(cls, value)
        template.place = place
        template._scalar = scalar
        return template

    @classmethod
    def read(cls, value: str, scalar: Scalar) -> Self:
        """The value of a scalar in a file."""
        return cls(value, _content_place(scalar), scalar)

    def at(self, offset: int) -> Place:
        """Where the character at `offset` was written; in folded text, as near as can be."""
        if self._scalar is None:
            return Place(self.place.file, self.place.line, self.place.column + offset)
        # Folding, indenting and escaping change nothing but blanks and the width of a character:
        # the n-th character that is no blank is the n-th in the file too.
        before = self[:offset]
        seen = sum(not character.isspace() for character in before)
        at_blank = offset >= len(self) or self[offset].isspace()
        if at_blank and seen:
            gap = before[len(before.rstrip()) :]
            last = _nth_visible(self._scalar, seen - 1)
            return self.place if last is None else _place(self._scalar, last + 1 + len(gap))
        position = _nth_visible(self._scalar, seen)
        return self.place if position is None else _place(self._scalar, position)

    def part(self, value: str, offset: int) -> Template:
        """A piece of this text that begins at `offset`."""
        return Template(value, self.at(offset))


class Vaulted(Template):
    """A text that a person wrote encrypted, as it stands in the file. It is opened when it is used.

    Like a template it stands for a value that is not known before; what is inside is none, though.
    """

    __slots__ = ()


def pointer(text: str, place: Place | None) -> Callable[[int], Place]:
    """From an offset in a text that begins at this place to the place of what stands there."""
    if isinstance(text, Template):
        return text.at
    return cast("Callable[[int], Place]", lambda offset: place and _shift(place, offset))


def _shift(place: Place, offset: int) -> Place:
    return Place(place.file, place.line, place.column + offset)


def lines_of(file: str, text: str, first: int = 1) -> Callable[[int], Place]:
    """From an offset to its place; `first` is the number of the text's first line."""

    def at(offset: int) -> Place:
        before = text[:offset]
        return Place(file, before.count("\n") + first, offset - before.rfind("\n"))

    return at


def _content_place(scalar: Scalar) -> Place:
    text, index, place = scalar
    first = text[index : index + 1]
    if first and first in "\"'":
        return Place(place.file, place.line, place.column + 1)
    if not first or first not in "|>":
        return place
    start = text.find("\n", index) + 1
    if not start:
        return place
    indent = re.compile(" *").match(text, start)
    return Place(place.file, place.line + 1, len(indent[0]) + 1 if indent else 1)


def _place(scalar: Scalar, position: int) -> Place:
    text, index, start = scalar
    lines = text.count("\n", index, position)
    if not lines:
        return Place(start.file, start.line, start.column + position - index)
    return Place(start.file, start.line + lines, position - text.rfind("\n", index, position))


def _nth_visible(scalar: Scalar, number: int) -> int | None:
    return next(islice(_visible(scalar), number, None), None)


def _visible(scalar: Scalar) -> Iterator[int]:
    """The positions of the characters of a scalar that are no blanks."""
    text, index, _ = scalar
    first = text[index]
    if first in "|>":
        pattern, start = _CHARACTER, text.find("\n", index) + 1
    elif first == '"':
        pattern, start = _DOUBLE_QUOTED, index + 1
    elif first == "'":
        pattern, start = _SINGLE_QUOTED, index + 1
    else:
        pattern, start = _CHARACTER, index
    for found in re.compile(pattern).finditer(text, start):
        if not _is_blank(found[0]):
            yield found.start()


def _is_blank(character: str) -> bool:
    if len(character) == 1 or character[0] != "\\":
        return character.isspace()
    if code := re.fullmatch(_CODE_ESCAPE, character):
        return chr(int(code[1], 16)).isspace()
    return character[1] in _BLANK_ESCAPES
