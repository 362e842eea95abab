"""file: links and hard links."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Contexts = Callable[..., Context]

ODD_NAMES = ["报告 二月", "two  spaces", "line\nbreak", "-rf", "{{ name }}", "n" * 255]


def run(ctx: Context, path: str, state: Any = None, **arguments: Any) -> Result:
    return file.run(file.Params(path=path, state=state, **arguments), ctx)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


# link ---------------------------------------------------------------------------------------


def test_names_of_variables_in_what_a_link_points_to_are_replaced(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACE", str(tmp_path))
    assert run(ctx, "link", "link", src="$PLACE").data["src"] == str(tmp_path)
    assert (tmp_path / "link").readlink() == tmp_path


@pytest.mark.parametrize("target", ODD_NAMES)
def test_a_link_is_made_once(ctx: Context, tmp_path: Path, target: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / target).touch()
    first, second = (run(ctx, "in/link", "link", src=target) for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert str((tmp_path / "in" / "link").readlink()) == target
    assert (first.data["src"], first.data["state"]) == (target, "link")


def test_a_link_is_turned_to_another_target(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("old")
    (tmp_path / "new").touch()
    assert run(ctx, "link", "link", src="new").changed
    assert str((tmp_path / "link").readlink()) == "new"


@pytest.mark.parametrize("force", [False, True])
def test_no_name_is_that_of_nothing(ctx: Context, tmp_path: Path, *, force: bool) -> None:
    words = "Error while linking" if force else "src file does not exist"
    with pytest.raises(TaskError, match=words):
        run(ctx, "link", "link", src="", force=force)
    assert list(tmp_path.iterdir()) == []


def test_a_link_to_nowhere_needs_force(ctx: Context, tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="src file does not exist, use 'force=yes'"):
        run(ctx, "link", "link", src="nowhere")
    assert run(ctx, "link", "link", src="nowhere", force=True, mode="0600").changed
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("there", ["file", "empty folder"])
def test_a_link_in_place_of_something_needs_force(ctx: Context, tmp_path: Path, there: str) -> None:
    (tmp_path / "link").touch() if there == "file" else (tmp_path / "link").mkdir()
    (tmp_path / "target").touch()
    src = str(tmp_path / "target")
    with pytest.raises(TaskError, match="refusing to convert from"):
        run(ctx, "link", "link", src=src)
    assert run(ctx, "link", "link", src=src, force=True).changed
    assert str((tmp_path / "link").readlink()) == src


def test_that_the_source_is_missing_is_told_first(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(TaskError, match=f"src file does not exist.*: {tmp_path}/folder/target"):
        run(ctx, "folder", "link", src="target")
    with pytest.raises(TaskError, match="src does not exist"):
        run(ctx, "file", "hard", src="target")


def test_a_link_into_a_folder_that_is_missing(ctx: Context) -> None:
    with pytest.raises(TaskError, match=r"Error while linking: .*No such file or directory"):
        run(ctx, "none/link", "link", src="target", force=True)


def test_a_full_folder_is_not_replaced_by_a_link(contexts: Contexts, tree: Path) -> None:
    for ctx in (contexts(), contexts(check=True)):
        with pytest.raises(TaskError, match="is not empty, refusing to convert it"):
            run(ctx, "tree", "link", src="/tmp", force=True)
    assert (tree / "below" / "a.txt").exists()


def test_a_mode_is_that_of_what_the_link_points_to(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "target").touch(0o644)
    assert run(ctx, "link", "link", src="target", mode="0600").changed
    assert mode(tmp_path / "target") == 0o600
    assert not run(ctx, "link", "link", mode="0600").changed
    assert not run(ctx, "link", "link", src="target", mode="0644", follow=False).changed


def test_a_link_has_no_mode_which_check_mode_does_not_know(
    contexts: Contexts, tmp_path: Path
) -> None:
    """As in Ansible."""
    (tmp_path / "link").symlink_to("target")
    assert run(contexts(check=True), "link", "link", mode="0644", follow=False).changed
    assert not run(contexts(check=True), "link", "link", mode="0777", follow=False).changed


@pytest.mark.parametrize("state", ["link", "hard"])
def test_a_new_link_needs_a_target(ctx: Context, state: str) -> None:
    with pytest.raises(TaskError, match="src is required for creating new"):
        run(ctx, "link", state)


def test_a_link_that_is_there_tells_what_it_points_to(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "link").symlink_to("a")
    data = run(ctx, "link", None).data
    assert (data["state"], data["src"]) == ("link", "a")
    assert run(ctx, "link", None, follow=False).data["src"] is None


def test_a_target_is_for_links(ctx: Context) -> None:
    with pytest.raises(TaskError, match="src option requires state to be 'link' or 'hard'"):
        run(ctx, "a", "touch", src="b")


def test_links_that_lead_round_are_made_and_removed(ctx: Context, tmp_path: Path) -> None:
    for name, target in ("self", "self"), ("one", "two"), ("two", "one"):
        assert run(ctx, name, "link", src=target, force=True).changed
        assert not run(ctx, name, mode="0644").changed
    with pytest.raises(TaskError, match="already exists as a link"):
        run(ctx, "one", "directory")
    for name in "self", "one", "two":
        assert run(ctx, name, "absent").changed
    assert list(tmp_path.iterdir()) == []


def test_what_has_no_name_that_can_be_is_absent(ctx: Context) -> None:
    assert not run(ctx, "n" * 256, "absent").changed


# hard ---------------------------------------------------------------------------------------


def test_a_hard_link_is_made_once(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    first, second = (run(ctx, "b", "hard", src="a", mode="0640") for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert (tmp_path / "b").samefile(tmp_path / "a")
    assert first.data["state"] == "hard"


@pytest.mark.parametrize("follow", [True, False])
def test_a_hard_link_to_a_link_is_one_to_its_file_or_to_itself(
    ctx: Context, tmp_path: Path, *, follow: bool
) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "link").symlink_to("a")
    first, second = (run(ctx, "b", "hard", src="link", follow=follow) for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert (tmp_path / "b").is_symlink() is not follow
    (tmp_path / "c").hardlink_to(tmp_path / "a")
    assert not run(ctx, "c", "hard", src="link", follow=follow).changed


def test_another_file_is_replaced_by_a_hard_link_with_force(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").write_text("y")
    with pytest.raises(TaskError, match="Cannot link, file exists at destination"):
        run(ctx, "b", "hard", src="a")
    assert run(ctx, "b", "hard", src="a", force=True).changed
    assert (tmp_path / "b").read_text() == "x"


def test_a_hard_link_into_a_folder_has_the_name_of_the_file(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "in").mkdir()
    assert run(ctx, "in", "hard", src="a").data["dest"] == str(tmp_path / "in" / "a")


def test_a_file_with_two_names_is_a_hard_link_already(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch(0o644)
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    assert not run(ctx, "b", "hard").changed
    assert run(ctx, "b", mode="0600").data["dest"] == str(tmp_path / "b")
    assert mode(tmp_path / "a") == 0o600


def test_a_hard_link_to_nothing_or_to_a_folder(
    ctx: Context, contexts: Contexts, tree: Path
) -> None:
    with pytest.raises(TaskError, match="src does not exist") as caught:
        run(ctx, "b", "hard", src="nowhere")
    assert caught.value.data == {
        name: str(tree.parent / file)
        for name, file in {"src": "nowhere", "dest": "b", "path": "b"}.items()
    }
    for context in ctx, contexts(check=True):
        with pytest.raises(TaskError, match=r"Error while linking: .*Operation not permitted"):
            run(context, "b", "hard", src=str(tree))
