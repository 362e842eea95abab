"""What an IMAP server sends, apart from sockets: lines and literals in, frozen values out.

A response is a line. Where it ends in `{n}`, n bytes follow that may be anything, and then the
response goes on with another line; so what is parsed is a first line, and pairs of a literal and
the line behind it. Literals may be files: they are passed on and never looked into. Whatever comes,
NotImap is all that is raised, and the time it takes grows no faster than the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeAlias

from ...runner.dataclasses import dataclass
from . import utf7
from .imap_values import Literal, NotImap, Tail, Value, read_values

_LONGEST_LITERAL = len(b"~{1234567890123456789+}")
_STATUS = re.compile(
    rb"(\S++) (OK|NO|BAD|BYE|PREAUTH)(?: (?:\[([^\s\]]++) ?+([^\]]*+)\] ?)?(.*))?",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER = re.compile(r"[0-9]{1,19}")
_LITERAL = re.compile(rb"~?\{([0-9]{1,19})\+?\}\Z")
_NUMBERED = re.compile(rb"([0-9]{1,19}) ([A-Za-z]+)")
_WORD = re.compile(rb"[A-Za-z0-9]+")
# How nearly all messages are told; the rules below read them too, but take five times as long.
LISTED = re.compile(
    rb"\* ([0-9]{1,19}) FETCH \(UID ([0-9]{1,19})"
    rb" RFC822\.SIZE ([0-9]{1,19}) FLAGS \(([^()\"{\[\r\n]*)\)\)\r\n"
)
GIVEN = re.compile(
    rb"\* ([0-9]{1,19}) FETCH \(UID ([0-9]{1,19}) BODY\[[A-Z]*\](?:<0>)? \{([0-9]{1,19})\}\r\n"
)
GIVEN_END = b")\r\n"

# What a response may be -------------------------------------------------------------------------


@dataclass(frozen=True)
class Status:
    """How a command ended, or, with the tag `*`, what the server tells about itself."""

    tag: str
    word: str
    """OK, NO, BAD, BYE or PREAUTH."""
    code: str
    """What programs are told in brackets, such as UIDVALIDITY."""
    detail: str
    """What stands behind it."""
    text: str


@dataclass(frozen=True)
class Continuation:
    """The server waits for the rest of a command."""

    text: str


@dataclass(frozen=True)
class Count:
    """A number that concerns the folder: EXISTS, RECENT or EXPUNGE."""

    word: str
    number: int


@dataclass(frozen=True)
class Fetched:
    """What is told about a message, asked for or not."""

    number: int
    uid: str = ""
    size: int | None = None
    flags: frozenset[str] = frozenset()
    content: Literal | None = None
    """The section that was asked for."""


@dataclass(frozen=True)
class Found:
    """What a search found."""

    uids: frozenset[str]


@dataclass(frozen=True)
class Folder:
    """A folder that can be selected, or not."""

    name: str
    delimiter: str
    attributes: frozenset[str]


@dataclass(frozen=True)
class Data:
    """Anything else: CAPABILITY, FLAGS and what servers may have thought of."""

    word: str
    values: tuple[Value, ...]


Response: TypeAlias = Status | Continuation | Count | Fetched | Found | Folder | Data


# From lines to values ---------------------------------------------------------------------------


def literal_size(line: bytes, *, is_first: bool) -> int | None:
    """Tell how many bytes of a literal follow this line of a response, None if none do."""
    if not line.endswith(b"}"):
        return None
    if is_first and (line.startswith(b"+") or _STATUS.match(line)):
        return None  # what people read may end as it likes
    found = _LITERAL.search(line[-_LONGEST_LITERAL:])
    return int(found[1]) if found else None


def parse(line: bytes, tail: Tail = ()) -> Response:
    """Read a response; raises NotImap for what is none."""
    if line.startswith(b"+"):
        return Continuation(_words(line[1:].strip()))
    if status := _STATUS.fullmatch(line):
        return _status(status)
    if not line.startswith(b"* "):
        raise NotImap
    if numbered := _NUMBERED.match(line, 2):
        word = _words(numbered[2]).upper()
        return _numbered(int(numbered[1]), word, line[numbered.end() :], tail)
    named = _WORD.match(line, 2)
    if named is None:
        raise NotImap
    word = _words(named[0]).upper()
    return _READERS.get(word, _data)(word, line[named.end() :], tail)


def listed(told: re.Match[bytes]) -> Fetched:
    """Read what looks like LISTED."""
    number, uid, size, flags = told.groups()
    return Fetched(int(number), uid.decode(), int(size), _usual_flags(flags))


def given(told: re.Match[bytes], content: bytes) -> Fetched:
    """Read what looks like GIVEN, with the content behind it."""
    return Fetched(int(told[1]), told[2].decode(), content=content)


# A mailbox has many messages and few sets of flags.
@lru_cache(64)
def _usual_flags(flags: bytes) -> frozenset[str]:
    return frozenset(flag for flag in _words(flags).split(" ") if flag not in {"", "NIL"})


def _status(found: re.Match[bytes]) -> Status:
    tag, word, code, detail, text = (part or b"" for part in found.groups())
    return Status(
        _words(tag), _words(word).upper(), _words(code).upper(), _words(detail), _words(text)
    )


def _words(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _numbered(number: int, word: str, rest: bytes, tail: Tail) -> Response:
    if word == "FETCH":
        return _fetched(number, read_values(rest, tail))
    return Count(word, number)


def _fetched(number: int, values: tuple[Value, ...]) -> Fetched:
    if len(values) != 1 or not isinstance(values[0], tuple):
        raise NotImap
    items = _pairs(values[0])
    return Fetched(
        number,
        _digits(items.get("UID", "")),
        int(_digits(items["RFC822.SIZE"])) if "RFC822.SIZE" in items else None,
        _flags(items.get("FLAGS", ())),
        next((_content(items[name]) for name in items if name.startswith("BODY[")), None),
    )


def _pairs(values: tuple[Value, ...]) -> dict[str, Value]:
    names = [name.upper() if isinstance(name, str) else "" for name in values[::2]]
    if len(values) % 2 or "" in names:
        raise NotImap
    return dict(zip(names, values[1::2], strict=True))


def _digits(value: Value) -> str:
    if value == "":
        return value
    if not (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise NotImap
    return value


def _content(value: Value) -> Literal | None:
    if isinstance(value, str | tuple):
        raise NotImap
    return value


def _flags(value: Value) -> frozenset[str]:
    if not isinstance(value, tuple):
        raise NotImap
    return frozenset(flag for flag in value if isinstance(flag, str))


def _found(word: str, rest: bytes, tail: Tail) -> Found:
    numbers = rest.partition(b"(")[0].split()  # (MODSEQ …) may follow
    return Found(frozenset(_digits(_words(number)) for number in numbers))


def _folder(word: str, rest: bytes, tail: Tail) -> Folder:
    values = read_values(rest, tail)
    if len(values) < 3:  # noqa: PLR2004  # RFC 3501, 7.2.2
        raise NotImap
    name = values[2] if isinstance(values[2], bytes) else str(values[2]).encode()
    delimiter = values[1] if isinstance(values[1], bytes) else b""
    return Folder(utf7.decode(_words(name)), _words(delimiter), _flags(values[0]))


def _data(word: str, rest: bytes, tail: Tail) -> Data:
    return Data(word, read_values(rest, tail))


_READERS: Mapping[str, Callable[[str, bytes, Tail], Response]] = {
    "SEARCH": _found,
    "LIST": _folder,
    "LSUB": _folder,
}
