"""Lines of a listing, read while they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from opsplay.tasks.clients.ftp_lines import Endless, Lines


class Pieces:
    """A data connection on which these pieces come."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces: Iterator[bytes] = iter([*pieces, b""])

    def recv(self, size: int, /) -> bytes:  # noqa: ARG002
        return next(self._pieces)

    def recv_into(self, buffer: memoryview, /) -> int:
        raise NotImplementedError

    def send(self, data: memoryview, /) -> int:
        raise NotImplementedError


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_it_does_not_matter_where_pieces_end(encoding: str, size: int) -> None:
    data = "报表.csv\r\n\r\n清单\r\nthe end\n".encode(encoding)
    lines = Lines(Pieces([data[at : at + size] for at in range(0, len(data), size)]), encoding)
    assert (list(lines), lines.rest) == (["报表.csv", "清单", "the end"], b"")


def test_lines_are_given_before_all_have_come() -> None:
    lines = iter(Lines(Pieces([b"a\nb\nc"]), "utf-8"))
    assert [next(lines), next(lines)] == ["a", "b"]


def test_what_breaks_off_within_a_line_is_no_line() -> None:
    lines = Lines(Pieces([b"a\nb\nhal"]), "utf-8")
    assert (list(lines), lines.rest) == (["a", "b"], b"hal")


def test_bytes_that_are_no_text_stay_what_they_are() -> None:
    (line,) = Lines(Pieces([b"\xff\xfe\n"]), "utf-8")
    assert line.encode("utf-8", "surrogateescape") == b"\xff\xfe"


@pytest.mark.parametrize("piece", [b"x" * 60_000, b"x\n" * 30_000])
def test_neither_a_line_nor_all_of_them_may_go_on_for_ever(piece: bytes) -> None:
    with pytest.raises(Endless):
        list(Lines(Pieces([piece] * 2000), "utf-8"))
