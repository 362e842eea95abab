"""A message as a tree of parts: headers and the spot of each body in the raw bytes.

Nothing is copied and nothing raises. One pass looks for all boundaries that are open, so that a
mail takes the same time however deep it is. Where a message is broken, the reading that loses least
is taken and the defect noted: a boundary that is not named is looked for, a multipart that is not
closed ends where one around it goes on.
"""

from __future__ import annotations

import re

from ...runner.dataclasses import dataclass
from . import header_block, source, transfer
from .part import Part
from .source import Raw

_FIRST_DASHES = re.compile(rb"\n--((?:[^\s-][^\r\n]{0,200}?)?)[ \t]*\r?\n")
_PARTS_UNSAID = re.compile(
    rb"\s{0,20}(?:This is a [^\n]{1,100}\n\s{0,20})?--[^\s-][^\r\n]{0,200}\r?\nContent-[TDI]",
    re.IGNORECASE,
)
_DEEPEST = 50
_MOST_PARTS = 20_000
_MOST_MISNAMED = 50
_HEAD_OF_BODY = 65_536


def parse(raw: Raw, defects: list[str]) -> Part:
    """Take a message apart; what is wrong with it is added to `defects`."""
    return _Reader(raw, len(raw), defects).message(header_block.start_of(raw))


def parse_inner(part: Part) -> Part:
    """Take the message apart that a part holds."""
    if transfer.kind(part.header("content-transfer-encoding")):
        return parse(part.content(), [])
    start = header_block.start_of(part.raw, part.start)
    return _Reader(part.raw, part.end, []).message(min(start, part.end))


@dataclass
class _Open:
    """A multipart whose end has not been met."""

    part: Part
    boundary: bytes
    is_closed: bool = False


class _Reader:
    def __init__(self, raw: Raw, end: int, defects: list[str]) -> None:
        self._raw, self._end = raw, end
        self._defects = defects
        self._open: list[_Open] = []
        self._boundaries: set[bytes] = set()
        self._body = 0
        """Where the body of the part begins that was met last."""
        self._parts = self._misnamed = self._longest = 0

    def message(self, start: int) -> Part:
        root = self._part(start, "text/plain")
        if not self._open:
            return root
        # The line break that ends the headers may be the one before the first boundary.
        body = max(root.start - 1, 0)
        for at in source.occurrences(self._raw, b"\n--", body, self._end):
            if at >= self._body - 1:
                self._meet(at)
            if self._parts >= _MOST_PARTS:
                self._defects.append(f"more than {_MOST_PARTS:,} parts")
                break
        self._close(0, self._end)
        return root

    def _part(self, start: int, default_type: str) -> Part:
        headers, self._body = header_block.read(self._raw, start, self._end, self._defects)
        self._parts += 1
        part = Part(self._raw, headers, self._body, self._end, default_type=default_type)
        if part.type.startswith("multipart/") or self._has_parts_unsaid(part):
            self._divide(part)
        return part

    def _has_parts_unsaid(self, part: Part) -> bool:
        if part.header("content-type") or self._parts > 1:
            return False
        return _PARTS_UNSAID.match(self._raw, part.start) is not None

    def _divide(self, part: Part) -> None:
        boundary = self._boundary(part) if len(self._open) < _DEEPEST else None
        if boundary is not None:
            self._open.append(_Open(part, boundary))
            self._look_for_boundaries()
        else:
            is_deep = len(self._open) >= _DEEPEST
            self._defects.append("nested too deep" if is_deep else "a multipart without parts")

    def _boundary(self, part: Part) -> bytes | None:
        named = part.parameters.raw("boundary").rstrip()
        # To look for each in vain would take quadratic time.
        if named and (self._misnamed > _MOST_MISNAMED or self._occurs(named, part)):
            return named
        self._misnamed += 1
        stop = min(part.start + _HEAD_OF_BODY, part.end)
        found = _FIRST_DASHES.search(self._raw, max(part.start - 1, 0), stop)
        if not found or self._boundaries & {found[1], found[1].removesuffix(b"--")}:
            return None
        self._defects.append("the boundary between parts is not the one that is named")
        return found[1]

    def _occurs(self, boundary: bytes, part: Part) -> bool:
        return source.find(self._raw, b"--" + boundary, part.start, part.end) >= 0

    def _opener(self, boundary: bytes) -> int | None:
        """Tell which open multipart has this boundary: the innermost, one not closed if any."""
        if boundary not in self._boundaries:
            return None
        found = [index for index, each in enumerate(self._open) if each.boundary == boundary]
        living = [index for index in found if not self._open[index].is_closed]
        return next(reversed(living or found), None)

    def _look_for_boundaries(self) -> None:
        self._boundaries = {each.boundary for each in self._open}
        self._longest = max(map(len, self._boundaries), default=0)

    def _meet(self, at: int) -> None:
        """Look at a line that begins with two dashes."""
        line = self._raw[at + 3 : at + 3 + self._longest + 100].split(b"\n", 1)[0]
        name = line.rstrip()
        is_end = name not in self._boundaries and name.endswith(b"--")
        index = self._opener(name[:-2] if is_end else name)
        if index is None:
            return
        stop = at - 1 if self._raw[max(at - 1, 0) : at] == b"\r" else at
        if is_end:
            self._close(index + 1, stop)
            self._end_last(self._open[index], stop)
            self._open[index].is_closed = True
        else:
            self._close(index + 1, stop)
            self._begin(self._open[index], stop, at + 4 + len(line))

    def _begin(self, parent: _Open, stop: int, start: int) -> None:
        """Begin a part, and end the one before it."""
        self._end_last(parent, stop)
        if parent.is_closed:
            self._defects.append("a part behind the end of its multipart")
            parent.is_closed = False
        is_digest = parent.part.type == "multipart/digest"
        start = min(start, self._end)
        child = self._part(start, "message/rfc822" if is_digest else "text/plain")
        parent.part.children.append(child)

    def _close(self, index: int, stop: int) -> None:
        """Leave the multiparts from this one inwards."""
        for each in self._open[index:]:
            self._end_last(each, stop)
            if not each.part.children:
                self._defects.append("a multipart without parts")
            elif not each.is_closed:
                self._defects.append("a multipart that is not closed")
        if self._open[index:]:
            del self._open[index:]
            self._look_for_boundaries()

    def _end_last(self, parent: _Open, stop: int) -> None:
        if parent.part.children and not parent.is_closed:
            last = parent.part.children[-1]
            last.end = max(last.start, stop)
