"""Amounts as people write them: sizes, and moments in time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from ..runner.task import Pattern, TaskError

SIZE = Pattern(r"^\s*\d{1,15}\s*[bkmgBKMG]?\s*$", "a size in bytes, or as 500K or 20M")

_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AMOUNT = re.compile(r"\s*(\d{1,15})\s*([a-z]?)\s*")


def size(written: str | int) -> int:
    """Read a number of bytes that fits SIZE."""
    match = _AMOUNT.fullmatch(str(written).lower())
    return int(match[1]) * _UNITS[match[2]] if match else 0


def moment(field: str, written: str, now: datetime) -> datetime:
    """Read a date, a time of day on it (ours, unless it names a zone), or an age such as 2d."""
    age = _AMOUNT.fullmatch(written.lower())
    try:
        if age and age[2] in _SECONDS:
            return now - timedelta(seconds=int(age[1]) * _SECONDS[age[2]])
        return datetime.fromisoformat(written.strip()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise TaskError(
            f"{field}: {written!r} is no time; write 2026-11-23, 2026-11-23 08:30 or an age such as"
            " 2d or 3h"
        ) from error
