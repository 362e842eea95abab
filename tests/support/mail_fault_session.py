"""A scripted mail server's end of a dialogue: lines in, replies out, faults between them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NoReturn

from ftp_fault_session import end, reset
from mail_fault_logins import Login, LoginReplies
from mail_faults import FaultServer, Work

_BLOCK = 65536


class Gone(Exception):
    """The session is over."""


class Session:
    """Commands are obeyed one after the other, however many come in one packet."""

    greeting = ""

    def __init__(self, server: FaultServer, sock: socket.socket, number: int) -> None:
        self.number = number
        self.server = server
        self.sock = sock
        self.secured = False
        self.logged_in = False
        self.unread = b""
        self.then: Callable[[], None] = _nothing
        """What is done as soon as the reply is sent."""

    # The dialogue ------------------------------------------------------------------------------

    def run(self) -> None:
        with suppress(Gone, OSError):
            if self.server.options.implicit:
                self.secure()
            self.meet("CONNECT", "", partial(self.worded, self.greeting))
            while True:
                self.obey(self.line())
        self.sock.close()

    def obey(self, line: str) -> None:
        raise NotImplementedError

    def meet(self, verb: str, argument: str, work: Work) -> None:
        """Do a command's work and send its reply, or what faults make of them."""
        for action in self.server.take(self.number, verb, argument):
            work = partial(action, self, work)
        self.send(work())
        then, self.then = self.then, _nothing
        then()

    def worded(self, text: str) -> bytes:
        """Make a reply of words."""
        return f"{text}\r\n".encode("utf-8", "surrogateescape")

    def offered(self, *names: str) -> list[str]:
        """Give those of these names that the server is to offer, and what it offers besides."""
        options = self.server.options
        kept = [name for name in names if name.split(" ")[0] not in options.without]
        return [*kept, *options.offers]

    def offers_tls(self) -> bool:
        return self.server.options.certificate is not None and not self.secured

    # The connection ----------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def line(self) -> str:
        while b"\n" not in self.unread:
            self.read_on()
        line, _, self.unread = self.unread.partition(b"\n")
        return line.removesuffix(b"\r").decode("utf-8", "surrogateescape")

    def octets(self, count: int) -> bytes:
        while len(self.unread) < count:
            self.read_on()
        data, self.unread = self.unread[:count], self.unread[count:]
        return data

    def read_on(self) -> None:
        received = self.sock.recv(_BLOCK)
        if not received:
            raise Gone
        self.unread += received

    def secure(self) -> None:
        # What came before TLS is not to be trusted.
        self.unread = b""
        self.sock = self.server.tls().wrap_socket(self.sock, server_side=True)
        self.secured = True

    def cut(self) -> NoReturn:
        """Break the connection off as if the network had failed."""
        reset(self.sock)
        raise Gone

    def leave(self) -> NoReturn:
        """Close the connection so that all that was said arrives."""
        self.sock = end(self.sock, tell=True)
        self.wait_until_left()

    def wait_until_left(self) -> NoReturn:
        """Say nothing more until the client is gone."""
        with suppress(OSError):
            while self.sock.recv(_BLOCK):
                pass
        raise Gone

    def abort(self) -> None:
        """End whatever the session waits for; may be called from another thread."""
        with suppress(OSError):
            # That of TLS takes the connection's keys away from the thread that uses them.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    # Logins ------------------------------------------------------------------------------------

    def begin_login(self, argument: str, replies: LoginReplies) -> bytes:
        """Take the argument of AUTH: a mechanism, and perhaps the first answer."""
        name, _, initial = argument.partition(" ")
        if name.upper() not in self.server.options.mechanisms:
            return replies.worded(replies.refused)
        login = Login(name.upper(), self.server.options)
        if initial:
            login.answer(initial)
        return self._go_on(login, replies)

    def _go_on(self, login: Login, replies: LoginReplies) -> bytes:
        if login.passed is None:
            self.then = partial(self._take_answer, login, replies)
            return replies.worded(f"{replies.challenge} {login.challenge}")
        self.logged_in = login.passed
        return replies.worded(replies.accepted if login.passed else replies.refused)

    def _take_answer(self, login: Login, replies: LoginReplies) -> None:
        login.answer(self.line())
        self.meet("=", "", partial(self._go_on, login, replies))


def _nothing() -> None:
    pass
