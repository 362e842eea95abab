"""Searching on an IMAP server: a rough choice, which finds what is meant and may find more.

The server is asked only what all servers answer alike. It knows days only, in whatever time zone it
likes, so a day more is let in on either side; and it may read a date differently than we do, so
either date will do, the one written in the message or the one on which it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from ...runner.dataclasses import dataclass
from .imap_command import argument
from .imap_dialogue import ImapDialogue
from .imap_reply import Found

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SLACK = timedelta(days=1)
_MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """What all the messages must be that are looked for."""

    unseen: bool = False
    deleted: bool = False
    since: date | None = None
    before: date | None = None
    larger: int | None = None
    smaller: int | None = None
    message_id: str = ""


def search(dialogue: ImapDialogue, criteria: Criteria) -> set[str]:
    """Give the uids of what the server finds."""
    responses = dialogue.ask("search the folder", b"UID SEARCH " + search_keys(criteria))
    return {uid for found in responses if isinstance(found, Found) for uid in found.uids}


def search_keys(criteria: Criteria) -> bytes:
    """Write what the command SEARCH is given."""
    keys = b" ".join(_keys(criteria)) or b"ALL"
    return keys if keys.isascii() else b"CHARSET UTF-8 " + keys


def _keys(criteria: Criteria) -> Iterator[bytes]:
    if criteria.unseen:
        yield b"UNSEEN"
    if criteria.deleted:
        yield b"DELETED"
    if criteria.since and criteria.since > date.min:
        yield b"OR SENTSINCE %b SINCE %b" % ((_day(criteria.since - _SLACK),) * 2)
    if criteria.before and criteria.before < date.max - _SLACK:
        yield b"OR SENTBEFORE %b BEFORE %b" % ((_day(criteria.before + 2 * _SLACK),) * 2)
    if criteria.larger is not None:
        yield b"LARGER %d" % criteria.larger
    if criteria.smaller is not None:
        yield b"SMALLER %d" % criteria.smaller
    if criteria.message_id:
        yield b"HEADER Message-Id " + argument("message_id", criteria.message_id)


def _day(day: date) -> bytes:
    # Not strftime: its months are the locale's.
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04}".encode()


def message_id(head: bytes) -> str:
    """Give the id that the headers of a message give it; empty if there is none."""
    found = _MESSAGE_ID.search(head)
    return found[1].decode("utf-8", "surrogateescape") if found else ""


def has_message_id(head: bytes, message_id: str) -> bool:
    """Tell whether the headers of a message give it this id."""
    return message_id.encode("utf-8", "surrogatepass") in _MESSAGE_ID.findall(head)
