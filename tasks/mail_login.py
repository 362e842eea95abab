"""What every mail step is told about its server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ..runner.task import Context, Pattern, Range, Secret, TaskError
from .clients.mail_account import MailAccount


@dataclass(frozen=True, kw_only=True)
class MailLogin:
    host: Annotated[str, "The server's name or address.", Pattern(r"^\S+$", "a name or an address")]
    user: Annotated[str | None, "The name to log in with; at most providers the address."] = None
    password: Annotated[Secret | None, "The password to log in with."] = None
    verify: Annotated[bool, "Whether the server's certificate and its name must be right."] = True
    ca_file: Annotated[
        str | None, "PEM file with the authorities to trust in place of the system's."
    ] = None
    timeout: Annotated[float, "How many seconds the server may be silent.", Range(0.1)] = 30


def account(
    login: MailLogin,
    ctx: Context,
    *,
    port: int,
    tls: Literal["implicit", "starttls", "opportunistic", "none"],
) -> MailAccount:
    """Bring together what the clients need; raises TaskError for half a login."""
    if (login.user is None) != (login.password is None):
        missing = "user" if login.user is None else "password"
        raise TaskError(f"{missing} is missing: give both `user` and `password`, or neither")
    return MailAccount(
        host=login.host,
        port=port,
        user=login.user or "",
        password=login.password or "",
        tls=tls,
        verify=login.verify,
        ca_file=ctx.path(login.ca_file) if login.ca_file else None,
        timeout=login.timeout,
    )
