"""IMAP's commands read, and its answers written (RFC 3501, 9): bytes, apart from sockets.

A command is given whole, with its literals where they stand.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TypeAlias, TypeVar

SequenceSet: TypeAlias = list[tuple[int | None, int | None]]
"""Ranges of message numbers or UIDs; None stands for `*`, the last one there is."""

_ATOM = re.compile(rb'[^\x00-\x20\x7f(){%*"\\\]]+')
_ASTRING = re.compile(rb'[^\x00-\x20\x7f(){%*"\\]+')
_PATTERN = re.compile(rb'[^\x00-\x20\x7f(){"\\]+')
_QUOTED = re.compile(rb'"((?:[^"\\\r\n\0]|\\["\\])*)"')
_ESCAPED = re.compile(rb'\\(["\\])')
_LITERAL = re.compile(rb"\{(\d{1,12})\+?\}\r?\n")
_NUMBER = re.compile(rb"\d{1,10}(?!\d)")
_FLAG = re.compile(rb'\\?[^\x00-\x20\x7f(){%*"\\\]]+')
_RANGE = re.compile(rb"(\d{1,10}|\*)(?::(\d{1,10}|\*))?")
_DATE = re.compile(
    rb'"?([ \d]?\d)-([A-Za-z]{3})-(\d{4})(?: (\d\d):(\d\d):(\d\d) ([+-]\d\d)(\d\d))?"?'
)
_QUOTABLE = re.compile(rb"[^\r\n\0\x80-\xff]{0,1000}\Z")
_TO_ESCAPE = re.compile(rb'["\\]')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_END_OF_TIME = 2**33
_T = TypeVar("_T")


class BadSyntax(Exception):
    """That is no command of IMAP."""


class Parser:
    """Reads one command from left to right; every method raises BadSyntax."""

    def __init__(self, command: bytes) -> None:
        self._command = command
        self.at = 0

    # What stands next -------------------------------------------------------------------------

    def skips(self, text: bytes) -> bool:
        """Go on behind `text`, if it is what comes."""
        found = self._command[self.at : self.at + len(text)].upper() == text
        self.at += len(text) * found
        return found

    def expect(self, text: bytes) -> None:
        if not self.skips(text):
            raise BadSyntax(f"{text.decode()!r} is missing at {self.at + 1}")

    def space(self) -> None:
        self.expect(b" ")

    def end(self) -> None:
        if self.at != len(self._command):
            raise BadSyntax(f"too much, from {self.at + 1}")

    def opens(self) -> bool:
        """Tell whether a list in parentheses comes."""
        return self._command.startswith(b"(", self.at)

    def matches(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Go on behind what looks like this, if it comes."""
        found = pattern.match(self._command, self.at)
        if found:
            self.at = found.end()
        return found

    def since(self, begin: int) -> bytes:
        """What was read from there on, as it stands."""
        return self._command[begin : self.at]

    def _take(self, pattern: re.Pattern[bytes], what: str) -> re.Match[bytes]:
        found = self.matches(pattern)
        if not found:
            raise BadSyntax(f"{what} is missing at {self.at + 1}")
        return found

    # Words ------------------------------------------------------------------------------------

    def tag(self) -> str:
        return self.atom().decode("ascii", "replace")

    def atom(self) -> bytes:
        return self._take(_ATOM, "a word")[0]

    def word(self) -> str:
        """A word of the protocol, in capitals."""
        return self.atom().decode("ascii", "replace").upper()

    def flag(self) -> str:
        name = self._take(_FLAG, "a flag")[0].decode("ascii", "replace")
        return "\\" + name[1:].capitalize() if name.startswith("\\") else name

    def flags(self) -> list[str]:
        if self.opens():
            return self.listed(self.flag)
        found = [self.flag()]
        while self.skips(b" "):
            found.append(self.flag())
        return found

    def string(self, atom: re.Pattern[bytes] = _ASTRING) -> bytes:
        """A text in any of its three forms."""
        match self._command[self.at : self.at + 1]:
            case b'"':
                return _ESCAPED.sub(rb"\1", self._take(_QUOTED, "a quoted text")[1])
            case b"{":
                size = int(self._take(_LITERAL, "a literal")[1])
                self.at += size
                return self._command[self.at - size : self.at]
            case _:
                return self._take(atom, "a text")[0]

    def pattern(self) -> str:
        """A name of folders, which may hold wildcards."""
        return self.string(_PATTERN).decode("utf-8", "replace")

    # Numbers and dates ------------------------------------------------------------------------

    def number(self) -> int:
        return int(self._take(_NUMBER, "a number")[0])

    def sequence_set(self) -> SequenceSet:
        ranges = [self._range()]
        while self.skips(b","):
            ranges.append(self._range())
        return ranges

    def _range(self) -> tuple[int | None, int | None]:
        found = self._take(_RANGE, "a set of numbers")
        first = _number(found[1])
        return first, first if found[2] is None else _number(found[2])

    def looks_like_a_set(self) -> bool:
        return _RANGE.match(self._command, self.at) is not None

    def date(self) -> date:
        return self._moment().date()

    def moment(self) -> float | None:
        """A date with the time of day, if there is one in quotes."""
        if not self._command.startswith(b'"', self.at):
            return None
        when = self._moment().timestamp()
        if not 0 <= when < _END_OF_TIME:
            raise BadSyntax("no mail is of that time")
        return when

    def _moment(self) -> datetime:
        day, month, year, hour, minute, second, zone_hours, zone_minutes = (
            (part or b"0").decode() for part in self._take(_DATE, "a date").groups()
        )
        offset = timedelta(hours=abs(int(zone_hours)), minutes=int(zone_minutes))
        try:
            return datetime(
                int(year),
                _MONTHS.index(month.capitalize()) + 1,
                int(day),
                int(hour),
                int(minute),
                int(second),
                tzinfo=timezone(-offset if zone_hours.startswith("-") else offset),
            )
        except ValueError:
            raise BadSyntax("there is no such date") from None

    def listed(self, item: Callable[[], _T]) -> list[_T]:
        """Items in parentheses."""
        self.expect(b"(")
        items: list[_T] = []
        while not self.skips(b")"):
            if items:
                self.space()
            items.append(item())
        return items


def places(ranges: SequenceSet, there: Sequence[int]) -> list[int]:
    """Where the numbers that a set names stand among the ascending numbers `there`."""
    found: set[int] = set()
    last = there[-1] if there else 0
    for bounds in ranges:
        low, high = sorted(last if bound is None else bound for bound in bounds)
        found.update(range(bisect_left(there, low), bisect_right(there, high)))
    return sorted(found)


def string(text: bytes) -> bytes:
    """Write a text, in quotes if they can hold it."""
    if _QUOTABLE.match(text):
        return b'"%b"' % _TO_ESCAPE.sub(rb"\\\g<0>", text)
    return literal(text)


def literal(data: bytes) -> bytes:
    return b"{%d}\r\n%b" % (len(data), data)


def moment(when: float) -> bytes:
    at = datetime.fromtimestamp(when, UTC)
    return f'"{at:%d}-{_MONTHS[at.month - 1]}-{at:%Y %H:%M:%S} +0000"'.encode()


def _number(text: bytes) -> int | None:
    return None if text == b"*" else int(text)
