"""A mail as a step's result tells it: JSON types, and texts that are bounded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .clients.mailbox import Entry
from .mail_attachments import Saved

if TYPE_CHECKING:
    from .message.addresses import Address
    from .message.read import Mail

RETURNS = {
    "messages": "The fetched mails, newest first: number, uid, size, flags, message_id, subject,"
    " from, to, cc, reply_to (each with name and address), date (UTC) and date_as_written, text"
    " (made of the HTML if there is none), html, attachments (name, path, type, bytes, sha256, cid,"
    " inline), headers (lists of values by name in lower case), in_reply_to, references, list (what"
    " a mailing list says of itself), bounce (recipients, each with address, action, status and"
    " diagnostic, and the message_id of the mail that did not arrive), path (where it was saved)"
    " and defects. After a failure, those that were fetched before it.",
}

_LONGEST_TEXT = 1024 * 1024
_ALL_TEXTS = 32 * 1024 * 1024


@dataclass
class Teller:
    """Tells mails; what their texts have in all is bounded, whatever lies in the mailbox."""

    left: int = _ALL_TEXTS

    def tell(
        self, entry: Entry, size: int, mail: Mail, attachments: Iterable[Saved]
    ) -> dict[str, Any]:
        """Tell all of a mail but where it lies."""
        defects = list(mail.defects)
        return {
            **_facts(entry, size, mail),
            "text": self._bounded("text", mail.text, defects),
            "html": self._bounded("html", mail.html, defects),
            "attachments": [_attachment(saved) for saved in attachments],
            "path": None,
            "defects": defects,
        }

    def _bounded(self, name: str, text: str, defects: list[str]) -> str:
        most = min(_LONGEST_TEXT, self.left)
        self.left -= min(len(text), most)
        if len(text) > most:
            defects.append(f"{name} is cut: of {len(text):,} characters {most:,} are told")
        return text[:most]


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
