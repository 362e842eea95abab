"""Files that stand uuencoded in the text of a mail, between `begin 644 NAME` and `end`."""

from __future__ import annotations

import binascii
import itertools
import re
from collections.abc import Iterator

from ...runner.dataclasses import dataclass, field

_BEGIN = re.compile(
    rb"^begin(?P<base64>-base64)? [0-7]{3,6} (?P<name>[^\r\n]{1,1000})\r?\n", re.MULTILINE
)
_LINE = re.compile(rb"([^\r\n]{0,200})\r?(?:\n|\Z)")
_MOST_FILES = 10_000
_LONGEST_LINE = 1000
_UUENCODED = re.compile(rb"[ -`]*\Z")
_END = re.compile(rb"(?:end|====)[ \t]*(?:\r?\n|\Z)")


@dataclass(frozen=True)
class File:
    name: bytes
    content: bytes = field(repr=False)


def split(text: bytes) -> tuple[bytes, list[File]]:
    """Part a text from the files in it."""
    if b"begin" not in text:
        return text, []
    kept: list[bytes] = []
    files: list[File] = []
    at = 0
    while len(files) < _MOST_FILES and (begin := _BEGIN.search(text, at)):
        content, end = _block(text, begin.end(), is_base64=bool(begin["base64"]))
        if not content:
            kept.append(text[at:end])
        else:
            kept.append(text[at : begin.start()])
            files.append(File(begin["name"].strip(), content))
        at = end
    return b"".join([*kept, text[at:]]), files


def content(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Decode the file that a part holds; what is no uuencode is given as it is."""
    first = next(pieces, b"")
    begin = _BEGIN.search(first)
    if not begin:
        yield first
        yield from pieces
        return
    rest = b""
    for piece in itertools.chain([first[begin.end() :]], pieces):
        *lines, rest = (rest + piece).split(b"\n")
        yield b"".join(filter(None, map(_line, map(bytes.rstrip, lines))))
        rest = rest[-_LONGEST_LINE:]


def _block(text: bytes, at: int, *, is_base64: bool) -> tuple[bytes, int]:
    """Decode lines as long as they can be decoded; tells also where they end."""
    decoded: list[bytes] = []
    while at < len(text) and (line := _LINE.match(text, at)) and not _END.match(text, at):
        data = _base64_line(line[1]) if is_base64 else _line(line[1])
        if data is None:
            break
        decoded.append(data)
        at = line.end()
    end = _END.match(text, at) if decoded else None
    return b"".join(decoded), end.end() if end else at


def _line(line: bytes) -> bytes | None:
    """Decode a line; its first byte says how much is in it."""
    length = (line[0] - 32) & 63 if line.strip() else 0
    coded = 1 + (length * 4 + 2) // 3
    # Some write whole groups of four, some a checksum behind; blanks may be lost on the way.
    if len(line) > coded + 3 or not _UUENCODED.match(line[:coded]):
        return None
    try:
        return binascii.a2b_uu(line[:coded]) if length else b""
    except binascii.Error:
        return None


def _base64_line(line: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(line, strict_mode=True)
    except binascii.Error:
        return None
