"""Whatever a server names and whatever lies here: a download writes below `dest` alone."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from file_trees import tree, write
from ftp_fault_tree import Tree
from ftp_faults import FaultServer, Options
from ftp_sides import Begin, Sides
from ftp_steps import download
from opsplay.runner.task import Pool, Secret, TaskError
from opsplay.runner.testing import make_context
from opsplay.tasks.clients.part_names import owner_of_part


@pytest.fixture(name="sides")
def _sides(begin: Begin) -> Sides:
    sides = begin("down")
    write(sides.source / "sub/a", b"new")
    write(sides.here / "elsewhere/a", b"precious")
    sides.target.mkdir()
    return sides


def elsewhere(sides: Sides) -> dict[str, bytes | None]:
    return tree(sides.here / "elsewhere")


@pytest.mark.parametrize("target", ["../elsewhere", "..", "/tmp", "../elsewhere/new"])
def test_a_folder_that_is_a_link_out_of_dest_is_refused(sides: Sides, target: str) -> None:
    (sides.target / "sub").symlink_to(target)
    with pytest.raises(TaskError):
        sides.move()
    assert elsewhere(sides) == {"a": b"precious"}
    assert sides.did("downloaded") == []


def test_it_is_said_why(sides: Sides) -> None:
    (sides.target / "sub").symlink_to("../elsewhere")
    with pytest.raises(TaskError, match=r"in/sub leads out of .*in, by a link; nothing is written"):
        sides.move()


def test_neither_is_anything_written_behind_a_link_further_up(sides: Sides) -> None:
    write(sides.source / "sub/deep/er/b")
    (sides.target / "sub").mkdir()
    (sides.target / "sub/deep").symlink_to("../../elsewhere")
    with pytest.raises(TaskError, match="leads out of"):
        sides.move()
    assert elsewhere(sides) == {"a": b"precious"}


def test_a_mirror_removes_nothing_behind_a_link(sides: Sides) -> None:
    (sides.target / "other").symlink_to("../elsewhere")
    sides.move(delete=True)
    assert sides.arrived() == {"sub": None, "sub/a": b"new"}
    assert elsewhere(sides) == {"a": b"precious"}


def test_a_link_that_stays_within_dest_is_used(sides: Sides) -> None:
    (sides.target / "real").mkdir()
    (sides.target / "sub").symlink_to("real")
    sides.move()
    assert (sides.target / "real/a").read_bytes() == b"new"


def test_dest_itself_may_be_a_link(sides: Sides) -> None:
    sides.target.rmdir()
    sides.target.symlink_to("elsewhere")
    sides.move()
    assert elsewhere(sides) == {"a": b"precious", "sub": None, "sub/a": b"new"}


def test_a_link_that_waits_under_the_temporary_name_is_not_written_through(sides: Sides) -> None:
    def catch(*_: object) -> None:
        parts.extend(path for path in (sides.target / "sub").iterdir() if owner_of_part(path.name))

    parts: list[Path] = []
    sides.move(sides.context(on_progress=catch))
    (sides.target / "sub/a").unlink()
    parts[0].symlink_to(sides.here / "elsewhere/a")
    with pytest.raises(TaskError, match=r"cannot write .*in/sub/a"):
        sides.move()
    assert elsewhere(sides) == {"a": b"precious"}


# Any names at all


class Walls:
    """A server whose folder lists what it is told to; all of that can be fetched."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str]] = []
        self.server = FaultServer(options=Options(listing=self._listing))

    def _listing(self, folder: str) -> list[str]:
        inside = [("file", "x")] if folder != "/out" else self.entries
        return [f"type={kind};size=1; {name}" for kind, name in inside]

    def downloaded(self, entries: list[tuple[str, str]]) -> dict[str, bytes | None]:
        """Let it list these, and tell all that a download to a/b/in writes."""
        self.entries, self.server.tree = entries, Tree()
        self.server.tree.put("/out/x")
        for kind, name in entries:
            path = posixpath.normpath(f"/out/{name}")
            self.server.tree.put(path if kind == "file" else f"{path}/x")
        login = {"host": "127.0.0.1", "port": self.server.port, "user": "li", "retries": 0}
        with TemporaryDirectory() as folder, closing(Pool()) as pool:
            ctx = make_context(Path(folder), pool=pool)
            with suppress(TaskError):
                download(ctx, {**login, "password": Secret("geheim")}, src="/out/", dest="a/b/in")
            return tree(Path(folder))


@pytest.fixture(name="walls", scope="module")
def _walls() -> Iterator[Walls]:
    walls = Walls()
    with walls.server:
        yield walls


names = st.text(st.sampled_from("./\\:~cC \0\x7f\x1bé"), max_size=8)
entries = st.lists(st.tuples(st.sampled_from(["file", "dir"]), names), min_size=1, max_size=3)


@settings(max_examples=50)
@given(entries)
@example([("file", "../c")])
@example([("dir", "../../c")])
@example([("dir", "..")])
@example([("file", "/c")])
def test_no_name_leads_out_of_dest(walls: Walls, listed: list[tuple[str, str]]) -> None:
    outside = [path for path in walls.downloaded(listed) if not path.startswith("a/b/in/")]
    assert set(outside) <= {"a", "a/b", "a/b/in"}


def test_the_server_of_that_test_hands_out_what_it_lists(walls: Walls) -> None:
    found = walls.downloaded([("file", "c"), ("dir", "d")])
    assert (found["a/b/in/c"], found["a/b/in/d/x"]) == (b"x", b"x")
