"""Data connections of a session, each made for one command.

Rules that are easily broken:

* The address in a PASV reply is not used: data connections go where the control connection goes.
* 226 proves nothing; whoever uses a data connection compares sizes.
* A data connection over TLS is ended by a close_notify, then by the end of our half, and closed
  only when the server has closed its own. Closed at once, unread session tickets turn the end into
  a reset, and the server may lose what it has not read yet.
* Servers like vsftpd take a data connection only if it goes on with the TLS session of the control
  connection.
* Some servers never send the 150 that they owe, so it is not waited for forever.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

from ...runner.dataclasses import dataclass
from ...runner.task import TaskError
from .ftp_reply import NotOffered, Reply, passive_port
from .ftp_session import Command, FtpSession, Talking
from .ftp_words import FtpError, broken

_NO_PASSIVE = "the server offers no passive data connection; set `passive: false`"
_PATIENCE = 5.0
"""How many seconds a server may take for its 150 before the transfer begins without it."""


class Stream(Protocol):
    """What a socket can do, with TLS or without."""

    def recv(self, size: int, /) -> bytes: ...
    def recv_into(self, buffer: memoryview, /) -> int: ...
    def send(self, data: memoryview, /) -> int: ...


@dataclass(frozen=True, eq=False, repr=False)
class Data:
    """An open data connection."""

    socket: Stream
    is_under_way: bool
    """Whether the server has said its 150; what it says next is the end of the transfer."""


class FtpDataSession(FtpSession):
    @contextmanager
    def data(
        self,
        verb: str,
        argument: str,
        *,
        offset: int = 0,
        ahead: Sequence[Command] = (),
    ) -> Iterator[Data]:
        """Open a data connection for a command; at its end the server must say that all is well.

        `ahead` are commands that must go well before. With an `offset` the transfer starts there
        (RFC 3659, 5); the FtpError of a server that cannot do so names REST. When the connection
        breaks, what the server says about it is the error.
        """
        command = verb, argument
        opened = self._opened(command, ahead)
        sock = opened
        failure: OSError | None = None
        try:
            if offset:
                self.command("REST", str(offset), ok=(3,))
            # Once we are connected: if we die before, vsftpd keeps the file locked for a minute.
            self.say(*command)
            begun = self._begun(command, opened)
            try:
                sock = self._connected(opened)
                stream = self._stream(sock)
                yield Data(stream, begun is not None)
                self._end(sock, stream)
            except OSError as error:
                failure = error
            except TaskError:
                self._give_up(command, begun, sock)
                raise
        finally:
            self.sockets.drop(opened)
            self.sockets.drop(sock)
        self._confirm(command, begun, failure)

    # Opening -----------------------------------------------------------------------------------

    def _opened(self, doing: Command, ahead: Sequence[Command]) -> socket.socket:
        """Give a connection that is open, or waits for the server to open it."""
        if self.account.passive:
            return self._dialled(doing, ahead)
        listener = self.sockets.listen(beside=self.control.socket)
        opening = _port_command(listener)
        try:
            self._told([*ahead, opening], doing, needed=True)
        except BaseException:
            self.sockets.drop(listener)
            raise
        return listener

    def _dialled(self, doing: Command, ahead: Sequence[Command]) -> socket.socket:
        for verb in self.passive_verbs():
            port = passive_port(self._told([*ahead, (verb, "")], doing))
            if port:
                return self._dial(verb, port, doing)
        raise broken(self.account, *doing, NotOffered(_NO_PASSIVE))

    def _told(self, commands: Sequence[Command], doing: Command, *, needed: bool = False) -> Reply:
        """Send commands of which all but the last must go well, and that too if it is `needed`."""
        replies = self.exchange(commands, doing)
        for command, reply in zip(commands, replies if needed else replies[:-1], strict=False):
            if not reply.done:
                raise self._refusal(*command, reply)
        return replies[-1]

    def passive_verbs(self) -> Sequence[str]:
        """Name the commands to try, the one that worked the last time first."""
        if self.control.socket.family != socket.AF_INET:
            return ("EPSV",)
        return ("EPSV", "PASV") if self.known.passive_verb == "EPSV" else ("PASV", "EPSV")

    def _dial(self, verb: str, port: int, doing: Command) -> socket.socket:
        family, peer = self.control.socket.family, self.control.peer
        with Talking(self, *doing):
            try:
                sock = self.sockets.dial(family, (peer[0], port, *peer[2:]))
            except OSError:
                # The port of a server behind a firewall may be dead for one of the two alone.
                self.known.passive_verb = "PASV" if verb == "EPSV" else "EPSV"
                raise
        self.known.passive_verb = verb
        return sock

    def _connected(self, opened: socket.socket) -> socket.socket:
        passive = self.account.passive
        return opened if passive else self.sockets.accept(opened, self.control.peer[0])

    def _stream(self, sock: socket.socket) -> Stream:
        secure = self.account.tls != "none"
        return self.sockets.tls.stream(sock, self.control.socket) if secure else sock

    def _end(self, sock: socket.socket, stream: Stream) -> None:
        if stream is not sock:
            self.sockets.tls.end(sock, stream, self.account.timeout)

    # The replies -------------------------------------------------------------------------------

    def _begun(self, command: Command, opened: socket.socket) -> Reply | None:
        """Wait for the server's 150; None if it keeps silent, or sends data at once."""
        patience = min(_PATIENCE, self.account.timeout / 2)
        # In active mode the server may connect before it knows what for.
        beside = [opened] if self.account.passive else []
        if not self.control.wait(patience, beside):
            return None
        reply = self.reply_to(command)
        if not (reply.goes_on or reply.done):
            raise self._refusal(*command, reply)
        self.due += reply.goes_on
        return reply

    def _confirm(self, command: Command, begun: Reply | None, failure: OSError | None) -> None:
        if failure and _is_silent(failure) and not self.control.has_unread:
            self.is_broken = True
            raise broken(self.account, *command, failure) from failure
        reply = self._final(command, begun)
        if not reply.done:
            raise self._refusal(*command, reply) from failure
        if failure:
            self.is_broken = True
            raise broken(self.account, *command, failure) from failure

    def _final(self, command: Command, begun: Reply | None) -> Reply:
        """Give the reply that ends the transfer."""
        reply = begun or self.reply_to(command)
        while reply.goes_on:
            reply = self.reply_to(command)
        self.due = 0
        return reply

    def _give_up(self, command: Command, begun: Reply | None, sock: socket.socket) -> None:
        """End a transfer that our side cannot go on with, so that the session can be used."""
        self.sockets.drop(sock)
        with suppress(FtpError):
            self._final(command, begun)


def _is_silent(failure: OSError) -> bool:
    """Whether the server may go on as if nothing had happened."""
    from . import tls

    return isinstance(failure, TimeoutError) or tls.is_fault(failure)


def _port_command(listener: socket.socket) -> Command:
    host, port = listener.getsockname()[:2]
    if listener.family != socket.AF_INET:
        return "EPRT", f"|2|{host}|{port}|"
    high, low = divmod(port, 256)
    return "PORT", f"{host.replace('.', ',')},{high},{low}"
