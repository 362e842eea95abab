"""Our dataclasses mean what those of the standard library mean, and cost a start less."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Self

import pytest

from opsplay.runner.dataclasses import asdict, dataclass, field, fields, replace


@dataclass(frozen=True)
class Point:
    kind: ClassVar[str] = "place"

    x: int
    y: int = 0
    labels: list[str] = field(default_factory=list, repr=False)


@dataclass(frozen=True, kw_only=True)
class Solid(Point):
    z: int

    def __post_init__(self) -> None:
        self.labels.append(f"{self.x * self.y * self.z} in all")


@dataclass(slots=True, eq=False, repr=False)
class Slotted:
    text: str
    notes: list[str] = field(default_factory=list)


@dataclass
class Mutable:
    count: int = 0


@dataclass(frozen=True)
class Size:
    width: int
    height: int = 1


def test_fields_are_given_by_place_or_by_name_or_are_what_they_are_by_default() -> None:
    assert vars(Point(1, y=2)) == {"x": 1, "y": 2, "labels": []}
    assert vars(Point(1)) == {"x": 1, "y": 0, "labels": []}


def test_a_default_that_is_made_is_made_for_each() -> None:
    assert Point(1).labels is not Point(1).labels


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "Point.__init__() missing 1 required positional argument: 'x'"),
        ({"x": 1, "z": 2}, "Point.__init__() got an unexpected keyword argument 'z'"),
    ],
)
def test_what_is_missing_or_unknown_is_refused_in_the_words_of_python(
    given: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(TypeError) as caught:
        Point(**given)
    assert str(caught.value) == complaint


def test_fields_of_the_base_come_first_and_what_comes_after_is_done() -> None:
    assert [each.name for each in fields(Solid)] == ["x", "y", "labels", "z"]
    assert Solid(2, 3, z=4).labels == ["24 in all"]


def test_a_field_by_name_only_is_not_taken_by_its_place() -> None:
    with pytest.raises(TypeError, match="takes from 2 to 4 positional arguments but 5 were given"):
        Solid(2, 3, [], 4)  # type: ignore[call-arg]


def test_a_variable_of_the_class_is_no_field() -> None:
    assert Point.kind == "place"
    assert "kind" not in vars(Point(1))


def test_equal_are_instances_of_one_class_with_equal_fields() -> None:
    assert Point(1, 2) == Point(1, 2)
    assert Point(1, 2) != Point(1, 3)
    assert Size(1, 2) != Point(1, 2)  # type: ignore[comparison-overlap]


def test_what_is_frozen_can_be_a_key_and_what_is_not_cannot() -> None:
    assert {Size(1): "a"}[Size(1, 1)] == "a"
    with pytest.raises(TypeError, match="unhashable"):
        hash(Mutable())


def test_what_asks_for_no_comparison_is_equal_to_itself_alone() -> None:
    slotted = Slotted("a")
    assert slotted == slotted  # noqa: PLR0124
    assert slotted != Slotted("a")


def test_fields_are_shown_unless_they_say_otherwise() -> None:
    assert repr(Point(1, 2)) == "Point(x=1, y=2)"


def test_slots_leave_no_room_for_more() -> None:
    slotted = Slotted("a")
    assert slotted.notes == []
    assert not hasattr(slotted, "__dict__")
    with pytest.raises(AttributeError):
        slotted.other = 1  # type: ignore[attr-defined]


def test_they_are_matched_by_place() -> None:
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_one_with_changes_is_another() -> None:
    point = Point(1, 2)
    assert replace(point, x=3) == Point(3, 2)
    assert point.x == 1
    assert replace(Mutable(1), count=2) == Mutable(2)


def test_a_dict_of_one_is_a_dict_of_those_in_it() -> None:
    @dataclass
    class Line:
        ends: tuple[Size, Size]
        by_name: dict[str, Size]

    told = {"width": 1, "height": 1}
    assert asdict(Line((Size(1), Size(1)), {"a": Size(1)})) == {
        "ends": [told, told],
        "by_name": {"a": told},
    }


def test_they_can_be_copied_and_pickled() -> None:
    point = Point(1, 2, ["a"])
    assert copy.deepcopy(point) == pickle.loads(pickle.dumps(point)) == point
    assert copy.deepcopy(Slotted("a")).text == "a"


def test_the_standard_library_takes_them_for_its_own() -> None:
    assert dataclasses.is_dataclass(Point)
    assert [each.name for each in dataclasses.fields(Solid)] == ["x", "y", "labels", "z"]
    assert dataclasses.asdict(Point(1)) == {"x": 1, "y": 0, "labels": []}
    assert dataclasses.replace(Point(1), y=5) == Point(1, 5)
    assert repr(dataclasses.fields(Point)[2].default_factory) == repr(list)


def test_they_may_be_bases_of_the_standard_library_s() -> None:
    @dataclasses.dataclass(frozen=True)
    class Named(Point):
        name: str = ""

    assert Named(1, 2, [], "here").name == "here"
    assert [each.name for each in fields(Named)] == ["x", "y", "labels", "name"]


def test_threads_may_make_the_first_instances_at_once() -> None:
    for _ in range(20):

        @dataclass(kw_only=True)
        class Shared:
            numbers: list[int] = field(default_factory=lambda: [1])
            text: str = ""

        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda cls: cls(text="a"), [Shared] * 8))
        assert made == [Shared(text="a")] * 8


def test_nothing_is_written_before_the_first_instance() -> None:
    @dataclass
    class Late:
        value: int

        @classmethod
        def of(cls, text: str) -> Self:
            return cls(int(text))

    before = Late.__init__
    assert Late.of("3").value == 3
    assert before is not Late.__init__
    assert Late.__init__.__code__.co_varnames == ("self", "value")
