"""The sockets of a session on an FTP server: opened, secured, ended; all at once if need be."""

from __future__ import annotations

import select
import socket
import ssl
from contextlib import suppress

from .ftp_account import FtpAccount
from .tls import client_context

_LINGER = 5.0
"""How many seconds the server has to close a data connection that is done."""


class Sockets:
    """`abort` may be called from anywhere, and ends all waiting."""

    def __init__(self, account: FtpAccount) -> None:
        self._account = account
        self._open: set[socket.socket] = set()
        self._aborted = False
        if account.tls != "none":
            self._context = client_context(verify=account.verify, ca_file=account.ca_file)

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
                return self.dial(family, address)
            except OSError as error:
                failure = error
        raise failure

    def dial(self, family: int, address: tuple[object, ...]) -> socket.socket:
        sock = self._new(family)
        try:
            sock.connect(address)
        except BaseException:
            self.drop(sock)
            raise
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

    def accept(self, listener: socket.socket, control: socket.socket) -> socket.socket:
        """Take the connection of the server that `control` talks to, and nobody else's."""
        while True:
            sock, peer = listener.accept()
            self._open.add(sock)
            sock.settimeout(self._account.timeout)
            if peer[0] == control.getpeername()[0]:
                return sock
            self.drop(sock)

    def secure(self, sock: socket.socket, control: socket.socket | None = None) -> ssl.SSLSocket:
        """Speak TLS from here on; a data connection continues the session of the control one."""
        secure = self._context.wrap_socket(
            sock,
            server_hostname=self._account.host,
            do_handshake_on_connect=False,
            session=control.session if isinstance(control, ssl.SSLSocket) else None,
        )
        self._open.discard(sock)
        self._open.add(secure)
        secure.do_handshake()
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


def end(sock: socket.socket) -> None:
    """Tell the server that all has been sent, and let it take that in before the socket closes."""
    if not isinstance(sock, ssl.SSLSocket):
        return
    _notify_close(sock)
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_WR)
        sock.settimeout(_LINGER)
        while socket.socket.recv(sock, 4096):
            pass


def _notify_close(sock: ssl.SSLSocket) -> None:
    """Send close_notify without waiting for the server's, which some never send."""
    timeout = sock.gettimeout()
    sock.settimeout(0)
    while True:
        try:
            sock.unwrap()
        except ssl.SSLWantWriteError:
            select.select([], [sock], [], timeout)
        except (OSError, ValueError):
            return
        else:
            return
