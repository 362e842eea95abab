"""The one place that makes TLS contexts for clients, and that puts TLS failures into words."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from ...runner.task import TaskError

if TYPE_CHECKING:
    from pathlib import Path


def client_context(*, verify: bool = True, ca_file: Path | None = None) -> ssl.SSLContext:
    """TLS 1.2 or newer; the certificate and its name are checked unless `verify` is off.

    `ca_file` (PEM) says whom to trust in place of the system's authorities.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_file:
        _trust(context, ca_file)
    else:
        context.load_default_certs()
    return context


def _trust(context: ssl.SSLContext, ca_file: Path) -> None:
    try:
        context.load_verify_locations(ca_file)
    except ssl.SSLError as error:
        raise TaskError(
            f"ca_file {ca_file} holds no certificate that can be read; it must be a PEM file"
        ) from error
    except OSError as error:
        raise TaskError(f"cannot read ca_file {ca_file}: {error.strerror}") from error


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
        return "the server offers only TLS versions older than 1.2, which are not safe"
    return f"TLS failed: {reason}"
