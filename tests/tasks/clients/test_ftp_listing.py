from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.tasks.clients.ftp_listing import (
    Entry,
    Listing,
    parse_facts,
    parse_list,
    parse_mlsd,
    parse_time,
    write_time,
)

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)

names = st.text(
    st.characters(exclude_characters="\r\n\0/", exclude_categories=["Cs"]), min_size=1
).filter(lambda name: name not in (".", ".."))
unix_names = names.filter(lambda name: not name[0].isspace() and " -> " not in name)


def when(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[arg-type,misc]


def one(line: str) -> Entry:
    listing = parse_list([line], NOW)
    assert not listing.unreadable
    return listing.entries[0]


# MLSD


def test_every_fact_of_an_mlsd_line_is_kept() -> None:
    line = "type=file;size=12;modify=20250101120000;UNIX.mode=0644;perm=adfrw;unique=8g1; 测试 .txt"
    assert parse_facts(line) == Entry(
        name="测试 .txt",
        type="file",
        size=12,
        mtime=when(2025, 1, 1, 12),
        perm="adfrw",
        facts={
            "type": "file",
            "size": "12",
            "modify": "20250101120000",
            "unix.mode": "0644",
            "perm": "adfrw",
            "unique": "8g1",
        },
    )


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Type=dir; d", "dir"),
        ("type=OS.unix=slink:/etc/passwd; l", "link"),
        ("type=OS.unix=symlink; l", "link"),
        ("type=OS.unix=chr-13/29; c", "other"),
        ("size=3; no type", "file"),
    ],
)
def test_the_type_of_an_mlsd_line(line: str, kind: str) -> None:
    entry = parse_facts(line)
    assert entry is not None
    assert entry.type == kind


def test_the_folder_itself_and_its_parent_are_left_out() -> None:
    lines = ["type=cdir; .", "type=pdir; ..", "type=cdir; /home/li", "type=dir; a", ""]
    assert [entry.name for entry in parse_mlsd(lines).entries] == ["a"]


def test_lines_that_make_no_sense_are_handed_back() -> None:
    assert parse_mlsd(["nonsense", "type=file;"]).unreadable == ("nonsense", "type=file;")


@given(names)
def test_any_name_survives_mlsd(name: str) -> None:
    entry = parse_facts(f"type=file;size=1; {name}")
    assert entry is not None
    assert entry.name == name


@given(st.integers(0, 4_000_000_000))
def test_a_time_survives_being_written_and_read(seconds: int) -> None:
    assert parse_time(write_time(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "2025", "20251301000000", "x"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_time(text) is None


def test_fractions_of_a_second_are_left_out() -> None:
    assert parse_time("20250101120000.123") == when(2025, 1, 1, 12)


# LIST


def test_a_unix_line_with_a_time() -> None:
    assert one("-rw-r--r--   1 li       staff        1234 Feb 28 09:15 测试 .txt") == Entry(
        name="测试 .txt",
        type="file",
        size=1234,
        mtime=when(2025, 2, 28, 9, 15),
        exact=False,
        perm="rw-r--r--",
        facts={"mode": "-rw-r--r--", "owners": "li       staff"},
    )


@pytest.mark.parametrize(
    ("line", "name", "kind", "mtime"),
    [
        ("drwxr-xr-x 2 0 0 4096 Jun 15  2020 sub", "sub", "dir", when(2020, 6, 15)),
        ("-rw-r--r-- 1 0 0 5 Dec 24 18:00 x", "x", "file", when(2024, 12, 24, 18)),
        ("-rw-r--r-- 1 0 0 5 Mar  2 11:59 tomorrow", "tomorrow", "file", when(2025, 3, 2, 11, 59)),
        ("-rw-r--r-- 1 0 0 5 Feb 29 10:00 leap", "leap", "file", when(2024, 2, 29, 10)),
        ("-rw-r--r-- 1 0 0 5 Jan  1 00:00  leading", " leading", "file", when(2025, 1, 1)),
        ("-rw-r--r-- 1 0 5 Jan  1 00:00 no group", "no group", "file", when(2025, 1, 1)),
        ("-rwsr-xr-t. 1 0 0 5 Jan  1 00:00 -rf", "-rf", "file", when(2025, 1, 1)),
        ("-rw-rw-rw-+ 1 A B C 5 Jan  1 00:00 acl", "acl", "file", when(2025, 1, 1)),
        ("crw-rw-rw- 1 root root 1, 3 Jan  1 00:00 null", "null", "other", when(2025, 1, 1)),
        ("-rw-r--r-- 1 0 0 5 2024-05-06 07:08 iso", "iso", "file", when(2024, 5, 6, 7, 8)),
        ("-rw-r--r-- 1 0 0 5 2月  3 10:20 中", "中", "file", when(2025, 2, 3, 10, 20)),
        ("lrwxrwxrwx 1 0 0 7 Jan  1 00:00 a -> /etc/b", "a", "link", when(2025, 1, 1)),
        (
            "02-28-24  03:04PM       <DIR>          My Files",
            "My Files",
            "dir",
            when(2024, 2, 28, 15, 4),
        ),
        (
            "02-28-2024  12:04AM                 1234 a.txt",
            "a.txt",
            "file",
            when(2024, 2, 28, 0, 4),
        ),
        (
            "2024-02-28  15:04                 1234 a b.txt",
            "a b.txt",
            "file",
            when(2024, 2, 28, 15, 4),
        ),
        ("02-28-24  03:04PM       <JUNCTION>          j", "j", "link", when(2024, 2, 28, 15, 4)),
    ],
)
def test_lines_of_unix_and_dos_servers(line: str, name: str, kind: str, mtime: float) -> None:
    entry = one(line)
    assert (entry.name, entry.type, entry.mtime, entry.exact) == (name, kind, mtime, False)


def test_the_total_and_the_dots_are_left_out() -> None:
    lines = [
        "total 12",
        "drwxr-xr-x 2 0 0 4096 Jan  1 00:00 .",
        "drwxr-xr-x 2 0 0 4096 Jan  1 00:00 ..",
    ]
    assert parse_list(lines, NOW) == Listing((), tuple(lines[1:]), ())


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "-rw-r--r-- 1 0 0 5 Foo  1 00:00 a",
        "-rw-r--r-- 1 0 0 5 Feb 31  2020 a",
        "-rw-r--r-- 1 0 0 256,000 Feb 21  2020 a",
    ],
)
def test_lines_that_cannot_be_read_are_handed_back(line: str) -> None:
    assert parse_list([line], NOW) == Listing((), (line,), (line,))


def test_no_link_has_an_empty_name() -> None:
    assert one("lrwxrwxrwx 1 0 0 4 Nov 24 10:11  -> target").name == " -> target"


@given(unix_names)
def test_any_name_survives_a_unix_line(name: str) -> None:
    assert one(f"-rw-r--r--   1 li  staff  5 Jan  1 00:00 {name}").name == name


@given(st.lists(st.text()))
def test_no_line_breaks_the_parsers(lines: list[str]) -> None:
    for listing in (parse_list(lines, NOW), parse_mlsd(lines)):
        assert len(listing.entries) + len(listing.unreadable) <= len(lines)
