"""The one place that makes TLS contexts for clients, and that puts TLS failures into words."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias, TypeGuard

from ...runner.task import TaskError

if TYPE_CHECKING:
    from pathlib import Path

Version: TypeAlias = Literal["1.2", "1.3"]

_VERSIONS: Mapping[Version, ssl.TLSVersion] = {
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


def client_context(
    *,
    verify: bool = True,
    ca_file: Path | None = None,
    client_cert: Path | None = None,
    client_key: Path | None = None,
    minimum: Version = "1.2",
    ciphers: Sequence[str] = (),
) -> ssl.SSLContext:
    """TLS 1.2 or newer; the certificate and its name are checked unless `verify` is off.

    `ca_file` (PEM) says whom to trust in place of the system's authorities. `client_cert` (PEM,
    with its chain) is what we show of ourselves; its key may be in the same file.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = _VERSIONS[minimum]
    if ciphers:
        _choose(context, ":".join(ciphers))
    if client_cert:
        _show(context, client_cert, client_key)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_file:
        _trust(context, ca_file)
    else:
        context.load_default_certs()
    return context


def _choose(context: ssl.SSLContext, ciphers: str) -> None:
    try:
        context.set_ciphers(ciphers)
    except ssl.SSLError as error:
        raise TaskError(f"ciphers: {ciphers!r} has none that is known here") from error


def _trust(context: ssl.SSLContext, ca_file: Path) -> None:
    try:
        context.load_verify_locations(ca_file)
    except ssl.SSLError as error:
        raise TaskError(
            f"ca_file {ca_file} holds no certificate that can be read; it must be a PEM file"
        ) from error
    except OSError as error:
        raise TaskError(f"cannot read ca_file {ca_file}: {error.strerror}") from error


def _show(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    # Without a callback OpenSSL would ask for the passphrase of the key on the terminal.
    try:
        context.load_cert_chain(certificate, key, password=_refuse_passphrase)
    except ssl.SSLError as error:
        raise TaskError(
            f"client_cert {certificate}: no certificate and key that belong together can be read;"
            " both must be PEM, and the key without a passphrase"
        ) from error
    except OSError as error:
        raise TaskError(f"cannot read client_cert {certificate}: {error.strerror}") from error


def _refuse_passphrase() -> NoReturn:
    raise ssl.SSLError(ssl.SSL_ERROR_SSL, "the key has a passphrase")


def is_hang_up(error: Exception) -> bool:
    """Whether the other side has closed the connection, be it without a word."""
    return isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)


def is_fault(error: Exception) -> TypeGuard[ssl.SSLError]:
    """Whether it is TLS that has failed."""
    return isinstance(error, ssl.SSLError) and not is_hang_up(error)


def why(error: ssl.SSLError) -> str:
    """Say why TLS failed, and what to do about it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the server's certificate is refused: {error.verify_message.rstrip('.')};"
            " name the authority that signed it with `ca_file`, connect by the name that is in"
            " the certificate, or, if you know the server, set `verify: false`"
        )
    reason = (error.reason or str(error)).replace("_", " ").lower()
    if "wrong version number" in reason or "record layer failure" in reason:
        return "the server does not speak TLS on this port; check `port` and `tls`"
    if "unsupported protocol" in reason or "alert protocol version" in reason:
        return "the server offers only TLS versions older than those allowed, 1.2 and `tls_min`"
    return f"TLS failed: {reason}"
