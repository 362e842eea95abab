"""Where a host goes in its play, whatever that looks like: what it takes, whether it fails."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as some

from opsplay.runner.engine.outline import Entry, Flush, Group, Item, entries
from opsplay.runner.engine.position import Frame, Position

pytestmark = pytest.mark.slow

Fails = Callable[[Entry], bool]


class AllTheWay:
    """Of one that skips nothing and, if it is stopped, still tidies up."""

    def __init__(self, *, stops: bool = False) -> None:
        self.stops = stops

    def skips(self, _: Entry) -> bool:
        return False

    def is_due(self, _: Entry) -> bool:
        return True


class Failed(Exception):
    """An entry has failed."""


def groups_of(inner: some.SearchStrategy[Item]) -> some.SearchStrategy[Item]:
    tasks = some.lists(inner, min_size=1, max_size=3)
    return some.builds(Group, tasks, some.lists(inner, max_size=2), some.lists(inner, max_size=2))


ENTRIES = some.builds(Entry, some.builds(Flush))
TREES = some.lists(some.recursive(ENTRIES, groups_of, max_leaves=12), min_size=1, max_size=4).map(
    lambda found: [Group(found)]
)
# Each number picks one of the entries that there are.
PICKS = some.sets(some.integers(0, 30), max_size=6)


def picked(groups: Iterable[Group], picks: Collection[int]) -> Collection[Entry]:
    return [entry for number, entry in enumerate(entries(groups)) if number in picks]


def taken(groups: Sequence[Group], bad: Collection[Entry]) -> tuple[list[Entry], bool]:
    """What a host takes, of which some fail; and whether it has failed in the end."""
    here, found = Position(Frame(groups)), list[Entry]()
    while True:
        here, entry = here.go_on(AllTheWay())
        if entry is None:
            return found, here.is_failed
        found.append(entry)
        if entry in bad:
            here = here.fail()


def as_python_does(group: Group, bad: Collection[Entry], found: list[Entry]) -> None:
    """The same by Python's own statements; raises Failed."""
    try:
        try:
            each_as_python_does(group.block, bad, found)
        except Failed:
            if not group.rescue:
                raise
            each_as_python_does(group.rescue, bad, found)
    finally:
        each_as_python_does(group.always, bad, found)


def each_as_python_does(items: Iterable[Item], bad: Collection[Entry], found: list[Entry]) -> None:
    for item in items:
        if isinstance(item, Group):
            as_python_does(item, bad, found)
            continue
        found.append(item)
        if item in bad:
            raise Failed


@given(TREES, PICKS)
def test_blocks_rescue_and_tidy_up_as_pythons_try_does(
    groups: list[Group], picks: set[int]
) -> None:
    bad, expected, has_failed = picked(groups, picks), list[Entry](), False
    try:
        each_as_python_does(groups, bad, expected)
    except Failed:
        has_failed = True
    assert taken(groups, bad) == (expected, has_failed)


@given(TREES, PICKS)
def test_that_a_rescue_waits_is_known_before_something_fails(
    groups: list[Group], picks: set[int]
) -> None:
    bad, here, handled = picked(groups, picks), Position(Frame(groups)), True
    while True:
        here, entry = here.go_on(AllTheWay())
        if entry is None:
            break
        if entry in bad:
            handled, here = here.is_rescued, here.fail()
    assert here.is_failed == (not handled)


@given(TREES, some.integers(0, 30))
def test_who_is_stopped_takes_only_what_tidies_up(groups: list[Group], number: int) -> None:
    here, way = Position(Frame(groups)), AllTheWay()
    here, entry = here.go_on(way)
    for _ in range(number):
        here, entry = here.go_on(way)
    was_over, way.stops = not entry, True
    while True:
        here, entry = here.go_on(way)
        if entry is None:
            break
        assert here.is_tidying
    assert here.is_failed != was_over


@given(TREES, some.integers(0, 30))
def test_what_is_included_comes_next_and_then_the_rest(groups: list[Group], number: int) -> None:
    all_there = taken(groups, ())[0]
    number = number % len(all_there)
    more = Group((Entry(Flush()), Entry(Flush())))
    here, way, found = Position(Frame(groups)), AllTheWay(), list[Entry | None]()
    for index in range(len(all_there) + 2):
        here, entry = here.go_on(way)
        found.append(entry)
        if index == number:
            here = here.insert([more])
    assert found == [*all_there[: number + 1], *more.block, *all_there[number + 1 :]]


@given(TREES, PICKS)
def test_where_handlers_run_nothing_else_is_passed_by(groups: list[Group], picks: set[int]) -> None:
    handlers = [Entry(Flush()), Entry(Flush())]
    here, found = Position(Frame(groups)), list[Entry]()
    while True:
        here, entry = here.go_on(AllTheWay())
        if entry is None:
            break
        if entry not in handlers:
            found.append(entry)
            if len(found) in picks:
                here = here.flush(handlers)
    assert found == taken(groups, ())[0]
