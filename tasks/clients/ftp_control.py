"""The control connection to an FTP server: lines there, replies back."""

from __future__ import annotations

import select
import socket
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from .ftp_reply import NotFtp, Reply, ReplyReader

_LONGEST_LINE = 65536
_CHUNK = 32768
"""More than a TLS record holds: what was received is never left where select cannot see it."""
_RECORD = 2048
"""Of a longer TLS record, proftpd reads 4 KiB, and then waits for another to come."""
_PACKET = 65536
_POLITE = 1.0


class Control:
    def __init__(self, sock: socket.socket, encoding: str) -> None:
        self.socket = sock
        self.peer = sock.getpeername()
        """Where data connections go too."""
        self._encoding = (encoding, "surrogateescape")
        self._reader = ReplyReader()
        self._replies: deque[Reply] = deque()
        self._unread = b""
        self._piece = _PACKET

    def go_on_over(self, secure: socket.socket) -> None:
        """Speak TLS from here on."""
        self.socket = secure
        self._piece = _RECORD

    @property
    def has_unread(self) -> bool:
        """Whether the server has said something that was not received yet."""
        return self.wait(0)

    def wait(self, seconds: float, beside: Sequence[socket.socket] = ()) -> bool:
        """Wait until the server says something here, or something happens on a socket `beside`.

        True if it was here.
        """
        if self._replies or self._unread or self._reader.has_begun:
            return True
        return self.socket in select.select([self.socket, *beside], [], [], seconds)[0]

    def send(self, lines: bytes) -> None:
        for at in range(0, len(lines), self._piece):
            self.socket.sendall(lines[at : at + self._piece])

    def send_some(self, lines: memoryview) -> int:
        """Send the beginning of some lines, or all; tells how much."""
        return self.socket.send(lines[: self._piece])

    def receive(self) -> Reply:
        while (reply := self.received()) is None:
            self.fill()
        return reply

    def received(self) -> Reply | None:
        """Give the next reply, if all of it is here."""
        return self._replies.popleft() if self._replies else None

    def received_of(self, most: int) -> list[Reply]:
        """Give the next replies, as many as are here."""
        return [self._replies.popleft() for _ in range(min(most, len(self._replies)))]

    def fill(self, most: int = 1) -> None:
        """Take what the server says next, up to so many pieces; raises when no more is here."""
        if len(self._unread) > _LONGEST_LINE:
            raise NotFtp("what answers is no FTP server, its line has no end")
        pieces: list[bytes] = []
        try:
            while len(pieces) < most:
                pieces.append(self._next_piece())
        finally:
            self._read(b"".join(pieces))

    def _next_piece(self) -> bytes:
        data = self.socket.recv(_CHUNK)
        if not data:
            raise ConnectionResetError
        return data

    def _read(self, data: bytes) -> None:
        lines, end, self._unread = (self._unread + data).rpartition(b"\n")
        if end:
            text = lines.decode(*self._encoding).removesuffix("\r")
            self._replies += self._reader.read(text.replace("\r\n", "\n").split("\n"))

    def say_goodbye(self) -> None:
        with suppress(OSError):
            self.socket.settimeout(_POLITE)
            self.send(b"QUIT\r\n")
            self.receive()
