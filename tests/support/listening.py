"""What the scripted servers of all protocols share: a listener, and a thread for each session."""

from __future__ import annotations

import itertools
import socket
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Generic, NamedTuple, Protocol, Self, TypeVar


class Heard(NamedTuple):
    session: int
    verb: str
    argument: str


class Abortable(Protocol):
    def abort(self) -> None: ...


S = TypeVar("S", bound=Abortable)


class Listening(ABC, Generic[S]):
    """A server of one protocol, and what it has heard."""

    def __init__(self) -> None:
        self.commands: list[Heard] = []
        self._lock = threading.Lock()
        self._sessions: dict[S, threading.Thread] = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)

    @abstractmethod
    def _session(self, sock: socket.socket, number: int) -> S:
        """Make our end of a dialogue."""

    @abstractmethod
    def _talk(self, session: S) -> None:
        """Hold the dialogue, to its end."""

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        for session in list(self._sessions):
            session.abort()
        self.wait()

    def wait(self) -> None:
        """Wait until the sessions that there are have ended."""
        for thread in list(self._sessions.values()):
            thread.join()

    def heard(self, verb: str) -> list[str]:
        """Give what a verb was said with, time after time."""
        return [command.argument for command in self.commands if command.verb == verb]

    def _accept(self) -> None:
        with suppress(OSError):
            for number in itertools.count(1):
                sock, _ = self._listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                session = self._session(sock, number)
                thread = threading.Thread(target=self._serve, args=[session], daemon=True)
                self._sessions[session] = thread
                thread.start()

    def _serve(self, session: S) -> None:
        try:
            self._talk(session)
        finally:
            del self._sessions[session]
