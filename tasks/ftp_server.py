"""Start an FTP server that runs until the end of the run.

Every user has a home folder, which is the root of what the user sees, and permissions: `e` change
folder, `l` list, `r` download, `a` append, `d` delete, `f` rename, `m` make folders, `w` upload,
`M` change the mode of files, `T` change their time. Links that lead out of a home lead nowhere.

With `tls` the server shows `cert_file`, or a certificate that it makes for itself: clients that
trust the returned `ca_file` can check it. An upload that ends without TLS's own goodbye counts as
broken off.

With `on_received` the server is a drop folder. An upload is remembered on the disk before its
client is told that it is complete, and until a run of the playbook for it has ended well; a crash
or a stop in between loses nothing, but may make a run happen again. A client that replaces, renames
or deletes a file whose run has not begun takes it back; while a run goes on, its file is left alone
(reply 450). Uploads that break off start nothing.

In check mode the server runs too, with an empty folder in place of each home that is missing, and
runs no playbook. `opsplay serve ftp` runs a server until Ctrl-C.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from typing import Annotated

from ..runner.dataclasses import dataclass, field, replace
from ..runner.task import Alias, Check, Context, Pattern, Range, Result, TaskError
from .clients.lines import line_encoding, one_line
from .ftp_drop_folder import Dropping, drop_folder
from .ftp_event_log import EventLog
from .ftp_server_tls import Securing, securing
from .ftp_users import Anonymous, User, accounts, at_home
from .servers.ftp import FtpServer, FtpServerOptions, FtpUser

SUPPORTS_CHECK = True
REPEAT = "always"
RETURNS = {
    "host": "The address the server listens on.",
    "port": "The port the server listens on; the one that was free if none was asked for.",
    "users": "The names of the accounts.",
    "ca_file": "The authority that signed the certificate which the server made for itself, for"
    " the `ca_file` of clients; none without `tls`, or with a `cert_file`.",
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
        password_hash: "{{ auditor_password_hash }}"
        home: inbox
        permissions: elr
    anonymous: handbook
    tls: optional
    log: ftp.log
  register: ftp

- name: Say where it is
  debug:
    msg: "ftp://{{ ftp.host }}:{{ ftp.port }}/"

- name: File whatever a scanner sends, over TLS alone, behind a router
  ftp_server:
    host: 0.0.0.0
    port: 2121
    users:
      - name: scanner
        password: "{{ scanner_password }}"
        home: scans
        permissions: elw
    tls: required
    passive_ports: 50000-50100
    masquerade_address: 198.51.100.7
    max_connections_per_ip: 4
    on_received: file_scan.yml
    retry_after: 300
"""

_GUESSING_DELAY = 3.0
_LAST_PORT = 65535


@dataclass(frozen=True, kw_only=True)
class Params(Dropping, Securing):
    host: Annotated[
        str,
        "The address to listen on; `0.0.0.0` for all of the machine's.",
        # An empty one, which may come from a variable, would be all of them, too.
        Pattern(r"\S+", "an address"),
    ] = "127.0.0.1"
    port: Annotated[int, "The port to listen on; 0 takes a free one.", Range(0, 65535)] = 0
    users: Annotated[list[User], "The accounts."] = field(default_factory=list)
    anonymous: Annotated[
        str | Anonymous | None, "The folder that everybody may read without a password."
    ] = None
    encoding: Annotated[
        str, "How file names are written on the wire: `utf-8`, `gbk` …", Check(line_encoding)
    ] = "utf-8"
    banner: Annotated[str, "What the server says to those who connect.", Check(one_line)] = (
        "opsplay FTP server ready."
    )
    passive_ports: Annotated[
        str | None,
        "The ports for data connections, `first-last`; left out, any free one.",
        Pattern(r"^\d{1,5}-\d{1,5}$", "two ports as in 50000-50100"),
    ] = None
    masquerade_address: Annotated[
        str | None,
        "The address or name under which clients reach the server through a router: what it tells"
        " them to connect to for data (PASV).",
    ] = None
    max_connections: Annotated[
        int, "How many clients may be connected; 0 for no limit.", Alias("max_cons"), Range(0)
    ] = 512
    max_connections_per_ip: Annotated[
        int, "As above, from one address.", Alias("max_cons_per_ip"), Range(0)
    ] = 0
    idle_timeout: Annotated[
        float, "Seconds without a command after which a client is sent away; 0 for never.", Range(0)
    ] = 300
    data_timeout: Annotated[
        float, "Seconds without a byte after which a transfer is given up; 0 for never.", Range(0)
    ] = 300
    upload_rate: Annotated[
        int, "The most bytes a second that an upload may take; 0 for no limit.", Range(0)
    ] = 0
    download_rate: Annotated[int, "The same for a download.", Range(0)] = 0
    login_delay: Annotated[
        float | None,
        "Seconds that the answer to a wrong password takes; left out, 3, and none on loopback.",
        Range(0),
    ] = None
    login_attempts: Annotated[int, "How many wrong passwords end the connection.", Range(1)] = 3
    log: Annotated[str | None, "A file to which a line is added for all that clients do."] = None


def run(params: Params, ctx: Context) -> Result:
    found = accounts(params.users, params.anonymous, ctx)
    made = [user.home for user in found if not user.home.exists()]
    users = [at_home(user, ctx) for user in found]
    tls, ca_file = securing(params, params.host, ctx)
    log = EventLog(ctx, ctx.path(params.log) if params.log and not ctx.check else None)
    keeper = drop_folder(params, users, log, ctx)
    if keeper:
        ctx.exit_stack.callback(keeper.stop)
    options = _options(params, users)
    server = _listen(
        replace(options, tls=tls, keeper=keeper, on_event=lambda event: log(str(event)))
    )
    ctx.exit_stack.enter_context(server)
    if keeper:
        keeper.start()
    return Result(
        changed=bool(made),
        msg=f"FTP server at {params.host}:{server.port}",
        data={
            "host": params.host,
            "port": server.port,
            "users": [user.name for user in users],
            "ca_file": ca_file,
        },
    )


def _options(params: Params, users: Sequence[FtpUser]) -> FtpServerOptions:
    return FtpServerOptions(
        users=users,
        host=params.host,
        port=params.port,
        encoding=line_encoding("encoding", params.encoding),
        banner=one_line("banner", params.banner),
        passive_ports=_ports(params.passive_ports),
        masquerade_address=_resolved(params.masquerade_address),
        max_connections=params.max_connections,
        max_connections_per_ip=params.max_connections_per_ip,
        idle_timeout=params.idle_timeout,
        data_timeout=params.data_timeout,
        upload_rate=params.upload_rate,
        download_rate=params.download_rate,
        login_delay=_delay(params),
        login_attempts=params.login_attempts,
    )


def _ports(text: str | None) -> range | None:
    if text is None:
        return None
    first, last = map(int, text.split("-"))
    if not 0 < first <= last <= _LAST_PORT:
        raise TaskError(f"passive_ports: {text} is no range of ports; write it as 50000-50100")
    return range(first, last + 1)


def _resolved(name: str | None) -> str | None:
    """The IPv4 address: the reply to PASV has room for no other."""
    try:
        return socket.gethostbyname(name) if name is not None else None
    except (OSError, UnicodeError) as error:
        raise TaskError(
            f"masquerade_address: {name} is no IPv4 address, and no name that has one"
        ) from error


def _delay(params: Params) -> float:
    if params.login_delay is not None:
        return params.login_delay
    is_loopback = params.host in ("localhost", "::1") or params.host.startswith("127.")
    return 0 if is_loopback else _GUESSING_DELAY


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
