"""The message that a letter answers, as `fetch_mail` gave it: data from outside, never trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ..runner.task import TaskError
from .message import message_ids
from .message.addresses import Address
from .message.replying import Original


def original(message: Mapping[str, object]) -> Original:
    """Read what a fetched message holds; what is missing is left out."""
    if "message_id" not in message and "messages" in message:
        raise TaskError("in_reply_to: give one message, such as mail.messages[0]")
    before = message.get("references") or message.get("in_reply_to") or []
    senders = _people(message.get("from"))
    return Original(
        message_id=next(iter(_identifiers(message.get("message_id"))), ""),
        references=_identifiers(before),
        subject=_text(message.get("subject")),
        sender=senders[0] if senders else None,
        receivers=_people(message.get("reply_to")) or senders,
        date=_date(_text(message.get("date"))),
        text=_text(message.get("text")),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _identifiers(value: object) -> list[str]:
    texts = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return [each for text in texts for each in message_ids.found_in(_text(text))]


def _people(value: object) -> list[Address]:
    entries = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return [
        Address(_text(entry.get("name")), _text(entry["address"]))
        for entry in entries
        if isinstance(entry, Mapping) and _text(entry.get("address"))
    ]


def _date(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
