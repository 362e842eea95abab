"""What lies on the scripted IMAP server: folders of mails, each with flags and a uid."""

from __future__ import annotations

import email.utils
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.parser import BytesHeaderParser

RECEIVED = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


@dataclass(eq=False)
class Stored:
    uid: int
    data: bytes
    flags: set[str] = field(default_factory=set)
    received: datetime = RECEIVED

    @property
    def head(self) -> bytes:
        head, gap, _ = self.data.partition(b"\r\n\r\n")
        return head + gap

    @property
    def text(self) -> bytes:
        return self.data.removeprefix(self.head)

    def header(self, name: str) -> str:
        return str(BytesHeaderParser().parsebytes(self.data).get(name, ""))


@dataclass(eq=False)
class Folder:
    validity: int = 1
    mails: list[Stored] = field(default_factory=list)
    uids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, data: bytes, flags: Sequence[str] = ()) -> Stored:
        self.mails.append(Stored(next(self.uids), data, set(flags)))
        return self.mails[-1]


def wanted(numbers: str, top: int) -> Callable[[int], bool]:
    """Read a set such as `1,3:5,7:*`."""
    ranges = []
    for part in numbers.split(","):
        first, _, last = part.replace("*", str(top)).partition(":")
        ranges.append(sorted((int(first), int(last or first))))
    return lambda number: any(low <= number <= high for low, high in ranges)


def is_found(mail: Stored, keys: list[str], top: int) -> bool:
    """Walk the keys of a SEARCH; all must hold."""
    keys = list(keys)
    found = True
    while keys:
        found = _holds(mail, keys, top) and found
    return found


def _holds(mail: Stored, keys: list[str], top: int) -> bool:
    key = keys.pop(0).upper()
    if key == "NOT":
        return not _holds(mail, keys, top)
    if key == "OR":
        # Both are read, whatever the first says.
        return any([_holds(mail, keys, top), _holds(mail, keys, top)])
    if key in _WITHOUT_ARGUMENT:
        return _WITHOUT_ARGUMENT[key](mail)
    if key == "HEADER":
        key = keys.pop(0)
    elif key in _WITH_ARGUMENT:
        return _WITH_ARGUMENT[key](mail, keys.pop(0))
    elif key == "UID":
        return wanted(keys.pop(0), top)(mail.uid)
    return keys.pop(0).lower() in mail.header(key).lower()


def _day(text: str) -> date:
    return datetime.strptime(text, "%d-%b-%Y").replace(tzinfo=UTC).date()


def _sent(mail: Stored) -> date:
    return email.utils.parsedate_to_datetime(mail.header("Date")).date()


_WITHOUT_ARGUMENT: dict[str, Callable[[Stored], bool]] = {
    "ALL": lambda _: True,
    "SEEN": lambda mail: r"\Seen" in mail.flags,
    "UNSEEN": lambda mail: r"\Seen" not in mail.flags,
    "FLAGGED": lambda mail: r"\Flagged" in mail.flags,
    "DELETED": lambda mail: r"\Deleted" in mail.flags,
    "UNDELETED": lambda mail: r"\Deleted" not in mail.flags,
}
_WITH_ARGUMENT: dict[str, Callable[[Stored, str], bool]] = {
    "LARGER": lambda mail, size: len(mail.data) > int(size),
    "SMALLER": lambda mail, size: len(mail.data) < int(size),
    "SINCE": lambda mail, day: mail.received.date() >= _day(day),
    "BEFORE": lambda mail, day: mail.received.date() < _day(day),
    "SENTSINCE": lambda mail, day: _sent(mail) >= _day(day),
    "SENTBEFORE": lambda mail, day: _sent(mail) < _day(day),
    "TEXT": lambda mail, text: text.encode() in mail.data,
    "BODY": lambda mail, text: text.encode() in mail.text,
}
