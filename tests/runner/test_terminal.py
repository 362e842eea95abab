"""Columns, colours and control characters, as a terminal sees them."""

from __future__ import annotations

import io
import os
import pty
import termios
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.terminal import (
    Output,
    Paint,
    one_line,
    pad,
    printable,
    screen_width,
    truncate,
    wants_colour,
    width,
)


@pytest.fixture
def terminal() -> Iterator[TextIO]:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w", encoding="utf-8") as stream:
        yield stream
    os.close(master)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("report.txt", 10),
        ("测试.txt", 8),
        ("ＡＢ", 4),
        ("한글", 4),
        ("\u1112\u1161\u11ab", 2),
        ("e\u0301te\u0301", 3),
        ("\u0301", 0),
        ("naïve", 5),
        ("😀", 2),
        ("❤️", 2),
        ("👍🏽", 2),
        ("👩‍👩‍👧", 2),
        ("🇨🇳", 2),
        ("می‌خواهم", 7),
    ],
)
def test_text_is_as_wide_as_a_terminal_draws_it(text: str, columns: int) -> None:
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("测试文件", 8, "测试文件"),
        ("测试文件", 7, "测试文…"),
        ("测试文件", 6, "测试…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("👩‍👩‍👧👩‍👩‍👧", 3, "👩‍👩‍👧…"),
        ("anything", 1, "…"),
        ("anything", 0, ""),
    ],
)
def test_a_text_is_cut_between_what_is_drawn_as_one(text: str, limit: int, shown: str) -> None:
    assert truncate(text, limit) == shown


@given(st.text(), st.integers(min_value=0, max_value=40))
def test_a_cut_text_is_never_too_wide(text: str, limit: int) -> None:
    assert width(truncate(text, limit)) <= limit


@given(st.text(), st.integers(min_value=0, max_value=40))
def test_padding_fills_the_columns(text: str, columns: int) -> None:
    assert width(pad(text, columns)) == max(columns, width(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 中文 👩‍👩‍👧", "plain 中文 👩‍👩‍👧"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("dos\r\nlines\r\n", "dos\nlines\n"),
        ("over\rwritten", r"over\rwritten"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("\x00\x08\x7f", r"\x00\x08\x7f"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
        ("\u2066\u2069\u200f\ufeff", r"\u2066\u2069\u200f\ufeff"),
        ("\u2028", r"\u2028"),
        ("\udce9t\udce9", r"\udce9t\udce9"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_a_terminal_would_obey_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_line_stays_one_line() -> None:
    assert one_line("name\nok: [other]\r\n\t") == r"name\nok: [other]\r\n\t"


@given(st.text(st.characters(), max_size=50))
def test_nothing_that_acts_on_a_terminal_gets_through(text: str) -> None:
    kept = set(printable(text)) - {"\n", "\t"}
    assert not {char for char in kept if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}}
    printable(text).encode()


def test_colour_is_for_terminals(terminal: TextIO, tmp_path: Path) -> None:
    assert wants_colour(terminal, {})
    assert not wants_colour(terminal, {"NO_COLOR": "1"})
    assert wants_colour(terminal, {"NO_COLOR": ""})
    assert not wants_colour(terminal, {"TERM": "dumb"})
    with (tmp_path / "log").open("w") as file:
        assert not wants_colour(file, {})
        forced = {"ANSIBLE_FORCE_COLOR": "1", "NO_COLOR": "1", "ANSIBLE_NOCOLOR": "1"}
        assert wants_colour(file, forced)


def test_the_width_is_that_of_the_terminal_or_80(terminal: TextIO) -> None:
    termios.tcsetwinsize(terminal.fileno(), (24, 100))
    assert screen_width(terminal, {}) == 100
    assert screen_width(terminal, {"COLUMNS": "132"}) == 132
    assert screen_width(terminal, {"COLUMNS": "wide"}) == 100
    assert screen_width(io.StringIO(), {}) == 80


def test_paint_colours_every_line_for_itself() -> None:
    assert Paint(on=True)("a\n\nb", "red") == "\x1b[0;31ma\x1b[0m\n\n\x1b[0;31mb\x1b[0m"
    assert Paint(on=False)("a", "red") == "a"


def test_output_takes_what_the_stream_cannot_encode() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Output(stream).write("测试 ok\n")
    assert raw.getvalue() == rb"\u6d4b\u8bd5 ok" + b"\n"


def test_output_goes_quiet_when_its_reader_has_left() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        output = Output(stream)
        output.write("nobody reads this\n")
        output.write("nor this\n")


def test_output_complains_once_when_there_is_no_room() -> None:
    with Path("/dev/full").open("w") as stream:
        output = Output(stream)
        with pytest.raises(OSError, match="No space left"):
            output.write("this has no room\n")
        output.write("nor has this\n")
