"""What line protocols have in common on the server's side, apart from sockets.

A dialogue is fed the bytes that came and gives the bytes to answer with; after each feeding its
owner looks at `closed` (hang up once the answer is sent) and `upgrading` (start TLS, then call
`secured`).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from abc import ABC, abstractmethod
from collections.abc import Callable

_LONGEST_LINE = 4096


class Dialogue(ABC):
    """One connection's side of the talk."""

    def __init__(self, on_event: Callable[[str], None], *, is_secure: bool) -> None:
        self.closed = False
        self.upgrading = False
        self.failed_logins = 0
        self._on_event = on_event
        self._is_secure = is_secure
        self._buffer = bytearray()

    @abstractmethod
    def greeting(self) -> bytes:
        """The first words, which are the server's."""

    @abstractmethod
    def _answer(self, line: bytes) -> bytes:
        """Answer one line, given without its end."""

    @property
    @abstractmethod
    def _too_long(self) -> bytes: ...

    def feed(self, data: bytes) -> bytes:
        """Take what came, give what to answer."""
        self._buffer += data
        answers = []
        while not (self.closed or self.upgrading) and (answer := self._next()) is not None:
            answers.append(answer)
        return b"".join(answers)

    def secured(self) -> None:
        """Go on over TLS; what was sent before it could be anybody's, and is forgotten."""
        self._is_secure = True
        self.upgrading = False
        self._buffer.clear()

    def _next(self) -> bytes | None:
        end = self._buffer.find(b"\n", 0, _LONGEST_LINE)
        if end < 0:
            if len(self._buffer) < _LONGEST_LINE:
                return None
            self.closed = True
            return self._too_long
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        return self._answer(line)


def decoded(token: bytes) -> bytes | None:
    """Decode what AUTH sends as base64."""
    try:
        return base64.b64decode(token, validate=True)
    except binascii.Error:
        return None


def same(one: str, other: str) -> bool:
    """Compare secrets in a time that tells nothing."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
