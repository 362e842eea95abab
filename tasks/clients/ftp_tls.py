"""TLS on the connections of a session on an FTP server; loaded where a server speaks it."""

from __future__ import annotations

import select
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

from .ftp_account import FtpAccount
from .ftp_known import Known, WantsNewerTls
from .tls import client_context
from .tls_stream import TlsStream

if TYPE_CHECKING:
    from .pinned_socket import PinnedSocket

_LINGER = 5.0
"""How many seconds the server has to close a data connection that is done."""
_CHEAPEST = ssl.TLSVersion.TLSv1_2
"""Every file has a connection of its own, and to go on with a session costs twice as much in 1.3.

It is no less safe: what is spoken on the control connection is the same, verified certificate.
"""
_WANTS_NEWER = ("TLSV1_ALERT_PROTOCOL_VERSION", "SSLV3_ALERT_HANDSHAKE_FAILURE")


class FtpTls:
    def __init__(self, account: FtpAccount, known: Known) -> None:
        known.tls_context = known.tls_context or _context(account)
        self._known = known
        self._context = known.tls_context
        self._host = account.host
        self._shows_none = account.client_cert is None
        self._session: ssl.SSLSession | None = None

    def handshake(self, control: ssl.SSLSocket | PinnedSocket) -> None:
        """Begin to speak TLS on a control connection."""
        try:
            control.do_handshake()
        except ssl.SSLError as error:
            if error.reason in _WANTS_NEWER and self._context.maximum_version is _CHEAPEST:
                self._context.maximum_version = ssl.TLSVersion.MAXIMUM_SUPPORTED
                raise WantsNewerTls from error
            raise
        self._remember(control)

    def _remember(self, control: socket.socket) -> None:
        """Keep what `PinnedTls` goes by."""
        if not isinstance(control, ssl.SSLSocket) or not self._shows_none:
            return
        if control.version() == "TLSv1.2":
            self._known.certificate = control.getpeercert(binary_form=True)

    def wrap(
        self, sock: socket.socket, control: socket.socket | None
    ) -> ssl.SSLSocket | PinnedSocket:
        """Make a socket for TLS; a data connection continues the session of the control one."""
        sock.getpeername()  # fails if the server has gone: wrap_socket would leave an open socket
        return self._context.wrap_socket(
            sock,
            server_hostname=self._host,
            do_handshake_on_connect=False,
            session=self._session_of(control),
        )

    def stream(self, sock: socket.socket, control: socket.socket) -> TlsStream:
        """Speak TLS on a data connection that may move much."""
        stream = TlsStream(sock, self._context, self._host, self._session_of(control))
        stream.do_handshake()
        return stream

    @staticmethod
    def awaited(error: OSError) -> int | None:
        """Tell what a socket must be ready for, POLLIN or POLLOUT; None if that is no matter."""
        if isinstance(error, ssl.SSLWantReadError):
            return select.POLLIN
        return select.POLLOUT if isinstance(error, ssl.SSLWantWriteError) else None

    @staticmethod
    def has_ended(sock: socket.socket) -> bool:
        """Tell the server that nothing more comes; false if that cannot be said yet."""
        try:
            if isinstance(sock, ssl.SSLSocket):
                sock.unwrap()
        except ssl.SSLWantWriteError:
            return False
        except (OSError, ValueError):
            pass
        return True

    @staticmethod
    def end(sock: socket.socket, stream: object, timeout: float) -> None:
        """Tell the server that all has been sent, and let it take that in before all closes."""
        if not isinstance(stream, TlsStream):
            return
        with suppress(OSError):
            stream.notify_close()
            sock.shutdown(socket.SHUT_WR)
            sock.settimeout(min(_LINGER, timeout))
            while sock.recv(4096):
                pass

    def _session_of(self, control: socket.socket | None) -> ssl.SSLSession | None:
        """Give the session that data connections go on with; to look it up costs a handshake."""
        if self._session is None and isinstance(control, ssl.SSLSocket):
            self._session = control.session
            if control.version() == "TLSv1.3":
                # All must have it (RFC 8446, 9.1). Offered another, some servers ask once more.
                self._context.set_ecdh_curve("prime256v1")
        return self._session


def _context(account: FtpAccount) -> ssl.SSLContext:
    context = client_context(
        verify=account.verify,
        ca_file=account.ca_file,
        client_cert=account.client_cert,
        client_key=account.client_key,
        minimum=account.tls_min,
    )
    if context.minimum_version is _CHEAPEST:
        context.maximum_version = _CHEAPEST
    return context
