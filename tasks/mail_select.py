"""Which mails of a mailbox are meant.

What the server's list tells is looked at first, then headers, and whole mails only where nothing
less will do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeAlias

from ..runner.dataclasses import dataclass, field
from ..runner.task import Alias, Check, Range, TaskError
from . import mail_amounts
from .clients.mailbox import Entry
from .mail_login import NOT_EMPTY

if TYPE_CHECKING:
    from .clients.imap_search import Criteria
    from .message.addresses import Address
    from .message.head import Head
    from .message.read import Mail

Texts: TypeAlias = list[str]

_TEXT = "A text means that it is in there, case aside; /…/ is a regular expression."


@dataclass(frozen=True, kw_only=True)
class Select:
    newest: Annotated[int | None, "Only these many, the newest of all.", Range(1)] = None
    unseen: Annotated[bool, "Only those that nobody has read (IMAP)."] = False
    since: Annotated[
        str | None,
        "Only those of that time or later: `2026-11-23`, `2026-11-23 08:30` or an age, `2d`.",
        Check(_time),
    ] = None
    before: Annotated[str | None, "Only those from before that time.", Check(_time)] = None
    sender: Annotated[
        str | None,
        f"Only those from such a name or address. {_TEXT}",
        Alias("from"),
        NOT_EMPTY,
        Check(_like),
    ] = None
    to: Annotated[
        str | None,
        "Only those to such a name or address (`To` or `Cc`).",
        NOT_EMPTY,
        Check(_like),
    ] = None
    subject: Annotated[
        str | None, f"Only those with such a subject. {_TEXT}", NOT_EMPTY, Check(_like)
    ] = None
    header: Annotated[
        dict[str, str],
        "Only those in which each of these headers is there and like this.",
        Check(_like),
    ] = field(default_factory=dict)
    has_attachment: Annotated[
        bool | None, "Only those with an attachment, or only those without; whole mails are read."
    ] = None
    larger: Annotated[
        str | None, "Only those of more bytes, as `20K` or `1M`.", mail_amounts.SIZE
    ] = None
    smaller: Annotated[str | None, "Only those of fewer bytes.", mail_amounts.SIZE] = None
    uid: Annotated[Texts | None, "Only those with one of these ids of the server's."] = None
    message_id: Annotated[Texts | None, "Only those with one of these Message-IDs."] = None
    in_reply_to: Annotated[
        Texts | None, "Only those that answer one of these Message-IDs (In-Reply-To, References)."
    ] = None


class Selection:
    """The same, made ready; raises TaskError for what cannot be understood."""

    def __init__(self, select: Select, now: datetime) -> None:
        self._select = select
        self.since = _moment("since", select.since, now)
        self.before = _moment("before", select.before, now)
        self.larger = None if select.larger is None else mail_amounts.size(select.larger)
        self.smaller = None if select.smaller is None else mail_amounts.size(select.smaller)
        self._head_tests = list(self._tests_of_heads())

    @property
    def needs_heads(self) -> bool:
        return bool(self._head_tests)

    @property
    def rough(self) -> Criteria | None:
        """What a server that can search is asked, to be spared most heads."""
        if not (self.since or self.before):
            return None
        from .clients.imap_search import Criteria

        return Criteria(
            since=self.since.date() if self.since else None,
            before=self.before.date() if self.before else None,
        )

    def listed(self, entries: Sequence[Entry]) -> list[Entry]:
        """Give those that may be meant, as far as the list tells; `entries` are oldest first."""
        newest = entries[-self._select.newest :] if self._select.newest else entries
        return [entry for entry in newest if self._takes_entry(entry)]

    def _takes_entry(self, entry: Entry) -> bool:
        select = self._select
        return (
            (select.uid is None or entry.uid in select.uid)
            and (self.larger is None or entry.size > self.larger)
            and (self.smaller is None or entry.size < self.smaller)
            and not (select.unseen and "\\Seen" in entry.flags)
        )

    def takes_head(self, head: Head) -> bool:
        return all(test(head) for test in self._head_tests)

    def takes_mail(self, mail: Mail) -> bool:
        wanted = self._select.has_attachment
        return wanted is None or wanted == any(not file.is_inline for file in mail.attachments)

    def _tests_of_heads(self) -> Iterator[Callable[[Head], bool]]:
        select = self._select
        if self.since or self.before:
            yield self._is_in_time
        if select.sender is not None:
            yield partial(_is_from, _like("from", select.sender))
        if select.to is not None:
            yield partial(_is_to, _like("to", select.to))
        if select.subject is not None:
            yield partial(_is_about, _like("subject", select.subject))
        for name, text in select.header.items():
            yield partial(_has_header, name.strip().lower(), _like(f"header {name}", text))
        if select.message_id is not None:
            yield partial(_has_message_id, _bare(select.message_id))
        if select.in_reply_to is not None:
            yield partial(_answers, _bare(select.in_reply_to))

    def _is_in_time(self, head: Head) -> bool:
        if not head.date:
            return False
        date = datetime.fromisoformat(head.date)
        return (self.since is None or date >= self.since) and (
            self.before is None or date < self.before
        )


Like: TypeAlias = Callable[[str], bool]


def _moment(name: str, written: str | None, now: datetime) -> datetime | None:
    return None if written is None else mail_amounts.moment(name, written, now)


def _time(name: str, written: str) -> None:
    mail_amounts.moment(name, written, datetime.now(UTC))


def _like(name: str, wanted: str) -> Like:
    if len(wanted) > 1 and wanted[0] == wanted[-1] == "/":
        try:
            pattern = re.compile(wanted[1:-1], re.IGNORECASE)
        except re.error as error:
            raise TaskError(f"{name}: {wanted} is no regular expression: {error}") from error
        return lambda text: pattern.search(text) is not None
    folded = wanted.casefold()
    return lambda text: folded in text.casefold()


def _is_from(like: Like, head: Head) -> bool:
    return _any(like, head.sender)


def _is_to(like: Like, head: Head) -> bool:
    return _any(like, [*head.to, *head.cc])


def _any(like: Like, people: Sequence[Address]) -> bool:
    return any(like(f"{person.name} <{person.address}>") for person in people)


def _is_about(like: Like, head: Head) -> bool:
    return like(head.subject)


def _has_header(name: str, like: Like, head: Head) -> bool:
    return any(like(value) for value in head.headers.get(name, ()))


def _has_message_id(wanted: set[str], head: Head) -> bool:
    return bool(wanted & _bare([head.message_id]))


def _answers(wanted: set[str], head: Head) -> bool:
    return bool(wanted & _bare([head.in_reply_to, *head.references]))


def _bare(message_ids: Sequence[str]) -> set[str]:
    return {message_id.strip().strip("<>") for message_id in message_ids} - {""}
