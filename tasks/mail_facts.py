"""A mail as a step's result tells it: JSON types, and texts that are bounded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
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
    " and defects.",
}

_LONGEST_TEXT = 1024 * 1024


def facts(entry: Entry, size: int, mail: Mail, attachments: Iterable[Saved]) -> dict[str, Any]:
    """Tell all of a mail but where it lies."""
    defects = list(mail.defects)
    return {
        "number": entry.number,
        "uid": entry.uid,
        "size": size,
        "flags": sorted(entry.flags),
        "message_id": mail.message_id,
        "subject": mail.subject,
        "from": asdict(mail.sender[0]) if mail.sender else {"name": "", "address": ""},
        **{name: _people(getattr(mail, name)) for name in ("to", "cc", "reply_to")},
        "date": mail.date,
        "date_as_written": mail.date_as_written,
        "text": _bounded("text", mail.text, defects),
        "html": _bounded("html", mail.html, defects),
        "attachments": [_attachment(saved) for saved in attachments],
        "headers": mail.headers,
        "in_reply_to": mail.in_reply_to,
        "references": mail.references,
        "list": mail.mailing_list,
        "bounce": asdict(mail.bounce) if mail.bounce else None,
        "path": None,
        "defects": defects,
    }


def _people(people: Iterable[Address]) -> list[dict[str, str]]:
    return [asdict(person) for person in people]


def _bounded(name: str, text: str, defects: list[str]) -> str:
    if len(text) <= _LONGEST_TEXT:
        return text
    defects.append(
        f"{name} is cut: it has {len(text):,} characters, of which {_LONGEST_TEXT:,} are told"
    )
    return text[:_LONGEST_TEXT]


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
