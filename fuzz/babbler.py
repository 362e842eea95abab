"""A server that says the same to whoever comes, whatever is asked, and hangs up.

Clients do not listen to what they have not asked for. So at a record separator of ASCII it pauses
until it is asked something, or for a moment.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from functools import cache
from threading import Thread

PATIENCE = 5
"""Seconds that a client waits for it."""

_PAUSE = b"\x1e"
_MOST = 16
_MOMENT = 0.01


class Babbler:
    """Listens on loopback as long as the process lives."""

    def __init__(self) -> None:
        self.words = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            with self._listener.accept()[0] as visitor, suppress(OSError):
                first, *others = self.words.split(_PAUSE, _MOST)
                visitor.sendall(first)
                for words in others:
                    _hear(visitor)
                    visitor.sendall(words)
                visitor.shutdown(socket.SHUT_WR)
                while visitor.recv(65_536):
                    pass


def _hear(visitor: socket.socket) -> None:
    visitor.settimeout(_MOMENT)
    with suppress(TimeoutError):
        visitor.recv(65_536)
    visitor.settimeout(None)


def babbler(words: bytes) -> Babbler:
    server = _babbler()
    server.words = words
    return server


@cache
def _babbler() -> Babbler:
    return Babbler()
