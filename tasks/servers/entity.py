"""A message or a part of one, in its own bytes: header and body, fields, parts by number."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from ...runner.dataclasses import dataclass

_GAP = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^([^\s:]+)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)", re.MULTILINE)
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_PARAMETER = re.compile(rb';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))')
_ESCAPED = re.compile(rb"\\(.)")
_DEEPEST = 50
_MOST_PARTS = 10_000


@dataclass(frozen=True)
class Entity:
    """A message or a part of one."""

    raw: bytes
    depth: int = 0
    default_type: bytes = b"text/plain"

    # Two halves -------------------------------------------------------------------------------

    @cached_property
    def _body_at(self) -> int:
        if self.raw[:1] == b"\n" or self.raw[:2] == b"\r\n":
            return self.raw.index(b"\n") + 1
        gap = _GAP.search(self.raw)
        return gap.end() if gap else len(self.raw)

    @property
    def head(self) -> bytes:
        """The header with the empty line behind it."""
        return self.raw[: self._body_at]

    @property
    def body(self) -> bytes:
        return self.raw[self._body_at :]

    # The header -------------------------------------------------------------------------------

    @cached_property
    def _fields(self) -> Sequence[tuple[bytes, bytes]]:
        return [(field[1].lower(), field[0]) for field in _FIELD.finditer(self.head)]

    def fields(self, names: Collection[bytes], *, others: bool = False) -> bytes:
        """The fields of these names in lower case, or all others, as they stand."""
        return (
            b"".join(field for name, field in self._fields if (name in names) is not others)
            + b"\r\n"
        )

    def values(self, name: bytes) -> list[bytes]:
        found = (field for own, field in self._fields if own == name)
        return [_FOLD.sub(b"", field.partition(b":")[2]).strip() for field in found]

    def value(self, name: bytes) -> bytes | None:
        return next(iter(self.values(name)), None)

    # Parts ------------------------------------------------------------------------------------

    @cached_property
    def type(self) -> tuple[bytes, bytes]:
        named = (self.value(b"content-type") or b"").partition(b";")[0].strip()
        main, _, sub = (named if b"/" in named else self.default_type).partition(b"/")
        return main.lower(), sub.lower()

    @cached_property
    def parameters(self) -> Sequence[tuple[bytes, bytes]]:
        return parameters(self.value(b"content-type") or b"")

    @cached_property
    def parts(self) -> Sequence[Entity]:
        """What a multipart holds."""
        if self.type[0] != b"multipart" or self.depth >= _DEEPEST:
            return []
        child_type = b"message/rfc822" if self.type[1] == b"digest" else b"text/plain"
        boundary = dict(self.parameters).get(b"boundary", b"")
        return [
            Entity(piece, self.depth + 1, child_type) for piece in _divided(self.body, boundary)
        ]

    @cached_property
    def message(self) -> Entity | None:
        """The message that a part of the type message/rfc822 is."""
        is_message = self.type == (b"message", b"rfc822") and self.depth < _DEEPEST
        return Entity(self.body, self.depth + 1) if is_message else None

    def part(self, path: Sequence[int]) -> Entity | None:
        """Find a part by its numbers; a message that is no multipart has one, which is itself."""
        part, counted = self, self.parts or [self]
        for number in path:
            if not 0 < number <= len(counted):
                return None
            part = counted[number - 1]
            inner = part.message
            counted = inner.parts or [inner] if inner else part.parts
        return part


def parameters(value: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (name.lower(), _ESCAPED.sub(rb"\1", quoted) or plain)
        for name, quoted, plain in _PARAMETER.findall(value)
    ]


def _divided(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """Cut a multipart; the line break before a boundary belongs to it."""
    if not boundary:
        return
    line = re.compile(rb"(?:\r?\n|\A)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    begin = -1
    for found in itertools.islice(line.finditer(body), _MOST_PARTS):
        if begin >= 0:
            yield body[begin : found.start()]
        if found[1]:
            return
        begin = body.find(b"\n", found.end()) + 1 or len(body)
    if begin >= 0:
        yield body[begin:]
