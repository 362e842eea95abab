"""Start an FTP server that runs until the end of the run.

Every user has a home folder, which is the root of what the user sees, and permissions: `e` change
folder, `l` list, `r` download, `a` append, `d` delete, `f` rename, `m` make folders, `w` upload,
`M` change the mode of files, `T` change their time.

In check mode the server runs too, with an empty folder in place of each home that is missing.
"""

from __future__ import annotations

import errno
import socket
import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

from ..runner.task import Context, Pattern, Range, Result, Secret, TaskError
from .clients.lines import line_encoding, one_line
from .servers.ftp import FtpServer, FtpServerOptions, FtpUser
from .servers.ftp_log import FtpEvent

SUPPORTS_CHECK = True
RETURNS = {
    "host": "The address the server listens on.",
    "port": "The port the server listens on; the one that was free if none was asked for.",
    "users": "The names of the accounts.",
}
EXAMPLES = """\
- name: Take reports from our partner, let everybody read the handbook
  ftp_server:
    users:
      - name: partner
        password: "{{ partner_password }}"
        home: inbox
        permissions: elradfmwMT
      - name: auditor
        password: "{{ auditor_password }}"
        home: inbox
        permissions: elr
    anonymous: handbook
    log: ftp.log
  register: ftp

- name: Say where it is
  debug:
    msg: "ftp://{{ ftp.host }}:{{ ftp.port }}/"
"""

_READ_ONLY = "elr"
_ALL = "elradfmwMT"
_GUESSING_DELAY = 3.0
_LAST_PORT = 65535

Permissions = Annotated[
    str,
    "What the account may do, as letters: read `e` `l` `r`, write `a` `d` `f` `m` `w` `M` `T`.",
    Pattern(r"^[elradfmwMT]*$", "letters out of elradfmwMT"),
]


@dataclass(frozen=True, kw_only=True)
class User:
    name: Annotated[str, "The name to log in with."]
    password: Annotated[Secret, "The password to log in with."]
    home: Annotated[str, "The folder the account sees as `/`; made if missing."]
    permissions: Permissions = _ALL


@dataclass(frozen=True, kw_only=True)
class Anonymous:
    home: Annotated[str, "The folder that everybody sees as `/`; made if missing."]
    permissions: Permissions = _READ_ONLY


@dataclass(frozen=True, kw_only=True)
class Params:
    host: Annotated[str, "The address to listen on; `0.0.0.0` for all of the machine's."] = (
        "127.0.0.1"
    )
    port: Annotated[int, "The port to listen on; 0 takes a free one.", Range(0, 65535)] = 0
    users: Annotated[list[User], "The accounts."] = field(default_factory=list)
    anonymous: Annotated[
        str | Anonymous | None, "The folder that everybody may read without a password."
    ] = None
    encoding: Annotated[str, "How file names are written on the wire: `utf-8`, `gbk` …"] = "utf-8"
    banner: Annotated[str, "What the server says to those who connect."] = (
        "opsplay FTP server ready."
    )
    passive_ports: Annotated[
        str | None,
        "The ports for data connections, `first-last`; left out, any free one.",
        Pattern(r"^\d{1,5}-\d{1,5}$", "two ports as in 50000-50100"),
    ] = None
    log: Annotated[str | None, "A file to which a line is added for all that clients do."] = None


def run(params: Params, ctx: Context) -> Result:
    accounts = _accounts(params, ctx)
    made = [user.home for user in accounts if not user.home.exists()]
    users = [_at_home(user, ctx) for user in accounts]
    log = _Log(ctx, ctx.path(params.log) if params.log and not ctx.check else None)
    server = _listen(
        FtpServerOptions(
            users=users,
            host=params.host,
            port=params.port,
            encoding=line_encoding(params.encoding),
            banner=one_line("banner", params.banner),
            passive_ports=_ports(params.passive_ports),
            login_delay=0 if _is_loopback(params.host) else _GUESSING_DELAY,
            on_event=log,
        )
    )
    ctx.exit_stack.enter_context(server)
    return Result(
        changed=bool(made),
        msg=f"FTP server at {params.host}:{server.port}",
        data={
            "host": params.host,
            "port": server.port,
            "users": [user.name for user in users],
        },
    )


def _accounts(params: Params, ctx: Context) -> list[FtpUser]:
    accounts = [
        FtpUser(
            name=one_line("the name of a user", user.name),
            password=one_line(f"the password of {user.name}", user.password),
            home=ctx.path(user.home),
            permissions=user.permissions,
        )
        for user in params.users
    ]
    if params.anonymous is not None:
        accounts.append(_anonymous(params.anonymous, ctx))
    names = [account.name for account in accounts]
    for name in names:
        if names.count(name) > 1:
            raise TaskError(f"two accounts are called {name}; give each a name of its own")
    return accounts


def _anonymous(given: str | Anonymous, ctx: Context) -> FtpUser:
    anonymous = Anonymous(home=given) if isinstance(given, str) else given
    home = ctx.path(anonymous.home)
    return FtpUser(name="anonymous", home=home, permissions=anonymous.permissions)


def _at_home(user: FtpUser, ctx: Context) -> FtpUser:
    """Make the home; in check mode an empty folder stands for a missing one."""
    if ctx.check and not user.home.exists():
        return replace(user, home=Path(tempfile.mkdtemp(prefix="home-", dir=ctx.temp_dir())))
    try:
        user.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TaskError(
            f"cannot make {user.home}, the home of {user.name}: {error.strerror}"
        ) from error
    return user


def _ports(text: str | None) -> range | None:
    if text is None:
        return None
    first, last = map(int, text.split("-"))
    if not 0 < first <= last <= _LAST_PORT:
        raise TaskError(f"passive_ports: {text} is no range of ports; write it as 50000-50100")
    return range(first, last + 1)


def _listen(options: FtpServerOptions) -> FtpServer:
    try:
        return FtpServer(options)
    except (OSError, UnicodeError) as error:
        raise TaskError(
            f"cannot listen on {options.host}:{options.port}: {_why(error)}",
            host=options.host,
            port=options.port,
        ) from error


def _why(error: OSError | UnicodeError) -> str:
    match error:
        case OSError(errno=errno.EADDRINUSE):
            return "another program uses this port; stop it, or take a free port with `port: 0`"
        case PermissionError():
            return "ports below 1024 are for root; take a higher one"
        case OSError(errno=errno.EADDRNOTAVAIL | socket.EAI_NONAME) | UnicodeError():
            return "this machine has no such address; check `host`"
        case _:
            return str(error)


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


class _Log:
    """Hands what clients do to the listeners of the run, and to a file."""

    def __init__(self, ctx: Context, path: Path | None) -> None:
        self._ctx = ctx
        self._file = path and ctx.exit_stack.enter_context(_open_log(path))

    def __call__(self, event: FtpEvent) -> None:
        self._ctx.line(str(event))
        if self._file:
            try:
                self._file.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {event}\n")
            except OSError as error:
                self._ctx.line(f"cannot write {self._file.name}: {error.strerror}")


def _open_log(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise TaskError(f"cannot write log {path}: {error.strerror}") from error
