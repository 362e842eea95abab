"""How a mail's content comes over SMTP: up to a dot on a line of its own, or in counted chunks."""

from __future__ import annotations

from typing import Protocol

_END = b"\r\n.\r\n"


class Content(Protocol):
    """A mail that is on its way."""

    is_too_big: bool

    def take(self, buffer: bytearray) -> bytes | None:
        """Take from what has come; give the mail once it is complete, empty if it is too big."""


class DottedContent:
    """What follows DATA."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # The dot that ends an empty mail has its line break in the command before it.
        self._begun = False
        self._searched = 0
        self.is_too_big = False

    def take(self, buffer: bytearray) -> bytes | None:
        if not self._begun:
            self._begun = True
            buffer[:0] = b"\r\n"
        end = buffer.find(_END, self._searched)
        if end < 0:
            self._wait_for_more(buffer)
            return None
        data = bytes(buffer[: end + 2]).replace(b"\r\n..", b"\r\n.")[2:]
        del buffer[: end + len(_END)]
        self.is_too_big = self.is_too_big or len(data) > self._limit
        return b"" if self.is_too_big else data

    def _wait_for_more(self, buffer: bytearray) -> None:
        if len(buffer) > 2 * self._limit + len(_END):
            self.is_too_big = True
            del buffer[: -len(_END)]
        self._searched = max(0, len(buffer) - len(_END))


class ChunkedContent:
    """What follows BDAT, as often as it is said (RFC 3030)."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left = 0
        self._data = bytearray()
        self.is_last = False
        self.is_too_big = False

    def expect(self, size: int, *, is_last: bool) -> None:
        self._left, self.is_last = size, is_last
        if len(self._data) + size > self._limit:
            self.is_too_big = True
            self._data.clear()

    def take(self, buffer: bytearray) -> bytes | None:
        piece = buffer[: self._left]
        del buffer[: self._left]
        self._left -= len(piece)
        if not self.is_too_big:
            self._data += piece
        return None if self._left else bytes(self._data) if self.is_last else b""
