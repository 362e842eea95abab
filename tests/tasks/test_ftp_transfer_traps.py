"""What would go wrong at the second run is refused, or left alone, at the first."""

from __future__ import annotations

from typing import Any

import pytest

from file_trees import write
from ftp_exchange import Way, both_ways
from ftp_sides import Begin
from opsplay.runner.task import TaskError
from opsplay.tasks.ftp_transfer import Move


@both_ways
def test_originals_are_not_filed_where_the_next_run_would_find_them(begin: Begin, way: Way) -> None:
    sides = begin(way)
    write(sides.source / "a")
    sent = "out/sent" if way == "up" else "/out/sent"
    with pytest.raises(TaskError, match=r"out/sent lies in src.*; take another folder, or exclude"):
        sides.move(after=Move(move=sent))
    sides.move(after=Move(move=sent), exclude="sent")
    assert sides.arrived() == {"a": b"x"}
    assert (sides.source / "sent/a").exists()


@both_ways
def test_where_a_pattern_finds_them_again_they_are_not_filed_a_second_time(
    begin: Begin, way: Way
) -> None:
    sides = begin(way)
    write(sides.source / "a")
    sent = Move(move="out/sent" if way == "up" else "/out/sent")
    sides.move(src="out/*", after=sent)
    with pytest.raises(TaskError, match=r"out/sent lies in src"):
        sides.move(src="out/*", after=sent)
    assert not sides.move(src="out/*", after=sent, exclude="sent").changed
    write(sides.source / "sent/b")
    sides.move(src="out/sent/*", after=Move(move="out"))
    assert (sides.source / "b").exists()


@both_ways
@pytest.mark.parametrize("given", [{"dest": ""}, {"after": Move(move="")}], ids=["dest", "after"])
def test_a_variable_that_came_out_empty_is_no_folder(
    begin: Begin, way: Way, given: dict[str, Any]
) -> None:
    sides = begin(way)
    write(sides.source / "a")
    for src in ("out/", "out/a"):
        with pytest.raises(TaskError, match=r"^'' is not the name of a file or folder$"):
            sides.move(src=src, **given)
    assert not sides.target.exists()


def test_a_manifest_in_the_folder_that_is_sent_is_not_sent(begin: Begin) -> None:
    sides = begin("up")
    write(sides.source / "a")
    assert [sides.move(manifest="out/list").changed for _ in range(3)] == [True, False, False]
    assert sides.arrived() == {"a": b"x"}


def test_a_manifest_in_a_mirror_stays(begin: Begin) -> None:
    sides = begin("down")
    write(sides.source / "a")
    changes = [sides.move(manifest="in/list", delete=True).changed for _ in range(3)]
    assert changes == [True, False, False]
    assert (sides.target / "list").exists()
