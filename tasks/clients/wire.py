"""Lines to and from a mail server, over a socket that may turn to TLS; every wait is bounded."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .lines import one_line
from .mail_account import MailAccount
from .mail_words import MailError, broken
from .tls import client_context

_CHUNK = 262_144
_LONGEST_LINE = 65_536
_POLITE = 2.0


class Wire:
    """Open it first, close it last; `abort` may be called from any thread and ends all waiting."""

    def __init__(self, account: MailAccount) -> None:
        self.account = account
        self.doing = "connect"
        """What an error says that could not be done."""
        self.is_secure = False
        self.is_broken = False
        self._socket: socket.socket | None = None
        self._buffer = bytearray()
        self._aborted = False

    def open(self) -> None:
        """Connect; with TLS first, if it is implicit."""
        with self._told():
            self._connect()
        if self.account.tls == "implicit":
            self.secure()

    def _connect(self) -> None:
        failure: OSError = ConnectionRefusedError()
        host = one_line("host", self.account.host)
        found = socket.getaddrinfo(host, self.account.port, type=socket.SOCK_STREAM)
        for family, kind, protocol, _, address in found:
            self._socket = socket.socket(family, kind, protocol)
            self._socket.settimeout(self.account.timeout)
            try:
                if not self._aborted:
                    self._socket.connect(address)
                    self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    return
            except OSError as error:
                failure = error
            self._socket.close()
        raise failure

    def secure(self) -> None:
        """Go on over TLS; what came unencrypted after the last reply is not to be believed."""
        if self._buffer:
            raise MailError(
                self.account,
                f"cannot start TLS ({self.account}): the server, or somebody on the way, sent more"
                " than the reply before TLS was on; do not use this connection",
            )
        context = client_context(
            verify=self.account.verify,
            ca_file=self.account.ca_file,
            client_cert=self.account.client_cert,
            client_key=self.account.client_key,
        )
        with self._told():
            self._socket = context.wrap_socket(self._open, server_hostname=self.account.host)
            self.is_secure = True

    @property
    def _open(self) -> socket.socket:
        if self._socket is None:
            raise ConnectionResetError
        return self._socket

    @property
    def local_address(self) -> str:
        return str(self._open.getsockname()[0])

    def send(self, data: bytes) -> None:
        with self._told():
            self._open.sendall(data)

    def line(self) -> bytes:
        """One line, without its end."""
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > _LONGEST_LINE:
                raise self._nonsense("a line without end")
            self._fill()
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        return line

    def text(self, limit: int) -> bytes:
        """All lines up to a lone dot, their doubled dots made single; at most `limit` bytes."""
        self._buffer[:0] = b"\r\n"
        searched = 0
        while (end := self._buffer.find(b"\r\n.\r\n", searched)) < 0:
            if len(self._buffer) > limit:
                raise self._nonsense(f"more than {limit:,} bytes")
            searched = max(0, len(self._buffer) - 4)
            self._fill()
        text = bytes(self._buffer[: end + 2])
        del self._buffer[: end + 5]
        return (text.replace(b"\r\n..", b"\r\n.") if b"\r\n.." in text else text)[2:]

    def _fill(self) -> None:
        with self._told():
            data = self._open.recv(_CHUNK)
            if not data:
                raise ConnectionResetError
        self._buffer += data

    def _nonsense(self, what: str) -> MailError:
        self.is_broken = True
        return MailError(
            self.account, f"cannot {self.doing} ({self.account}): the server sent {what}"
        )

    def quiet(self) -> bool:
        """Tell whether the server has said nothing unasked: a goodbye, or the end."""
        if self.is_broken or self._buffer:
            return False
        return not select.select([self._open], [], [], 0)[0]

    def close(self, goodbye: bytes = b"") -> None:
        """Say goodbye if there is somebody to say it to, and close."""
        if self._socket is None:
            return
        if goodbye and not self.is_broken:
            with suppress(OSError, MailError):
                self._socket.settimeout(_POLITE)
                self.send(goodbye)
                self.line()
        self._socket.close()

    def abort(self) -> None:
        """Let everything that waits for the server fail at once."""
        self._aborted = True
        if self._socket is not None:
            with suppress(OSError):
                # Not SSLSocket's own: it pulls the TLS object away from the thread that reads.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.is_broken = True
            raise broken(self.account, self.doing, error) from error
        except UnicodeError as error:  # of a host's name
            self.is_broken = True
            raise broken(self.account, self.doing, socket.gaierror()) from error
