"""What IMAP servers send is read."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO

import pytest

from opsplay.tasks.clients import imap_values
from opsplay.tasks.clients.imap_reply import (
    Continuation,
    Count,
    Data,
    Fetched,
    Folder,
    Found,
    Response,
    Status,
    literal_size,
    parse,
)
from opsplay.tasks.clients.imap_values import NotImap, Tail, Value

SEEN = frozenset({r"\Seen"})


@pytest.mark.parametrize(
    ("line", "read"),
    [
        (b"A1 OK", Status("A1", "OK", "", "", "")),
        (b"A1 ok done [x]", Status("A1", "OK", "", "", "done [x]")),
        (b"A1 NO [TRYCREATE] not there", Status("A1", "NO", "TRYCREATE", "", "not there")),
        (b"* OK [uidvalidity 12] yes", Status("*", "OK", "UIDVALIDITY", "12", "yes")),
        (b"* OK [CAPABILITY A B] hi", Status("*", "OK", "CAPABILITY", "A B", "hi")),
        (b"* OK [ALERT]", Status("*", "OK", "ALERT", "", "")),
        (b"* OK [half", Status("*", "OK", "", "", "[half")),
        (b"* PREAUTH hi", Status("*", "PREAUTH", "", "", "hi")),
        (b"* BYE \xff", Status("*", "BYE", "", "", "\ufffd")),
        (b"+", Continuation("")),
        (b"+ b25l", Continuation("b25l")),
        (b"* 12 EXISTS", Count("EXISTS", 12)),
        (b"* 3 expunge", Count("EXPUNGE", 3)),
        (b"* SEARCH", Found(frozenset())),
        (b"* SEARCH 1 22  3 ", Found(frozenset({"1", "22", "3"}))),
        (b"* SEARCH 1 (MODSEQ 9)", Found(frozenset({"1"}))),
        (b'* LIST (\\Noselect) "/" "a b"', Folder("a b", "/", frozenset({r"\Noselect"}))),
        (b'* LIST () "." &ZeVnLIqe-', Folder("日本語", ".", frozenset())),
        (b'* LIST () NIL "caf\xc3\xa9"', Folder("café", "", frozenset())),
        (b"* CAPABILITY IMAP4rev1 AUTH=PLAIN", Data("CAPABILITY", ("IMAP4rev1", "AUTH=PLAIN"))),
        (b"* FLAGS (\\Seen \\*)", Data("FLAGS", ((r"\Seen", r"\*"),))),
        (b'* X (a ("b\\"\\\\" nil) ())', Data("X", (("a", (b'b"\\', None), ()),))),
        (b"* 1 FETCH (UID 3)", Fetched(1, "3")),
        (b"* 1 FETCH (UID 3 RFC822.SIZE 4 FLAGS (\\Seen))", Fetched(1, "3", 4, SEEN)),
        (b"* 1 fetch (flags (\\Seen) uid 3 rfc822.size 4)", Fetched(1, "3", 4, SEEN)),
        (b"* 1 FETCH (UID 3 RFC822.SIZE 4 FLAGS ())", Fetched(1, "3", 4)),
        (b'* 1 FETCH (BODY[] "quo\\"ted" UID 3)', Fetched(1, "3", content=b'quo"ted')),
        (b"* 1 FETCH (UID 3 BODY[] NIL)", Fetched(1, "3")),
        (b"* 1 FETCH (MODSEQ (5) X {a} UID 3)", Fetched(1, "3")),
    ],
)
def test_a_line_is_read(line: bytes, read: Response) -> None:
    assert parse(line) == read


@pytest.mark.parametrize(
    ("line", "tail", "read"),
    [
        (b"* 1 FETCH (UID 3 BODY[] {2}", [(b"\r\n", b")")], Fetched(1, "3", content=b"\r\n")),
        (
            b"* 1 FETCH (UID 3 BODY[HEADER.FIELDS (TO)]<0> {2}",
            [(b"ab", b" FLAGS (\\Seen))")],
            Fetched(1, "3", flags=SEEN, content=b"ab"),
        ),
        (
            b"* 1 FETCH (X {1}",
            [(b"x", b" BODY[] ~{2}"), (b"ab", b" UID 3)")],
            Fetched(1, "3", content=b"ab"),
        ),
        (b'* LIST () "/" {3}', [(b"a\r\n", b"")], Folder("a\r\n", "/", frozenset())),
    ],
)
def test_literals_stand_where_the_lines_have_them(line: bytes, tail: Tail, read: Response) -> None:
    assert parse(line, tail) == read


def test_a_literal_may_be_a_file() -> None:
    file = BytesIO(b"x")
    assert parse(b"* 1 FETCH (UID 3 BODY[] {1}", [(file, b")")]) == Fetched(1, "3", content=file)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"*",
        b"* ",
        b"A1",
        b"220 ready",
        b"* 1 FETCH",
        b"* 1 FETCH UID 3",
        b"* 1 FETCH (UID)",
        b"* 1 FETCH (UID x)",
        b"* 1 FETCH (UID \xd9\xa3)",
        b"* 1 FETCH (UID 12345678901234567890)",
        b"* 1 FETCH (UID 3",
        b"* 1 FETCH (UID 3 BODY[] {3}",
        b"* 1 FETCH (UID 3))",
        b"* 1 FETCH ((UID) 3)",
        b"* 1 FETCH (BODY[ 3)",
        b'* 1 FETCH (BODY[] "a)',
        b"* 1 FETCH (BODY[] (a))",
        b"* 1 FETCH (FLAGS x)",
        b"* SEARCH x",
        b"* LIST ()",
        b"* X " + b"(" * 51 + b")" * 51,
    ],
)
def test_what_is_none_is_told(line: bytes) -> None:
    with pytest.raises(NotImap):
        parse(line)


def test_values_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_values, "_MOST_VALUES", 3)
    assert parse(b"* X a b c") == Data("X", ("a", "b", "c"))
    with pytest.raises(NotImap):
        parse(b"* X a b c d")


def test_lists_may_be_fifty_deep() -> None:
    value: Value = ()
    for _ in range(48):
        value = (value,)
    assert parse(b"* X " + b"(" * 49 + b")" * 49) == Data("X", (value,))


@pytest.mark.parametrize(
    ("line", "is_first", "size"),
    [
        (b"* 1 FETCH (BODY[] {12}", True, 12),
        (b"* 1 FETCH (BODY[] ~{12}", True, 12),
        (b"* 1 FETCH (BODY[] {12+}", True, 12),
        (b" X {0}", False, 0),
        (b" OK {5}", False, 5),
        (b"a OK {5}", False, 5),
        (b"* OK the answer is {5}", True, None),
        (b"A1 NO [ALERT] {5}", True, None),
        (b"+ {5}", True, None),
        (b"* 1 FETCH (X {a}", True, None),
        (b"* 1 FETCH (BODY[] {12} ", True, None),
        (b"* X {" + b"1" * 5000 + b"}", True, None),
    ],
)
def test_a_literal_is_announced(line: bytes, is_first: bool, size: int | None) -> None:  # noqa: FBT001
    assert literal_size(line, is_first=is_first) == size


@pytest.mark.parametrize(
    "line",
    [
        b"* OK [" + b"a" * 1_000_000,
        b"* OK [a" + b" " * 1_000_000,
        b"a" * 1_000_000,
        b"* X " + b'"' + b"\\a" * 500_000,
        b"* X " + b"[" * 1_000_000,
        b"* X " + b" " * 1_000_000 + b"[",
        b"* X " + b"~{1" * 300_000,
        b"* 1 FETCH (UID 1 RFC822.SIZE 1 FLAGS (" + b"a" * 1_000_000,
    ],
)
def test_lines_made_to_take_long_are_read_in_no_time(line: bytes) -> None:
    """Were it more than linear, this would take longer than a test may."""
    literal_size(line + b"}", is_first=True)
    with suppress(NotImap):
        parse(line)
