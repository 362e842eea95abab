from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.task import TaskError
from opsplay.tasks.clients.transfer_plan import Item, Step, means_folder, plan, seconds

FILE = Item(size=1)
FOLDER = Item(folder=True)

paths = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)
trees = st.dictionaries(paths, st.builds(Item, size=st.integers(0, 3)))


def same_size(_path: str, wanted: Item, found: Item) -> bool:
    return wanted.size == found.size


def test_what_is_missing_is_created_what_differs_replaced_the_rest_left_alone() -> None:
    wanted = {"new": FILE, "differs": Item(size=2), "same": FILE, "folder": FOLDER}
    found = {"differs": FILE, "same": FILE, "folder": FOLDER, "other": FILE}
    assert plan(wanted, found, same_size) == [
        Step("differs", "replaced", Item(size=2), FILE),
        Step("folder", "unchanged", FOLDER, FOLDER),
        Step("new", "created", FILE),
        Step("same", "unchanged", FILE, FILE),
    ]


@pytest.mark.parametrize(
    ("wanted", "found", "words"),
    [
        (FILE, FOLDER, "a is a folder; end `dest` with a slash"),
        (FOLDER, FILE, "a is a file; a folder of this name cannot be made"),
    ],
)
def test_a_file_and_a_folder_do_not_replace_each_other(
    wanted: Item, found: Item, words: str
) -> None:
    with pytest.raises(TaskError, match=words):
        plan({"a": wanted}, {"a": found}, same_size)


@given(trees, trees)
def test_after_the_plan_there_is_nothing_left_to_do(
    wanted: dict[str, Item], found: dict[str, Item]
) -> None:
    done = {step.path: step.item for step in plan(wanted, found, same_size) if step.changes}
    again = plan(wanted, {**found, **done}, same_size)
    assert not any(step.changes for step in again)


@given(trees)
def test_a_folder_comes_before_what_is_in_it(wanted: dict[str, Item]) -> None:
    order = [step.path for step in plan(wanted, {}, same_size)]
    for inside in order:
        for folder in order:
            assert not inside.startswith(f"{folder}/") or order.index(folder) < order.index(inside)


def test_times_are_whole_seconds_rounded_down() -> None:
    assert [seconds(time) for time in (None, 1.9, 1.0, -0.5)] == [None, 1, 1, -1]


@pytest.mark.parametrize("path", ["", ".", "..", "a/", "/", "a/.", "a/.."])
def test_dest_that_means_a_folder(path: str) -> None:
    assert means_folder(path)


@pytest.mark.parametrize("path", ["a", "/a", "a/b", ".a", "a."])
def test_dest_that_means_a_file(path: str) -> None:
    assert not means_folder(path)
