from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import assemble

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def pieces(tmp_path: Path) -> Path:
    folder = tmp_path / "pieces"
    (folder / "folder").mkdir(parents=True)
    (folder / "20 b").write_text("b")
    (folder / "10 a").write_text("a\n")
    (folder / "30 c").write_bytes(b"\xff")
    (folder / ".hidden").write_text("h\n")
    return folder


def run(ctx: Context, **arguments: Any) -> Result:
    return assemble.run(assemble.Params(src="pieces", dest="whole", **arguments), ctx)


@pytest.mark.parametrize(
    ("arguments", "whole"),
    [
        ({}, b"h\na\nb\n\xff"),
        ({"ignore_hidden": True}, b"a\nb\n\xff"),
        ({"regexp": "[ab]$"}, b"a\nb"),
        ({"regexp": "nothing"}, b""),
        ({"regexp": "[ab]$", "delimiter": "--"}, b"a\n--\nb"),
        ({"regexp": "[ab]$", "delimiter": r"\n\\--\n"}, b"a\n\n\\--\nb"),
    ],
)
def test_the_pieces_stand_in_the_order_of_their_names(
    ctx: Context, tmp_path: Path, arguments: dict[str, Any], whole: bytes
) -> None:
    first, second = run(ctx, **arguments), run(ctx, **arguments)
    assert (tmp_path / "whole").read_bytes() == whole
    assert (first.changed, second.changed) == (True, False)
    assert (first.data["src"], first.data["dest"]) == ("pieces", f"{tmp_path}/whole")


def test_pieces_are_looked_for_where_playbooks_keep_them(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "pieces").rename(tmp_path / "files" / "pieces")
    assert run(ctx, remote_src=False).changed


def test_a_piece_in_a_vault_is_opened(
    contexts: Callable[..., Context], tmp_path: Path, pieces: Path
) -> None:
    ctx = contexts(unvault=lambda path: b"opened" if path.name == "20 b" else None)
    run(ctx, regexp="[ab]$", remote_src=False)
    assert (tmp_path / "whole").read_bytes() == b"a\nopened"
    for as_it_is in ({"decrypt": False, "remote_src": False}, {"remote_src": True}):
        run(ctx, regexp="[ab]$", **as_it_is)
        assert (tmp_path / "whole").read_bytes() == b"a\nb"


def test_the_old_file_is_kept_and_the_new_one_checked(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "whole").write_text("old")
    with pytest.raises(TaskError, match="failed to validate"):
        run(ctx, validate="grep -q nothing %s")
    assert (tmp_path / "whole").read_text() == "old"
    result = run(ctx, backup=True, mode="0600", validate="grep -q a %s")
    assert Path(str(result.data["backup_file"])).read_text() == "old"
    assert result.data["mode"] == "0600"


def test_check_mode_writes_nothing(contexts: Callable[..., Context], tmp_path: Path) -> None:
    result = run(contexts(check=True, diff=True), regexp="[ab]$")
    (diff,) = result.diff
    assert (result.changed, diff.after) == (True, "a\nb")
    with pytest.raises(TaskError, match="failed to validate"):
        run(contexts(check=True), validate="grep -q nothing %s")
    assert not os.path.lexists(tmp_path / "whole")


def test_a_broken_expression_is_told_as_by_ansible(ctx: Context) -> None:
    with pytest.raises(TaskError, match=r'^Invalid Regexp \(missing \), .*\) in "\("$'):
        run(ctx, regexp="(")


def test_a_folder_is_needed(ctx: Context) -> None:
    with pytest.raises(TaskError, match="is not a directory"):
        assemble.run(assemble.Params(src="pieces/10 a", dest="whole"), ctx)
