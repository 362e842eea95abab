from __future__ import annotations

import posixpath
from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from opsplay.runner.task import TaskError
from opsplay.tasks.clients.transfer_plan import (
    Item,
    Step,
    clashes,
    means_folder,
    plan,
    seconds,
    surplus,
)

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
def test_a_dest_that_ends_in_a_slash_or_in_dots_means_a_folder(path: str) -> None:
    assert means_folder(path)


@pytest.mark.parametrize("path", ["a", "/a", "a/b", ".a", "a."])
def test_any_other_dest_means_a_file(path: str) -> None:
    assert not means_folder(path)


# A mirror


def everything(_path: str, _item: Item) -> bool:
    return True


def test_a_mirror_removes_what_is_not_wanted_and_folders_after_what_is_in_them() -> None:
    found = {"in": FOLDER, "in/keep": FILE, "in/old": FOLDER, "in/old/a": FILE, "in/old-b": FILE}
    assert surplus({"in": FOLDER, "in/keep": FILE}, found, everything) == [
        Step("in/old/a", "deleted", FILE, FILE),
        Step("in/old-b", "deleted", FILE, FILE),
        Step("in/old", "deleted", FOLDER, FOLDER),
    ]


def test_what_is_not_ours_stays_and_so_do_the_folders_above_it() -> None:
    found = {"in": FOLDER, "in/a": FOLDER, "in/a/b": FOLDER, "in/a/b/mine": FILE, "in/a/c": FILE}
    gone = surplus({"in": FOLDER}, found, lambda path, _: not path.endswith("mine"))
    assert [step.path for step in gone] == ["in/a/c"]


def whole(tree: Mapping[str, Item]) -> dict[str, Item]:
    """Make a tree that can be: every file lies in folders."""
    made = dict(tree)
    for path in tree:
        while path := posixpath.dirname(path):
            made[path] = FOLDER
    return made


folder_trees = st.dictionaries(paths, st.builds(Item, folder=st.booleans(), size=st.just(1)))
whole_trees = folder_trees.map(
    lambda tree: whole({path: FOLDER if item.folder else item for path, item in tree.items()})
)


def carry_out(steps: list[Step], tree: Mapping[str, Item]) -> dict[str, Item]:
    """Do the steps in their order; fails where a system would refuse."""
    now = dict(tree)
    for step in steps:
        above = posixpath.dirname(step.path)
        assert not above or now[above].folder
        if step.action == "deleted":
            assert not any(path.startswith(f"{step.path}/") for path in now)
            del now[step.path]
        elif step.changes:
            now[step.path] = step.item
    return now


@given(whole_trees, whole_trees, st.frozensets(paths))
def test_a_mirror_is_what_is_wanted_and_what_is_not_ours(
    wanted: dict[str, Item], found: dict[str, Item], others: frozenset[str]
) -> None:
    assume(all(wanted[path].folder == found[path].folder for path in wanted.keys() & found))
    steps = plan(wanted, found, same_size)
    steps += surplus(wanted, found, lambda path, _: path not in others)
    stays = whole({path: found[path] for path in others & found.keys()})
    assert carry_out(steps, found) == {**stays, **wanted}


@given(whole_trees, whole_trees)
def test_a_second_mirror_has_nothing_to_do(wanted: dict[str, Item], found: dict[str, Item]) -> None:
    assume(all(wanted[path].folder == found[path].folder for path in wanted.keys() & found))
    now = carry_out(plan(wanted, found, same_size) + surplus(wanted, found, everything), found)
    again = plan(wanted, now, same_size) + surplus(wanted, now, everything)
    assert not any(step.changes for step in again)


# Names that are one to some systems


def test_names_that_differ_in_case_alone_clash() -> None:
    assert clashes(["a/B", "a/b", "A/b", "c", "ß", "SS"]) == {"a/B", "a/b", "A/b", "ß", "SS"}


@given(st.sets(st.text("abc/")))
def test_names_that_no_system_mixes_up_do_not_clash(names: set[str]) -> None:
    assert clashes(names) == frozenset()
