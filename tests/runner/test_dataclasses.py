"""Our dataclasses are those of the standard library, and cost a start less."""

from __future__ import annotations

import dataclasses

from opsplay.runner.dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Point:
    x: int
    labels: tuple[str, ...] = field(default=())


@dataclass(frozen=True, kw_only=True, eq=False)
class Named(Point):
    name: str


@dataclass
class Counter:
    count: int = 0


def test_they_are_made_shown_compared_and_replaced_as_usual() -> None:
    assert repr(Point(1)) == "Point(x=1, labels=())"
    assert Point(1) == replace(Point(2), x=1)
    assert [each.name for each in dataclasses.fields(Named)] == ["x", "labels", "name"]


def test_what_is_frozen_can_be_hashed_and_what_is_not_cannot() -> None:
    assert len({Point(1), Point(1), Point(2)}) == 2
    assert Counter.__hash__ is None
