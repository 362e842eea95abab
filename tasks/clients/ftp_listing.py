"""Reads what FTP servers list: MLSD (RFC 3659), and LIST as unix and DOS servers write it.

MLSD is a standard: names as they are, sizes in bytes, times in UTC. LIST is written for people:
its times have no zone, no seconds and often no year, so they only serve to be shown (`exact` is
off). Lines that cannot be read are handed back: whoever copies a folder must know of them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from sys import intern
from typing import Literal, TypeAlias

from ...runner.dataclasses import dataclass, field

Type: TypeAlias = Literal["file", "dir", "link", "other"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A file or folder on the server; `mtime` is in seconds since the epoch."""

    name: str
    type: Type
    size: int | None = None
    mtime: float | None = None
    exact: bool = True
    """Whether `mtime` is right to the second."""
    perm: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Listing:
    """What a folder holds: `lines` as they came, those of them that make no sense apart."""

    entries: tuple[Entry, ...]
    lines: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


# MLSD ---------------------------------------------------------------------------------------

_SELF_AND_PARENT = ("cdir", "pdir")
_MOST_DIGITS = 20
"""More than any size has; int() refuses numbers of thousands."""
_TO_MINUTE, _STAMP = 12, 14
_SECONDS = {f"{second:02}": second for second in range(60)}


def parse_mlsd(lines: Iterable[str]) -> Listing:
    """Read the lines of a folder, while they come; itself and its parent are left out."""
    told: list[str] = []
    read: dict[str, Entry | None] = {}
    for line in lines:
        if line:
            told.append(line)
            read[line] = parse_facts(line)
    entries = [
        entry
        for entry in read.values()
        if entry
        and entry.facts.get("type", "").lower() not in _SELF_AND_PARENT
        and entry.name not in (".", "..")
    ]
    unreadable = [line for line, entry in read.items() if entry is None]
    return Listing(tuple(entries), tuple(told), tuple(unreadable))


def parse_facts(line: str) -> Entry | None:
    """Read `type=file;size=12;modify=20250101120000; the name`."""
    written, space, name = line.partition(" ")
    if not space or not name or (written and not written.endswith(";")):
        return None
    # Interned, because a listing of 100,000 files says most of it 100,000 times.
    pairs = (fact.partition("=") for fact in written.split(";") if fact)
    facts = {intern(key.lower()): intern(value) for key, _, value in pairs}
    mtime = parse_time(facts.get("modify", ""))
    return Entry(
        name=name,
        type=_mlsd_type(facts.get("type", "")),
        size=parse_size(facts.get("size", facts.get("sizd", ""))),
        mtime=mtime,
        exact=mtime is not None,
        perm=facts.get("perm", ""),
        facts=facts,
    )


def _mlsd_type(written: str) -> Type:
    match written.lower():
        case "file" | "":
            return "file"
        case "dir" | "cdir" | "pdir":
            return "dir"
        case text if text.startswith(("os.unix=slink", "os.unix=symlink")):
            return "link"
        case _:
            return "other"


def parse_size(text: str) -> int | None:
    return int(text) if len(text) < _MOST_DIGITS and text.isascii() and text.isdigit() else None


def parse_time(text: str) -> float | None:
    """Read YYYYMMDDHHMMSS with or without a fraction, in UTC; what is no time is None."""
    minute, second = _minute(text[:_TO_MINUTE]), _SECONDS.get(text[_TO_MINUTE:_STAMP])
    return None if minute is None or second is None else minute + second


@lru_cache(maxsize=4096)
def _minute(text: str) -> float | None:
    """Read YYYYMMDDHHMM; remembered, because many files share their minute."""
    if len(text) < _TO_MINUTE or not (text.isascii() and text.isdigit()):
        return None
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    try:
        return datetime(year, month, day, int(text[8:10]), int(text[10:]), tzinfo=UTC).timestamp()
    except ValueError:
        return None


def write_time(seconds: float) -> str:
    """Write a time as MFMT and MDTM take it."""
    return "%04d%02d%02d%02d%02d%02d" % time.gmtime(int(seconds))[:6]  # noqa: UP031  # twice as quick as format


# LIST ---------------------------------------------------------------------------------------

# Possessive, where that loses nothing: a line that does not fit must not be tried in many ways.
_UNIX = (
    r"(?P<mode>[-bcdlps][-rwxsStTlL]{9})[.+@]?\s++"
    r"(?:\d++\s++)?(?P<owners>\S++(?:\s++\S++)*?)\s++(?:\d++,\s++)?(?P<size>\d++)\s++"
    r"(?P<when>(?:[A-Z][a-z]{2}|\d{1,2}月)\s++\d{1,2}日?\s++(?:\d{4}年?|\d{1,2}:\d{2})"
    r"|\d{4}-\d{2}-\d{2} \d{2}:\d{2})\s(?P<name>.+)"
)
_FILE = (
    r"(-[-rwxsStTlL]{9})\s++\d++\s++(\S++\s++\S++)\s++([0-9]{1,19}+)\s++"
    r"([A-Z][a-z]{2}\s++\d{1,2}\s++(?:\d{4}|\d{1,2}:\d{2}))\s(.+)"
)
"""As nearly all lines are; to read one with all that there may be takes twice as long."""
_DOS = (
    r"(?P<date>\d{2}-\d{2}-\d{2}(?:\d{2})?|\d{4}-\d{2}-\d{2})\s++(?P<time>\d{1,2}:\d{2})"
    r"(?:\s*+(?P<half>[AP]M))?\s++"
    r"(?:<(?P<kind>DIR|JUNCTION|SYMLINKD?)>\s{10}|(?P<size>\d++)\s)(?P<name>.+)"
)
_TOTAL = r"total \d+"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNIX_TYPES: Mapping[str, Type] = {"-": "file", "d": "dir", "l": "link"}
_DOS_TYPES: Mapping[str | None, Type] = {None: "file", "DIR": "dir"}
_DOS_DATES = {8: "%m-%d-%y", 10: "%m-%d-%Y"}
_CLOCKS_DIFFER = timedelta(days=1)
_LONGEST_LINE = 4096
"""Longer than any name can be; the patterns take more than linear time for what does not fit."""


def parse_list(lines: Iterable[str], now: datetime) -> Listing:
    """Read the lines of a folder, while they come; `now` tells the year where a line has none."""
    told: list[str] = []
    read: dict[str, Entry | None] = {}
    for line in lines:
        if line and (line[0] != "t" or not _is_total(line)):
            told.append(line)
            read[line] = _parse_line(line, now)
    entries = [entry for entry in read.values() if entry and entry.name not in (".", "..")]
    unreadable = [line for line, entry in read.items() if entry is None]
    return Listing(tuple(entries), tuple(told), tuple(unreadable))


def _is_total(line: str) -> bool:
    return re.fullmatch(_TOTAL, line) is not None


def _parse_line(line: str, now: datetime) -> Entry | None:
    if len(line) > _LONGEST_LINE:
        return None
    try:
        if match := _compiled(_FILE).fullmatch(line):
            return _file(match, now)
        if match := _compiled(_UNIX).fullmatch(line):
            return _unix(match, now)
        if match := _compiled(_DOS).fullmatch(line):
            return _dos(match)
    except ValueError:  # the 31st of February
        return None
    return None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when it is first needed, which takes as long as a login."""
    return re.compile(pattern)


def _file(match: re.Match[str], now: datetime) -> Entry:
    mode, owners, size, when, name = match.groups()
    return Entry(
        name=name,
        type="file",
        size=int(size),
        mtime=_unix_time(when, now),
        exact=False,
        perm=mode[1:],
        facts=_facts(mode, owners),
    )


def _unix(match: re.Match[str], now: datetime) -> Entry:
    mode, owners, size, when, name = match.groups()
    facts = _facts(mode, owners)
    # Not at the beginning: no name is empty.
    if mode[0] == "l" and (arrow := name.find(" -> ", 1)) > 0:
        facts = {**facts, "target": name[arrow + len(" -> ") :]}
        name = name[:arrow]
    return Entry(
        name=name,
        type=_UNIX_TYPES.get(mode[0], "other"),
        size=parse_size(size),
        mtime=_unix_time(when, now),
        exact=False,
        perm=mode[1:],
        facts=facts,
    )


@lru_cache(maxsize=64)
def _facts(mode: str, owners: str) -> Mapping[str, str]:
    """Give what most files of a folder have in common, and share."""
    return {"mode": mode, "owners": owners}


@lru_cache(maxsize=1024)
def _unix_time(written: str, now: datetime) -> float:
    if written[4] == "-":
        return datetime.fromisoformat(written).replace(tzinfo=UTC).timestamp()
    month, day, last = written.split()
    hour, colon, minute = last.partition(":")
    if colon:
        moment = _latest(_month(month), _number(day), int(hour), int(minute), now)
    else:
        moment = datetime(_number(last), _month(month), _number(day), tzinfo=UTC)
    return moment.timestamp()


def _month(text: str) -> int:
    return _number(text) if text.endswith("月") else _MONTHS.index(text) + 1


def _number(text: str) -> int:
    """Read a number, and what it is called after it in Chinese."""
    return int(text.rstrip("年月日"))


def _latest(month: int, day: int, hour: int, minute: int, now: datetime) -> datetime:
    """Give the last such day; servers leave out the year for about half a year back."""
    for year in range(now.year + 1, now.year - 8, -1):
        try:
            moment = datetime(year, month, day, hour, minute, tzinfo=UTC)
        except ValueError:  # the 29th of February of another year
            continue
        if moment <= now + _CLOCKS_DIFFER:
            return moment
    raise ValueError(month, day)


def _dos(match: re.Match[str]) -> Entry:
    date = match["date"]
    day_format = "%Y-%m-%d" if date[4] == "-" else _DOS_DATES[len(date)]
    clock, clock_format = match["time"], "%H:%M"
    if match["half"]:
        clock, clock_format = clock + match["half"], "%I:%M%p"
    moment = datetime.strptime(f"{date} {clock} +0000", f"{day_format} {clock_format} %z")
    return Entry(
        name=match["name"],
        type=_DOS_TYPES.get(match["kind"], "link"),
        size=parse_size(match["size"] or ""),
        mtime=moment.timestamp(),
        exact=False,
        facts={},
    )


# Permissions ----------------------------------------------------------------------------------

_LETTERS = "rwxrwxrwx"
_SPECIAL = {2: ("sS", 0o4000), 5: ("sSlL", 0o2000), 8: ("tT", 0o1000)}


def permissions(entry: Entry) -> int | None:
    """The bits of a mode, as MLSD or LIST of a unix server tell them."""
    told = entry.facts.get("unix.mode", "")
    if re.fullmatch("[0-7]{3,6}", told):
        return int(told, 8) & 0o7777
    return _bits(entry.perm) if re.fullmatch("[-rwxsStTlL]{9}", entry.perm) else None


def _bits(perm: str) -> int:
    """Read `rwxr-xr-x`; small `s` and `t` stand for an `x` too."""
    bits = sum(0o400 >> at for at in range(9) if perm[at] == _LETTERS[at] or perm[at] in "st")
    return bits | sum(bit for at, (letters, bit) in _SPECIAL.items() if perm[at] in letters)
