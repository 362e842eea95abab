"""The sockets of a session on an FTP server: opened, secured, ended; all at once if need be."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress

from .ftp_account import FtpAccount
from .ftp_known import Known
from .tls import client_context
from .tls_stream import TlsStream

_LINGER = 5.0
"""How many seconds the server has to close a data connection that is done."""
_KEEP_ALIVE = 60
_CHEAPEST = ssl.TLSVersion.TLSv1_2
"""Every file has a connection of its own, and to go on with a session costs twice as much in 1.3.

It is no less safe: what is spoken on the control connection is the same, verified certificate.
"""
_WANTS_NEWER = ("TLSV1_ALERT_PROTOCOL_VERSION", "SSLV3_ALERT_HANDSHAKE_FAILURE")


class WantsNewerTls(Exception):
    """The server does not speak TLS 1.2 any more; from now on it is offered what we have."""


class Sockets:
    """`abort` may be called from anywhere, and ends all waiting."""

    def __init__(self, account: FtpAccount, known: Known) -> None:
        self._account = account
        self._open: set[socket.socket] = set()
        self._aborted = False
        self._session: ssl.SSLSession | None = None
        if account.tls != "none":
            known.tls_context = known.tls_context or _context(account)
            self._context = known.tls_context

    def dial_host(self) -> socket.socket:
        """Connect to the first of the host's addresses that answers."""
        host, port = self._account.host, self._account.port
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError as error:
            raise socket.gaierror(socket.EAI_NONAME, "not a host name") from error
        failure: OSError = ConnectionError("the host has no address")
        for family, _, _, _, address in addresses:
            try:
                sock = self.dial(family, address)
            except OSError as error:
                failure = error
            else:
                _tune(sock)
                return sock
        raise failure

    def dial(self, family: int, address: tuple[object, ...]) -> socket.socket:
        sock = self._new(family)
        try:
            sock.connect(address)
        except BaseException:
            self.drop(sock)
            raise
        # Else the end of each piece waits until all before it is acknowledged.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(self._account.timeout)
        return sock

    def listen(self, beside: socket.socket) -> socket.socket:
        """Wait for a connection at the address that another socket has on our side."""
        listener = self._new(beside.family)
        address = beside.getsockname()
        listener.bind((address[0], 0, *address[2:]))
        listener.listen(1)
        return listener

    def _new(self, family: int) -> socket.socket:
        sock = socket.socket(family, socket.SOCK_STREAM)
        self._open.add(sock)
        if self._aborted:
            self.drop(sock)
            raise ConnectionAbortedError
        sock.settimeout(self._account.connect_timeout)
        return sock

    def accept(self, listener: socket.socket, host: str) -> socket.socket:
        """Take the connection of this host, and nobody else's."""
        while True:
            sock, peer = listener.accept()
            self._open.add(sock)
            sock.settimeout(self._account.timeout)
            if peer[0] == host:
                return sock
            self.drop(sock)

    def secure(self, control: socket.socket) -> ssl.SSLSocket:
        """Speak TLS on a control connection from here on."""
        secure = self.wrap(control, None)
        self._open.discard(control)
        self._open.add(secure)
        try:
            secure.do_handshake()
        except ssl.SSLError as error:
            if error.reason in _WANTS_NEWER and self._context.maximum_version is _CHEAPEST:
                self._context.maximum_version = ssl.TLSVersion.MAXIMUM_SUPPORTED
                raise WantsNewerTls from error
            raise
        return secure

    def wrap(self, sock: socket.socket, control: socket.socket | None) -> ssl.SSLSocket:
        """Make a socket for TLS; a data connection continues the session of the control one."""
        sock.getpeername()  # fails if the server has gone: wrap_socket would leave an open socket
        return self._context.wrap_socket(
            sock,
            server_hostname=self._account.host,
            do_handshake_on_connect=False,
            session=self._session_of(control),
        )

    def stream(self, sock: socket.socket, control: socket.socket) -> TlsStream:
        """Speak TLS on a data connection that may move much."""
        session = self._session_of(control)
        stream = TlsStream(sock, self._context, self._account.host, session)
        stream.do_handshake()
        return stream

    def _session_of(self, control: socket.socket | None) -> ssl.SSLSession | None:
        """Give the session that data connections go on with; to look it up costs a handshake."""
        if self._session is None and isinstance(control, ssl.SSLSocket):
            self._session = control.session
            if control.version() == "TLSv1.3":
                # All must have it (RFC 8446, 9.1). Offered another, some servers ask once more.
                self._context.set_ecdh_curve("prime256v1")
        return self._session

    def drop(self, sock: socket.socket) -> None:
        self._open.discard(sock)
        sock.close()

    def close(self) -> None:
        for sock in list(self._open):
            self.drop(sock)

    def abort(self) -> None:
        """Let everything that waits for the server fail at once."""
        self._aborted = True
        for sock in list(self._open):
            with suppress(OSError):
                # Not SSLSocket's own: it pulls the TLS object away from the thread that reads.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


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


def _tune(control: socket.socket) -> None:
    """Show firewalls that a control connection is in use."""
    control.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        control.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEP_ALIVE)
        control.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _KEEP_ALIVE)


def end(sock: socket.socket, stream: object, timeout: float) -> None:
    """Tell the server that all has been sent, and let it take that in before the socket closes."""
    if not isinstance(stream, TlsStream):
        return
    with suppress(OSError):
        stream.notify_close()
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(min(_LINGER, timeout))
        while sock.recv(4096):
            pass
