"""What every FTP step is told about its server."""

from __future__ import annotations

from typing import Annotated, Literal

from ..runner.dataclasses import dataclass
from ..runner.task import Check, Context, Pattern, Range, Secret, TaskError
from .clients.ftp_account import FtpAccount
from .clients.lines import line_encoding, one_line
from .tls_arguments import Authorities, ClientCert, ClientKey, Verify

_PORT = 21
_IMPLICIT_TLS_PORT = 990
_HOST = Pattern(
    r"^(?![^:]*:[^:]*$)[^\s/\[]+$",
    "a name or an address alone, without ftp://, brackets or the port, which is `port`",
)
"""An address has no colon, or at least two."""
PATH = Pattern(r"[\s\S]+", "a path")
"""Nothing at all would mean the folder of the login, and a variable came out empty."""


# The Params of a step are shown and compared, not what they inherit.
@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class FtpLogin:
    """Where the server is, and how to get in."""

    host: Annotated[str, "The server's name or address.", _HOST]
    port: Annotated[
        int | None, "The server's port; left out, 21, or 990 with implicit TLS.", Range(1, 65535)
    ] = None
    # A variable that is null is not somebody else's name.
    user: Annotated[str, "The name to log in with.", Pattern(r"[\s\S]+", "a name")] = "anonymous"
    password: Annotated[Secret | None, "The password to log in with."] = None
    tls: Annotated[
        Literal["none", "explicit", "implicit"] | None,
        "`explicit` switches to TLS before the login (AUTH TLS), `implicit` speaks it from the"
        " first byte; either way data connections are encrypted too. Left out, plain, with a"
        " warning when a password leaves this machine so.",
    ] = None
    verify: Verify = True
    ca_file: Authorities = None
    client_cert: ClientCert = None
    client_key: ClientKey = None
    tls_min: Annotated[
        Literal["1.2", "1.3"] | float,
        "The oldest version of TLS that is good enough. The oldest that the server speaks is taken:"
        " each file has a connection of its own, and they cost more in 1.3.",
    ] = "1.2"
    encoding: Annotated[
        str, "How the server writes file names: `utf-8`, `gbk` …", Check(line_encoding)
    ] = "utf-8"
    passive: Annotated[
        bool, "Whether we open the data connections (passive mode) or the server does (active)."
    ] = True
    cwd: Annotated[
        str | None,
        "The folder on the server to change to; remote paths start there.",
        PATH,
        Check(one_line),
    ] = None
    timeout: Annotated[float, "How many seconds the server may be silent.", Range(0.1, 86_400)] = 60
    connect_timeout: Annotated[
        float, "How many seconds connecting may take.", Range(0.1, 86_400)
    ] = 10
    retries: Annotated[
        int,
        "How many times to try again after a fault that may pass: a lost connection, silence, a"
        " reply of the kind 4. A transfer goes on where it stopped.",
        Range(0),
    ] = 3
    retry_delay: Annotated[
        float,
        "Seconds before the first further attempt; before each other one twice as many, a minute"
        " at most, and some less by chance, so that not all come back at once.",
        Range(0),
    ] = 1


def account(login: FtpLogin, ctx: Context) -> FtpAccount:
    """Bring together what a session needs; raises TaskError for half a login."""
    if login.client_key and not login.client_cert:
        raise TaskError("client_cert is missing: a client_key alone proves nothing")
    default_port = _IMPLICIT_TLS_PORT if login.tls == "implicit" else _PORT
    return FtpAccount(
        host=login.host,
        port=login.port or default_port,
        user=login.user,
        password=login.password or "",
        tls=login.tls or "none",
        verify=login.verify,
        ca_file=ctx.path(login.ca_file) if login.ca_file else None,
        client_cert=ctx.path(login.client_cert) if login.client_cert else None,
        client_key=ctx.path(login.client_key) if login.client_key else None,
        tls_min=_version(login.tls_min),
        encoding=line_encoding("encoding", login.encoding),
        passive=login.passive,
        timeout=login.timeout,
        connect_timeout=login.connect_timeout,
    )


def _version(written: str | float) -> Literal["1.2", "1.3"]:
    match str(written):
        case "1.2":
            return "1.2"
        case "1.3":
            return "1.3"
    raise TaskError(f"tls_min: {written} cannot be had; it is 1.2 or 1.3")


def warnings(login: FtpLogin) -> list[str]:
    """Tell of a password that anybody on the way can read, unless that was written as meant."""
    if login.tls is not None or not login.password or _is_this_machine(login.host):
        return []
    warning = (
        f"the password for {login.user}@{login.host} goes over the network in clear; set"
        " `tls: explicit`, or `tls: none` if that is as it should be"
    )
    return [warning]


def _is_this_machine(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
