"""What a step tells of the files that it moves, both ways."""

from __future__ import annotations

import pytest

from file_trees import write
from ftp_exchange import Way, both_ways
from ftp_sides import Begin, Sides, actions
from opsplay.tasks import ftp_report

NAMES = ("a", "b", "c", "d")


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ftp_report, "MOST_UNREGISTERED", 3)


def one_of_four_is_new(begin: Begin, way: Way) -> Sides:
    sides = begin(way)
    for name in NAMES[:-1]:
        write(sides.source / name)
    sides.move()
    write(sides.source / NAMES[-1])
    return sides


@both_ways
def test_who_registers_the_result_is_told_all(begin: Begin, way: Way) -> None:
    sides = one_of_four_is_new(begin, way)
    told = actions(sides.move(sides.context(is_registered=True)))
    assert told == {
        sides.top: "unchanged",
        **{f"{sides.top}/{name}": "unchanged" for name in NAMES[:-1]},
        f"{sides.top}/d": "created",
    }


@both_ways
def test_where_nobody_does_changes_are_told_and_all_counted(begin: Begin, way: Way) -> None:
    sides = one_of_four_is_new(begin, way)
    result = sides.move(sides.context(is_registered=False))
    assert actions(result) == {f"{sides.top}/d": "created"}
    assert (result.data["created"], result.data["unchanged"]) == (1, 4)


@both_ways
def test_of_many_changes_some_are_told(begin: Begin, way: Way) -> None:
    sides = begin(way)
    for name in NAMES:
        write(sides.source / name)
    result = sides.move(sides.context(is_registered=False))
    assert len(actions(result)) == 3
    assert result.data["created"] == len([sides.top, *NAMES])
