"""A login on a POP3 server (RFC 1939, 2449, 2595, 5034).

`poplib` gives up on lines of more than 2,048 bytes and loses step; here only the size of a whole
message is bounded. Where the server allows it (PIPELINING), commands are written ahead. Nothing is
deleted on the server until `close` says goodbye.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from .mail_account import MailAccount
from .mail_words import MailError
from .mailbox import Entry, Mark, gathered
from .pop3_login import log_in
from .pop3_talk import Pop3Talk, Reply

if TYPE_CHECKING:
    from .imap_search import Criteria

_LIST = "list the mails"
_OWN_HEADERS = re.compile(rb"^(?:Message-ID|Received):", re.IGNORECASE | re.MULTILINE)
"""What no other mail has in the same words."""
_LONGEST_HEAD = 1024 * 1024


class Pop3Session:
    """A `MailSession`."""

    space = ""

    def __init__(self, account: MailAccount) -> None:
        self.account = account
        self.welcome = ""
        self.capabilities: Sequence[str] = ()
        self.refusals: list[str] = []
        self._talk = Pop3Talk(account)
        self._has_deleted = False
        self.abort: Callable[[], None] = self._talk.wire.abort

    # Opening and closing ----------------------------------------------------------------------

    def open(self) -> None:
        """Connect, start TLS and log in."""
        try:
            self._talk.wire.open()
            self._greet()
            log_in(self._talk, self.welcome, self.capabilities)
        except BaseException:
            self.hang_up()
            raise

    def _greet(self) -> None:
        reply = self._talk.reply("connect")
        if not reply.done:
            raise self._talk.refused("connect", reply)
        self.welcome = reply.text
        if self.account.tls == "starttls":
            self._talk.ask("start TLS", "STLS", "set `tls: implicit` (port 995 as a rule)")
            self._talk.wire.secure()
        # Not before TLS: what is said in clear could be anybody's words.
        self.capabilities = self._talk.listing_if_any("ask what the server can do", "CAPA")
        if "PIPELINING" in self.capabilities:
            self._talk.allow_pipelining()

    def close(self) -> None:
        """Say goodbye; what was deleted is gone only now."""
        if not self._has_deleted:
            self._talk.wire.close(b"QUIT\r\n")
            return
        try:
            self._talk.ask("end the session", "QUIT", "mails may not have been deleted")
        finally:
            self.hang_up()

    def hang_up(self) -> None:
        """Leave without a goodbye: the server deletes nothing."""
        self._talk.wire.close()

    # Reading ----------------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """List all mails, oldest first.

        UIDL is the one command here that a server need not know, and some give an id twice: such a
        mail gets one that is made from what it says.
        """
        sizes = self._sizes()
        has_ids = any(line.split()[:1] == ["UIDL"] for line in self.capabilities)
        listing = self._talk.listing if has_ids else self._talk.listing_if_any
        uids = self._numbered("UIDL", listing(_LIST, "UIDL"))
        often = Counter(uids.values())
        uids = {at: uid for at, uid in uids.items() if uid and often[uid] == 1}
        uids.update(self._made_ids([Entry(at, "", sizes[at]) for at in sizes if at not in uids]))
        return [Entry(at, uids[at], size) for at, size in sizes.items() if at in uids]

    def _sizes(self) -> dict[int, int]:
        listed = self._numbered("LIST", self._talk.listing(_LIST, "LIST"))
        try:
            return {at: int(rest.split()[0]) for at, rest in listed.items()}
        except (ValueError, IndexError):
            raise self._nonsense("LIST") from None

    def _numbered(self, command: str, lines: Iterable[str]) -> dict[int, str]:
        try:
            split = (line.strip().partition(" ") for line in lines)
            return {int(number): rest.strip() for number, _, rest in split}
        except ValueError:
            raise self._nonsense(command) from None

    def _made_ids(self, entries: Sequence[Entry]) -> dict[int, str]:
        """Make ids of headers, where they are a mail's own, or of all; the same mail has a turn."""
        digests: dict[int, str] = {}
        alike: list[Entry] = []
        for entry, head in self.heads(entries, _LONGEST_HEAD):
            if _OWN_HEADERS.search(head):
                digests[entry.number] = _digest([b"%d\n" % entry.size, head])
            else:
                alike.append(entry)
        for entry, reply in self._each("look at mail", "RETR {}", alike):
            if reply.done:
                digests[entry.number] = _digest(self._talk.wire.dotted())
            else:
                self._refused(f"look at mail {entry.number}", reply)
        turns: Counter[str] = Counter()
        made: dict[int, str] = {}
        for number, digest in sorted(digests.items()):
            turns[digest] += 1
            made[number] = f"{digest}.{turns[digest]}"
        return made

    def search(self, criteria: Criteria) -> None:  # noqa: ARG002  # as in MailSession
        """Tell that the server cannot search."""
        return

    def heads(self, entries: Iterable[Entry], limit: int) -> Iterator[tuple[Entry, bytes]]:
        """Fetch headers; from whole mails if the server has no TOP."""
        topless: list[Entry] = []
        for entry, reply in self._each("look at mail", "TOP {} 0", entries):
            if reply.done:
                yield entry, _beginning(self._talk.wire.dotted(), limit)
            else:
                topless.append(entry)
        for entry, reply in self._each("look at mail", "RETR {}", topless):
            if reply.done:
                yield entry, _beginning(self._talk.wire.dotted(), limit)
            else:
                self._refused(f"look at mail {entry.number}", reply)

    def messages(
        self, entries: Iterable[Entry], limit: int, spool: Callable[[], BinaryIO]
    ) -> Iterator[tuple[Entry, bytes | BinaryIO]]:
        """Fetch mails, as the very bytes that the server keeps."""
        for entry, reply in self._each("fetch mail", "RETR {}", entries):
            if not reply.done:
                self._refused(f"fetch mail {entry.number}", reply)
            elif (message := gathered(self._talk.wire.dotted(limit), spool)) or not entry.size:
                yield entry, message
            else:
                nothing = Reply("-ERR", f"the server sends nothing of its {entry.size:,} bytes")
                self._refused(f"fetch mail {entry.number}", nothing)

    def wait(self, seconds: float) -> bool:  # noqa: ARG002  # as in MailSession
        """Tell that only a new login shows what is new."""
        return False

    # Changing ---------------------------------------------------------------------------------

    def delete(self, entries: Sequence[Entry]) -> None:
        """Mark mails; they are gone when the session ends well."""
        for entry, reply in self._each("delete mail", "DELE {}", entries):
            if reply.done:
                self._has_deleted = True
            else:
                self._refused(f"delete mail {entry.number}", reply)

    def mark(self, entries: Sequence[Entry], mark: Mark) -> None:  # noqa: ARG002  # as wait
        raise self._impossible("mark mails")

    def move(self, entries: Sequence[Entry], folder: str, begun: Sequence[Entry] = ()) -> None:  # noqa: ARG002  # as wait
        raise self._impossible("move mails")

    # Commands and replies ---------------------------------------------------------------------

    def _each(
        self, doing: str, verb: str, entries: Iterable[Entry]
    ) -> Iterator[tuple[Entry, Reply]]:
        numbered = {entry.number: entry for entry in entries}
        for number, reply in self._talk.each(doing, verb, list(numbered)):
            yield numbered[number], reply

    def _refused(self, doing: str, reply: Reply) -> None:
        self.refusals.append(self._talk.refused(doing, reply).msg)

    def _impossible(self, doing: str) -> MailError:
        return MailError(
            self.account,
            f"cannot {doing} ({self.account}): POP3 can but fetch and delete; use `protocol: imap`",
        )

    def _nonsense(self, command: str) -> MailError:
        self._talk.wire.is_broken = True
        return MailError(
            self.account,
            f"cannot read the mailbox ({self.account}): the answer to {command} makes no sense",
        )


def _digest(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()[:32]


def _beginning(pieces: Iterable[bytes], limit: int) -> bytes:
    """Give the headers, or as much of them as `limit` allows; the rest is read and forgotten."""
    kept = b""
    for piece in pieces:
        kept += piece[: max(0, limit - len(kept))]
    head, gap, _ = kept.partition(b"\r\n\r\n")
    return head + gap
