"""A login on an IMAP server, and one of its folders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

from . import imap_changes
from .imap_dialogue import ImapDialogue, Refused
from .imap_fetch import fetch, whole
from .imap_folders import names, server_name
from .imap_login import log_in
from .imap_reply import Status
from .imap_search import Criteria, has_message_id, message_id, search
from .imap_wait import wait
from .lines import one_line
from .mail_account import MailAccount
from .mail_words import MailError
from .mailbox import Entry, Mark

_FLAGS: Mapping[Mark, str] = {"seen": "\\Seen", "flagged": "\\Flagged"}
_MOST_NAMES = 20
_NEWEST = 200
_LARGEST_HEAD = 1024 * 1024


class ImapSession:
    """A `MailSession`; `refusals` also tells what could be marked as deleted but not deleted."""

    def __init__(self, account: MailAccount, folder: str = "INBOX", *, read_only: bool) -> None:
        self.account = account
        self.welcome = ""
        self.capabilities: Sequence[str] = ()
        self.space = ""
        self._folder = folder
        self._read_only = read_only
        self._dialogue = ImapDialogue(account)
        self.refusals = self._dialogue.refusals
        self.abort: Callable[[], None] = self._dialogue.wire.abort

    # Opening and closing ----------------------------------------------------------------------

    def open(self) -> None:
        """Connect, start TLS, log in and select the folder."""
        one_line("folder", self._folder)
        try:
            self._dialogue.wire.open()
            greeting = self._dialogue.greeting()
            self.welcome = greeting.text
            log_in(self._dialogue, greeting)
            self.capabilities = sorted(self._dialogue.capabilities)
            self._select()
        except BaseException:
            self._dialogue.wire.close()
            raise

    def _select(self) -> None:
        verb = b"EXAMINE " if self._read_only else b"SELECT "
        name = server_name(self._dialogue, self._folder)
        doing = f"open the folder {self._folder}"
        try:
            responses = self._dialogue.ask(doing, verb + name)
        except Refused as refusal:
            raise self._no_folder(refusal.status) from refusal
        codes = {told.code: told.detail for told in responses if isinstance(told, Status)}
        if "READ-ONLY" in codes and not self._read_only:
            raise self._impossible(
                "the server lets the account only read it; use `after: keep`, or ask for the right"
            )
        if "UIDVALIDITY" not in codes:
            raise self._impossible(
                "the server gives its mails no lasting ids (UIDVALIDITY); try `protocol: pop3`"
            )
        self.space = codes["UIDVALIDITY"]

    def _impossible(self, why: str) -> MailError:
        return MailError(
            self.account, f"cannot use the folder {self._folder} ({self.account}): {why}"
        )

    def _no_folder(self, status: Status) -> Refused:
        try:
            found = names(self._dialogue)
        except MailError:
            found = []
        more = ", …" if len(found) > _MOST_NAMES else ""
        hint = f"the account has {', '.join(found[:_MOST_NAMES])}{more}" if found else ""
        self._dialogue.wire.doing = f"open the folder {self._folder}"
        return self._dialogue.refusal(status, hint)

    def close(self) -> None:
        """Say goodbye; what was deleted is gone already."""
        is_settled = self._dialogue.is_settled
        self._dialogue.wire.close(b"Z LOGOUT\r\n" if is_settled else b"")

    def hang_up(self) -> None:
        """Leave without a goodbye."""
        self._dialogue.wire.close()

    # Reading ----------------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """List all messages, oldest first."""
        self._dialogue.settle()
        self._dialogue.has_news = False
        if not self._dialogue.exists:
            return []  # some servers refuse 1:* then
        tag = self._dialogue.begin("list the mails", b"UID FETCH 1:* (UID RFC822.SIZE FLAGS)")
        listed: dict[int, Entry] = {}
        for told in self._dialogue.listed(tag):
            if told.uid and told.size is not None:
                listed[int(told.uid)] = Entry(told.number, told.uid, told.size, told.flags)
        return [listed[uid] for uid in sorted(listed)]

    def heads(self, entries: Iterable[Entry], limit: int) -> Iterator[tuple[Entry, bytes]]:
        """Fetch the headers of messages, at most `limit` bytes each."""
        item = f"BODY.PEEK[HEADER]<0.{limit}>"
        for entry, head in fetch(self._dialogue, "fetch the heads of mails", item, entries):
            yield entry, head[:limit] if isinstance(head, bytes) else b""

    def messages(
        self, entries: Iterable[Entry], limit: int, spool: Callable[[], BinaryIO]
    ) -> Iterator[tuple[Entry, bytes | BinaryIO]]:
        """Fetch messages as the very bytes that the server keeps, none marked as seen by it."""
        keep = whole(self._dialogue, limit, spool)
        for entry, mail in fetch(
            self._dialogue, "fetch mails", "BODY.PEEK[]", entries, keep, limit
        ):
            if mail or not entry.size:
                yield entry, mail
            else:
                self.refusals.append(
                    f"cannot fetch mail {entry.number} ({self.account}): the server sends nothing"
                    f" of its {entry.size:,} bytes"
                )

    def search(self, criteria: Criteria) -> set[str] | None:
        """Give the uids of all messages that may fit, and perhaps others; None if it is refused."""
        try:
            return search(self._dialogue, criteria)
        except Refused:
            return None

    def find_message_id(self, message_id: str) -> bool:
        """Tell whether there is a message with this Message-ID.

        Not all servers search in headers, and some know new messages only after a while: where
        the search finds nothing, the newest messages are looked at one by one.
        """
        found = self.search(Criteria(message_id=message_id)) or set()
        entries = self.entries()
        meant = [entry for entry in entries if entry.uid in found] or entries[-_NEWEST:]
        heads = self.heads(meant, _LARGEST_HEAD)
        return any(has_message_id(head, message_id) for _, head in heads)

    def wait(self, seconds: float) -> bool:
        """Wait until mail comes that `entries` has not listed; tells whether it has."""
        return wait(self._dialogue, seconds)

    # Changing ---------------------------------------------------------------------------------

    def delete(self, entries: Sequence[Entry]) -> None:
        """Delete messages, at once."""
        imap_changes.delete(self._dialogue, _uids(entries))

    def mark(self, entries: Sequence[Entry], mark: Mark) -> None:
        """Mark messages, as a mail program shows them."""
        imap_changes.mark(self._dialogue, _uids(entries), _FLAGS[mark])

    def move(self, entries: Sequence[Entry], folder: str, begun: Sequence[Entry] = ()) -> None:
        """Move messages to another folder of the same account; it is made if it is not there.

        Where the server can only copy and delete, those `begun` may have been copied before.
        """
        copied: set[str] = set()
        if begun and "MOVE" not in self._dialogue.capabilities:
            copied = self._copied(begun, folder)
        imap_changes.move(self._dialogue, _uids(entries), folder, copied)

    def _copied(self, entries: Sequence[Entry], folder: str) -> set[str]:
        """Give the uids of those that another folder has: by their Message-IDs and sizes."""
        wanted = {entry.uid: (head_id, entry.size) for head_id, entry in self._identified(entries)}
        space, self._dialogue.wire.doing = self.space, f"look into the folder {folder}"
        try:
            self._dialogue.ask(
                f"look into the folder {folder}", b"EXAMINE " + server_name(self._dialogue, folder)
            )
            there = self._there({head_id for head_id, _ in wanted.values()})
        except Refused:
            there = set()
        self._select()
        if self.space != space:
            raise self._impossible("the server has given all mails new ids meanwhile")
        return {uid for uid, identity in wanted.items() if identity in there}

    def _there(self, message_ids: Iterable[str]) -> set[tuple[str, int]]:
        found = {
            uid for each in message_ids for uid in self.search(Criteria(message_id=each)) or ()
        }
        entries = [entry for entry in self.entries() if entry.uid in found]
        return {(head_id, entry.size) for head_id, entry in self._identified(entries)}

    def _identified(self, entries: Iterable[Entry]) -> Iterator[tuple[str, Entry]]:
        for entry, head in self.heads(entries, _LARGEST_HEAD):
            if found := message_id(head):
                yield found, entry


def _uids(entries: Sequence[Entry]) -> list[str]:
    return [entry.uid for entry in entries]
