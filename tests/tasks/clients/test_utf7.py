"""Modified UTF-7: the examples of RFC 3501, and any name there and back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.tasks.clients import utf7


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", "INBOX"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("Entwürfe & mehr", "Entw&APw-rfe &- mehr"),
        ("😀", "&2D3eAA-"),
        ("", ""),
    ],
)
def test_names_are_written_as_the_rfc_has_them(name: str, written: str) -> None:
    assert utf7.encode(name) == written
    assert utf7.decode(written) == name


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_name_survives(name: str) -> None:
    assert re.fullmatch("[ -~]*", utf7.encode(name))
    assert utf7.decode(utf7.encode(name)) == name


@pytest.mark.parametrize("text", ["&A", "&AA-", "&!!-", "&2D0-", "a&b"])
def test_what_is_no_modified_utf_7_stays_as_it_is(text: str) -> None:
    assert utf7.decode(text) == text


@given(st.text())
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    assert isinstance(utf7.decode(text), str)
