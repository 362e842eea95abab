"""The head of a message in words: from whom, to whom, when, about what, in answer to what."""

from __future__ import annotations

import re
from typing import Any

from ...runner.dataclasses import dataclass
from . import addresses, dates, header_block, words
from .addresses import Address
from .header_block import Headers
from .parameters import Parameters
from .source import Raw

_IDENTIFIER = re.compile(r"<[^<>\s]{1,1000}>")
_CHARSET_OF_WORD = re.compile(rb"=\?([A-Za-z0-9_-]{2,40})(?:\*[^?]{0,20})?\?[bBqQ]\?")
_OF_LISTS = ("list-id", "list-post", "list-help", "list-subscribe", "list-unsubscribe")
_MORE_OF_LISTS = ("list-unsubscribe-post", "list-owner", "list-archive")


@dataclass(frozen=True, kw_only=True)
class Head:
    """The headers in words. Addresses are lists, for a header may hold any number."""

    subject: str
    sender: list[Address]
    to: list[Address]
    cc: list[Address]
    reply_to: list[Address]
    date: str
    """In UTC, ISO 8601; empty if the message has none that can be understood."""
    date_as_written: str
    message_id: str
    in_reply_to: str
    references: list[str]
    mailing_list: dict[str, str]
    """What a list's server says of it, by the header's name in lower case; {} if it is none."""
    headers: dict[str, list[str]]
    """Every value by the header's name in lower case."""


def head(raw: Raw) -> Head:
    """Read the headers alone, of a message or of its beginning."""
    found, _ = header_block.read(raw, header_block.start_of(raw), len(raw), [])
    return Head(**fields(found, likely_charset(found)))


def subject(raw: Raw) -> str:
    """Read the subject alone: of 20,000 mails in one mail, that is the name of each."""
    found, _ = header_block.read(raw, header_block.start_of(raw), len(raw), [])
    first = next((value for name, value in found if name == "subject" and value), b"")
    return words.decode(first, likely_charset(found)) if first else ""


def fields(headers: Headers, likely: str) -> dict[str, Any]:
    """What a Head is made of; `likely` is the charset of bytes that name none."""
    raw = {name: value for name, value in reversed(headers) if value}
    decoded: dict[str, list[str]] = {}
    for name, value in headers:
        decoded.setdefault(name, []).append(words.decode(value, likely))
    first = {name: next(filter(None, values), "") for name, values in decoded.items()}
    return {
        "subject": first.get("subject", ""),
        "sender": addresses.read(raw.get("from") or raw.get("sender", b""), likely),
        **{
            key: _people(headers, key.replace("_", "-"), likely) for key in ("to", "cc", "reply_to")
        },
        "date": dates.utc(raw.get("date", b"")),
        "date_as_written": first.get("date", ""),
        "message_id": first.get("message-id", ""),
        "in_reply_to": next(iter(_identifiers(first.get("in-reply-to", ""))), ""),
        "references": _identifiers(" ".join(decoded.get("references", []))),
        "mailing_list": {n: first[n] for n in (*_OF_LISTS, *_MORE_OF_LISTS) if n in first},
        "headers": decoded,
    }


def likely_charset(headers: Headers) -> str:
    """Tell which charset the sender writes in, as far as the headers tell."""
    for name, value in headers:
        if name == "content-type" and (charset := Parameters(value).text("charset")):
            return charset
    for _, value in headers:
        if b"=?" in value and (word := _CHARSET_OF_WORD.search(value)):
            return word[1].decode("ascii")
    return ""


def _people(headers: Headers, name: str, likely: str) -> list[Address]:
    values = [value for known, value in headers if known == name]
    return [address for value in values for address in addresses.read(value, likely)]


def _identifiers(value: str) -> list[str]:
    return _IDENTIFIER.findall(value) or value.split()[:1]
