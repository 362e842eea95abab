"""The dialogues that move small files, as generators that never wait: a `Crowd` leads them.

Nothing is put into words here: whoever meets an error does it again with care, and is told then.
"""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from errno import EALREADY, EINPROGRESS, EISCONN
from typing import TYPE_CHECKING, Self, TypeVar

from .ftp import FtpClient
from .ftp_account import FtpAccount
from .ftp_crowd import Steps
from .ftp_known import Known
from .ftp_reply import Reply, passive_port
from .ftp_session import Command

if TYPE_CHECKING:
    from .ftp_tls import FtpTls

T = TypeVar("T")

_UNDER_WAY = (EINPROGRESS, EALREADY)


class Quick:
    """Moves small files over one session, over data connections that we open; never waits."""

    def __init__(self, ftp: FtpClient) -> None:
        self.ftp = ftp
        self._control = ftp.control
        self._family = self._control.socket.family
        self._spoken = self._control.socket, select.POLLIN
        self._passive = ftp.encoded([(ftp.passive_verbs()[0], "")])
        self._tls = ftp.sockets.tls if ftp.account.tls != "none" else None
        self._first: Reply | None = None
        """What the server has said to the command that moves a file."""
        self._is_ahead = False
        """Whether a data connection for the file that comes next has been asked for already."""

    def __enter__(self) -> Self:
        self._control.socket.setblocking(False)
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None or self._is_ahead:
            self.ftp.is_broken = True
        self._control.socket.settimeout(self.ftp.account.timeout)

    @staticmethod
    def fits(account: FtpAccount, known: Known) -> bool:
        return account.passive and known.takes_packets

    @property
    def usable(self) -> bool:
        """Whether the next command will be understood."""
        return not self.ftp.is_broken and self.ftp.due == self._is_ahead

    def exchange(self, commands: Sequence[Command]) -> Steps[list[Reply]]:
        if self._is_ahead:
            yield from self._asked_port()
        yield from self._told(self.ftp.encoded(commands))
        self.ftp.due += len(commands)
        replies: list[Reply] = []
        while missing := len(commands) - len(replies):
            if here := self._control.received_of(missing):
                replies += here
            else:
                replies.append((yield from self._reply()))
                if self._tls:  # each reply comes for itself
                    self._listen(missing - 1)
        self.ftp.due -= len(replies)
        return replies

    def _told(self, lines: bytes) -> Steps[None]:
        """Send lines that may be more than there is room for on the way."""
        rest = memoryview(lines)
        while rest:
            try:
                rest = rest[self._control.send_some(rest) :]
            except OSError as error:
                yield [(self._control.socket, self._awaited(error, select.POLLOUT))]

    def _say(self, lines: bytes, count: int = 1) -> None:
        self.ftp.due += count
        self._control.send(lines)

    def _reply(self) -> Steps[Reply]:
        while (reply := self._control.received()) is None:
            yield [self._spoken]  # first: hardly ever is it here before it is waited for
            self._listen()
        return reply

    def _listen(self, most: int = 1) -> None:
        """Take what is here of what the server says."""
        try:
            self._control.fill(most)
        except OSError as error:
            self._awaited(error, select.POLLIN)

    # Moving files ------------------------------------------------------------------------------

    def put(self, path: str, data: bytes, *, more: bool = False) -> Steps[None]:
        """Store a file; it is sent before the server has said that it may come.

        `more` tells that another file comes next, here as in `get`.
        """
        with (yield from self._open("STOR", path, more=more)) as sock:
            sent = 0
            while sent < len(data):
                sent += yield from self._done(sock, select.POLLOUT, sock.send, data[sent:])
            yield from self._end(sock)
            yield from self._final()

    def get(self, path: str, size: int, *, more: bool = False) -> Steps[bytes]:
        """Fetch a file that should be of this size; of a longer one, a little too much."""
        with (yield from self._open("RETR", path, more=more)) as sock:
            yield from self._wait(sock, select.POLLIN)  # nothing is here before
            found = block = yield from self._done(sock, select.POLLIN, sock.recv, size + 1)
            while block and len(found) <= size:
                block = yield from self._done(sock, select.POLLIN, sock.recv, size + 1)
                found += block
            yield from self._end(sock)
            if not self._tls:
                self._listen()  # by now all has been said, mostly
            yield from self._final()
        return found

    def _open(self, verb: str, path: str, *, more: bool) -> Steps[socket.socket]:
        has_come_off = self._is_ahead
        if not self._is_ahead:
            self._say(self._passive)
        reply = yield from self._asked_port()
        port = passive_port(reply)
        if port is None:
            raise ConnectionAbortedError(str(reply))
        sock = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            # vsftpd keeps a file locked for which nobody comes; TLS begins when both are there.
            may_follow = has_come_off and verb == "RETR" and not self._tls
            yield from self._connect(sock, port, may_follow=may_follow)
            self._first = None
            lines = self.ftp.encoded([(verb, path)])
            self._is_ahead = more and self.ftp.known.reads_in_order
            if self._is_ahead:
                lines += self._passive
            self._say(lines, 1 + self._is_ahead)
            return (yield from self._secured(sock, self._tls)) if self._tls else sock
        except BaseException:
            sock.close()
            raise

    def _asked_port(self) -> Steps[Reply]:
        reply = yield from self._reply()
        self.ftp.due -= 1
        self._is_ahead = False
        return reply

    def _connect(self, sock: socket.socket, port: int, *, may_follow: bool) -> Steps[None]:
        """Connect, or begin to if what is said next need not wait for it."""
        sock.setblocking(False)
        peer = self._control.peer
        address = (peer[0], port, *peer[2:])
        sock.connect_ex(address)  # on the way to this machine it is there before the next line
        if may_follow:
            return
        while (code := sock.connect_ex(address)) in _UNDER_WAY:
            yield [(sock, select.POLLOUT)]
        if code not in (0, EISCONN):
            raise OSError(code, os.strerror(code))

    def _secured(self, sock: socket.socket, tls: FtpTls) -> Steps[socket.socket]:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        secure = tls.wrap(sock, self._control.socket)
        try:
            yield from self._done(secure, select.POLLIN, secure.do_handshake)
        except BaseException:
            secure.close()
            raise
        return secure

    def _done(
        self, sock: socket.socket, event: int, act: Callable[..., T], *given: object
    ) -> Steps[T]:
        """Do something with a data connection, which waits for this event if it cannot be done."""
        while True:
            try:
                return act(*given)
            except OSError as error:
                yield from self._wait(sock, self._awaited(error, event))

    def _awaited(self, error: OSError, event: int) -> int:
        """Tell what to wait for, this event or what TLS asks for; else raises the error."""
        if isinstance(error, BlockingIOError):
            return event
        awaited = self._tls and self._tls.awaited(error)
        if not awaited:
            raise error
        return awaited

    def _wait(self, sock: socket.socket, event: int) -> Steps[bool]:
        """Wait for a data connection, or the first reply: a refusal need not be seen there.

        Tells whether it was the data connection.
        """
        if self._first:
            yield [(sock, event)]
            return True
        if (yield [(sock, event), self._spoken]) is sock:
            return True
        self._listen()
        self._first = self._control.received()
        if self._first and not (self._first.goes_on or self._first.done):
            yield from self._final()
        return False

    def _end(self, sock: socket.socket) -> Steps[None]:
        """Tell the server that nothing more comes; what it says to that is not waited for."""
        if not self._tls:
            sock.close()
            return
        while not self._tls.has_ended(sock):
            yield [(sock, select.POLLOUT)]
        # Not closed yet: what comes of TLS until the last reply would turn the end into a reset.
        with suppress(OSError):
            sock.shutdown(socket.SHUT_WR)

    def _final(self) -> Steps[None]:
        """Wait for the reply that ends a transfer, and that must be good."""
        reply = self._first or (yield from self._reply())
        while reply.goes_on:
            reply = yield from self._reply()
        self.ftp.due -= 1
        if not reply.done:
            raise ConnectionAbortedError(str(reply))
