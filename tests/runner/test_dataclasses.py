"""Our dataclasses are those of the standard library, and cost a start less."""

from __future__ import annotations

import dataclasses
from typing import ClassVar, get_type_hints

import pytest

from opsplay.runner.dataclasses import (
    MISSING,
    asdict,
    dataclass,
    field,
    fields,
    is_dataclass,
    replace,
)


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
    seen: list[str] = field(default_factory=list)


def test_they_are_made_shown_compared_and_replaced_as_usual() -> None:
    assert repr(Point(1)) == "Point(x=1, labels=())"
    assert Point(1) == replace(Point(2), x=1)
    assert [each.name for each in fields(Named)] == ["x", "labels", "name"]


def test_what_is_frozen_can_be_hashed_and_what_is_not_cannot() -> None:
    assert len({Point(1), Point(1), Point(2)}) == 2
    assert Counter.__hash__ is None


def test_their_types_can_be_read() -> None:
    @dataclass(frozen=True, slots=True)
    class Thin:
        x: int

    assert get_type_hints(Thin) == {"x": int}
    assert get_type_hints(Named) == {"x": int, "labels": tuple[str, ...], "name": str}


def test_others_are_not_equal_whatever_they_hold() -> None:
    @dataclass(frozen=True)
    class Spot:
        x: int
        labels: tuple[str, ...] = ()

    assert Spot(1) == Spot(1)
    assert Spot(1) != Spot(2)
    point: object = Point(1)
    assert Spot(1) != point


def test_what_is_not_to_be_shown_is_not() -> None:
    @dataclass
    class Login:
        user: str
        password: str = field(default="", repr=False)

        def __str__(self) -> str:
            return self.user

    assert repr(Login("li", "geheim")).endswith("Login(user='li')")
    assert str(Login("li", "geheim")) == "li"


def test_what_is_left_out_has_its_default_and_lists_are_not_shared() -> None:
    Counter().seen.append("one")
    assert Counter() == Counter(0, []) == Counter(seen=[])


def test_what_has_no_default_must_be_given_and_by_name_if_it_says_so() -> None:
    assert Named(1, name="here").labels == ()
    with pytest.raises(TypeError, match="name"):
        Named(1, ())  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional"):
        Named(1, (), "here")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="x"):
        Point()  # type: ignore[call-arg]


def test_what_is_to_be_done_after_all_are_set_is_done() -> None:
    @dataclass
    class Doubled:
        count: int

        def __post_init__(self) -> None:
            self.twice = 2 * self.count

    @dataclass
    class Listed(Doubled):
        items: list[str] = field(default_factory=list)

        def __post_init__(self) -> None:
            super().__post_init__()
            self.items.append("last")

    assert Doubled(2).twice == Listed(2).twice == 4
    assert Listed(2).items == ["last"]


def test_two_with_as_many_fields_keep_their_own_names() -> None:
    @dataclass(slots=True)
    class Place:
        line: int
        column: int = 1

    @dataclass(kw_only=True)
    class Size:
        width: int = 2
        height: int

    assert repr(Place(4)) == repr(Place(line=4, column=1))
    assert vars(Size(height=3)) == {"width": 2, "height": 3}


def test_they_can_be_matched_by_what_need_not_be_given_by_name() -> None:
    match Named(1, name="here"):
        case Named(x, ()):
            assert x == 1
        case _:
            pytest.fail("it is not matched")


def test_as_a_mapping_they_are_plain_all_the_way_down() -> None:
    @dataclass(frozen=True)
    class Line:
        points: list[Point]
        by_name: dict[str, Point]

    line = Line([Point(1)], {"end": Point(2, ("b",))})
    assert asdict(line) == {
        "points": [{"x": 1, "labels": ()}],
        "by_name": {"end": {"x": 2, "labels": ("b",)}},
    }


def test_those_of_the_standard_library_are_read_in_the_same_way() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Params:
        kind: ClassVar[str] = "no field"
        name: str
        tags: list[str] = dataclasses.field(default_factory=list)
        port: int = 21

    assert is_dataclass(Params)
    assert [(each.name, each.default, each.default_factory) for each in fields(Params)] == [
        ("name", MISSING, MISSING),
        ("tags", MISSING, list),
        ("port", 21, MISSING),
    ]
    assert asdict(Params(name="a")) == {"name": "a", "tags": [], "port": 21}
