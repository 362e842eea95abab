from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import fetch
from powers import permissions_matter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def source(tmp_path: Path) -> Path:
    path = tmp_path / "logs" / "报告.log"
    path.parent.mkdir()
    path.write_text("x")
    return path


def run(ctx: Context, src: str = "logs/报告.log", dest: str = "got", **arguments: Any) -> Result:
    return fetch.run(fetch.Params(src=src, dest=dest, **arguments), ctx)


def test_the_file_of_a_host_lies_in_its_folder(
    contexts: Callable[..., Context], tmp_path: Path
) -> None:
    first, second = (run(contexts(host="web1"), src="logs/../logs/报告.log") for _ in range(2))
    dest = tmp_path / "got/web1/logs/报告.log"
    assert dest.read_text() == "x"
    assert (first.changed, second.changed) == (True, False)
    assert first.data["dest"] == str(dest)
    assert first.data["checksum"] == hashlib.sha1(b"x").hexdigest()


@pytest.mark.parametrize(("dest", "path"), [("got/", "got/报告.log"), ("got/a.log", "got/a.log")])
def test_a_flat_file_lies_where_it_is_said(
    ctx: Context, tmp_path: Path, dest: str, path: str
) -> None:
    assert run(ctx, dest=dest, flat=True).data["dest"] == str(tmp_path / path)
    assert (tmp_path / path).read_text() == "x"


def test_a_flat_file_in_place_of_a_folder_is_refused(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "got").mkdir()
    with pytest.raises(TaskError, match="use a trailing slash if you want to fetch"):
        run(ctx, flat=True)


@pytest.mark.parametrize(
    ("src", "words"),
    [
        ("nowhere", "the remote file does not exist"),
        ("logs", "remote file is a directory"),
        ("closed", "File is not readable: "),
    ],
)
@permissions_matter()
def test_what_cannot_be_fetched(ctx: Context, tmp_path: Path, src: str, words: str) -> None:
    (tmp_path / "closed").touch(0o000)
    with pytest.raises(TaskError, match=words):
        run(ctx, src=src)
    result = run(ctx, src=src, fail_on_missing=False)
    assert not result.changed
    assert words in result.msg
    assert not (tmp_path / "got").exists()


def test_check_mode_skips_it(contexts: Callable[..., Context], tmp_path: Path) -> None:
    assert run(contexts(check=True)).skipped
    assert not (tmp_path / "got").exists()


def test_what_was_written_is_told_with_the_sum_of_its_source(ctx: Context) -> None:
    first, second = (run(ctx).data for _ in range(2))
    assert first["remote_checksum"] == first["checksum"]
    assert "remote_checksum" not in second
