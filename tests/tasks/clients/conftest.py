"""A server that says what a test wants, where a test wants it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import BinaryIO

import pytest


class Script:
    """Answers each line it gets with the next reply; `354` takes a whole mail.

    None hangs up, and so does a reply without an end once it is sent.
    """

    def __init__(self, replies: list[bytes | None]) -> None:
        self.heard: list[bytes] = []
        self._replies = replies
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(60)
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._talk)
        self._thread.start()

    def _talk(self) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            connection.settimeout(60)
            with connection, connection.makefile("rb") as lines:
                for reply in self._replies:
                    if reply is None:
                        return
                    connection.sendall(reply)
                    if reply and not reply.endswith(b"\n"):
                        return
                    self._hear(lines)
                    while reply.startswith(b"354") and self.heard[-1] != b".\r\n":
                        self._hear(lines)

    def _hear(self, lines: BinaryIO) -> None:
        line = lines.readline()
        if not line:
            raise ConnectionResetError
        self.heard.append(line)

    def finish(self) -> None:
        """Wait until the client has gone, or all is said."""
        self._thread.join()
        self._listener.close()


Play = Callable[..., Script]


@pytest.fixture
def play() -> Iterator[Play]:
    """Start such a server; it is given its replies."""
    scripts: list[Script] = []

    def playing(*replies: bytes | None) -> Script:
        scripts.append(Script(list(replies)))
        return scripts[-1]

    yield playing
    for script in scripts:
        script.finish()
