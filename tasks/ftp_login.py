"""What every FTP step is told about its server, and the way to a session on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Literal

from ..runner.task import Context, Range, Secret, TaskError
from .clients.ftp import FtpClient
from .clients.ftp_account import FtpAccount
from .clients.lines import line_encoding

_PORT = 21
_IMPLICIT_TLS_PORT = 990


@dataclass(frozen=True, kw_only=True)
class FtpLogin:
    host: Annotated[str, "The server's name or address."]
    port: Annotated[
        int | None, "The server's port; left out, 21, or 990 with implicit TLS.", Range(1, 65535)
    ] = None
    user: Annotated[str, "The name to log in with."] = "anonymous"
    password: Annotated[Secret | None, "The password to log in with."] = None
    tls: Annotated[
        Literal["none", "explicit", "implicit"] | None,
        "`explicit` switches to TLS before the login (AUTH TLS), `implicit` speaks it from the"
        " first byte; either way data connections are encrypted too. Left out, plain.",
    ] = None
    verify: Annotated[bool, "Whether the server's certificate and its name must be right."] = True
    ca_file: Annotated[
        str | None, "PEM file with the authorities to trust in place of the system's."
    ] = None
    encoding: Annotated[str, "How the server writes file names: `utf-8`, `gbk` …"] = "utf-8"
    passive: Annotated[
        bool, "Whether we open the data connections (passive mode) or the server does (active)."
    ] = True
    cwd: Annotated[
        str | None, "The folder on the server to change to; remote paths start there."
    ] = None
    timeout: Annotated[float, "How many seconds the server may be silent.", Range(0.1)] = 60
    connect_timeout: Annotated[float, "How many seconds connecting may take.", Range(0.1)] = 10


@contextmanager
def connected(login: FtpLogin, ctx: Context) -> Iterator[FtpClient]:
    """Lend a session of the run's, in the folder of the login."""
    account = _account(login, ctx)

    def connect() -> FtpClient:
        client = FtpClient(account)
        with ctx.cancellation.calling(client.abort):
            client.open()
        return client

    lease = ctx.pool.lease(account, connect, close=FtpClient.close, alive=FtpClient.alive)
    try:
        with lease as client, ctx.cancellation.calling(client.abort):
            client.change_folder(login.cwd)
            yield client
    except TaskError:
        # Whoever wants to stop closes the sockets: that the server is gone is no error then.
        ctx.cancellation.check()
        raise


def _account(login: FtpLogin, ctx: Context) -> FtpAccount:
    if not login.host:
        raise TaskError("host is empty; give the server's name or address")
    default_port = _IMPLICIT_TLS_PORT if login.tls == "implicit" else _PORT
    return FtpAccount(
        host=login.host,
        port=login.port or default_port,
        user=login.user,
        password=login.password or "",
        tls=login.tls or "none",
        verify=login.verify,
        ca_file=ctx.path(login.ca_file) if login.ca_file else None,
        encoding=line_encoding(login.encoding),
        passive=login.passive,
        timeout=login.timeout,
        connect_timeout=login.connect_timeout,
    )
