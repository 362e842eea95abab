"""The header of a letter. No value can add a line of its own, and no name can be given twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from ...runner.task import TaskError
from . import fields
from .letter import Letter

# email.utils has them too, and loads twice as much as a short mail needs.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PRIORITIES = {
    "high": ("1", "high", "urgent"),
    "normal": ("3", "normal", "normal"),
    "low": ("5", "low", "non-urgent"),
}
_PARAMETERS = {
    "from": "from",
    "to": "to",
    "cc": "cc",
    "bcc": "bcc",
    "reply-to": "reply_to",
    "subject": "subject",
    "date": "date",
    "message-id": "message_id",
    "in-reply-to": "in_reply_to",
    "references": "references",
    "dkim-signature": "dkim",
}
_GIVEN_WITH = {
    "x-priority": "priority",
    "importance": "priority",
    "priority": "priority",
    "disposition-notification-to": "receipt_to",
}


def letter_head(letter: Letter) -> str:
    """Write all header fields but those that describe the body."""
    return "".join([*_addresses(letter), *_about(letter), *_further(letter)])


def _addresses(letter: Letter) -> Iterator[str]:
    everyone = {
        "From": [letter.sender],
        "To": letter.to,
        "Cc": letter.cc,
        "Reply-To": letter.reply_to,
        "Disposition-Notification-To": letter.receipt_to,
    }
    for name, people in everyone.items():
        if people:
            yield fields.people(name, people, letter.charset)


def _about(letter: Letter) -> Iterator[str]:
    yield fields.text("Subject", letter.subject, field="subject", charset=letter.charset)
    yield _date(letter.date, letter.date.utcoffset())
    yield fields.identifiers("Message-ID", [letter.message_id], "message_id")
    if letter.in_reply_to:
        yield fields.identifiers("In-Reply-To", letter.in_reply_to, "in_reply_to")
    if letter.references:
        yield fields.identifiers("References", letter.references, "references")
    if letter.priority:
        number, importance, priority = _PRIORITIES[letter.priority]
        yield f"X-Priority: {number}\r\nImportance: {importance}\r\nPriority: {priority}\r\n"
    yield "MIME-Version: 1.0\r\n"


@lru_cache(maxsize=8)  # of a loop many mails are written in one second
def _date(moment: datetime, _: timedelta | None) -> str:
    """Moments are equal wherever they are; how they are written is not."""
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return fields.text("Date", f"{day}, {moment:%d} {month} {moment.year:04} {moment:%H:%M:%S %z}")


def _further(letter: Letter) -> Iterator[str]:
    for name, value in letter.headers:
        fields.checked_name("headers", name)
        known = name.lower()
        given_with = _GIVEN_WITH.get(known, "")
        if parameter := _PARAMETERS.get(known):
            raise TaskError(f"headers: give {name} as `{parameter}`, not as a header")
        if known == "mime-version" or known.startswith("content-"):
            raise TaskError(f"headers: {name} is set by this step and cannot be given")
        if given_with and getattr(letter, given_with):
            raise TaskError(f"headers: {name} is given already; leave it out")
        yield fields.text(name, value, field=f"headers: {name}", charset=letter.charset)
