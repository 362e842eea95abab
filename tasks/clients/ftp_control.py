"""The control connection to an FTP server: lines there, replies back."""

from __future__ import annotations

import select
import socket
from collections.abc import Sequence
from contextlib import suppress

from .ftp_reply import NotFtp, Reply, ReplyReader

_LONGEST_LINE = 65536
_CHUNK = 32768
"""More than a TLS record holds: what was received is never left where select cannot see it."""
_POLITE = 1.0


class Control:
    def __init__(self, sock: socket.socket, encoding: str) -> None:
        self.socket = sock
        self.peer = sock.getpeername()
        """Where data connections go too."""
        self._encoding = encoding
        self._reader = ReplyReader()
        self._unread = b""

    @property
    def has_unread(self) -> bool:
        """Whether the server has said something that was not received yet."""
        return self.wait(0)

    def wait(self, seconds: float, beside: Sequence[socket.socket] = ()) -> bool:
        """Wait until the server says something here, or something happens on a socket `beside`.

        True if it was here.
        """
        if self._unread:
            return True
        return self.socket in select.select([self.socket, *beside], [], [], seconds)[0]

    def send(self, line: bytes) -> None:
        self.socket.sendall(line)

    def receive(self) -> Reply:
        while True:
            reply = self._reader.feed(self._line())
            if reply:
                return reply

    def _line(self) -> str:
        while b"\n" not in self._unread:
            if len(self._unread) > _LONGEST_LINE:
                raise NotFtp("what answers is no FTP server, its line has no end")
            self._unread += self._received()
        line, _, self._unread = self._unread.partition(b"\n")
        return line.removesuffix(b"\r").decode(self._encoding, "surrogateescape")

    def _received(self) -> bytes:
        data = self.socket.recv(_CHUNK)
        if not data:
            raise ConnectionResetError
        return data

    def say_goodbye(self) -> None:
        with suppress(OSError):
            self.socket.settimeout(_POLITE)
            self.send(b"QUIT\r\n")
            self.receive()
