"""What SEARCH looks for (RFC 3501, 6.4.4): keys become one question to ask of each message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TypeAlias

from ...runner.dataclasses import dataclass
from ..message.words import decode
from .entity import Entity
from .folders import Refused, Stored
from .imap_syntax import BadSyntax, Parser, SequenceSet
from .imap_view import View

_DEEPEST = 50
_CHARSETS = {"UTF-8", "US-ASCII"}


@dataclass(frozen=True)
class Candidate:
    """A message that is asked; it is read only if a key needs that."""

    number: int
    letter: Stored
    is_recent: bool

    @cached_property
    def entity(self) -> Entity:
        return Entity(self.letter.data())

    @cached_property
    def text(self) -> str:
        from ..message.read import read

        return read(self.entity.raw).text.casefold()

    @property
    def received(self) -> date:
        return datetime.fromtimestamp(self.letter.received, UTC).date()

    @cached_property
    def sent(self) -> date | None:
        try:
            written = (self.entity.value(b"date") or b"").decode("latin-1")
            return parsedate_to_datetime(written).date()
        except (ValueError, OverflowError):
            return None

    def headers(self, name: bytes) -> list[str]:
        return [decode(value).casefold() for value in self.entity.values(name.lower())]


Question: TypeAlias = Callable[[Candidate], bool]


def search(parser: Parser, view: View) -> list[tuple[int, Stored]]:
    """Read the keys, and find the messages that answer to all of them, with their numbers."""
    if parser.skips(b"CHARSET "):
        if parser.string().decode("ascii", "replace").upper() not in _CHARSETS:
            raise Refused("[BADCHARSET (UTF-8)] use UTF-8")
        parser.space()
    question = _all_of(_Keys(parser, view).keys())
    parser.end()
    return [
        (number, letter)
        for number, letter in enumerate(view.letters, 1)
        if question(Candidate(number, letter, letter.uid in view.recent))
    ]


class _Keys:
    def __init__(self, parser: Parser, view: View) -> None:
        self._parser = parser
        self._view = view
        self._depth = 0

    def keys(self) -> list[Question]:
        keys = [self._key()]
        while self._parser.skips(b" "):
            keys.append(self._key())
        return keys

    def _key(self) -> Question:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BadSyntax("nested too deep")
        question = self._read()
        self._depth -= 1
        return question

    def _read(self) -> Question:
        parser = self._parser
        if parser.opens():
            return _all_of(parser.listed(self._key))
        if parser.looks_like_a_set():
            return self._among(parser.sequence_set(), by_uid=False)
        name = parser.word()
        if name in _SIMPLE:
            return _SIMPLE[name]
        parser.space()
        return self._with_argument(name)

    def _with_argument(self, name: str) -> Question:
        parser = self._parser
        if compare := _DATES.get(name):
            day = parser.date()
            return lambda one: compare(one, day)
        if name in _WITH_ARGUMENT:
            return _WITH_ARGUMENT[name](parser)
        match name:
            case "UID":
                return self._among(parser.sequence_set(), by_uid=True)
            case "NOT":
                return _not(self._key())
            case "OR":
                first = self._key()
                parser.space()
                return _either(first, self._key())
        raise BadSyntax(f"there is no search key {name}")

    def _among(self, ranges: SequenceSet, *, by_uid: bool) -> Question:
        numbers = {number for number, _ in self._view.chosen(ranges, by_uid=by_uid)}
        return lambda one: one.number in numbers


def _all_of(questions: list[Question]) -> Question:
    return lambda one: all(question(one) for question in questions)


def _not(question: Question) -> Question:
    return lambda one: not question(one)


def _either(first: Question, second: Question) -> Question:
    return lambda one: first(one) or second(one)


def _has(flag: str) -> Question:
    return lambda one: flag in one.letter.flags


def _larger(size: int) -> Question:
    return lambda one: one.letter.size > size


def _smaller(size: int) -> Question:
    return lambda one: one.letter.size < size


def _header(name: bytes, text: str) -> Question:
    return lambda one: any(text in value for value in one.headers(name))


def _body(text: str) -> Question:
    return lambda one: text in one.text


def _anywhere(text: str) -> Question:
    return _either(lambda one: text in decode(one.entity.head).casefold(), _body(text))


def _in_header(parser: Parser) -> Question:
    name = parser.string()
    parser.space()
    return _header(name, _text(parser))


def _text(parser: Parser) -> str:
    return parser.string().decode("utf-8", "replace").casefold()


_SIMPLE: Mapping[str, Question] = {
    "ALL": lambda _: True,
    "ANSWERED": _has("\\Answered"),
    "DELETED": _has("\\Deleted"),
    "DRAFT": _has("\\Draft"),
    "FLAGGED": _has("\\Flagged"),
    "SEEN": _has("\\Seen"),
    "UNANSWERED": _not(_has("\\Answered")),
    "UNDELETED": _not(_has("\\Deleted")),
    "UNDRAFT": _not(_has("\\Draft")),
    "UNFLAGGED": _not(_has("\\Flagged")),
    "UNSEEN": _not(_has("\\Seen")),
    "RECENT": lambda one: one.is_recent,
    "OLD": lambda one: not one.is_recent,
    "NEW": lambda one: one.is_recent and "\\Seen" not in one.letter.flags,
}
_DATES: Mapping[str, Callable[[Candidate, date], bool]] = {
    "BEFORE": lambda one, day: one.received < day,
    "ON": lambda one, day: one.received == day,
    "SINCE": lambda one, day: one.received >= day,
    "SENTBEFORE": lambda one, day: one.sent is not None and one.sent < day,
    "SENTON": lambda one, day: one.sent == day,
    "SENTSINCE": lambda one, day: one.sent is not None and one.sent >= day,
}
_WITH_ARGUMENT: Mapping[str, Callable[[Parser], Question]] = {
    "BCC": lambda parser: _header(b"bcc", _text(parser)),
    "BODY": lambda parser: _body(_text(parser)),
    "CC": lambda parser: _header(b"cc", _text(parser)),
    "FROM": lambda parser: _header(b"from", _text(parser)),
    "HEADER": _in_header,
    "KEYWORD": lambda parser: _has(parser.flag()),
    "LARGER": lambda parser: _larger(parser.number()),
    "SMALLER": lambda parser: _smaller(parser.number()),
    "SUBJECT": lambda parser: _header(b"subject", _text(parser)),
    "TEXT": lambda parser: _anywhere(_text(parser)),
    "TO": lambda parser: _header(b"to", _text(parser)),
    "UNKEYWORD": lambda parser: _not(_has(parser.flag())),
}
