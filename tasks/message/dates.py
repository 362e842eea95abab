"""Dates in headers: as RFC 5322 has them, as ctime and ISO 8601 do, and near to these."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime, parsedate_tz

from ...runner.task import TaskError

_AS_MOST = re.compile(r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT)\Z")
_COMMENT = re.compile(r"\([^()]*\)")
_AROUND_COLON = re.compile(r"[ \t\r\n]*:[ \t\r\n]*")
_FRACTION = re.compile(r"(?<=:\d\d)[.,]\d+")
_ZONE_WITH_COLON = re.compile(r"(?:GMT|UTC?)?([+-]\d\d):?(\d\d)(?:[ \t]+[A-Z]{2,5})?[ \t\"]*\Z")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ]+(\d\d:\d\d(?::\d\d)?)[ ]*(.*)\Z", re.DOTALL)
# Beyond those of America, which are known anyway.
_ZONES = {
    "WEST": "+0100",
    "BST": "+0100",
    "CET": "+0100",
    "MET": "+0100",
    "CEST": "+0200",
    "MEST": "+0200",
    "EET": "+0200",
    "EEST": "+0300",
    "MSK": "+0300",
    "HKT": "+0800",
    "JST": "+0900",
    "KST": "+0900",
}
_LONGEST = 200


def written(field: str, text: str) -> datetime:
    """Read what a person wrote, without a zone in ours; raises TaskError, which names the field."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text)
            return found if found.tzinfo else found.astimezone()
        except (ValueError, OverflowError):
            continue
    raise TaskError(f"{field}: {text!r} is no date; write it like 2026-11-25T08:30:00+08:00")


def utc(raw: bytes) -> str:
    """Give a date in UTC, as ISO 8601 has it; nothing if it cannot be understood."""
    text = raw[:_LONGEST].decode("latin-1")
    if not _AS_MOST.match(text):
        text = _plain(text)
    try:
        return (_iso(text) or _rfc(text)).isoformat()
    except (ValueError, OverflowError, TypeError, IndexError):
        return ""


def _plain(text: str) -> str:
    text = _COMMENT.sub("", text).replace(" ,", ",")
    text = _FRACTION.sub("", _AROUND_COLON.sub(":", text))
    text = _ZONE_WITH_COLON.sub(r"\1\2", text.strip())
    before, _, zone = text.rpartition(" ")
    return f"{before} {_ZONES[zone]}" if zone in _ZONES else text


def _iso(text: str) -> datetime | None:
    found = _ISO.match(text)
    if not found:
        return None
    written = datetime.fromisoformat("T".join(found.groups()[:2]) + found[3])
    return written.replace(tzinfo=UTC) if written.tzinfo is None else written.astimezone(UTC)


def _rfc(text: str) -> datetime:
    parsed = parsedate_tz(text)
    if not parsed:
        raise ValueError
    year, month, day, hour, minute, second = parsed[:6]
    # A second may be put in; no clock here has it.
    written = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    return written - timedelta(seconds=parsed[9] or 0)
