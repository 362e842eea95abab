"""Problems as a person sees them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsplay.runner.errors import Place, Problem
from opsplay.runner.report import excerpt, report
from opsplay.runner.terminal import width


@pytest.fixture(autouse=True)
def beside_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def text_of(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def test_a_problem_shows_its_line_a_caret_and_what_to_do() -> None:
    Path("site.yml").write_text("- hosts: web\n  tasks:\n    - copy:\n        contnet: hello\n")
    problem = Problem(
        Place("site.yml", 4, 9), 'unknown argument "contnet" of copy', 'did you mean "content"?', 7
    )
    assert report([problem]) == text_of(
        'site.yml:4:9: unknown argument "contnet" of copy',
        "   4 |         contnet: hello",
        "     |         ^^^^^^^",
        '     = did you mean "content"?',
        "",
        "1 problem in 1 file",
    )


def test_problems_come_in_the_order_of_their_lines_and_are_counted() -> None:
    problems = [
        Problem(Place("b.yml", 9, 1), "second"),
        Problem(Place("a.yml", 1, 1), "third"),
        Problem(Place("b.yml", 2, 5), "first"),
        Problem(None, "no playbook was given", "opsplay run FILE"),
    ]
    assert report(problems) == text_of(
        "no playbook was given",
        "= opsplay run FILE",
        "",
        "b.yml:2:5: first",
        "",
        "b.yml:9:1: second",
        "",
        "a.yml:1:1: third",
        "",
        "4 problems in 2 files",
    )


def test_the_caret_stands_right_after_chinese_text_and_tabs() -> None:
    Path("site.yml").write_text("\t名称: 测试 {{ x | nosuch }}\n", encoding="utf-8")
    text = report([Problem(Place("site.yml", 1, 16), "unknown filter", width=6)])
    source, caret = text.splitlines()[1:3]
    before = source[: source.index("nosuch")]
    assert caret.index("^") == width(before)
    assert caret.count("^") == 6


def test_the_caret_is_as_wide_as_the_chinese_word() -> None:
    Path("site.yml").write_text("名称: x\n", encoding="utf-8")
    text = report([Problem(Place("site.yml", 1, 1), "unknown keyword", width=2)])
    assert text.splitlines()[1:3] == ["   1 | 名称: x", "     | ^^^^"]


def test_the_caret_stays_on_its_line() -> None:
    Path("site.yml").write_text("ab\n")
    text = report([Problem(Place("site.yml", 1, 2), "too long", width=50)])
    assert text.splitlines()[2] == "     |  ^"


def test_a_place_behind_the_last_character_has_a_caret_too() -> None:
    Path("site.yml").write_text("a:\n")
    text = report([Problem(Place("site.yml", 1, 3), "a value is missing")])
    assert text.splitlines()[1:3] == ["   1 | a:", "     |   ^"]


def test_a_line_number_of_many_digits_moves_the_gutter() -> None:
    Path("site.yml").write_text("x\n" * 12345)
    text = report([Problem(Place("site.yml", 12345, 1), "here", "there")])
    assert text.splitlines()[1:4] == ["  12345 | x", "        | ^", "        = there"]


def test_of_a_long_line_the_part_around_the_caret_is_shown() -> None:
    Path("site.yml").write_text("a" * 500_000 + "wrong" + "b" * 500_000)
    text = report([Problem(Place("site.yml", 1, 500_001), "here", width=5)])
    source, caret = text.splitlines()[1:3]
    assert len(source) < 140
    assert source.endswith("…")
    at = caret.index("^")
    assert source[at : at + 5] == "wrong"
    assert caret.count("^") == 5


def test_what_a_terminal_would_obey_is_shown_and_counted() -> None:
    Path("site.yml").write_text("a: \x1b[31m wrong\n")
    text = report([Problem(Place("site.yml", 1, 10), "x\x1b[2Jy", width=5)])
    source, caret = text.splitlines()[1:3]
    assert "\x1b" not in text
    assert source[caret.index("^") :] == "wrong"


def test_lines_end_where_yaml_ends_them() -> None:
    Path("site.yml").write_bytes("a\r\nb\rc\u2028d\x85e\x0bf".encode())
    text = report([Problem(Place("site.yml", 5, 1), "here")])
    assert text.splitlines()[1] == r"   5 | e\x0bf"


def test_a_byte_order_mark_takes_no_column() -> None:
    Path("site.yml").write_bytes(b"\xef\xbb\xbfhosts: x\n")
    text = report([Problem(Place("site.yml", 1, 1), "here", width=5)])
    assert text.splitlines()[1:3] == ["   1 | hosts: x", "     | ^^^^^"]


@pytest.mark.parametrize("content", [b"\0\1\2binary", b""])
def test_a_file_without_lines_has_no_snippet(content: bytes) -> None:
    Path("site.yml").write_bytes(content)
    text = report([Problem(Place("site.yml", 2, 1), "no text")])
    assert text == text_of("site.yml:2:1: no text", "", "1 problem in 1 file")


def test_bytes_that_are_no_utf8_are_shown() -> None:
    Path("site.yml").write_bytes("名".encode("gbk") + b": x\n")
    text = report([Problem(Place("site.yml", 1, 1), "not UTF-8")])
    assert text.splitlines()[1] == r"   1 | \udcc3\udcfb: x"


@pytest.mark.parametrize("name", ["gone.yml", ".", "no\0file", "x" * 5000])
def test_a_file_that_cannot_be_read_has_no_snippet(name: str) -> None:
    assert "here" in report([Problem(Place(name, 1, 1), "here")])


def test_a_pipe_is_not_read() -> None:
    os.mkfifo("pipe")
    assert report([Problem(Place("pipe", 1, 1), "here")]).startswith("pipe:1:1: here\n")


def test_colours_frame_the_same_text() -> None:
    Path("site.yml").write_text("a: b\n")
    coloured = report([Problem(Place("site.yml", 1, 1), "here", "there")], colour=True)
    assert "\x1b[0;31m^\x1b[0m" in coloured
    assert "\x1b[0;31mhere\x1b[0m" in coloured


def test_one_problem_alone_is_not_counted() -> None:
    Path("site.yml").write_text("- debug: msg={{ nmae }}\n")
    text = excerpt(
        Problem(Place("site.yml", 1, 17), "nmae is undefined", 'did you mean "name"?', 4)
    )
    assert text.splitlines() == [
        "site.yml:1:17: nmae is undefined",
        "   1 | - debug: msg={{ nmae }}",
        "     |                 ^^^^",
        '     = did you mean "name"?',
    ]


@given(
    line=st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=300),
    column=st.integers(min_value=1, max_value=310),
    marked=st.integers(min_value=1, max_value=20),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_carets_never_leave_the_line(line: str, column: int, marked: int) -> None:
    Path("site.yml").write_text(f"a{line}z", encoding="utf-8")
    text = report([Problem(Place("site.yml", 1, column), "here", width=marked)])
    source, caret = text.split("\n")[1:3]
    assert caret.endswith("^")
    assert len(caret) <= width(source) + 1
