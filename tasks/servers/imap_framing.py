"""Where a command of IMAP ends: lines, and the literals that they announce (RFC 3501, 4.3)."""

from __future__ import annotations

import re
from enum import Enum

_LITERAL = re.compile(rb"\{(\d{1,12})(\+?)\}\r?\Z")
_LONGEST_LINE = 65_536


class Sign(Enum):
    """What there may be in place of a whole command."""

    PROMPT = "the client waits for permission to send a literal"
    INCOMPLETE = "more is to come"


class TooBig(Exception):
    """A client asks whether it may send too much; `line` is what it sent before."""

    def __init__(self, line: bytes) -> None:
        super().__init__("too big")
        self.line = line


class Endless(Exception):
    """Too much was sent; nobody knows where the next command begins."""


class Framing:
    def __init__(self) -> None:
        self._line_at = 0
        self._prompted_at = -1

    def take(self, buffer: bytearray, limit: int) -> bytes | Sign:
        """Take the next command, of at most `limit` bytes; raises TooBig or Endless."""
        while (end := buffer.find(b"\n", self._line_at)) >= 0:
            announced = _LITERAL.search(buffer, self._line_at, end)
            if not announced:
                return self._cut(buffer, end)
            follows = end + 1 + int(announced[1])
            is_asked = not announced[2]
            if follows > limit:
                raise TooBig(self._cut(buffer, end)) if is_asked else Endless
            if is_asked and self._prompted_at != end:
                self._prompted_at = end
                return Sign.PROMPT
            if len(buffer) < follows:
                return Sign.INCOMPLETE
            self._line_at = follows
        if len(buffer) - self._line_at > min(_LONGEST_LINE, limit):
            raise Endless
        return Sign.INCOMPLETE

    def _cut(self, buffer: bytearray, end: int) -> bytes:
        command = bytes(buffer[:end]).removesuffix(b"\r")
        del buffer[: end + 1]
        self._line_at, self._prompted_at = 0, -1
        return command
