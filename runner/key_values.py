"""The short form of arguments, `src=a.txt dest="b c" mode=0644`, with Ansible's rules for quotes.

A word ends at a blank that is neither quoted nor inside `{{ }}`, `{% %}` or `{# #}`. A word of the
form `name=value` is an argument, also if templates are in its name; what is left is free text.
Backslash escapes in a value are decoded, and quotes around the whole value are taken off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .dataclasses import dataclass

# In Ansible's words: scripts look for them.
UNBALANCED = "failed at splitting arguments, either an unbalanced jinja2 block or quotes"
_BLANK = re.compile(r"\s*")
_PLAIN = re.compile(r"[^\s\\\"'{]+")
_TEMPLATE = r"\{\{[^{}=]*\}\}"
_ARGUMENT = re.compile(rf"((?:[A-Za-z_]|{_TEMPLATE})(?:[\w.]|{_TEMPLATE})*)=", re.ASCII)
# Braces that are all of a text in an expression open and close nothing.
_BRACES = re.compile(r"""(["'])(?:\{\{|\}\})\1|\{\{|\}\}""")
_INSIDE = {quote: re.compile(rf"{quote}|\\|\{{[{{%#]") for quote in "\"'"}
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}
_ESCAPE = re.compile(
    r"\\(?:U[0-9a-fA-F]{8}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|N\{[^}]+\}|[\\'\"abfnrtv])"
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Word:
    """A piece of a text between blanks; `name` and `value` if it has the form of an argument."""

    start: int
    end: int
    name: str = ""
    value: str = ""
    value_start: int = 0
    unclosed: str = ""
    """The quote or mark that opens in this word and is never closed."""


def words(text: str) -> Iterator[Word]:
    """The words of a text, in order."""
    scanner = _Scanner(text)
    position = _after_blanks(text, 0)
    while position < len(text):
        end, unclosed = scanner.end_of_word(position)
        yield _word(text, position, end, unclosed)
        position = _after_blanks(text, end)


def without(text: str, cut: Iterable[Word]) -> tuple[str, int]:
    """The text without these words, blanks at its ends and all, and where its first word begins."""
    parts: list[str] = []
    begin = 0
    for word in cut:
        parts.append(text[begin : word.start])
        begin = _after_blanks(text, word.end)
    parts.append(text[begin:])
    rest = "".join(parts)
    first = next((part for part in parts if part.strip()), "")
    # What stood before the last word that is cut out has no end of its own.
    rest = rest if parts[-1] else rest.rstrip()
    return rest, text.find(first) + len(first) - len(first.lstrip())


def joined(text: str, *, lines: bool) -> str:
    """The text without backslashes that stand alone, as Ansible reads it.

    They come from the ends of lines, where YAML may have made one line of several; `lines`: those
    that are still at an end, too, and the end with them.
    """
    parts, begin = [], 0
    for word in words(text):
        if text[word.start : word.end] == "\\" and (lines or text[word.end :][:1] != "\n"):
            parts.append(text[begin : word.start])
            begin = word.end + 1
    return "".join([*parts, text[begin:]])


def _after_blanks(text: str, position: int) -> int:
    blanks = _BLANK.match(text, position)
    return blanks.end() if blanks else position


def _word(text: str, start: int, end: int, unclosed: str) -> Word:
    argument = _ARGUMENT.match(text, start, end)
    if not argument:
        return Word(start, end, unclosed=unclosed)
    begin = argument.end()
    value = text[begin:end]
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" and not unclosed:
        value = value[1:-1]
        begin += 1
        return Word(start, end, argument[1], _ESCAPE.sub(_decoded, value), begin, unclosed)
    return Word(start, end, argument[1], _ESCAPE.sub(_decoded, value).strip(), begin, unclosed)


def _decoded(escape: re.Match[str]) -> str:
    import codecs

    try:
        return codecs.decode(escape[0], "unicode_escape")
    except UnicodeDecodeError:
        return escape[0]


class _Scanner:
    """Finds the ends of words; a closing mark that is absent is looked for only once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._absent: set[str] = set()
        self._nests = True

    def end_of_word(self, position: int) -> tuple[int, str]:
        text, unclosed = self._text, ""
        while position < len(text) and not text[position].isspace():
            if plain := _PLAIN.match(text, position):
                position = plain.end()
                continue
            mark = text[position : position + 2]
            if mark not in _CLOSING:
                mark = text[position]
            end = self._end(mark, position)
            unclosed = unclosed or ("" if end else mark)
            position = end or position + len(mark)
        return min(position, len(text)), unclosed

    def _end(self, mark: str, position: int) -> int | None:
        """Where what the mark opens ends; None if it does not."""
        if mark in _CLOSING:
            return self._jinja_end(mark, position)
        if mark in _INSIDE:
            return self._quote_end(mark, position)
        # A backslash before a blank does not keep it in the word.
        is_escape = mark == "\\" and not self._text[position + 1 : position + 2].isspace()
        return position + 2 if is_escape else position + 1

    def _jinja_end(self, mark: str, position: int) -> int | None:
        closing = _CLOSING[mark]
        if mark == "{{" and self._nests and (end := self._outer_end(position)):
            return end
        end = -1 if closing in self._absent else self._text.find(closing, position + 2)
        if end < 0:
            self._absent.add(closing)
            return None
        return end + 2

    def _outer_end(self, position: int) -> int | None:
        """Where an expression ends whose texts may hold templates of their own."""
        depth = 0
        for found in _BRACES.finditer(self._text, position):
            if found[1]:
                continue
            depth += 1 if found[0] == "{{" else -1
            if depth == 0:
                return found.end()
        self._nests = False
        return None

    def _quote_end(self, quote: str, position: int) -> int | None:
        position += 1
        while quote not in self._absent and (found := _INSIDE[quote].search(self._text, position)):
            if found[0] == quote:
                return found.end()
            if found[0] == "\\":
                position = found.end() + 1
            else:
                position = self._jinja_end(found[0], found.start()) or found.end()
        self._absent.add(quote)
        return None
