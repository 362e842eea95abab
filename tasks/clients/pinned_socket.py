"""TLS over a socket by pyOpenSSL, with a server whose certificate is known already.

`ssl` writes a session down and reads it again, certificate and all, for each connection that goes
on with it: most of the work where every small file has a connection. pyOpenSSL only counts it.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

T = TypeVar("T")

_RECORD = 16384


class PinnedSocket(socket.socket):
    """Waits as long as its timeout says; raises BlockingIOError where that is not at all."""

    def __init__(
        self,
        sock: socket.socket,
        tls: SSL.Connection,
        certificate: bytes,
        before: PinnedSocket | None,
    ) -> None:
        timeout = sock.gettimeout()
        # To ask a socket of what kind it is makes an enum each time.
        self.kind: tuple[int, int, int] = (
            before.kind if before else (sock.family, sock.type, sock.proto)
        )
        super().__init__(*self.kind, fileno=sock.detach())
        self.settimeout(timeout)
        self.tls = tls
        self.key: bytes | None = None
        """What only the two ends of a session know."""
        self._certificate = certificate
        self._before = before

    def do_handshake(self) -> None:
        try:
            self._done(self.tls.do_handshake)
        except EOFError as error:
            raise ConnectionResetError from error
        self.key = self.tls.master_key()
        if not (self._goes_on() or self._is_the_one()):
            raise ConnectionAbortedError("another certificate than before")

    def _goes_on(self) -> bool:
        """Whether this is the session of the connection before (RFC 5246, 8.1)."""
        return self._before is not None and self.key is not None and self.key == self._before.key

    def _is_the_one(self) -> bool:
        shown = self.tls.get_peer_certificate(as_cryptography=True)
        return shown is not None and shown.public_bytes(Encoding.DER) == self._certificate

    def recv(self, size: int, _flags: int = 0, /) -> bytes:
        """Give what is here; nothing after the end, however it came, as `TlsStream` does."""
        try:
            return self._done(self.tls.recv, size)
        except EOFError:
            return b""

    def send(self, data: ReadableBuffer, _flags: int = 0, /) -> int:
        """Send some of the data, or all; tells how much."""
        return self._done(self.tls.send, memoryview(data)[:_RECORD])

    def sendall(self, data: ReadableBuffer, _flags: int = 0, /) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self.send(rest) :]

    def notify_close(self) -> None:
        """Say that nothing more comes."""
        self._done(self.tls.shutdown)

    def _done(self, act: Callable[..., T], *given: object) -> T:
        """Do something, as soon as that can be done. Raises OSError, or EOFError at the end."""
        while True:
            try:
                return act(*given)
            except SSL.WantReadError:
                self._wait(select.POLLIN)
            except SSL.WantWriteError:
                self._wait(select.POLLOUT)
            except SSL.ZeroReturnError as error:
                raise EOFError from error
            except SSL.SysCallError as error:
                number = error.args[0]
                raise (OSError(*error.args) if number > 0 else EOFError) from error
            except SSL.Error as error:
                raise ConnectionAbortedError(str(error)) from error

    def _wait(self, event: int) -> None:
        seconds = self.gettimeout()
        if seconds == 0:
            raise BlockingIOError
        poller = select.poll()
        poller.register(self, event)
        if not poller.poll(None if seconds is None else seconds * 1000):
            raise TimeoutError

    def close(self) -> None:
        # OpenSSL goes on with no session of which a connection was left without a word.
        self.tls.set_shutdown(SSL.SENT_SHUTDOWN | SSL.RECEIVED_SHUTDOWN)
        super().close()
