"""Accounts, and which of them an address belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...runner.dataclasses import dataclass, field
from .folders import Mailbox
from .maildir import MaildirMailbox
from .memory import MemoryMailbox


@dataclass(frozen=True)
class Account:
    """Someone who has a mailbox; `user` is a whole address, or the part before the @.

    `token` is what OAuth2 would have given out; without one, nobody logs in with a token.
    """

    user: str
    password: str = field(repr=False)
    token: str = field(default="", repr=False)


class Mailboxes:
    """Who has a mailbox here; mail is kept in memory, or in maildirs in `folder`."""

    def __init__(
        self, accounts: Sequence[Account], *, catch_all: str = "", folder: Path | None = None
    ) -> None:
        self._accounts = {account.user.lower(): account for account in accounts}
        self._catch_all = catch_all.lower()
        self._mailboxes: dict[str, Mailbox] = {
            name: MaildirMailbox(folder / name) if folder else MemoryMailbox()
            for name in self._accounts
        }

    def account(self, user: str) -> Account | None:
        return self._accounts.get(user.lower())

    def of(self, account: Account) -> Mailbox:
        return self._mailboxes[account.user.lower()]

    def for_address(self, address: str) -> Mailbox | None:
        """Find where mail for an address goes: its account's, or the one that catches all."""
        name = address.lower()
        return (
            self._mailboxes.get(name)
            or self._mailboxes.get(name.partition("@")[0])
            or self._mailboxes.get(self._catch_all)
        )
