"""What becomes of fetched mails on the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

from ..runner.dataclasses import dataclass
from ..runner.task import TaskError
from .clients.mailbox import Entry, MailSession
from .mail_login import NOT_EMPTY
from .mail_mailbox import Mailbox


@dataclass(frozen=True, kw_only=True)
class Move:
    move: Annotated[str, "The folder to move it to; made if missing.", NOT_EMPTY]


After: TypeAlias = Literal["keep", "delete", "seen", "flag"] | Move


def check(after: After, mailbox: Mailbox) -> None:
    """Refuse what the protocol cannot do, and what would make all mails new again."""
    if mailbox.protocol == "pop3" and after not in ("keep", "delete"):
        word = after if isinstance(after, str) else "move"
        raise TaskError(f"after: {word} needs `protocol: imap`; POP3 can keep and delete")
    if isinstance(after, Move) and _same(after.move) == _same(mailbox.folder or "INBOX"):
        raise TaskError(
            f"after: {after.move} is the folder that is fetched from: mails that are moved there"
            " are new again; name another one, or write `after: keep`"
        )


def _same(folder: str) -> str:
    return "INBOX" if folder.upper() == "INBOX" else folder


def file_away(
    session: MailSession, after: After, entries: Sequence[Entry], begun: Sequence[Entry]
) -> None:
    """Do it; with those `begun`, an earlier run may have been in the middle of it."""
    if isinstance(after, Move):
        session.move(entries, after.move, begun)
    elif after == "delete":
        session.delete(entries)
    elif after == "seen":
        session.mark(entries, "seen")
    elif after == "flag":
        session.mark(entries, "flagged")


def outcome(after: After, count: int) -> dict[str, int]:
    """Tell how many were dealt with, and how."""
    word = "moved" if isinstance(after, Move) else {"delete": "deleted"}.get(after, "marked")
    return {name: count if name == word else 0 for name in ("deleted", "moved", "marked")}
