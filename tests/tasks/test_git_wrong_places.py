"""git: where something else than a working copy of the origin is, and versions that it has lost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from git_repositories import ENVIRONMENT, command, commit, repository
from opsplay.runner import params
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import git
from programs import needs

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = needs("git")


def run(ctx: Context, **arguments: Any) -> Result:
    given = {"repo": "origin", "dest": "copy", **arguments}
    return git.run(params.build(git.Params, given), ctx)


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    return repository(tmp_path / "origin")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Somebody's own repository, with a change that is not committed."""
    folder = repository(tmp_path / "other")
    command(folder, "remote", "add", "origin", "nowhere")
    (folder / "file").write_text("mine")
    return folder


@pytest.fixture
def ctx(contexts: Callable[..., Context]) -> Context:
    return contexts(environment=ENVIRONMENT)


@pytest.mark.usefixtures("origin")
@pytest.mark.parametrize("left", [".git", "objects"])
def test_a_folder_that_is_no_repository_does_not_stand_for_the_one_around_it(
    ctx: Context, other: Path, left: str
) -> None:
    (other / "part" / left).mkdir(parents=True)
    with pytest.raises(TaskError, match="not a git repository"):
        run(ctx, dest="other/part", force=True)
    assert (other / "file").read_text() == "mine"


def test_called_by_a_hook_it_leaves_the_repository_of_the_hook_alone(
    ctx: Context, origin: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(ctx)
    new = commit(origin, "three")
    monkeypatch.setenv("GIT_DIR", f"{other}/.git")
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert run(ctx, force=True).data["after"] == new
    assert (other / "file").read_text() == "mine"


def test_a_clone_that_was_killed_is_finished(ctx: Context, tmp_path: Path, origin: Path) -> None:
    (tmp_path / "copy").mkdir()
    command(tmp_path / "copy", "init", "-q", "-b", "other")
    command(tmp_path / "copy", "remote", "add", "origin", f"file://{origin}")
    after = run(ctx).data["after"]
    assert after == command(origin, "rev-parse", "trunk")


def test_a_branch_that_the_origin_has_no_more_is_told(ctx: Context, origin: Path) -> None:
    run(ctx, version="side")
    command(origin, "branch", "-D", "side")
    for version in "side", "HEAD":
        with pytest.raises(TaskError, match=r"^Failed to checkout side"):
            run(ctx, version=version)


def test_a_tag_that_was_a_branch_is_followed(ctx: Context, origin: Path) -> None:
    run(ctx, version="side")
    command(origin, "branch", "-D", "side")
    command(origin, "tag", "side", "trunk")
    after = run(ctx, version="side").data["after"]
    assert after == command(origin, "rev-parse", "trunk")


def test_a_branch_by_its_whole_name_is_followed(ctx: Context, origin: Path) -> None:
    run(ctx, version="refs/heads/trunk")
    new = commit(origin, "three")
    assert run(ctx, version="refs/heads/trunk").data["after"] == new


def test_an_archive_does_not_go_into_a_folder_of_its_name(
    ctx: Context, tmp_path: Path, origin: Path
) -> None:
    (tmp_path / "reports.zip").mkdir()
    with pytest.raises(TaskError, match=r"^Failed to perform archive operation"):
        run(ctx, archive="reports.zip")
    assert list((tmp_path / "reports.zip").iterdir()) == []
