"""Who has a mailbox on the server of `mail_server`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from ..runner.dataclasses import dataclass
from ..runner.task import Alias, Pattern, Secret, TaskError
from .clients.lines import one_line
from .servers import mailboxes


@dataclass(frozen=True, kw_only=True)
class Account:
    user: Annotated[
        str,
        "The name to log in with: an address, or what stands before the @ of any address.",
        Alias("name", "address"),
        Pattern(r"^[^\s/\\.:][^\s/\\:]*$", "a name or an address"),
    ]
    password: Annotated[Secret, "The password to log in with."]
    token: Annotated[
        Secret | None, "What XOAUTH2 and OAUTHBEARER log in with; left out, they do not."
    ] = None


ANYBODY = Account(user="opsplay", password=Secret("let-me-in"))
"""Gets all mail where no account is given."""


def checked(accounts: Sequence[Account], catch_all: str | None) -> list[mailboxes.Account]:
    """Check names and passwords, before anybody could log in."""
    names = [account.user.lower() for account in accounts]
    for name in names:
        if names.count(name) > 1:
            raise TaskError(f"two accounts are called {name}; give each a name of its own")
    if catch_all is not None and catch_all.lower() not in names:
        raise TaskError(f"catch_all: there is no account {catch_all}")
    return [
        mailboxes.Account(
            one_line("the name of an account", account.user),
            one_line(f"the password of {account.user}", account.password),
            account.token or "",
        )
        for account in accounts
    ]
