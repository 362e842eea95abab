"""What every mail step is told about its server."""

from __future__ import annotations

import shlex
from operator import attrgetter
from typing import Annotated, Literal, TypeAlias

from ..runner.dataclasses import dataclass
from ..runner.task import Context, Pattern, Range, Secret, TaskError
from .clients.mail_account import MailAccount
from .tls_arguments import Authorities, ClientCert, ClientKey, Verify

Tls: TypeAlias = Literal["implicit", "starttls", "opportunistic", "none"]

# What comes out of a template empty would mean the inbox, every mail, or nothing to keep.
NOT_EMPTY = Pattern(r"[\s\S]*\S[\s\S]*", "a text that is not empty")


@dataclass(frozen=True, kw_only=True)
class MailLogin:
    host: Annotated[str, "The server's name or address.", Pattern(r"^\S+$", "a name or an address")]
    user: Annotated[str | None, "The name to log in with; at most providers the address."] = None
    password: Annotated[Secret | None, "The password to log in with."] = None
    verify: Verify = True
    ca_file: Authorities = None
    client_cert: ClientCert = None
    client_key: ClientKey = None
    token: Annotated[
        Secret | None,
        "An OAuth2 access token in place of a password, as Gmail and Microsoft 365 want it.",
    ] = None
    token_command: Annotated[
        str | list[str] | None,
        "A program that prints such a token; run only when a login needs it, without a shell.",
    ] = None
    timeout: Annotated[float, "How many seconds the server may be silent.", Range(0.1, 86_400)] = 30


_SAID = attrgetter(
    *("host", "user", "password", "token", "verify", "ca_file", "client_cert", "client_key"),
    "timeout",
)


def account(
    login: MailLogin,
    ctx: Context,
    *,
    port: int,
    tls: Tls,
    auth: str = "",
    helo: str = "",
) -> MailAccount:
    """Bring together what the clients need; raises TaskError for half a login.

    For many mails the same is said, and made once.
    """
    said = (*_SAID(login), str(login.token_command), ctx.playbook_dir, port, tls, auth, helo)

    def make() -> MailAccount:
        return _made(login, ctx, port=port, tls=tls, auth=auth, helo=helo)

    return ctx.pool.remember(("mail account", said), make)


def _made(
    login: MailLogin, ctx: Context, *, port: int, tls: Tls, auth: str, helo: str
) -> MailAccount:
    _check(login)
    return MailAccount(
        host=login.host,
        port=port,
        user=login.user or "",
        password=login.password or "",
        tls=tls,
        verify=login.verify,
        ca_file=ctx.path(login.ca_file) if login.ca_file else None,
        client_cert=ctx.path(login.client_cert) if login.client_cert else None,
        client_key=ctx.path(login.client_key) if login.client_key else None,
        timeout=login.timeout,
        auth=auth,
        token=login.token or "",
        token_command=_words(login.token_command),
        helo=helo,
    )


def _check(login: MailLogin) -> None:
    proofs = {
        "password": login.password,
        "token": login.token,
        "token_command": login.token_command,
    }
    given = [name for name, proof in proofs.items() if proof is not None]
    if len(given) > 1:
        raise TaskError(f"{given[0]} and {given[1]} are both given; one of them proves who you are")
    if (login.user is None) == bool(given):
        missing = "user" if login.user is None else "password"
        raise TaskError(
            f"{missing} is missing: give `user` with `password` (or a token), or neither"
        )
    if login.user and not proofs[given[0]]:
        raise TaskError(f"{given[0]} is empty; perhaps a variable came out empty")
    if login.client_key and not login.client_cert:
        raise TaskError("client_cert is missing: a client_key alone proves nothing")


def _words(command: str | list[str] | None) -> tuple[str, ...]:
    if not isinstance(command, str):
        return tuple(command or ())
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise TaskError(f"token_command: it cannot be taken apart into words: {error}") from error
