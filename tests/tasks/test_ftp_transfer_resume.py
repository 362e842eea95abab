"""What a run that was stopped has left: the next one goes on there, or takes it away."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from file_trees import OLD, write
from ftp_exchange import Way, both_ways
from ftp_sides import Begin, Sides, actions
from opsplay.runner.task import Cancellation, Cancelled
from opsplay.tasks.clients.part_names import owner, owner_of_part, part_name
from opsplay.tasks.reading import reading

SIZE = 30_000_000
HALF = SIZE // 2


def stopped(begin: Begin, way: Way) -> Sides:
    """Stop a run when half of a file has been moved."""
    sides = begin(way)
    write(sides.source / "a", os.urandom(SIZE))
    stop = Cancellation()

    def watch(_name: str, done: int, _total: int, _unit: str) -> None:
        if done > HALF:
            stop.cancel()

    with pytest.raises(Cancelled):
        sides.move(sides.context(cancellation=stop, on_progress=watch))
    if way == "up":  # what is under way to it the server writes all the same
        sides.wait_for("uploaded a part of")
    return sides


def left(sides: Sides) -> Path:
    (part,) = sides.target.iterdir()
    assert owner_of_part(part.name) == owner("a")
    return part


def is_moved(sides: Sides, **given: Any) -> bool:
    """Move it, and tell whether the copy is right."""
    sides.move(**given)
    return sides.arrived() == {"a": (sides.source / "a").read_bytes()}


def moved_last(sides: Sides) -> int:
    """Tell how many bytes the last transfer has moved."""
    moved = [*sides.did("uploaded"), *sides.did("downloaded")]
    return int(moved[-1].detail.removesuffix(" bytes"))


@both_ways
def test_only_the_tail_is_moved(begin: Begin, way: Way) -> None:
    sides = stopped(begin, way)
    assert left(sides).stat().st_size > HALF // 2
    assert is_moved(sides)
    assert moved_last(sides) < SIZE - HALF // 2


@both_ways
def test_all_of_it_is_moved_if_that_is_wanted(begin: Begin, way: Way) -> None:
    sides = stopped(begin, way)
    assert is_moved(sides, resume=False)
    assert moved_last(sides) == SIZE


def lose_end(part: Path) -> None:
    """What a crash makes of bytes that never reached the disk."""
    with part.open("r+b") as file:
        file.seek(-1000, os.SEEK_END)
        file.write(bytes(1000))


def grow(part: Path) -> None:
    os.truncate(part, SIZE + 1)


def empty(part: Path) -> None:
    os.truncate(part, 0)


@both_ways
@pytest.mark.parametrize("spoil", [lose_end, grow, empty])
def test_what_is_not_the_beginning_is_not_gone_on_with(
    begin: Begin, way: Way, spoil: Callable[[Path], None]
) -> None:
    sides = stopped(begin, way)
    spoil(left(sides))
    assert is_moved(sides)


@both_ways
def test_another_version_of_the_file_is_moved_whole(begin: Begin, way: Way) -> None:
    sides = stopped(begin, way)
    write(sides.source / "a", os.urandom(SIZE), OLD + 10)
    assert is_moved(sides)
    assert moved_last(sides) == SIZE


@both_ways
def test_what_all_but_its_name_was_done_to_only_gets_its_name(begin: Begin, way: Way) -> None:
    sides = stopped(begin, way)
    left(sides).write_bytes((sides.source / "a").read_bytes())
    assert is_moved(sides)
    assert moved_last(sides) < 1_000_000


@both_ways
def test_a_mirror_does_not_tell_of_it(begin: Begin, way: Way) -> None:
    sides = stopped(begin, way)
    expected = {sides.top: "unchanged", f"{sides.top}/a": "created"}
    assert actions(sides.move(sides.context(check=True), delete=True)) == expected
    assert actions(sides.move(delete=True)) == expected
    assert sides.arrived() == {"a": (sides.source / "a").read_bytes()}


@both_ways
def test_what_another_run_has_left_is_no_file_to_move(begin: Begin, way: Way) -> None:
    sides = begin(way)
    write(Path(part_name(str(sides.source / "a"), "1")))
    write(sides.source / "b")
    sides.move()
    assert sides.arrived() == {"b": b"x"}


def test_a_part_on_the_server_is_known_by_the_version_of_our_file(begin: Begin) -> None:
    sides = begin("up")
    path = write(sides.source / "a", os.urandom(300_000))
    with reading(str(path)) as here:
        part = Path(part_name(str(sides.target / "a"), here.version))
    write(part, path.read_bytes()[:200_000])
    assert is_moved(sides)
    (uploaded,) = sides.did("uploaded")
    assert uploaded.detail == "100000 bytes"
