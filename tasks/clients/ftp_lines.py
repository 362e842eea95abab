"""The lines of a listing, while they come: a server takes as long to write one as we to read it."""

from __future__ import annotations

from collections.abc import Iterator

from .ftp_data import Stream

_BLOCK = 64 * 1024
_LONGEST_LINE = 64 * 1024
_MOST = 64 * 1024 * 1024


class Endless(Exception):
    """More came than any folder holds."""


class Lines:
    """`rest` is what has come of a line when all has come: nothing, unless it breaks off."""

    def __init__(self, stream: Stream, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self.rest = b""

    def __iter__(self) -> Iterator[str]:
        received = 0
        while block := self._stream.recv(_BLOCK):
            received += len(block)
            lines, end, self.rest = (self.rest + block).rpartition(b"\n")
            if received > _MOST or len(self.rest) > _LONGEST_LINE:
                raise Endless
            text = (lines + end).decode(self._encoding, "surrogateescape")
            yield from filter(None, text.replace("\r\n", "\n").split("\n"))
