"""What becomes of the originals: `after`, both ways. What is not proved stays: see tests/faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from file_trees import OLD, Tree, tree, write
from ftp_exchange import Way, both_ways
from ftp_sides import Begin, Sides, actions
from opsplay.runner.ledger import Ledger
from opsplay.runner.task import Result, TaskError
from opsplay.tasks import ftp_after, local_after
from opsplay.tasks.ftp_transfer import Move

DONE = Move(move="done")
AFTER: Mapping[str, Any] = {"delete": "delete", "move": DONE}
either = pytest.mark.parametrize("after", AFTER.values(), ids=AFTER)

FILES = {"a": b"a", "sub": None, "sub/b": b"b"}

Resumed = Callable[..., tuple[Sides, Result]]


def offering(begin: Begin, way: Way) -> Sides:
    sides = begin(way)
    write(sides.source / "a", b"a")
    write(sides.source / "sub/b", b"b")
    return sides


def done(sides: Sides) -> Tree:
    return tree(sides.source.parent / "done")


@both_ways
def test_they_are_deleted_and_their_folders_stay(begin: Begin, way: Way) -> None:
    sides = offering(begin, way)
    sides.move(after="delete")
    assert sides.arrived() == FILES
    assert tree(sides.source) == {"sub": None}


@both_ways
def test_they_are_moved_as_they_lay(begin: Begin, way: Way) -> None:
    sides = offering(begin, way)
    sides.move(after=DONE)
    assert sides.arrived() == FILES
    assert tree(sides.source) == {"sub": None}
    assert done(sides) == FILES


@pytest.fixture
def resumed(begin: Begin, way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Resumed:
    """Move a and b, killed when some originals are gone, and once more."""
    sides = begin(way)
    for name in "ab":
        write(sides.source / name, b"x")

    def move(*, is_registered: bool) -> Result:
        with closing(Ledger(tmp_path / "state")) as ledger:
            about = {"once": "1 1/site.yml:5#1", "is_registered": is_registered}
            return sides.move(sides.context(**about, ledger=ledger), src="out/*", after="delete")

    def twice(gone: str, *, is_registered: bool) -> tuple[Sides, Result]:
        def killed(*_: object) -> None:
            for name in gone:
                (sides.source / name).unlink()
            raise TaskError("killed")

        with monkeypatch.context() as patch:
            patch.setattr(local_after if way == "up" else ftp_after, "file_away", killed)
            with pytest.raises(TaskError, match="killed"):
                move(is_registered=is_registered)
        return sides, move(is_registered=is_registered)

    return twice


@both_ways
@pytest.mark.parametrize("gone", ["a", "ab"])
def test_a_step_that_was_killed_meanwhile_tells_of_all_when_its_run_is_resumed(
    resumed: Resumed, gone: str
) -> None:
    sides, result = resumed(gone, is_registered=True)
    assert actions(result) == {f"{sides.top}/{name}": "created" for name in "ab"}
    assert (result.changed, result.data["created"], result.data["unchanged"]) == (True, 2, 0)
    assert tree(sides.source) == {}


@both_ways
def test_that_it_has_changed_something_is_known_also_where_nobody_has_registered_it(
    resumed: Resumed,
) -> None:
    _, result = resumed("ab", is_registered=False)
    assert result.changed


@both_ways
def test_they_stay_if_nothing_else_is_said(begin: Begin, way: Way) -> None:
    sides = offering(begin, way)
    sides.move()
    assert tree(sides.source) == FILES


@both_ways
def test_what_a_pattern_finds_is_moved(begin: Begin, way: Way) -> None:
    sides = offering(begin, way)
    sides.move(src="out/*/b", after=DONE)
    assert done(sides) == {"sub": None, "sub/b": b"b"}


@both_ways
def test_one_file_keeps_its_own_name_where_it_is_moved_to(begin: Begin, way: Way) -> None:
    sides = offering(begin, way)
    sides.move(src="out/sub/b", dest="in/renamed", after=DONE)
    assert sides.arrived() == {"renamed": b"b"}
    assert done(sides) == {"b": b"b"}


@both_ways
def test_names_that_are_taken_there_are_not_overwritten(begin: Begin, way: Way) -> None:
    sides = offering(begin, way)
    for name in ("a", "a.2"):
        write(sides.source.parent / "done" / name, b"older")
    sides.move(after=DONE)
    assert done(sides) == {**FILES, "a": b"older", "a.2": b"older", "a.3": b"a"}


@both_ways
def test_two_files_of_one_name_both_have_a_place(begin: Begin, way: Way) -> None:
    sides = begin(way)
    for folder in ("1", "2"):
        write(sides.source / folder / "a", folder.encode())
    sides.move(src="out/1/a", dest="in/1", after=DONE)
    sides.move(src="out/2/a", dest="in/2", after=DONE)
    assert done(sides) == {"a": b"1", "a.2": b"2"}


@both_ways
@either
def test_what_a_killed_run_had_moved_already_is_filed_away_too(
    begin: Begin, way: Way, after: Any
) -> None:
    sides = offering(begin, way)
    sides.move()
    result = sides.move(after=after)
    assert result.data["unchanged"] == 4
    assert tree(sides.source) == {"sub": None}
    assert done(sides) == (FILES if after is DONE else {})


@both_ways
@either
def test_that_they_go_is_a_change_and_check_mode_tells_it(
    begin: Begin, way: Way, after: Any
) -> None:
    sides = offering(begin, way)
    sides.move()
    foreseen = sides.move(sides.context(check=True), after=after)
    for result in (foreseen, sides.move(after=after)):
        assert result.changed
        assert result.msg == "2 files and 2 folders unchanged, 2 originals taken away; 0 bytes"
        assert result.data["taken_away"] == 2
    assert not sides.move(after=after).changed


@both_ways
@either
def test_what_is_left_out_stays(begin: Begin, way: Way, after: Any) -> None:
    sides = offering(begin, way)
    sides.move(after=after, exclude="sub")
    assert tree(sides.source) == {"sub": None, "sub/b": b"b"}


@both_ways
@either
def test_check_mode_leaves_them(begin: Begin, way: Way, after: Any) -> None:
    sides = offering(begin, way)
    sides.move(sides.context(check=True), after=after)
    assert tree(sides.source) == FILES
    assert done(sides) == {}


@both_ways
@either
def test_the_manifest_is_written_all_the_same(begin: Begin, way: Way, after: Any) -> None:
    sides = offering(begin, way)
    sides.move(after=after, manifest="list.jsonl")
    assert len((sides.here / "list.jsonl").read_text().splitlines()) == 2


@both_ways
def test_a_link_goes_and_what_it_leads_to_stays(begin: Begin, way: Way) -> None:
    sides = begin(way)
    original = write(sides.source.parent / "kept", b"x")
    sides.source.mkdir()
    (sides.source / "link").symlink_to("../kept")
    follow: dict[str, Any] = {"links": "follow"} if way == "up" else {}
    sides.move(after="delete", **follow)
    assert sides.arrived() == {"link": b"x"}
    assert original.exists()
    assert tree(sides.source) == {}


# Files that change meanwhile


def test_a_file_that_has_changed_since_it_was_sent_stays(begin: Begin) -> None:
    sides = offering(begin, "up")

    def change(_name: str, done: int, total: int, _unit: str) -> None:
        if done == total:
            write(sides.source / "a", b"newer", OLD + 5)

    result = sides.move(sides.context(on_progress=change), after="delete", connections=1)
    (warning,) = result.warnings
    assert warning == f"{sides.source}/a stays where it is: it has changed since it was sent"
    assert sides.arrived() == FILES
    assert tree(sides.source) == {"a": b"newer", "sub": None}


@either
def test_a_file_that_changed_on_the_server_is_fetched_once_more(begin: Begin, after: Any) -> None:
    sides = offering(begin, "down")
    versions = [b"newer"]

    def change(*_: object) -> None:
        if versions:
            write(sides.source / "a", versions.pop(), OLD + 5)

    sides.move(sides.context(on_progress=change), after=after)
    assert sides.arrived() == {**FILES, "a": b"newer"}
    assert tree(sides.source) == {"sub": None}


@either
def test_a_file_that_goes_on_changing_on_the_server_stays(begin: Begin, after: Any) -> None:
    sides = offering(begin, "down")
    times = iter(range(OLD + 1, OLD + 1000))

    def change(*_: object) -> None:
        write(sides.source / "a", b"newer", next(times))

    with pytest.raises(TaskError, match=r"/out/a goes on changing on the server .*ftp_wait"):
        sides.move(sides.context(on_progress=change), after=after)
    assert (sides.source / "a").exists()


def test_a_text_has_nothing_to_file_away(begin: Begin) -> None:
    with pytest.raises(TaskError, match="after and delete need src"):
        begin("up").move(src=None, content="x", dest="in/a", after="delete")
