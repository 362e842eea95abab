"""A server that says the same to whoever comes, whatever is asked, and hangs up."""

from __future__ import annotations

import socket
from contextlib import suppress
from functools import cache
from threading import Thread

PATIENCE = 5
"""Seconds that a client waits for it."""


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
                visitor.sendall(self.words)
                visitor.shutdown(socket.SHUT_WR)
                while visitor.recv(65_536):
                    pass


def babbler(words: bytes) -> Babbler:
    server = _babbler()
    server.words = words
    return server


@cache
def _babbler() -> Babbler:
    return Babbler()
