"""`delete: true`: what is not in src goes, and nothing else, both ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from file_trees import tree, write
from ftp_exchange import Way, both_ways
from ftp_sides import Begin, Sides, actions
from opsplay.runner.task import TaskError
from opsplay.tasks.clients.part_names import part_name


def mirrored(begin: Begin, way: Way) -> Sides:
    """Begin with a file that is wanted, and others there that are not."""
    sides = begin(way)
    write(sides.source / "a", b"new")
    write(sides.target / "a", b"old one")
    write(sides.target / "old.txt", b"12")
    write(sides.target / "old/deep/b", b"123")
    return sides


@both_ways
def test_files_and_folders_that_are_not_in_src_go(begin: Begin, way: Way) -> None:
    sides = mirrored(begin, way)
    result = sides.move(delete=True)
    assert sides.arrived() == {"a": b"new"}
    assert result.data["deleted"] == 4
    assert result.data["bytes"] == 3


@both_ways
def test_without_delete_they_stay(begin: Begin, way: Way) -> None:
    sides = mirrored(begin, way)
    sides.move()
    assert sides.arrived() == {
        "a": b"new",
        "old.txt": b"12",
        "old": None,
        "old/deep": None,
        "old/deep/b": b"123",
    }


@both_ways
def test_a_second_mirror_changes_nothing(begin: Begin, way: Way) -> None:
    sides = mirrored(begin, way)
    assert [sides.move(delete=True).changed for _ in range(2)] == [True, False]


@both_ways
def test_check_mode_lists_exactly_what_would_go_and_removes_nothing(begin: Begin, way: Way) -> None:
    sides = mirrored(begin, way)
    before = sides.arrived()
    told = sides.move(sides.context(check=True, diff=True), delete=True)
    assert sides.arrived() == before
    files = told.data["files"]
    assert isinstance(files, list)
    assert [(file["path"], file["type"], file["action"], file["bytes"]) for file in files] == [
        (sides.top, "dir", "unchanged", 0),
        (f"{sides.top}/a", "file", "replaced", 3),
        (f"{sides.top}/old/deep/b", "file", "deleted", 3),
        (f"{sides.top}/old/deep", "dir", "deleted", 0),
        (f"{sides.top}/old.txt", "file", "deleted", 2),
        (f"{sides.top}/old", "dir", "deleted", 0),
    ]
    done = sides.move(delete=True)
    assert actions(told) == actions(done)
    assert f"{sides.top}/old.txt  2 bytes" in told.diff[0].before
    assert "old" not in told.diff[0].after


@both_ways
@pytest.mark.parametrize("name", ["", "sub/"])
def test_nothing_outside_of_dest_goes(begin: Begin, way: Way, name: str) -> None:
    sides = begin(way)
    write(sides.source / "a")
    beside = write(sides.target / "beside" / "x")
    write(sides.target / f"into/{name}gone")
    sides.move(dest=f"in/into/{name}", src="out/", delete=True)
    assert beside.exists()
    assert tree(sides.target / "into" / name) == {"a": b"x"}


@both_ways
def test_a_folder_put_into_dest_is_the_only_thing_that_is_mirrored(begin: Begin, way: Way) -> None:
    sides = mirrored(begin, way)
    write(sides.target / "out/gone")
    sides.move(src="out", dest="in/", delete=True)
    assert tree(sides.target / "out") == {"a": b"new"}
    assert (sides.target / "old.txt").exists()


# What is not ours


@both_ways
def test_what_is_excluded_stays_with_the_folders_above_it(begin: Begin, way: Way) -> None:
    sides = mirrored(begin, way)
    write(sides.target / "old/deep/keep.log")
    write(sides.target / "private/key")
    sides.move(delete=True, exclude=["*.log", "private"])
    assert sides.arrived() == {
        "a": b"new",
        "old": None,
        "old/deep": None,
        "old/deep/keep.log": b"x",
        "private": None,
        "private/key": b"x",
    }


@both_ways
def test_only_what_is_included_goes(begin: Begin, way: Way) -> None:
    sides = mirrored(begin, way)
    sides.move(delete=True, include=["*.txt", "a"])
    assert sides.arrived() == {"a": b"new", "old": None, "old/deep": None, "old/deep/b": b"123"}


@both_ways
@pytest.mark.parametrize("target", ["elsewhere", "elsewhere/b", "nowhere"])
def test_a_link_goes_and_what_it_leads_to_stays(
    begin: Begin, way: Way, tmp_path: Path, target: str
) -> None:
    sides = mirrored(begin, way)
    kept = write(sides.target.parent / "elsewhere/b")
    (sides.target / "old/link").symlink_to(sides.target.parent / target)
    sides.move(delete=True)
    assert sides.arrived() == {"a": b"new"}
    assert kept.exists()


# What dead runs have left


@both_ways
def test_files_that_never_got_their_name_go(begin: Begin, way: Way) -> None:
    sides = mirrored(begin, way)
    write(Path(part_name(str(sides.target / "a"), "older")))
    write(Path(part_name(str(sides.target / "of another file"), "older")))
    write(Path(part_name(str(sides.target / "old/deep/c"), "older")))
    sides.move(delete=True)
    assert sides.arrived() == {"a": b"new"}
    assert not sides.move(delete=True).changed


@both_ways
def test_without_delete_only_those_of_our_files_go(begin: Begin, way: Way) -> None:
    sides = begin(way)
    write(sides.source / "a")
    write(Path(part_name(str(sides.target / "a"), "older")))
    others = write(Path(part_name(str(sides.target / "of another file"), "older")))
    sides.move()
    assert sides.arrived() == {"a": b"x", others.name: b"x"}


# What is refused


@both_ways
def test_an_empty_src_is_refused_unless_it_is_meant(begin: Begin, way: Way) -> None:
    sides = mirrored(begin, way)
    (sides.source / "a").unlink()
    (sides.source / "empty folder").mkdir()
    before = sides.arrived()
    with pytest.raises(TaskError, match=r"src out/ holds no file: .*set `allow_empty: true`"):
        sides.move(delete=True)
    assert sides.arrived() == before
    sides.move(delete=True, allow_empty=True)
    assert sides.arrived() == {"empty folder": None}


@both_ways
def test_a_src_of_which_all_is_left_out_is_empty_too(begin: Begin, way: Way) -> None:
    with pytest.raises(TaskError, match="holds no file"):
        mirrored(begin, way).move(delete=True, include="*.none")


@both_ways
@pytest.mark.parametrize(
    "src", ["out/a", ["out/"], ["out", "more"], "o*/a", "*", "[om]*", "out/*"], ids=str
)
def test_what_is_not_one_folder_is_refused(begin: Begin, way: Way, src: Any) -> None:
    sides = mirrored(begin, way)
    write(sides.source.parent / "more/b")
    before = sides.arrived()
    with pytest.raises(TaskError, match="src must be one folder"):
        sides.move(src=src, delete=True)
    assert sides.arrived() == before


@both_ways
def test_a_src_that_is_missing_removes_nothing(begin: Begin, way: Way) -> None:
    sides = mirrored(begin, way)
    before = sides.arrived()
    with pytest.raises(TaskError):
        sides.move(src="none/", delete=True)
    assert sides.arrived() == before


@both_ways
def test_a_folder_in_place_of_a_file_is_not_removed_for_it(begin: Begin, way: Way) -> None:
    sides = mirrored(begin, way)
    write(sides.source / "old", b"a file now")
    before = sides.arrived()
    with pytest.raises(TaskError, match=r"old is a folder"):
        sides.move(delete=True)
    assert sides.arrived() == before


def test_a_text_has_nothing_to_mirror(begin: Begin) -> None:
    with pytest.raises(TaskError, match="after and delete need src"):
        begin("up").move(src=None, content="x", dest="in/a", delete=True)
