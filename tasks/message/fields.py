"""Header fields, written: folded, encoded where they must be, never a second header."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...runner.task import TaskError
from ..clients.lines import one_line
from . import addresses, message_ids, words
from .addresses import Address

_WIDTH = 76
_LONGEST_TOKEN = 900
_NAME = re.compile(r"[!-9;-~]{1,70}\Z")
_PLAIN = re.compile(r"[\x21-\x7e]+( +[\x21-\x7e]+)*\Z")
_TOKEN = re.compile(r" *[^ ]+")
# An encoded word in one of these is no identifier any more, so replies lose their thread.
_IDENTIFIERS = {"resent-message-id", "original-message-id", "supersedes"}


def fold(name: str, pieces: Iterable[str]) -> str:
    """Write `name: piece piece …`; lines break between pieces, each of which starts a word."""
    given = list(pieces)
    whole = f"{name}: {' '.join(given)}"
    if given and len(whole) <= _WIDTH:
        return f"{whole}\r\n"
    lines, line = [], f"{name}:"
    for piece in given:
        if len(line) + 1 + len(piece) > _WIDTH and line != f"{name}:":
            lines.append(line)
            line = ""
        line += f" {piece}"
    return "\r\n".join([*lines, line]) + "\r\n"


def text(name: str, value: str, *, field: str = "", charset: str = "utf-8") -> str:
    """Write a header that people read, in encoded words if need be."""
    one_line(field or name, value)
    if name.lower() in _IDENTIFIERS:
        return identifiers(name, value.split(), field or name)
    plain = _PLAIN.match(value) and "=?" not in value
    if plain and len(name) + len(": ") + len(value) <= _WIDTH:
        return fold(name, [value])
    tokens = [token[1:] if at else token for at, token in enumerate(_TOKEN.findall(value))]
    if not value or (plain and max(map(len, tokens)) < _LONGEST_TOKEN):
        return fold(name, tokens)
    return fold(name, encoded(field or name, value, charset))


def encoded(field: str, value: str, charset: str) -> list[str]:
    """Write a text as encoded words, or raise TaskError if the charset lacks a character."""
    try:
        return words.encode(value, charset)
    except UnicodeEncodeError as error:
        raise TaskError(lacking(field, error)) from error


def lacking(field: str, error: UnicodeEncodeError) -> str:
    """Say which character a charset lacks."""
    character = error.object[error.start]
    remedy = "take it out" if "\ud800" <= character <= "\udfff" else "use utf-8"
    return (
        f"{field}: the charset {error.encoding} has no {character!r} (character"
        f" {error.start + 1}); {remedy}"
    )


def identifiers(name: str, given: Iterable[str], field: str) -> str:
    """Write a header of identifiers, which are never encoded."""
    return fold(name, [message_ids.checked(field, each) for each in given])


def people(name: str, people: Iterable[Address], charset: str = "utf-8") -> str:
    """Write an address header."""
    pieces: list[str] = []
    for address in people:
        pieces += _person(name.lower().replace("-", "_"), address, charset)
        pieces[-1] += ","
    if pieces:
        pieces[-1] = pieces[-1].removesuffix(",")
    return fold(name, pieces)


def _person(field: str, address: Address, charset: str) -> list[str]:
    one_line(field, address.name + address.address)
    try:
        return addresses.pieces(address, charset)
    except UnicodeEncodeError as error:
        raise TaskError(lacking(field, error)) from error


def checked_name(field: str, name: str) -> str:
    """Give the name of a header back, or raise TaskError."""
    if not _NAME.match(name):
        raise TaskError(f"{field}: {name!r} is no name of a header; write it like X-Ticket")
    return name
