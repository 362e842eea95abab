"""What a server tells of a mail that did not arrive: to whom, and why.

As RFC 3464 has it, and as the commonest servers that keep to no RFC write it: qmail, Exim and old
Postfix say it in the text, each in a form of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...runner.dataclasses import dataclass
from . import header_block, words
from .head import head
from .part import Part

_DAEMON = re.compile(r"mailer-daemon|postmaster|mail delivery (?:sub)?system", re.IGNORECASE)
_PARAGRAPH = re.compile(
    r"^<([^<>\s]{1,320})>(?: \([^()\n]{0,400}\))?:[ \t]*\n?((?:[ \t]*\S[^\n]*(?:\n|\Z)){0,30})",
    re.MULTILINE,
)
_BLOCK_OF_EXIM = re.compile(
    r"^  ([^\s<>@]{1,100}@[^\s<>]{1,255})\n((?:    [^\n]+(?:\n|\Z)){1,30})", re.MULTILINE
)
_BLANK_LINES = re.compile(rb"\n(?:[ \t\r]*\n)+")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45])\d\d[ -]")
_IDENTIFIER = re.compile(r"^Message-ID:\s{0,200}(<[^<>\s]{1,1000}>)", re.IGNORECASE | re.MULTILINE)
_HEADERS_OF_MAIL = {
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global-headers",
}
_LARGEST = 1024 * 1024


@dataclass(frozen=True)
class Failure:
    """What became of one receiver's copy."""

    address: str
    action: str
    """failed, delayed, delivered, relayed or expanded."""
    status: str
    """As RFC 3463 numbers them: 5.1.1 is a mailbox that does not exist."""
    diagnostic: str


@dataclass(frozen=True)
class Bounce:
    recipients: list[Failure]
    message_id: str
    """Of the mail that this is about; empty if it is not told."""


def bounce(
    headers: Mapping[str, Sequence[str]], leaves: Sequence[Part], text: str
) -> Bounce | None:
    """Read what a mail tells about another's delivery; None if it is none of this kind."""
    failures = [
        failure
        for part in leaves
        if part.type in {"message/delivery-status", "message/global-delivery-status"}
        for failure in _reported(part.content(_LARGEST))
    ]
    if not failures and _is_from_a_daemon(headers):
        failures = list(_told(text))
    return Bounce(failures, _original(leaves, text)) if failures else None


def _reported(data: bytes) -> Iterator[Failure]:
    for group in _BLANK_LINES.split(data.strip()):
        found, _ = header_block.read(group, 0, len(group), [])
        fields = {name: words.decode(value) for name, value in reversed(found)}
        if "final-recipient" in fields or "original-recipient" in fields:
            yield _failure(fields)


def _failure(fields: Mapping[str, str]) -> Failure:
    address = fields.get("final-recipient") or fields.get("original-recipient", "")
    diagnostic = " ".join(_behind_type(fields.get("diagnostic-code", "")).split())
    status = _STATUS.search(fields.get("status", "")) or _STATUS.search(diagnostic)
    return Failure(
        address=_behind_type(address).strip("<> "),
        action=fields.get("action", "failed").split(" ")[0].lower(),
        status=status[1] if status else "",
        diagnostic=diagnostic,
    )


def _behind_type(value: str) -> str:
    """Drop `rfc822;` or `smtp;`."""
    before, semicolon, behind = value.partition(";")
    return behind.strip() if semicolon and " " not in before.strip() else value.strip()


def _is_from_a_daemon(headers: Mapping[str, Sequence[str]]) -> bool:
    if "x-failed-recipients" in headers or headers.get("return-path") == ["<>"]:
        return True
    return any(_DAEMON.search(sender) for sender in headers.get("from", ()))


def _told(text: str) -> Iterator[Failure]:
    beginning = text[:_LARGEST]
    found = _PARAGRAPH.findall(beginning) or _BLOCK_OF_EXIM.findall(beginning)
    for address, reason in found:
        diagnostic = " ".join(reason.split())
        status, reply = _STATUS.search(diagnostic), _REPLY.search(diagnostic)
        number = status[1] if status else f"{reply[1]}.0.0" if reply else ""
        action = "delayed" if number.startswith("4") else "failed"
        yield Failure(address, action, number, diagnostic)


def _original(leaves: Iterable[Part], text: str) -> str:
    for part in leaves:
        if part.is_mail or part.type in _HEADERS_OF_MAIL:
            return head(part.content(_LARGEST)).message_id
    found = _IDENTIFIER.search(text, 0, _LARGEST)
    return found[1] if found else ""
