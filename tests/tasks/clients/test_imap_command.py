"""What is written into the commands for an IMAP server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.task import TaskError
from opsplay.tasks.clients import utf7
from opsplay.tasks.clients.imap_command import argument, folder_name, uid_set, uid_sets
from opsplay.tasks.clients.imap_reply import Data, parse

texts = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=[]))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", b'""'),
        ("a b", b'"a b"'),
        ('a"\\', b'"a\\"\\\\"'),
        ("长", b"{3}\r\n\xe9\x95\xbf"),
        ("{5}", b'"{5}"'),
    ],
)
def test_a_text_is_quoted_or_becomes_a_literal(text: str, written: bytes) -> None:
    assert argument("user", text) == written


@given(texts)
def test_every_text_is_one_argument(text: str) -> None:
    line, _, literal = argument("user", text).partition(b"\r\n")
    tail = [(literal, b"")] if literal else []
    assert parse(b"* X " + line, tail) == Data("X", (text.encode("utf-8", "surrogatepass"),))


@pytest.mark.parametrize("end", ["\r", "\n", "\0"])
def test_a_text_that_would_end_the_line_is_refused_by_its_name(end: str) -> None:
    with pytest.raises(TaskError, match=r"^user holds a"):
        argument("user", f"a{end}b")
    with pytest.raises(TaskError, match=r"^folder holds a"):
        folder_name(f"长{end}b")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", "INBOX"),
        ("台北", "&U,BTFw-"),
        ("Entwürfe", "Entw&APw-rfe"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("A & B", "A &- B"),
        ("\N{PILE OF POO}", "&2D3cqQ-"),
        ("\t", "&AAk-"),
    ],
)
def test_a_folder_is_written_in_modified_utf7(name: str, written: str) -> None:
    assert utf7.encode(name) == written
    assert utf7.decode(written) == name
    assert folder_name(name) == f'"{written}"'.encode()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_folder_is_read_back(name: str) -> None:
    assert utf7.encode(name).isascii()
    assert utf7.decode(utf7.encode(name)) == name


@given(st.text() | st.text(st.sampled_from("&-,+/AzU2\xff")))
def test_a_name_that_is_written_wrongly_raises_nothing(text: str) -> None:
    assert utf7.decode(text) is not None


@pytest.mark.parametrize(
    ("numbers", "written"),
    [([], b""), ([7], b"7"), ([1, 2, 3], b"1:3"), ([1, 3, 4, 6], b"1,3:4,6")],
)
def test_numbers_that_follow_each_other_become_a_range(numbers: list[int], written: bytes) -> None:
    assert uid_set(numbers) == written


@given(st.frozensets(st.integers(1, 3000), max_size=2000))
def test_sets_hold_all_uids_and_no_other(uids: frozenset[int]) -> None:
    parts = b",".join(uid_sets(map(str, uids))).decode().split(",") if uids else []
    ranges = [part.partition(":") for part in parts]
    found = [range(int(first), int(last or first) + 1) for first, _, last in ranges]
    assert [number for numbers in found for number in numbers] == sorted(uids)


def test_no_set_is_too_long_for_a_line() -> None:
    longest = [str(number) for number in range(2**31, 2**31 + 10_000, 2)]
    assert all(len(part) < 8000 for part in uid_sets(longest))
