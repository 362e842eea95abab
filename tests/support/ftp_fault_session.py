"""A dialogue with one client of a scripted FTP server.

Commands are obeyed one after the other, however many come in one packet. Each passes the points
where a fault may lie in wait: before anything is done, after so many bytes of data, and when all
is done but nothing is told yet.
"""

from __future__ import annotations

import posixpath
import socket
import ssl
import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from ftp_fault_tree import Refused, Tree

if TYPE_CHECKING:
    from ftp_fault_transfers import Offer
    from ftp_faults import Fault, FaultServer, Options

BEFORE = -1
END = 1 << 60

Command: TypeAlias = "Callable[[Session, str], str]"

_BLOCK = 65536
_POLITE = 1.0
_BEFORE_LOGIN = ("USER", "PASS", "AUTH", "PBSZ", "PROT", "FEAT", "OPTS", "QUIT")
_KEEPS_RENAME = ("RNFR", "RNTO")


class Gone(Exception):
    """The session is over."""


class Session:
    def __init__(self, server: FaultServer, sock: socket.socket, number: int) -> None:
        self.number = number
        self.server = server
        self.options: Options = server.options
        self.tree: Tree = server.tree
        self.sock = sock
        self.user = ""
        self.logged_in = False
        self.folder = "/"
        self.renaming = ""
        self.offset = 0
        self.algorithm = "SHA-256"
        self.protected = False
        self.offer: Offer | None = None
        self.channel: socket.socket | None = None
        self._faults: Sequence[Fault] = ()
        self._unread = b""
        self._forget_faults()

    def _forget_faults(self, faults: Sequence[Fault] = ()) -> None:
        self._faults = faults
        self.passes: Callable[[bytes], bytes] = bytes
        """What becomes of a block of data on its way."""
        self.marks = True
        """Whether a 150 tells that a transfer begins."""

    # The dialogue ------------------------------------------------------------------------------

    def run(self, commands: Mapping[str, Command]) -> None:
        with suppress(Gone, OSError):
            self._greet()
            while True:
                self._obey(self._line(), commands)
        if self.offer:
            self.offer.close()
        self.sock.close()

    def _greet(self) -> None:
        if self.options.implicit:
            self.secure()
        try:
            self._forget_faults(self.server.take("CONNECT", ""))
            self.reach(BEFORE)
            if self.options.refuses_at_greeting:
                self.server.admit(self)
            self.say(self.options.greeting)
        except Refused as refusal:
            self.say(str(refusal))

    def _obey(self, line: str, commands: Mapping[str, Command]) -> None:
        verb, _, argument = line.partition(" ")
        verb = verb.upper()
        self.server.note(self, verb, argument)
        self._forget_faults(self.server.take(verb, argument))
        try:
            self.reach(BEFORE)
            reply = self._command(verb, commands)(self, argument)
            self.reach(END)
        except Refused as refusal:
            reply = str(refusal)
        if verb not in _KEEPS_RENAME:
            self.renaming = ""
        self.say(reply)

    def _command(self, verb: str, commands: Mapping[str, Command]) -> Command:
        if verb not in commands or verb in self.options.without:
            raise Refused(f"500 {verb} is not known here")
        if not self.logged_in and verb not in _BEFORE_LOGIN:
            raise Refused("530 Log in first")
        return commands[verb]

    def _line(self) -> str:
        while b"\r\n" not in self._unread:
            received = self.sock.recv(_BLOCK)
            if not received:
                raise Gone
            self._unread += received
        line, _, rest = self._unread.partition(b"\r\n")
        self._unread = rest if self.options.takes_packets else b""
        return line.decode(self.options.encoding, "surrogateescape")

    def say(self, reply: str) -> None:
        if not reply:
            return
        self.sock.sendall(f"{reply}\r\n".encode(self.options.encoding, "surrogateescape"))
        if reply.startswith(("421", "221")):
            self.leave()

    def leave(self) -> None:
        """Close the control connection so that all that was said arrives."""
        self.sock = end(self.sock, tell=self.options.close_notify)
        # Closed at once, commands that nobody read would turn the end into a reset.
        self.wait_until_left()

    def wait_until_left(self) -> None:
        """Say nothing more until the client is gone."""
        with suppress(OSError):
            while self.sock.recv(_BLOCK):
                pass
        raise Gone

    def abort(self) -> None:
        """End whatever the session waits for; may be called from another thread."""
        for sock in (self.sock, self.channel, self.offer and self.offer.listener):
            if sock:
                with suppress(OSError):
                    # That of TLS takes the connection's keys away from the thread that uses them.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

    # What commands need ------------------------------------------------------------------------

    def absolute(self, path: str) -> str:
        path = posixpath.normpath(posixpath.join(self.folder, path))
        return self.tree.spelled("/" + path.lstrip("/"))

    @property
    def encrypted(self) -> bool:
        return isinstance(self.sock, ssl.SSLSocket)

    def secure(self) -> None:
        # What came before TLS is not to be trusted.
        self._unread = b""
        self.sock = self.wrap(self.sock)

    def wrap(self, sock: socket.socket) -> ssl.SSLSocket:
        """Speak TLS; an end of the connection that TLS did not announce is an error."""
        context = self.server.tls
        return context.wrap_socket(sock, server_side=True, suppress_ragged_eofs=False)

    # Faults ------------------------------------------------------------------------------------

    def reach(self, point: int) -> None:
        """Let happen what was to happen at this point of the command."""
        for fault in self._faults:
            if fault.at == point:
                fault.do(self)

    def room(self, done: int) -> int:
        """Tell how many bytes there are to the next fault."""
        return min([fault.at - done for fault in self._faults if fault.at > done] + [_BLOCK])


def reset(sock: socket.socket | None) -> None:
    """Close a connection, if there is one, as if the network had failed."""
    if sock:
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()


def end(sock: socket.socket, *, tell: bool) -> socket.socket:
    """End our half of a connection; with `tell`, TLS says that this is the end."""
    with suppress(OSError):
        sock.settimeout(_POLITE)
        if tell and isinstance(sock, ssl.SSLSocket):
            sock = sock.unwrap()
    with suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
    return sock
