from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.tasks.clients.double_buffer import DoubleBuffer

MUCH = 500_000
PATIENCE = 10


def filling(pieces: Iterator[bytes]) -> Callable[[memoryview], int]:
    def fill(buffer: memoryview) -> int:
        piece = next(pieces, b"")
        buffer[: len(piece)] = piece
        return len(piece)

    return fill


@given(st.lists(st.sampled_from([1, 1000, 200_000, 2_000_000]), max_size=6))
def test_what_comes_is_used_in_its_order(sizes: list[int]) -> None:
    pieces = [bytes([number]) * size for number, size in enumerate(sizes)]
    used: list[bytes] = []
    DoubleBuffer().pump(filling(iter(pieces)), lambda piece: used.append(bytes(piece)))
    assert used == pieces


def test_a_large_piece_is_used_while_the_next_one_comes() -> None:
    next_one_comes = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield b"1" * MUCH
        next_one_comes.set()

    def use(_: memoryview) -> None:
        assert next_one_comes.wait(PATIENCE)

    DoubleBuffer().pump(filling(pieces()), use)


def test_small_pieces_need_no_thread() -> None:
    users: set[int] = set()
    small = iter([b"1", b"2"])
    DoubleBuffer().pump(filling(small), lambda _: users.add(threading.get_ident()))
    assert users == {threading.get_ident()}


@pytest.mark.parametrize("size", [1, MUCH])
def test_what_cannot_be_used_ends_it_with_that_error(size: int) -> None:
    used: list[int] = []

    def use(piece: memoryview) -> None:
        used.append(piece[0])
        raise OSError("the disk is full")

    endless = iter(lambda: b"1" * size, b"")
    with pytest.raises(OSError, match="the disk is full"):
        DoubleBuffer().pump(filling(endless), use)
    assert used == [ord("1")]


def test_what_has_come_before_an_error_is_used() -> None:
    used: list[bytes] = []

    def pieces() -> Iterator[bytes]:
        yield b"1" * MUCH
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        DoubleBuffer().pump(filling(pieces()), lambda piece: used.append(bytes(piece)))
    assert used == [b"1" * MUCH]


def test_no_thread_is_left_behind() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"1" * MUCH
        raise ConnectionResetError

    threads = threading.active_count()
    with pytest.raises(ConnectionResetError):
        DoubleBuffer().pump(filling(pieces()), len)
    assert threading.active_count() == threads
