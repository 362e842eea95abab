"""Whether an FTP server speaks TLS, and the certificate that it shows."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from ..runner.dataclasses import dataclass
from ..runner.task import Context, TaskError

if TYPE_CHECKING:
    from .servers.ftp_tls import FtpTls


@dataclass(frozen=True, kw_only=True)
class Securing:
    tls: Annotated[
        Literal["none", "optional", "required"],
        "Whether clients may, or must, encrypt passwords, listings and files (explicit TLS, 1.2"
        " or newer).",
    ] = "none"
    cert_file: Annotated[
        str | None, "The certificate with its chain (PEM); left out, the server makes one."
    ] = None
    key_file: Annotated[
        str | None, "The key of the certificate (PEM); left out, it is in `cert_file`."
    ] = None


def securing(params: Securing, host: str, ctx: Context) -> tuple[FtpTls | None, str | None]:
    """How to speak TLS, and whom clients must trust for it if not somebody they know."""
    if params.tls == "none":
        if params.cert_file or params.key_file:
            raise TaskError("cert_file and key_file are for `tls: optional` or `tls: required`")
        return None, None
    from .servers import ftp_tls

    cert_file, key_file, ca_file = _certificate(params, host, ctx)
    try:
        context = ftp_tls.context(cert_file, key_file)
    except ValueError as error:
        raise TaskError(str(error)) from error
    return ftp_tls.FtpTls(context, required=params.tls == "required"), ca_file


def _certificate(params: Securing, host: str, ctx: Context) -> tuple[Path, Path, str | None]:
    if params.cert_file:
        return ctx.find(params.cert_file), ctx.find(params.key_file or params.cert_file), None
    if params.key_file:
        raise TaskError("key_file: give its certificate too, as cert_file")
    from .servers.certificate import make_certificate

    folder = Path(tempfile.mkdtemp(prefix="ftp-", dir=ctx.temp_dir()))
    names = ("localhost", "127.0.0.1", "::1", socket.gethostname(), host)
    made = make_certificate(folder, tuple(dict.fromkeys(names)))
    return made.cert_file, made.key_file, str(made.ca_file)
