"""Atoms, strings, literals and lists of them: what an IMAP server's responses are made of.

Literals may be files: they are passed on and never looked into.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO, TypeAlias

_DEEPEST = 50
_MOST_VALUES = 1_000_000
_TOKEN = re.compile(
    rb"""\ *+(?:
    (?P<open>\() | (?P<close>\))
    | "(?P<quoted>(?:[^"\\]++|\\.)*+)"
    | (?P<literal>~?\{[0-9]+\+?\}\Z)
    | (?P<atom>(?:[^ ()"\[]|\[[^\]]*+\])++)     # BODY[HEADER.FIELDS (TO)] is one
    )\ *+""",
    re.VERBOSE | re.DOTALL,
)

Literal: TypeAlias = bytes | BinaryIO
Tail: TypeAlias = Sequence[tuple[Literal, bytes]]
Value: TypeAlias = "str | bytes | BinaryIO | tuple[Value, ...] | None"
"""An atom, a string, a literal that is a file, a list, NIL."""


class NotImap(Exception):
    """Something answers, but not as IMAP servers do."""


def read_values(line: bytes, tail: Tail) -> tuple[Value, ...]:
    """Read atoms, strings, literals and lists of them."""
    literals = iter([literal for literal, _ in tail])
    levels: list[list[Value]] = [[]]
    for kind, text in _tokens([line, *(line for _, line in tail)]):
        if kind == "open":
            levels.append([])
        elif kind == "close":
            closed = tuple(levels.pop())
            if not levels:
                raise NotImap
            levels[-1].append(closed)
        else:
            levels[-1].append(next(literals, None) if kind == "literal" else _READ[kind](text))
        if len(levels) > _DEEPEST:
            raise NotImap
    if len(levels) > 1:
        raise NotImap
    return tuple(levels[0])


def _tokens(lines: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    count = 0
    for line in lines:
        at = 0
        while at < len(line):
            found = _TOKEN.match(line, at)
            count += 1
            if found is None or count > _MOST_VALUES:
                raise NotImap
            at = found.end()
            kind = found.lastgroup or ""
            yield kind, found[kind]


def _atom(text: bytes) -> str | None:
    return None if text.upper() == b"NIL" else text.decode("utf-8", "replace")


def _quoted(text: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", text, flags=re.DOTALL) if b"\\" in text else text


_READ: Mapping[str, Callable[[bytes], Value]] = {"atom": _atom, "quoted": _quoted}
