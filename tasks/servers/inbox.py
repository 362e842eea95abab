"""Lets other threads have something done by the loop of an FTP server."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class Inbox:
    """A socket in pyftpdlib's loop: what is posted from whatever thread is called there."""

    def __init__(self, loop: Any) -> None:
        self._calls: deque[Callable[[], None]] = deque()
        self._reader, self._writer = socket.socketpair()
        self._fileno = self._reader.fileno()  # the loop asks for it
        loop.register(self._fileno, self, loop.READ)

    def post(self, call: Callable[[], None]) -> None:
        self._calls.append(call)
        with suppress(OSError):  # the loop has ended
            self._writer.send(b"\0")

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def handle_read_event(self) -> None:
        self._reader.recv(1)
        self._calls.popleft()()

    def close(self) -> None:
        self._reader.close()
        self._writer.close()
