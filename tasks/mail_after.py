"""What becomes of fetched mails on the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

from ..runner.dataclasses import dataclass
from ..runner.task import TaskError
from .clients.mailbox import Entry, MailSession


@dataclass(frozen=True, kw_only=True)
class Move:
    move: Annotated[str, "The folder to move it to; made if missing."]


After: TypeAlias = Literal["keep", "delete", "seen", "flag"] | Move


def check(after: After, protocol: str) -> None:
    """Refuse what the protocol cannot do."""
    if protocol == "pop3" and after not in ("keep", "delete"):
        word = after if isinstance(after, str) else "move"
        raise TaskError(f"after: {word} needs `protocol: imap`; POP3 can keep and delete")


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
