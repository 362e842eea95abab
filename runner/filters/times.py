"""Filters for dates and times."""

from __future__ import annotations

import time
from datetime import datetime


def to_datetime(text: str, format: str = "%Y-%m-%d %H:%M:%S") -> datetime:  # Ansible's name
    """The moment that a text names; two of them can be subtracted."""
    return datetime.strptime(text, format)  # noqa: DTZ007  # the format may have no zone


def strftime(format: str, second: float | str | None = None, utc: bool = False) -> str:
    """Now, or the second of the epoch, in the form `%Y-%m-%d …`."""
    try:
        moment = None if second is None else float(second)
    except (TypeError, ValueError):
        raise ValueError(f"Invalid value for epoch value ({second})") from None
    return time.strftime(format, time.gmtime(moment) if utc else time.localtime(moment))
