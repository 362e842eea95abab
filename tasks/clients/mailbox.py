"""A mailbox on a server, however it is talked to: what POP3 and IMAP sessions have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol

from ...runner.dataclasses import dataclass
from ...runner.task import TaskError
from .mail_account import MailAccount

if TYPE_CHECKING:
    from .imap_search import Criteria

SPOOL_FROM = 4 * 1024 * 1024
"""A message of more bytes than this goes to a file while it is fetched, not into memory."""

Mark = Literal["seen", "flagged"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as the server's list has it; `uid` stays the same between logins."""

    number: int
    uid: str
    size: int
    flags: frozenset[str] = frozenset()
    """As IMAP has them, `\\Seen` for one; POP3 has none."""


class MailSession(Protocol):
    """One login. Open it first; it ends with `close`, or `hang_up` when something went wrong.

    All raise MailError for what the server or the network does.
    """

    account: MailAccount
    welcome: str
    capabilities: Sequence[str]
    refusals: list[str]
    """What could not be done with single messages, in words; the others were served."""
    space: str
    """What the uids hold good for: IMAP's UIDVALIDITY; empty for POP3."""
    abort: Callable[[], None]

    def open(self) -> None:
        """Connect, start TLS, log in, select the folder."""

    def close(self) -> None:
        """Say goodbye; what was deleted is gone only now."""

    def hang_up(self) -> None:
        """Leave without a goodbye."""

    def entries(self) -> list[Entry]:
        """List all messages, oldest first."""

    def search(self, criteria: Criteria) -> set[str] | None:
        """Give the uids of all messages that may fit, and perhaps others; None: who knows."""

    def heads(self, entries: Iterable[Entry], limit: int) -> Iterator[tuple[Entry, bytes]]:
        """Fetch the headers of messages, at most `limit` bytes each; take all that is given."""

    def messages(
        self, entries: Iterable[Entry], limit: int, spool: Callable[[], BinaryIO]
    ) -> Iterator[tuple[Entry, bytes | BinaryIO]]:
        """Fetch messages as the very bytes that the server keeps, none marked as seen by it.

        What is larger than SPOOL_FROM comes as a file that `spool` made, read from its start.
        More than `limit` bytes are an error. A message that the server will not give, though it
        lists it, is left out and told in `refusals`. Take all that is given.
        """

    def delete(self, entries: Sequence[Entry]) -> None:
        """Delete messages; with POP3 they are gone when the session is closed well."""

    def mark(self, entries: Sequence[Entry], mark: Mark) -> None:
        """Mark messages, as a mail program shows them."""

    def move(self, entries: Sequence[Entry], folder: str, begun: Sequence[Entry] = ()) -> None:
        """Move messages to another folder of the same account; those `begun` may be there."""

    def wait(self, seconds: float) -> bool:
        """Wait for news; False at once if only a new login can tell."""


def gathered(pieces: Iterable[bytes], spool: Callable[[], BinaryIO]) -> bytes | BinaryIO:
    """Put a message together: in memory, or in a file if it turns out to be large."""
    kept: list[bytes] = []
    size = 0
    for piece in (coming := iter(pieces)):
        kept.append(piece)
        size += len(piece)
        if size > SPOOL_FROM:
            return _spooled(chain(kept, coming), spool())
    return b"".join(kept)


def _spooled(pieces: Iterable[bytes], file: BinaryIO) -> BinaryIO:
    try:
        file.writelines(pieces)
        file.seek(0)
    except BaseException as error:
        with suppress(OSError):  # what could not be written is not written now either
            file.close()
        if isinstance(error, OSError):
            raise TaskError(f"cannot write a large mail to disk: {error.strerror}") from error
        raise
    return file
