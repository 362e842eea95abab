"""TLS on the connections of a session that moves many small files.

It decides nothing about trust: it takes the very certificate that `ssl` has verified, with all that
the account asks for, and no other; and it speaks the version of TLS that was spoken then.
"""

from __future__ import annotations

import ipaddress
import socket

from OpenSSL import SSL

from .ftp_account import FtpAccount
from .ftp_known import Known
from .ftp_tls import FtpTls
from .pinned_socket import PinnedSocket

_CIPHERS = b"ECDHE+AESGCM+AES128:DEFAULT"
"""The quickest first: of the others, SHA-384 costs more than all the rest of going on."""


class PinnedTls(FtpTls):
    def __init__(self, account: FtpAccount, known: Known, certificate: bytes) -> None:
        super().__init__(account, known)
        self._name = _name(account.host)
        self._certificate = certificate
        self._openssl = _context()
        self._openssl_session: SSL.Session | None = None

    def wrap(self, sock: socket.socket, control: socket.socket | None) -> PinnedSocket:
        tls = SSL.Connection(self._openssl, sock)
        tls.set_connect_state()
        if self._name:
            tls.set_tlsext_host_name(self._name)
        before = control if isinstance(control, PinnedSocket) else None
        if before:
            self._openssl_session = self._openssl_session or before.tls.get_session()
        if before and self._openssl_session:
            tls.set_session(self._openssl_session)
        return PinnedSocket(sock, tls, self._certificate, before)

    @staticmethod
    def has_ended(sock: socket.socket) -> bool:
        try:
            if isinstance(sock, PinnedSocket):
                sock.notify_close()
        except BlockingIOError:
            return False
        except (OSError, EOFError):
            pass
        return True


def _name(host: str) -> bytes | None:
    """Give what a server of many names is told; an address is none (RFC 6066, 3)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.encode("idna")
    return None


def _context() -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    context.set_cipher_list(_CIPHERS)
    return context
