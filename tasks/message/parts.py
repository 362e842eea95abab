"""A message as a tree of parts: headers and the spot of each body in the raw bytes.

Nothing is copied and nothing raises. Where a message is broken, the reading that loses least is
taken and the defect noted: a missing blank line starts the body, a boundary that is not named is
looked for, a multipart that is not closed ends where its parent does.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from . import parameters
from .words import base64_bytes

_HEADER = re.compile(rb"([!-9;-~]{1,1000}+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_ENVELOPE = re.compile(rb"(?:\s*\r?\n)?>?From [^\n]*\n|\s*\n")
_BLANK_LINE = re.compile(rb"\r?\n|\Z")
_FIRST_DASHES = re.compile(rb"\n--([^\s-][^\r\n]{0,200}?)[ \t]*\r?\n")
# Not one pattern with the boundary in it: to compile that takes longer than to read a mail.
_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]*\r?(?:\n|\Z)")
_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
_DEEPEST = 50
_MOST_HEADERS = 10_000
_LONGEST_VALUE = 65_536


@dataclass
class Part:
    """One node of the tree; `start` and `end` bound its body in `raw`."""

    raw: bytes = field(repr=False)
    headers: list[tuple[str, bytes]]
    """Names in lower case, values as they stand."""
    start: int
    end: int
    children: list[Part] = field(default_factory=list)
    default_type: str = "text/plain"

    def header(self, name: str) -> bytes:
        """The first header of this name (in lower case), or nothing."""
        return self._first.get(name, b"")

    @cached_property
    def _first(self) -> dict[str, bytes]:
        return dict(reversed(self.headers))

    @cached_property
    def _content_type(self) -> tuple[str, dict[str, str]]:
        value, given = parameters.parse(self.header("content-type"))
        return (value if "/" in value else self.default_type), given

    @cached_property
    def disposition(self) -> tuple[str, dict[str, str]]:
        return parameters.parse(self.header("content-disposition"))

    @property
    def type(self) -> str:
        return self._content_type[0]

    @property
    def parameters(self) -> dict[str, str]:
        return self._content_type[1]

    @property
    def filename(self) -> str:
        return self.disposition[1].get("filename") or self.parameters.get("name", "")

    @property
    def cid(self) -> str:
        return self.header("content-id").decode("latin-1").strip().strip("<>")

    @property
    def encoding(self) -> str:
        return (
            self.header("content-transfer-encoding")
            .split(b";")[0]
            .strip()
            .lower()
            .decode("latin-1")
        )

    def content(self) -> bytes:
        """The body, its transfer encoding undone."""
        body = self.raw[self.start : self.end]
        if self.encoding == "base64":
            return base64_bytes(body)
        if self.encoding == "quoted-printable":
            return binascii.a2b_qp(_SOFT_BREAK.sub(b"=", body))
        return body

    def leaves(self) -> Iterator[Part]:
        """Every part that holds no others, in the order of the message."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            if part.children:
                waiting.extend(reversed(part.children))
            else:
                yield part


def parse(raw: bytes, defects: list[str]) -> Part:
    """Take a message apart; what is wrong with it is added to `defects`."""
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    envelope = _ENVELOPE.match(raw)
    return _part(raw, envelope.end() if envelope else 0, len(raw), defects, 0)


def _part(raw: bytes, start: int, end: int, defects: list[str], depth: int) -> Part:
    headers: list[tuple[str, bytes]] = []
    while len(headers) < _MOST_HEADERS and (match := _HEADER.match(raw, start, end)):
        headers.append((match[1].decode("ascii").lower(), match[2][:_LONGEST_VALUE].strip()))
        start = match.end()
    if blank := _BLANK_LINE.match(raw, start, end):
        start = blank.end()
    else:
        defects.append("no blank line between headers and body")
    part = Part(raw, headers, start, end)
    if part.type.startswith("multipart/"):
        _divide(part, defects, depth)
    return part


def _divide(part: Part, defects: list[str], depth: int) -> None:
    boundary = _boundary(part, defects)
    if not boundary or depth >= _DEEPEST:
        defects.append("a multipart without parts" if depth < _DEEPEST else "nested too deep")
        return
    child_type = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
    for start, end in _spans(part, boundary, defects):
        child = _part(part.raw, start, end, defects, depth + 1)
        child.default_type = child_type
        part.children.append(child)


def _boundary(part: Part, defects: list[str]) -> bytes:
    named = part.parameters.get("boundary", "").rstrip().encode("latin-1", "replace")
    if named and part.raw.find(b"--" + named, part.start, part.end) >= 0:
        return named
    found = _FIRST_DASHES.search(part.raw, max(part.start - 1, 0), part.end)
    if not found:
        return b""
    defects.append("the boundary between parts is not the one that is named")
    return found[1]


def _spans(part: Part, boundary: bytes, defects: list[str]) -> Iterator[tuple[int, int]]:
    """Find where each part begins and ends; the line break before a boundary belongs to it."""
    raw, marker, begin = part.raw, b"\n--" + boundary, -1
    # The line break that ends the headers may be the one before the first boundary.
    at = max(part.start - 2, 0)
    while (at := raw.find(marker, at, part.end)) >= 0:
        stop = at - 1 if raw[at - 1 : at] == b"\r" else at
        at += len(marker)
        if not (rest := _AFTER_BOUNDARY.match(raw, at, part.end)):
            continue
        if begin >= 0:
            yield begin, max(begin, stop)
        begin, at = rest.end(), rest.end() - 1
        if rest[1]:
            return
    defects.append("a multipart that is not closed")
    if begin >= 0:
        yield begin, part.end
