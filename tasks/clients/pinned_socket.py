"""TLS over a socket by pyOpenSSL, with a server whose certificate is known already.

`ssl` writes a session down and reads it again, certificate and all, for each connection that goes
on with it: most of the work where every small file has a connection. pyOpenSSL only counts it.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_CHUNK = 32768
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
        super().__init__(sock.family, sock.type, sock.proto, fileno=sock.detach())
        self.settimeout(timeout)
        self.tls = tls
        self.key: bytes | None = None
        """What only the two ends of a session know."""
        self._certificate = certificate
        self._before = before
        self._unsent = b""
        self._is_dry = False
        """Whether more has to be received before there is something to decrypt."""
        self._has_ended = False

    def do_handshake(self) -> None:
        while self._is_dry or not self._agreed():
            self._fill()
            if self._has_ended:
                raise ConnectionResetError
        self.key = self.tls.master_key()
        if not (self._goes_on() or self._is_the_one()):
            raise ConnectionAbortedError("another certificate than before")

    def _agreed(self) -> bool:
        try:
            self.tls.do_handshake()
        except SSL.WantReadError:
            self._is_dry = True
        except SSL.Error as error:
            raise ConnectionAbortedError(str(error)) from error
        self._flush_new()
        return not self._is_dry

    def _goes_on(self) -> bool:
        """Whether this is the session of the connection before (RFC 5246, 8.1)."""
        return self._before is not None and self.key is not None and self.key == self._before.key

    def _is_the_one(self) -> bool:
        shown = self.tls.get_peer_certificate(as_cryptography=True)
        return shown is not None and shown.public_bytes(Encoding.DER) == self._certificate

    def recv(self, size: int, _flags: int = 0, /) -> bytes:
        """Give all that is here; nothing after the end, however it came, as `TlsStream` does."""
        found = b""
        while not found and not self._has_ended:
            if self._is_dry:
                self._fill()
            found = self._decrypted(size)
        return found

    def _fill(self) -> None:
        if data := super().recv(_CHUNK):
            self.tls.bio_write(data)
            self._is_dry = False
        else:
            self._has_ended = True

    def _decrypted(self, size: int) -> bytes:
        found = b""
        try:
            while len(found) < size and not self._has_ended:
                found += self.tls.recv(size - len(found))
        except SSL.WantReadError:
            self._is_dry = True
        except SSL.ZeroReturnError:
            self._has_ended = True
        except SSL.Error as error:
            raise ConnectionAbortedError(str(error)) from error
        return found

    def send(self, data: ReadableBuffer, _flags: int = 0, /) -> int:
        """Send some of the data, or all; tells how much. The end of it may still be on its way."""
        self._flush()
        try:
            count = self.tls.send(memoryview(data)[:_RECORD])
        except SSL.Error as error:
            raise ConnectionAbortedError(str(error)) from error
        with suppress(BlockingIOError):
            self._flush_new()
        return count

    def sendall(self, data: ReadableBuffer, _flags: int = 0, /) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self.send(rest) :]

    def notify_close(self) -> None:
        """Say that nothing more comes; the end of our half must follow, and travels with it."""
        self._flush()
        with suppress(SSL.Error):
            self.tls.shutdown()
        self._flush_new(socket.MSG_MORE)

    def _flush_new(self, flags: int = 0) -> None:
        with suppress(SSL.WantReadError):  # there is nothing
            self._unsent += self.tls.bio_read(_CHUNK)
        self._flush(flags)

    def _flush(self, flags: int = 0) -> None:
        while self._unsent:
            self._unsent = self._unsent[super().send(self._unsent, flags) :]

    def close(self) -> None:
        # OpenSSL goes on with no session of which a connection was left without a word.
        self.tls.set_shutdown(SSL.SENT_SHUTDOWN | SSL.RECEIVED_SHUTDOWN)
        super().close()
