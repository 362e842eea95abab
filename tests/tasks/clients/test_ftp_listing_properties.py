"""Whatever a server writes in one of the known styles is read back; whatever else, handed back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from opsplay.tasks.clients.ftp_listing import (
    Entry,
    Type,
    parse_list,
    parse_mlsd,
    write_time,
)

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
HALF_A_YEAR = timedelta(days=180)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
UNIX_TYPES: dict[str, Type] = {
    "-": "file",
    "d": "dir",
    "l": "link",
    "b": "other",
    "c": "other",
    "p": "other",
    "s": "other",
}
MLSD_TYPES: list[tuple[str, Type]] = [
    ("file", "file"),
    ("dir", "dir"),
    ("OS.unix=slink:/a", "link"),
    ("OS.unix=symlink", "link"),
    ("OS.unix=chr-13/29", "other"),
]

# No line of a listing can hold these: the ends of lines, of texts and of folders.
letters = st.characters(exclude_characters="\r\n\0/", exclude_categories=["Cs"])
bytes_that_are_no_text = st.sampled_from([chr(0xDC00 + byte) for byte in range(0x80, 0x100)])
names = st.text(letters | bytes_that_are_no_text, min_size=1, max_size=255).filter(
    lambda name: name not in (".", "..")
)
owners = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.$+-]{0,15}", fullmatch=True) | st.integers(
    0, 2**32 - 1
).map(str)
sizes = st.integers(0, 2**63 - 1)
moments = st.integers(0, int(NOW.timestamp()) // 60).map(
    lambda minute: datetime.fromtimestamp(minute * 60, UTC)
)


@dataclass(frozen=True)
class Written:
    """A line, and what it says."""

    line: str
    entry: Entry

    def __str__(self) -> str:
        return self.line


modes = st.tuples(
    st.sampled_from(list(UNIX_TYPES)),
    *(st.sampled_from(choices) for choices in ["-r", "-w", "-xsS"] * 2 + ["-r", "-w", "-xtT"]),
).map("".join)


@st.composite
def unix_lines(draw: st.DrawFn) -> Written:
    mode, size, moment = draw(modes), draw(sizes), draw(moments)
    facts = {"mode": mode, "owners": " ".join(draw(st.lists(owners, min_size=1, max_size=2)))}
    stamp, told = draw(st.sampled_from([short_stamp, long_stamp, iso_stamp, chinese_stamp]))(moment)
    name = draw(names.filter(lambda name: mode[0] != "l" or " -> " not in name))
    written = name
    if mode[0] == "l" and draw(st.booleans()):
        facts["target"] = draw(names)
        written = f"{name} -> {facts['target']}"
    start = draw(st.sampled_from(["   1 ", ". 12 ", "+ 99999 ", "@ 1  "]))
    line = f"{mode}{start}{facts['owners']} {size:>{draw(st.integers(1, 12))}} {stamp} {written}"
    entry = Entry(
        name=name,
        type=UNIX_TYPES[mode[0]],
        size=size,
        mtime=told.timestamp(),
        exact=False,
        perm=mode[1:],
        facts=facts,
    )
    return Written(line, entry)


def short_stamp(moment: datetime) -> tuple[str, datetime]:
    """Write a time as ls does: with the hour for half a year, with the year before that."""
    if moment < NOW - HALF_A_YEAR:
        return long_stamp(moment)
    return f"{MONTHS[moment.month - 1]} {moment.day:2} {moment:%H:%M}", moment


def long_stamp(moment: datetime) -> tuple[str, datetime]:
    return f"{MONTHS[moment.month - 1]} {moment.day:2}  {moment.year}", day(moment)


def iso_stamp(moment: datetime) -> tuple[str, datetime]:
    return f"{moment:%Y-%m-%d %H:%M}", moment


def chinese_stamp(moment: datetime) -> tuple[str, datetime]:
    return f"{moment.month:2}月 {moment.day:2}日 {moment.year}年", day(moment)


def day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0)


@st.composite
def dos_lines(draw: st.DrawFn) -> Written:
    moment, name = draw(moments), draw(names)
    stamp = moment.strftime(
        draw(st.sampled_from(["%m-%d-%y  %I:%M%p", "%m-%d-%Y  %I:%M%p", "%Y-%m-%d  %H:%M"]))
    )
    size = draw(sizes | st.none())
    kind: Type = "dir" if size is None else "file"
    middle = "       <DIR>          " if size is None else f" {size:19} "
    return Written(
        f"{stamp}{middle}{name}",
        Entry(name=name, type=kind, size=size, mtime=moment.timestamp(), exact=False),
    )


facts = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9.]{0,11}", fullmatch=True),
    st.text(st.characters(exclude_characters="\r\n\0; ", exclude_categories=["Cs"]), max_size=20),
    max_size=4,
)


@st.composite
def mlsd_lines(draw: st.DrawFn) -> Written:
    word, kind = draw(st.sampled_from(MLSD_TYPES))
    name, size, mtime = draw(names), draw(sizes), draw(st.integers(0, 4_000_000_000))
    told = {
        **draw(facts),
        "type": word,
        "size": str(size),
        "modify": write_time(mtime),
        "perm": draw(st.sampled_from(["", "adfrw", "flcdmpe"])),
    }
    entry = Entry(name=name, type=kind, size=size, mtime=mtime, perm=told["perm"], facts=told)
    keys = draw(st.permutations(list(told)))
    cased = [draw(st.sampled_from([key, key.upper(), key.title()])) for key in keys]
    written = "".join(f"{shown}={told[key]};" for shown, key in zip(cased, keys, strict=True))
    return Written(f"{written} {name}", entry)


lines_of_nothing = st.text(letters, min_size=1).filter(
    lambda line: not re.match(r"total \d+$|[-bcdlps][-rwxsStTlL]{9}|\d", line)
)
facts_of_nothing = st.text(letters, min_size=1).filter(
    lambda line: not line.startswith(" ") and not line.partition(" ")[0].endswith(";")
)


@given(st.lists(unix_lines(), unique_by=lambda written: written.line))
def test_what_a_unix_server_lists_is_read_back(listed: list[Written]) -> None:
    listing = parse_list([written.line for written in listed], NOW)
    assert listing.entries == tuple(written.entry for written in listed)
    assert listing.unreadable == ()


@given(st.lists(dos_lines(), unique_by=lambda written: written.line))
def test_what_a_dos_server_lists_is_read_back(listed: list[Written]) -> None:
    listing = parse_list([written.line for written in listed], NOW)
    assert listing.entries == tuple(written.entry for written in listed)
    assert listing.unreadable == ()


@given(st.lists(mlsd_lines(), unique_by=lambda written: written.line))
def test_what_mlsd_lists_is_read_back(listed: list[Written]) -> None:
    listing = parse_mlsd([written.line for written in listed])
    assert listing.entries == tuple(written.entry for written in listed)
    assert listing.unreadable == ()


@given(
    st.lists(unix_lines() | dos_lines() | lines_of_nothing, unique_by=str),
)
def test_lines_that_make_no_sense_do_not_hide_the_others(lines: list[Written | str]) -> None:
    listing = parse_list([str(line) for line in lines], NOW)
    assert listing.entries == tuple(line.entry for line in lines if isinstance(line, Written))
    assert listing.unreadable == tuple(line for line in lines if isinstance(line, str))


@given(st.lists(mlsd_lines() | facts_of_nothing, unique_by=str))
def test_facts_that_make_no_sense_do_not_hide_the_others(lines: list[Written | str]) -> None:
    listing = parse_mlsd([str(line) for line in lines])
    assert listing.entries == tuple(line.entry for line in lines if isinstance(line, Written))
    assert listing.unreadable == tuple(line for line in lines if isinstance(line, str))


nearly = st.text(st.sampled_from("-rwx 0123456789:,JanDIR<>APM月年日;=\u0663"))


@given(st.text(letters) | nearly | nearly.map("-rw-r--r-- 1 li {}".format))
def test_every_line_is_an_entry_or_handed_back(line: str) -> None:
    assume(line and not re.fullmatch(r"total \d+", line))
    for listing in (parse_list([line], NOW), parse_mlsd([line])):
        is_dots = line.endswith((" .", " ..")) or re.match(r"type=[cp]dir", line)
        assert len(listing.entries) + len(listing.unreadable) == (0 if is_dots else 1)


@pytest.mark.parametrize("number", ["1" * 5000, "9" * 4000])
def test_a_size_without_end_breaks_nothing(number: str) -> None:
    parse_mlsd([f"type=file;size={number}; a"])
    parse_list([f"-rw-r--r-- 1 li li {number} Jan  1 00:00 a"], NOW)


@pytest.mark.parametrize(
    "line",
    [
        "-rw-r--r-- 1 a" + " " * 4000 + "x",
        "-rw-r--r-- 1 a" + " 1" * 2000,
        "-rw-r--r-- 1 a" + (" 1," + " " * 60 + "1" * 60) * 30,
        "-rw-r--r-- 1 a" + " 1 Jan 1 " * 400,
        "02-28-24  03:04" + " " * 4000 + "x",
        "02-28-24  03:04PM  " + "1" * 4000,
    ],
)
def test_lines_made_to_take_long_are_read_in_no_time(line: str) -> None:
    """Were it more than linear, this would take longer than a test may."""
    assert len(parse_list([line] * 1000, NOW).lines) == 1000


words = st.sampled_from(["1", "li", "7", "1024", "1,", "Jan", "3", "12:30", "2024", " x", "a.txt"])
files = st.builds(
    "1 {} {} {} {} {}".format, owners, owners, sizes, st.sampled_from(["Jan  3 12:30"]), names
)


@given(st.lists(words, max_size=12).map(" ".join) | files)
def test_a_mark_behind_the_mode_changes_nothing_else(rest: str) -> None:
    plain, marked = (parse_list([f"-rw-r--r--{mark} {rest}"], NOW).entries for mark in ("", "."))
    assert plain == marked
