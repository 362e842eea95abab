from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsplay.runner.task import Context, TaskError

if TYPE_CHECKING:
    from pathlib import Path


def test_paths_are_relative_to_the_playbook_or_the_home_folder(
    ctx: Context, tmp_path: Path, home: Path
) -> None:
    assert ctx.path("a/b") == tmp_path / "a" / "b"
    assert ctx.path("/a/b").as_posix() == "/a/b"
    assert ctx.path("~/a") == ctx.path("$HOME/a") == ctx.path("${HOME}/a") == home / "a"
    assert ctx.path("$NOBODY_SETS/a") == tmp_path / "$NOBODY_SETS" / "a"


def test_in_names_of_source_files_a_dollar_is_a_dollar(ctx: Context, tmp_path: Path) -> None:
    """As in Ansible."""
    (tmp_path / "$HOME").touch()
    assert ctx.find("$HOME") == tmp_path / "$HOME"


@pytest.mark.parametrize("text", ["", "a\0b", "~no-such-user/a"])
def test_what_is_no_path_is_refused(ctx: Context, text: str) -> None:
    for look in (ctx.path, ctx.find):
        with pytest.raises(TaskError, match=r"is not the name of|cannot be found"):
            look(text)


@pytest.mark.parametrize("text", ["missing", "n" * 300, "a-file/b"])
def test_what_is_not_found_is_told_with_the_places_searched(
    ctx: Context, tmp_path: Path, text: str
) -> None:
    (tmp_path / "a-file").touch()
    with pytest.raises(TaskError) as caught:
        ctx.find(text)
    assert f"{tmp_path}/files/{text}" in caught.value.msg
    assert f"{tmp_path}/{text}" in caught.value.msg
