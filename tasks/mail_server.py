"""Start a mail server that runs until the end of the run.

A place to try a playbook without sending anything to anybody: `send_mail` to it, `fetch_mail` from
it. It speaks SMTP, POP3 and IMAP, each in clear with STARTTLS and on a port of its own over TLS.
Mail for an account goes to its mailbox; mail for anybody else is refused, or goes to the
`catch_all` account if there is one, one copy for every receiver. Nothing ever leaves the machine.

Without `accounts` there is one, `opsplay` with the password `let-me-in`, that gets all mail; such a
server listens on loopback alone. `opsplay serve mail` runs a server until Ctrl-C.
"""

from __future__ import annotations

import errno
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from ..runner.dataclasses import dataclass, field
from ..runner.task import Context, Pattern, Range, Result, TaskError
from .clients.lines import one_line
from .mail_server_accounts import ANYBODY, Account, checked
from .servers import faults
from .servers.certificate import Certificate, make_certificate
from .servers.mail import COMMANDS, MailServer, MailServerOptions

SUPPORTS_CHECK = True
REPEAT = "always"
RETURNS = {
    "host": "The address the server listens on.",
    "smtp_port": "The port for SMTP, with STARTTLS.",
    "smtps_port": "The port for SMTP over TLS.",
    "pop3_port": "The port for POP3, with STLS.",
    "pop3s_port": "The port for POP3 over TLS.",
    "imap_port": "The port for IMAP, with STARTTLS.",
    "imaps_port": "The port for IMAP over TLS.",
    "ca_file": "The authority that signed the server's certificate, for the `ca_file` of clients.",
    "users": "The names of the accounts.",
}
EXAMPLES = """\
- name: Have a mail server to try things out
  mail_server:
    accounts:
      - user: li@example.com
        password: "{{ mail_password }}"
    catch_all: li@example.com
  register: mail

- name: Send to it
  send_mail:
    host: "{{ mail.host }}"
    port: "{{ mail.smtp_port }}"
    ca_file: "{{ mail.ca_file }}"
    from: robot@example.com
    to: anybody@example.net
    subject: Hello
    body: This goes nowhere.

- name: See how a playbook takes a server that is busy, and one that loses its last reply
  mail_server:
    faults:
      - {at: RCPT, reply: 451 4.3.0 try again later}
      - {at: ., nth: 2, cut: after}
"""

_LAST_PORT = 65535
_GUESSING_DELAY = 3.0


@dataclass(frozen=True, kw_only=True)
class Fault:
    at: Annotated[
        str,
        "The command: `RCPT`, `RETR`, `FETCH` …; `.` for the end of a mail that is sent, `GREETING`"
        " for the first words.",
    ]
    nth: Annotated[int, "At which one, of all that clients send.", Range(1)] = 1
    reply: Annotated[str, "What is said instead of doing it, as `451 4.3.0 later`."] = ""
    delay: Annotated[float, "How many seconds the answer takes.", Range(0)] = 0
    cut: Annotated[
        Literal["before", "midway", "after"] | None,
        "Lose the connection: before it is done, within the answer, or when it is done but not"
        " answered.",
    ] = None


@dataclass(frozen=True, kw_only=True)
class Params:
    accounts: Annotated[list[Account], "Who has a mailbox; see above."] = field(
        default_factory=list
    )
    host: Annotated[
        str,
        "The address to listen on; `0.0.0.0` for all of the machine's.",
        # An empty one, which may come from a variable, would be all of them, too.
        Pattern(r"\S+", "an address"),
    ] = "127.0.0.1"
    smtp_port: Annotated[int, "For SMTP; 0 takes a free port.", Range(0, _LAST_PORT)] = 0
    smtps_port: Annotated[int, "For SMTP over TLS; 0 takes a free port.", Range(0, _LAST_PORT)] = 0
    pop3_port: Annotated[int, "For POP3; 0 takes a free port.", Range(0, _LAST_PORT)] = 0
    pop3s_port: Annotated[int, "For POP3 over TLS; 0 takes a free port.", Range(0, _LAST_PORT)] = 0
    imap_port: Annotated[int, "For IMAP; 0 takes a free port.", Range(0, _LAST_PORT)] = 0
    imaps_port: Annotated[int, "For IMAP over TLS; 0 takes a free port.", Range(0, _LAST_PORT)] = 0
    catch_all: Annotated[
        str | None, "The account that gets the mail for addresses that have no mailbox."
    ] = None
    folder: Annotated[
        str | None,
        "Where to keep the mail, a maildir an account; left out, it is gone with the server.",
    ] = None
    max_size: Annotated[int, "How many bytes a mail may have.", Range(1)] = 64 * 1024 * 1024
    login_required: Annotated[bool, "Whether only those who log in may send."] = False
    faults: Annotated[
        list[Fault], "What goes wrong, once each, to see how a playbook takes it."
    ] = field(default_factory=list)


def run(params: Params, ctx: Context) -> Result:
    accounts = _accounts(params)
    certificate = _certificate(params.host, ctx)
    is_new = params.folder is not None and not ctx.path(params.folder).exists()
    server = _listen(_options(params, accounts, certificate, ctx))
    ctx.exit_stack.enter_context(server)
    return Result(
        changed=is_new,
        msg=_told(params, server),
        data={
            "host": params.host,
            "smtp_port": server.smtp_port,
            "smtps_port": server.smtps_port,
            "pop3_port": server.pop3_port,
            "pop3s_port": server.pop3s_port,
            "imap_port": server.imap_port,
            "imaps_port": server.imaps_port,
            "ca_file": str(certificate.ca_file),
            "users": [account.user for account in accounts],
        },
    )


def _accounts(params: Params) -> list[Account]:
    if not params.accounts and not _is_loopback(params.host):
        raise TaskError(
            f"accounts: others reach {params.host}; give at least one, with `user` and `password`"
        )
    return params.accounts or [ANYBODY]


def _told(params: Params, server: MailServer) -> str:
    told = (
        f"mail server at {params.host}: SMTP {server.smtp_port}, POP3 {server.pop3_port}, IMAP"
        f" {server.imap_port}; over TLS {server.smtps_port}, {server.pop3s_port},"
        f" {server.imaps_port}"
    )
    if params.accounts:
        return told
    return f"{told}; all mail is for {ANYBODY.user}, with the password {ANYBODY.password}"


def _certificate(host: str, ctx: Context) -> Certificate:
    folder = Path(tempfile.mkdtemp(prefix="mail-", dir=ctx.temp_dir()))
    names = ("localhost", "127.0.0.1", "::1", socket.gethostname(), host)
    return make_certificate(folder, tuple(dict.fromkeys(names)))


def _options(
    params: Params, accounts: Sequence[Account], certificate: Certificate, ctx: Context
) -> MailServerOptions:
    return MailServerOptions(
        accounts=checked(accounts, params.catch_all),
        certificate=certificate,
        host=params.host,
        smtp_port=params.smtp_port,
        smtps_port=params.smtps_port,
        pop3_port=params.pop3_port,
        pop3s_port=params.pop3s_port,
        imap_port=params.imap_port,
        imaps_port=params.imaps_port,
        catch_all=params.catch_all or ("" if params.accounts else ANYBODY.user),
        # In check mode mail is kept in memory: the server serves, and makes nothing.
        folder=ctx.path(params.folder) if params.folder and not ctx.check else None,
        max_size=params.max_size,
        login_required=params.login_required,
        login_delay=0 if _is_loopback(params.host) else _GUESSING_DELAY,
        faults=[_fault(fault) for fault in params.faults],
        on_event=ctx.line,
    )


def _fault(fault: Fault) -> faults.Fault:
    if fault.at.upper() not in COMMANDS:
        raise TaskError(f"faults: none of SMTP, POP3 and IMAP has a command {fault.at}")
    return faults.Fault(
        at=fault.at,
        nth=fault.nth,
        reply=one_line("the reply of a fault", fault.reply),
        delay=fault.delay,
        cut=fault.cut,
    )


def _listen(options: MailServerOptions) -> MailServer:
    try:
        return MailServer(options)
    except (OSError, UnicodeError) as error:
        raise TaskError(
            f"cannot start a mail server on {options.host}: {_why(error)}", host=options.host
        ) from error


def _why(error: OSError | UnicodeError) -> str:
    match error:
        case OSError(errno=errno.EADDRINUSE, filename=port):
            return (
                f"another program uses port {port}; stop it, or leave the port out for a free one"
            )
        case PermissionError(filename=int(port)):
            return f"port {port} is for root, as all below 1024 are; take a higher one"
        case OSError(errno=errno.EADDRNOTAVAIL | socket.EAI_NONAME) | UnicodeError():
            return "this machine has no such address; check `host`"
        case OSError(strerror=str(words), filename=str(path)):
            return f"cannot keep mail in {path}: {words}"
        case _:
            return str(error)


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")
