"""What FETCH asks for, and the answer for one message (RFC 3501, 6.4.5 and 7.4.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TypeAlias

from ...runner.dataclasses import dataclass
from .entity import Entity
from .folders import Stored
from .imap_structure import envelope, structure
from .imap_syntax import BadSyntax, Parser, literal, moment

_MACROS = {
    b"ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    b"FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    b"FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
_PART = re.compile(rb"(\d{1,5}(?:\.\d{1,5}){0,50})(?:\.|(?=\]))")


@dataclass(frozen=True)
class Asked:
    """A message, read once however much of it is asked for."""

    letter: Stored
    flags: bytes

    @cached_property
    def entity(self) -> Entity:
        return Entity(self.letter.data())


_Value: TypeAlias = Callable[[Asked], bytes]


@dataclass(frozen=True)
class Item:
    """One thing to tell; `reads` marks the message as seen."""

    name: bytes
    value: _Value
    reads: bool = False


_SIMPLE: dict[str, _Value] = {
    "FLAGS": lambda asked: asked.flags,
    "UID": lambda asked: b"%d" % asked.letter.uid,
    "RFC822.SIZE": lambda asked: b"%d" % asked.letter.size,
    "INTERNALDATE": lambda asked: moment(asked.letter.received),
    "ENVELOPE": lambda asked: envelope(asked.entity),
    "BODYSTRUCTURE": lambda asked: structure(asked.entity),
    "BODY": lambda asked: structure(asked.entity, extended=False),
    "RFC822": lambda asked: literal(asked.entity.raw),
    "RFC822.HEADER": lambda asked: literal(asked.entity.head),
    "RFC822.TEXT": lambda asked: literal(asked.entity.body),
}
_READING = {"RFC822", "RFC822.TEXT"}


def items(parser: Parser) -> list[Item]:
    """Read what is asked for."""
    for macro, names in _MACROS.items():
        if parser.skips(macro):
            return [simple(name) for name in names]
    if parser.opens():
        return parser.listed(lambda: _item(parser))
    return [_item(parser)]


def answer(asked: Asked, wanted: Sequence[Item]) -> bytes:
    return b" ".join(b"%b %b" % (item.name, item.value(asked)) for item in wanted)


def simple(name: str) -> Item:
    return Item(name.encode(), _SIMPLE[name], reads=name in _READING)


def _item(parser: Parser) -> Item:
    peeks = parser.skips(b"BODY.PEEK[")
    if peeks or parser.skips(b"BODY["):
        return _section(parser, reads=not peeks)
    name = parser.word()
    if name not in _SIMPLE:
        raise BadSyntax(f"{name} cannot be fetched")
    return simple(name)


def _section(parser: Parser, *, reads: bool) -> Item:
    begin = parser.at
    value = _content(parser)
    parser.expect(b"]")
    name = b"BODY[" + parser.since(begin)
    if not parser.skips(b"<"):
        return Item(name, lambda asked: _shown(value(asked)), reads=reads)
    first = parser.number()
    parser.expect(b".")
    count = parser.number()
    parser.expect(b">")

    def partial(asked: Asked) -> bytes:
        data = value(asked)
        return _shown(data and data[first : first + count])

    return Item(b"%b<%d>" % (name, first), partial, reads=reads)


def _content(parser: Parser) -> Callable[[Asked], bytes | None]:
    """Read what stands between the brackets."""
    numbers = parser.matches(_PART)
    path = [int(number) for number in numbers[1].split(b".")] if numbers else []
    within = _within(parser, path)

    def value(asked: Asked) -> bytes | None:
        part = asked.entity.part(path)
        return within(part) if part else None

    return value


def _within(parser: Parser, path: Sequence[int]) -> Callable[[Entity], bytes | None]:
    if parser.skips(b"HEADER.FIELDS"):
        others = parser.skips(b".NOT")
        parser.space()
        names = {name.lower() for name in parser.listed(parser.string)}
        return lambda part: _message(part, path).fields(names, others=others)
    if parser.skips(b"HEADER"):
        return lambda part: _message(part, path).head
    if parser.skips(b"TEXT"):
        return lambda part: _message(part, path).body
    if path and parser.skips(b"MIME"):
        return lambda part: part.head
    return lambda part: part.body if path else part.raw


def _message(part: Entity, path: Sequence[int]) -> Entity:
    """HEADER and TEXT are those of a message: the whole, or the one within a part."""
    return (part.message or part) if path else part


def _shown(data: bytes | None) -> bytes:
    return b"NIL" if data is None else literal(data)
