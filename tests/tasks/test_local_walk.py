from __future__ import annotations

import os
from pathlib import Path

import pytest

from file_trees import write
from opsplay.runner.task import TaskError
from opsplay.tasks.clients.path_filter import PathFilter
from opsplay.tasks.local_walk import Links, Manner, walk


@pytest.fixture(name="top")
def _top(tmp_path: Path) -> Path:
    for name in ("b/deep/1", "b/2", "a", ".hidden", "b-3"):
        write(tmp_path / "top" / name)
    return tmp_path / "top"


def walked(top: Path, links: Links = "inside", exclude: str | None = None) -> list[str]:
    manner = Manner(PathFilter.of(None, exclude), links)
    return [path for path, _, _ in walk(str(top), manner)]


ALL = [".hidden", "a", "b", "b-3", "b/2", "b/deep", "b/deep/1"]


def test_everything_is_found(top: Path) -> None:
    assert sorted(walked(top)) == ALL


def test_a_folder_comes_before_what_is_in_it(top: Path) -> None:
    found = walked(top)
    assert found.index("b") < found.index("b/deep") < found.index("b/deep/1")


def test_each_is_told_with_where_it_lies_and_what_it_is(top: Path) -> None:
    for relative, path, status in walk(str(top), Manner()):
        assert path == str(top / relative)
        assert status == (top / relative).stat()


def test_folders_that_are_left_out_are_not_looked_into(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_into: list[str] = []
    opened = os.open

    def noted(path: str, flags: int) -> int:
        looked_into.append(path)
        return opened(path, flags)

    monkeypatch.setattr(os, "open", noted)
    assert sorted(walked(top, exclude="deep")) == [".hidden", "a", "b", "b-3", "b/2"]
    assert looked_into == [str(top), str(top / "b")]


def test_names_that_are_no_text_are_kept(top: Path) -> None:
    name = os.fsdecode(b"\xb2\xe2")
    write(top / name)
    assert name in walked(top)


def test_a_link_inside_is_what_it_leads_to(top: Path) -> None:
    (top / "link").symlink_to("b/deep")
    assert {"link", "link/1"} <= set(walked(top))


def test_a_link_that_leads_out_is_refused_and_it_is_said_what_to_do(
    top: Path, tmp_path: Path
) -> None:
    write(tmp_path / "secret")
    (top / "b/link").symlink_to("../../secret")
    with pytest.raises(TaskError, match=r"b/link is a link that leads out of .*`links: follow`"):
        walked(top)


def test_neither_does_a_link_reach_a_folder_with_the_same_beginning(
    top: Path, tmp_path: Path
) -> None:
    write(tmp_path / "top secret/a")
    (top / "link").symlink_to("../top secret")
    with pytest.raises(TaskError, match="leads out of"):
        walked(top)


def test_links_are_followed_wherever_they_lead_if_that_is_wanted(top: Path, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere/a")
    (top / "link").symlink_to("../elsewhere")
    assert "link/a" in walked(top, "follow")


def test_links_are_left_out_if_that_is_wanted(top: Path) -> None:
    (top / "inside").symlink_to("a")
    (top / "outside").symlink_to("/")
    (top / "dangling").symlink_to("nowhere")
    assert sorted(walked(top, "skip")) == ALL


@pytest.mark.parametrize("links", ["inside", "follow"])
def test_a_link_that_leads_nowhere_is_told(top: Path, links: Links) -> None:
    (top / "link").symlink_to("nowhere")
    with pytest.raises(TaskError, match=r"link is a link that leads nowhere: .*`links: skip`"):
        walked(top, links)


@pytest.mark.parametrize("links", ["inside", "follow"])
@pytest.mark.parametrize("target", [".", "..", "../.."])
def test_a_link_that_leads_in_circles_is_told(top: Path, links: Links, target: str) -> None:
    (top / "b/deep/loop").symlink_to(target)
    with pytest.raises(TaskError, match="loop is a link that leads back to a folder above it"):
        walked(top, links)


def test_two_links_to_one_folder_are_no_circle(top: Path) -> None:
    for name in ("one", "two"):
        (top / name).symlink_to("b/deep")
    assert {"one/1", "two/1"} <= set(walked(top))


def test_the_folder_itself_may_be_a_link(top: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("top")
    (top / "link").symlink_to("a")
    assert walked(tmp_path / "link") == [*walked(top)]


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"cannot read .*none: No such file"):
        walked(tmp_path / "none")
