from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsplay.runner.task import Context, TaskError
from opsplay.tasks import attributes, copy, file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with the attribute d alone, on a file system that keeps it."""
    path = tmp_path / "a"
    path.touch()
    try:
        attributes.adjust(path, "+d", check=False)
    except TaskError:
        pytest.skip("the file system keeps no attributes")
    return path


def test_an_attribute_is_set_and_taken_away_once(path: Path) -> None:
    before, after = attributes.adjust(path, "+A", check=False)["attributes"]
    assert ("d" in before, "A" in before, after) == (True, False, "+A")
    assert attributes.adjust(path, "+A", check=False) == {}
    assert attributes.adjust(path, "-A", check=False)["attributes"][1] == "-A"
    assert attributes.adjust(path, "-A", check=False) == {}


def test_in_check_mode_it_is_told_and_not_done(path: Path) -> None:
    assert attributes.adjust(path, "-d", check=True) == attributes.adjust(path, "-d", check=True)


def test_steps_that_write_files_take_attributes(ctx: Context, path: Path) -> None:
    assert file.run(file.Params(path=str(path), attributes="-d"), ctx).changed
    assert not file.run(file.Params(path=str(path), attributes="-d"), ctx).changed
    copy.run(copy.Params(dest=str(path), content="new", attributes="+A"), ctx)
    assert attributes.adjust(path, "+A", check=True) == {}


def test_what_is_no_attribute_is_said(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="chattr failed") as caught:
        attributes.adjust(tmp_path, "+q", check=False)
    assert caught.value.data == {"details": "there is no attribute 'q' to set"}
