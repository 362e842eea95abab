"""Explicit TLS for our FTP server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

# First: it alone silences the warning that asyncore gives when it is imported.
import pyftpdlib.ioloop  # noqa: F401
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL
from pyftpdlib.handlers import TLS_DTPHandler, TLS_FTPHandler

from ...runner.dataclasses import dataclass
from .ftp_data import Data


@dataclass(frozen=True)
class FtpTls:
    """How to speak it, and whether clients must: for passwords, listings and files."""

    context: SSL.Context
    required: bool


class SecureData(TLS_DTPHandler, Data):  # type: ignore[misc]  # pyftpdlib is not typed
    def _was_cut(self) -> bool:
        # An end without TLS's own goodbye may be anybody's work.
        return isinstance(sys.exception(), SSL.SysCallError) or super()._was_cut()

    def handle_error(self) -> None:
        self._error = True  # without TLS's own goodbye, which the client would have to read
        Data.handle_error(self)


class SecureHandler(TLS_FTPHandler):  # type: ignore[misc]  # pyftpdlib is not typed
    dtp_handler = SecureData

    def secure_connection(self, ssl_context: SSL.Context) -> None:
        # What was sent before TLS could be anybody's, and is forgotten.
        self.ac_in_buffer = b""
        super().secure_connection(ssl_context)

    def handle_failed_ssl_handshake(self) -> None:
        self.tell("failed to agree on TLS", detail=_reason(sys.exception()))
        super().handle_failed_ssl_handshake()


def _reason(error: BaseException | None) -> str:
    """What OpenSSL says: a list of (library, function, reason)."""
    causes = error.args[0] if error and error.args else ()
    return ", ".join(cause[2] for cause in causes) if isinstance(causes, list) else str(error)


def context(cert_file: Path, key_file: Path) -> SSL.Context:
    """TLS 1.2 or newer with these two PEM files; raises ValueError."""
    made = SSL.Context(SSL.TLS_SERVER_METHOD)
    made.set_min_proto_version(SSL.TLS1_2_VERSION)
    made.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    try:
        made.use_certificate_chain_file(str(cert_file))
    except SSL.Error as error:
        raise ValueError(f"{cert_file} is no certificate in PEM: {_reason(error)}") from error
    try:
        # Read here: left to OpenSSL, a locked key asks for its passphrase on the terminal.
        key: Any = load_pem_private_key(key_file.read_bytes(), None)
        made.use_privatekey(key)
        made.check_privatekey()
    except (OSError, TypeError, ValueError, SSL.Error) as error:
        raise ValueError(f"{key_file} is not the key of {cert_file}: {_reason(error)}") from error
    return made
