"""The sockets of a session on an FTP server: opened, secured, ended; all at once if need be."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from .ftp_account import FtpAccount
from .ftp_known import Known

if TYPE_CHECKING:
    import ssl

    from .ftp_tls import FtpTls
    from .pinned_socket import PinnedSocket

_KEEP_ALIVE = 60
_NEAR = 0.00025
"""Seconds to a server at which no line needs much on its way to be full."""
_IN_NO_TIME = 0.005
"""Seconds to a server at which it is our work that takes time, rather than the way there."""
_ENOUGH_NEARBY = 128 * 1024
"""Bytes that a processor still has at hand when they are taken off the line; more are slower."""


class Sockets:
    """`abort` may be called from anywhere, and ends all waiting."""

    tls: FtpTls
    """Only where the account is to be reached so."""

    def __init__(self, account: FtpAccount, known: Known) -> None:
        self._account = account
        self._known = known
        self.is_pinned = False
        """Whether TLS is spoken at less expense, with a server that was verified before."""
        self._open: set[socket.socket] = set()
        self._aborted = False
        if account.tls != "none":
            from .ftp_tls import FtpTls

            self.tls = FtpTls(account, known)

    def pin(self, certificate: bytes) -> None:
        """Speak TLS with nobody but who has this certificate."""
        from .ftp_tls_pinned import PinnedTls

        self.tls = PinnedTls(self._account, self._known, certificate)
        self.is_pinned = True

    def dial_host(self) -> socket.socket:
        """Connect to the first of the host's addresses that answers."""
        host, port = self._account.host, self._account.port
        try:
            # As bytes, if it can be: Python would look into it with all of Unicode at hand.
            name = host.encode() if host.isascii() else host
            addresses = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
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
        began = time.monotonic()
        try:
            sock.connect(address)
        except BaseException:
            self.drop(sock)
            raise
        took = time.monotonic() - began
        self._known.is_near |= took < _IN_NO_TIME
        if took < _NEAR:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ENOUGH_NEARBY)
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

    def secure(self, control: socket.socket) -> ssl.SSLSocket | PinnedSocket:
        """Speak TLS on a control connection from here on."""
        secure = self.tls.wrap(control, None)
        self._open.discard(control)
        self._open.add(secure)
        self.tls.handshake(secure)
        return secure

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


def _tune(control: socket.socket) -> None:
    """Show firewalls that a control connection is in use."""
    control.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        control.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEP_ALIVE)
        control.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _KEEP_ALIVE)
