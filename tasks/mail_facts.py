"""A mail as a step's result tells it: JSON types, and texts that are bounded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from ..runner.dataclasses import asdict, dataclass
from ..runner.task import MOST_UNREGISTERED
from .clients.mailbox import Entry
from .mail_attachments import Saved

if TYPE_CHECKING:
    from .message.addresses import Address
    from .message.read import Mail

_LONGEST_TEXT = 1024 * 1024
MOST_CHARACTERS = 4 * 1024 * 1024
_LEFT_OUT = "text, html and headers are left out: the mails of one result have too many in all"

RETURNS = {
    "messages": "The fetched mails, newest first: number, uid, size, flags, message_id, subject,"
    " from, to, cc, reply_to (each with name and address), date (UTC) and date_as_written, text"
    " (made of the HTML if there is none), html, attachments (name, path, type, bytes, sha256, cid,"
    " inline), headers (lists of values by name in lower case), in_reply_to, references, list (what"
    " a mailing list says of itself), bounce (recipients, each with address, action, status and"
    " diagnostic, and the message_id of the mail that did not arrive), path (where it was saved)"
    " and defects. After a failure, those that were fetched before it. Texts and headers are told"
    f" up to {MOST_CHARACTERS >> 20} million characters; beyond, the oldest mails go without."
    f" Without `register` no more than the newest {MOST_UNREGISTERED:,} are told.",
}


@dataclass
class Telling:
    """What is told of mails; their texts and headers are bounded, whatever lies in the mailbox.

    Where they come to more, the mails that were fetched first, the oldest, are told in short.
    """

    messages: list[dict[str, Any]]
    most: int = MOST_CHARACTERS
    is_registered: bool = True
    in_short: int = 0
    left_out: int = 0
    """How many were told, and are no more."""
    _counted: int = 0
    _characters: int = 0

    def add(self, messages: Sequence[dict[str, Any]]) -> None:
        self.messages += messages
        self._characters += sum(map(_characters, self.messages[self._counted :]))
        if not self.is_registered:
            self._leave_out(max(0, len(self.messages) - MOST_UNREGISTERED))
        self._counted = len(self.messages)
        while self._characters > self.most:
            self._shorten(self.messages[self.in_short])

    def _leave_out(self, many: int) -> None:
        self._characters -= sum(map(_characters, self.messages[:many]))
        del self.messages[:many]
        self.in_short = max(0, self.in_short - many)
        self.left_out += many

    def _shorten(self, message: dict[str, Any]) -> None:
        self._characters -= _characters(message)
        message.update(text="", html="", headers={}, defects=[*message["defects"], _LEFT_OUT])
        self.in_short += 1

    @property
    def warnings(self) -> list[str]:
        if not (self.in_short and self.is_registered):
            return []
        how_many = f"{self.in_short:,} of {len(self.messages):,} mails"
        why = f"all of them have more than {self.most:,} characters"
        advice = "fetch fewer at a time (`limit`), or read them where they are saved (`path`)"
        return [f"{how_many} are told without text, html and headers: {why}; {advice}"]


def _characters(message: Mapping[str, Any]) -> int:
    values = chain.from_iterable(message["headers"].values())
    return len(message["text"]) + len(message["html"]) + sum(map(len, values))


def tell(entry: Entry, size: int, mail: Mail, attachments: Iterable[Saved]) -> dict[str, Any]:
    """Tell all of a mail but where it lies."""
    defects = list(mail.defects)
    return {
        **_facts(entry, size, mail),
        "text": _bounded("text", mail.text, defects),
        "html": _bounded("html", mail.html, defects),
        "attachments": [_attachment(saved) for saved in attachments],
        "path": None,
        "defects": defects,
    }


def _bounded(name: str, text: str, defects: list[str]) -> str:
    if len(text) > _LONGEST_TEXT:
        defects.append(f"{name} is cut: of {len(text):,} characters {_LONGEST_TEXT:,} are told")
    return text[:_LONGEST_TEXT]


def _facts(entry: Entry, size: int, mail: Mail) -> dict[str, Any]:
    return {
        "number": entry.number,
        "uid": entry.uid,
        "size": size,
        "flags": sorted(entry.flags),
        "message_id": mail.message_id,
        "subject": mail.subject,
        "from": next(iter(_people(mail.sender)), {"name": "", "address": ""}),
        **{name: _people(getattr(mail, name)) for name in ("to", "cc", "reply_to")},
        "date": mail.date,
        "date_as_written": mail.date_as_written,
        "headers": mail.headers,
        "in_reply_to": mail.in_reply_to,
        "references": mail.references,
        "list": mail.mailing_list,
        "bounce": asdict(mail.bounce) if mail.bounce else None,
    }


def _people(people: Iterable[Address]) -> list[dict[str, str]]:
    return [{"name": person.name, "address": person.address} for person in people]


def _attachment(saved: Saved) -> dict[str, Any]:
    return {
        "name": saved.attachment.name,
        "path": str(saved.path) if saved.path else None,
        "type": saved.attachment.type,
        "bytes": saved.size,
        "sha256": saved.sha256,
        "cid": saved.attachment.cid,
        "inline": saved.attachment.is_inline,
    }
