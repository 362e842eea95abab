"""Read a message, whatever it looks like; it never raises, and lists what was wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from . import addresses, charsets, parts, words
from .addresses import Address
from .parts import Part

_CHARSET_IN_HTML = re.compile(rb"<meta[^>]{1,200}?charset=[\"' ]*([\w-]{2,40})", re.IGNORECASE)
_HEAD_OF_HTML = 4096
_SUFFIXES = {
    "message/rfc822": ".eml",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
}


@dataclass(frozen=True)
class Attachment:
    """A file in a mail; `name` is as the sender wrote it, so never a path to write to."""

    name: str
    type: str
    content: bytes = field(repr=False)
    cid: str = ""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A message in words. Addresses are lists, for a header may hold any number."""

    subject: str
    sender: list[Address]
    to: list[Address]
    cc: list[Address]
    reply_to: list[Address]
    date: str
    """In UTC, ISO 8601; empty if the message has none that can be understood."""
    date_as_written: str
    message_id: str
    text: str
    html: str
    attachments: list[Attachment]
    headers: dict[str, list[str]]
    """Every value by the header's name in lower case."""
    defects: list[str]


def read(raw: bytes) -> Mail:
    """Read a message from the bytes as the server sent them."""
    defects: list[str] = []
    root = parts.parse(raw, defects)
    bodies, attached = _sorted_out(root)
    return Mail(
        subject=words.decode(root.header("subject")),
        sender=addresses.read(root.header("from") or root.header("sender")),
        to=_people(root, "to"),
        cc=_people(root, "cc"),
        reply_to=_people(root, "reply-to"),
        date=_utc(root.header("date")),
        date_as_written=words.decode(root.header("date")),
        message_id=words.decode(root.header("message-id")),
        text=_texts((part for part in bodies if part.type != "text/html"), defects),
        html=_texts((part for part in bodies if part.type == "text/html"), defects),
        attachments=[_attachment(part, number) for number, part in enumerate(attached, 1)],
        headers=_headers(root),
        defects=list(dict.fromkeys(defects)),
    )


def subject_of(raw: bytes) -> str:
    """Read the subject alone, from a message or its head."""
    return words.decode(parts.parse(raw, []).header("subject"))


def _people(root: Part, name: str) -> list[Address]:
    values = [value for known, value in root.headers if known == name]
    return [address for value in values for address in addresses.read(value)]


def _headers(root: Part) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in root.headers:
        headers.setdefault(name, []).append(words.decode(value))
    return headers


def _sorted_out(root: Part) -> tuple[list[Part], list[Part]]:
    """Tell the parts that are the letter from those that are attached to it."""
    bodies: list[Part] = []
    attached: list[Part] = []
    for part in root.leaves():
        (bodies if _is_body(part, is_root=part is root) else attached).append(part)
    return bodies, attached


def _is_body(part: Part, *, is_root: bool) -> bool:
    if part.type.startswith("multipart/"):
        return True  # without parts, so it is read as text
    if not part.type.startswith("text/") or part.disposition[0] == "attachment":
        return False
    return is_root or (part.type in ("text/plain", "text/html") and not part.filename)


def _texts(bodies: Iterable[Part], defects: list[str]) -> str:
    return "\n".join(filter(None, (_text(part, defects) for part in bodies)))


def _text(part: Part, defects: list[str]) -> str:
    data = part.content()
    charset = part.parameters.get("charset", "")
    if not charset and part.type == "text/html":
        named = _CHARSET_IN_HTML.search(data, 0, _HEAD_OF_HTML)
        charset = named[1].decode("ascii", "replace") if named else ""
    text, defect = charsets.decode(data, charset)
    if defect:
        defects.append(defect)
    return text.replace("\r\n", "\n")


def _attachment(part: Part, number: int) -> Attachment:
    content = part.content()
    name = part.filename or _name_for(part, content, number)
    return Attachment(name, part.type, content, part.cid)


def _name_for(part: Part, content: bytes, number: int) -> str:
    if part.type == "message/rfc822" and (subject := subject_of(content)):
        return f"{subject}.eml"
    return f"part-{number}{_SUFFIXES.get(part.type, '.bin')}"


def _utc(raw: bytes) -> str:
    try:
        parsed = parsedate_tz(raw.decode("latin-1"))
        if not parsed:
            return ""
        written = datetime(*parsed[:6], tzinfo=UTC)
        return (written - timedelta(seconds=parsed[9] or 0)).isoformat()
    except (ValueError, OverflowError, TypeError, IndexError):
        return ""
