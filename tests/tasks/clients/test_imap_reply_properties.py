"""Whatever an IMAP server may write is read back; whatever else it sends is NotImap, no more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from opsplay.tasks.clients import imap_reply, utf7
from opsplay.tasks.clients.imap_reply import (
    GIVEN,
    GIVEN_END,
    LISTED,
    Data,
    Fetched,
    Folder,
    Found,
    Status,
    listed,
    literal_size,
    parse,
)
from opsplay.tasks.clients.imap_reply import given as given_content
from opsplay.tasks.clients.imap_values import NotImap, Value

octets = st.binary(max_size=60)
atoms = st.from_regex(r"[A-Za-z0-9\\$*%.+=-]{1,12}", fullmatch=True).filter(
    lambda atom: atom.upper() != "NIL"
)
quotable = st.binary(max_size=20).filter(lambda text: not re.search(rb"[\r\n]", text))
uids = st.integers(1, 2**32 - 1).map(str)
flags = st.frozensets(
    st.from_regex(r"[\\$]?[A-Za-z]{1,10}", fullmatch=True).filter(
        lambda flag: flag.upper() != "NIL"
    ),
    max_size=4,
)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=40)


@dataclass(frozen=True)
class Written:
    """A value, and how a server may write it: a line, a literal, the next line, and so on."""

    value: Value
    pieces: Sequence[bytes]


def joined(parts: Sequence[Written], opening: bytes, closing: bytes) -> list[bytes]:
    pieces = [opening]
    for at, part in enumerate(parts):
        first, *others = part.pieces
        pieces[-1] += b" " * bool(at) + first
        pieces += others
    pieces[-1] += closing
    return pieces


def quoted(text: bytes) -> Written:
    return Written(text, [b'"' + re.sub(rb'(["\\])', rb"\\\1", text) + b'"'])


values: st.SearchStrategy[Written] = st.recursive(
    atoms.map(lambda atom: Written(atom, [atom.encode()]))
    | st.just(Written(None, [b"NIL"]))
    | quotable.map(quoted)
    | octets.map(lambda text: Written(text, [b"{%d}" % len(text), text, b""])),
    lambda inner: st.lists(inner, max_size=4).map(
        lambda parts: Written(tuple(part.value for part in parts), joined(parts, b"(", b")"))
    ),
    max_leaves=12,
)


def read(pieces: Sequence[bytes]) -> imap_reply.Response:
    """Read as from a connection: as many bytes as each line announces."""
    line, *rest = pieces
    assert len(rest) % 2 == 0
    tail = list(zip(rest[::2], rest[1::2], strict=True))
    lines = [line, *rest[1::2]]
    sizes = [literal_size(one, is_first=not at) for at, one in enumerate(lines)]
    assert sizes == [*(len(literal) for literal, _ in tail), None]
    return parse(line, tail)


@given(atoms.filter(str.isalpha), st.lists(values, max_size=4))
def test_values_are_read_back(word: str, parts: list[Written]) -> None:
    pieces = joined(parts, f"* X{word} ".encode(), b"") if parts else [f"* X{word}".encode()]
    assert read(pieces) == Data(f"X{word}".upper(), tuple(part.value for part in parts))


@given(uids, st.integers(0, 2**40), flags, octets, st.permutations(range(4)))
def test_what_is_fetched_is_read_back(
    uid: str, size: int, flags: frozenset[str], content: bytes, order: list[int]
) -> None:
    items = [
        [f"UID {uid}".encode()],
        [f"RFC822.SIZE {size}".encode()],
        [f"FLAGS ({' '.join(flags)})".encode()],
        [b"BODY[] {%d}" % len(content), content, b""],
    ]
    pieces = joined([Written(None, items[at]) for at in order], b"* 7 FETCH (", b")")
    assert read(pieces) == Fetched(7, uid, size, flags, content)


@given(uids, st.integers(0, 2**40), flags, octets)
def test_the_usual_lines_are_read_like_all_others(
    uid: str, size: int, flags: frozenset[str], content: bytes
) -> None:
    line = f"* 7 FETCH (UID {uid} RFC822.SIZE {size} FLAGS ({' '.join(flags)}))".encode()
    told = LISTED.fullmatch(line + b"\r\n")
    assert told
    assert listed(told) == read([line])
    head = f"* 7 FETCH (UID {uid} BODY[] {{{len(content)}}}".encode()
    told = GIVEN.fullmatch(head + b"\r\n")
    assert told
    assert given_content(told, content) == read([head, content, GIVEN_END.removesuffix(b"\r\n")])


@given(st.frozensets(uids, max_size=50))
def test_what_is_found_is_read_back(uids: frozenset[str]) -> None:
    assert read([" ".join(["* SEARCH", *uids]).encode()]) == Found(uids)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.sampled_from("/.\\"))
def test_folders_are_read_back(name: str, delimiter: str) -> None:
    parts = [
        Written((), [b"(\\Noselect)"]),
        quoted(delimiter.encode()),
        quoted(utf7.encode(name).encode()),
    ]
    expected = Folder(name, delimiter, frozenset({r"\Noselect"}))
    assert read(joined(parts, b"* LIST ", b"")) == expected


@given(
    st.sampled_from(["OK", "NO", "BAD", "BYE", "PREAUTH"]),
    st.from_regex(r"[A-Z-]{1,12}", fullmatch=True),
    words.filter(lambda text: not set("[]") & set(text) and text == text.strip()),
    words.map(str.lstrip),
)
def test_statuses_are_read_back(word: str, code: str, detail: str, text: str) -> None:
    told = f"[{code} {detail}]" if detail else f"[{code}]"
    assert read([f"A1 {word} {told} {text}".encode()]) == Status("A1", word, code, detail, text)


nearly = st.lists(
    st.sampled_from(
        [
            b"* ",
            b"A1 ",
            b"1 ",
            b"FETCH ",
            b"SEARCH ",
            b"LIST ",
            b"OK ",
            b"UID ",
            b"BODY[] ",
            b"(",
            b")",
            b"[",
            b"]",
            b'"',
            b"\\",
            b"{3}",
            b"NIL ",
            b"FLAGS ",
            b"RFC822.SIZE ",
            b" ",
        ]
    )
    | st.binary(max_size=3)
).map(b"".join)


@given(nearly, st.lists(st.tuples(octets, nearly), max_size=3))
def test_everything_else_is_not_imap(line: bytes, tail: list[tuple[bytes, bytes]]) -> None:
    with suppress(NotImap):
        parse(line, tail)
    for one in (line, *(rest for _, rest in tail)):
        literal_size(one, is_first=True)
        literal_size(one, is_first=False)
