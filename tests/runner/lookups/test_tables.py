"""Lookups into tables and INI files."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Look, fail


def test_rows_of_a_table(look: Look, tmp_path: Path) -> None:
    (tmp_path / "elements.csv").write_text('Symbol,Number,Mass\nLi,3,"6,94"\nHe,2,4.0\n')
    (tmp_path / "tabs.tsv").write_text("two words\tx\n")
    csv = {"file": "elements.csv", "delimiter": ","}
    assert look("csvfile", "Li", "He", **csv) == ["3", "2"]
    assert look("csvfile", "Li", **csv, col=2) == ["6,94"]
    assert look("csvfile", "2", **csv, col=0, keycol=1) == ["He"]
    assert look("csvfile", "nosuch", **csv) == []
    assert look("csvfile", "nosuch", **csv, default="?") == ["?"]
    assert look("csvfile", "Li file=elements.csv delimiter=, col=2") == ["6,94"]
    assert look("csvfile", "two words", file="tabs.tsv") == ["x"]


def test_the_mark_that_spreadsheets_put_in_front_is_none_of_the_text(
    look: Look, tmp_path: Path
) -> None:
    (tmp_path / "marked").write_text("Li=3\n", "utf-8-sig")
    assert look("csvfile", "Li", file="marked", delimiter="=") == ["3"]
    assert look("ini", "Li", file="marked", type="properties") == ["3"]


def test_settings_of_an_ini_file(look: Look, tmp_path: Path) -> None:
    (tmp_path / "users.ini").write_text("[section1]\nUser=a%%b\nother=c\n[global]\nflag\nx=1\n")
    (tmp_path / "user.properties").write_text("user.name=Bob\n")
    ini = {"file": "users.ini", "allow_no_value": True}
    assert look("ini", "user", section="section1", **ini) == ["a%b"]
    assert look("ini", "user", section="section1", interpolation=False, **ini) == ["a%%b"]
    assert look("ini", ".*r$", section="section1", re=True, **ini) == ["a%b", "c"]
    assert look("ini", "user", section="section1", case_sensitive=True, **ini) == [""]
    assert look("ini", "x", "nosuch", "flag", default="d", **ini) == ["1", "d"]
    assert look("ini", "nosuch", default=[1, 2], **ini) == [1, 2]
    (tmp_path / "common.ini").write_text("[DEFAULT]\nx=é\n")
    assert look("ini", "x", section="DEFAULT", file="common.ini") == ["é"]
    assert look("ini", "user section=section1 file=users.ini", allow_none=True) == ["a%b"]
    assert look("ini", "user.name", type="properties", file="user.properties") == ["Bob"]
    assert "No section 'nosuch' in 'users.ini'." in fail(look, "ini", "x", section="nosuch", **ini)


def test_options_in_a_term_may_have_blanks_and_count_for_the_terms_after_it(
    look: Look, tmp_path: Path
) -> None:
    (tmp_path / "a.ini").write_text("[one two]\nmy name=x\ny=z\n")
    assert look("ini", "my name section=one two file=a.ini", "y") == ["x", "z"]
    told = "No key to look up was provided as first term within string inline options: file=a.ini"
    assert fail(look, "ini", "file=a.ini") == told
    assert fail(look, "ini", "y fiel=a.ini").startswith("'fiel' is not a valid option.")
    (tmp_path / "a.csv").write_text("x,1,2\ny,3,4\n")
    assert look("csvfile", "x file=a.csv delimiter=, col=2", "y") == ["2", "4"]
    assert look("csvfile", "z", file="a.csv", delimiter=",", default=[1, 2]) == [1, 2]
    assert "Invalid value provided for 'int': 'a'" in fail(look, "csvfile", "x col=a")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[a]\nx=1\nx=2\n", "Duplicate option in 'wrong.ini'"),
        ("x=1\n", "File contains no section headers"),
        ("[a]\nx=%y\n", "'%' must be followed by '%' or '('"),
    ],
)
def test_a_wrong_ini_file_is_told(look: Look, tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "wrong.ini").write_text(text)
    assert told in fail(look, "ini", "x", section="a", file="wrong.ini")
