from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

import pytest

from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import slurp
from powers import permissions_matter

if TYPE_CHECKING:
    from pathlib import Path


def run(ctx: Context, src: str) -> Result:
    return slurp.run(slurp.Params(src=src), ctx)


@pytest.mark.parametrize("content", [b"", b"\x00\xff\n", "报告".encode()])
def test_a_file_comes_as_base64(ctx: Context, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    result = run(ctx, "a")
    assert not result.changed
    assert base64.b64decode(str(result.data["content"])) == content
    assert (result.data["encoding"], result.data["source"]) == ("base64", str(tmp_path / "a"))


def test_files_whose_size_the_system_does_not_tell_are_read(ctx: Context) -> None:
    assert run(ctx, "/proc/self/status").data["content"]


@pytest.mark.parametrize(
    ("src", "words"),
    [
        ("nowhere", "File not found: .*nowhere"),
        (".", "Source is a directory and must be a file"),
        ("pipe", "is no file"),
        ("a/b", "File not found"),
        ("closed", "^File is not readable: .*closed$"),
    ],
)
def test_what_is_no_file_is_told(ctx: Context, tmp_path: Path, src: str, words: str) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "closed").touch(0o000)
    os.mkfifo(tmp_path / "pipe")
    with permissions_matter(), pytest.raises(TaskError, match=words):
        run(ctx, src)
