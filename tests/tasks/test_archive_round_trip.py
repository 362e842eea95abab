"""Whatever archive packs, unarchive unpacks equal."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from file_trees import difficult_tree, tree
from opsplay.runner.task import Context, TaskError
from opsplay.tasks import archive, unarchive


def moments(top: Path) -> dict[str, float]:
    return {path.name: path.stat().st_mtime for path in top.rglob("*") if path.is_file()}


@pytest.mark.parametrize("form", ["bz2", "gz", "tar", "xz", "zip"])
def test_a_difficult_tree_comes_back_equal(ctx: Context, tmp_path: Path, form: str) -> None:
    (tmp_path / "out").mkdir()
    expected = difficult_tree(tmp_path / "top")
    for path in (tmp_path / "top").rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    archive.run(archive.Params(path=["top"], dest="packed", format=form), ctx)  # type: ignore[arg-type]
    first, second = (
        unarchive.run(unarchive.Params(src="packed", dest="out"), ctx) for _ in range(2)
    )
    assert tree(tmp_path / "out" / "top") == expected
    assert moments(tmp_path / "out") == moments(tmp_path / "top")
    assert (first.changed, second.changed) == (True, False)


def test_names_that_are_no_text_come_back_equal(ctx: Context, tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff name")
    (tmp_path / "out").mkdir()
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / name).touch()
    archive.run(archive.Params(path=["top"], dest="packed"), ctx)
    unarchive.run(unarchive.Params(src="packed", dest="out"), ctx)
    assert (tmp_path / "out" / "top" / name).exists()
    with pytest.raises(TaskError, match="is no text, which a zip needs"):
        archive.run(archive.Params(path=["top"], dest="packed", format="zip"), ctx)


def test_other_programs_unpack_it_too(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    expected = difficult_tree(tmp_path / "top")
    archive.run(archive.Params(path=["top"], dest="packed"), ctx)
    subprocess.run(["tar", "-xzf", "packed", "-C", "out"], cwd=tmp_path, check=True)
    assert tree(tmp_path / "out" / "top") == expected
