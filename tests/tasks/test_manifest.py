from __future__ import annotations

import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from file_trees import write
from opsplay.runner.dataclasses import replace
from opsplay.runner.task import Cancellation, Cancelled, Context, TaskError
from opsplay.tasks import manifest
from opsplay.tasks.clients.transfer_plan import FOLDER, Action, Item, Step
from opsplay.tasks.local_sources import Source


def file(path: Path, data: bytes = b"x", action: Action = "created") -> tuple[Step, Source]:
    write(path, data)
    item = Item(size=len(data))
    return Step(f"/to/{path.name}", action, item), Source(size=len(data), path=str(path))


def written(ctx: Context, *files: tuple[Step, Source]) -> list[Any]:
    local = {step.path: source for step, source in files}
    manifest.write("manifest.jsonl", [step for step, _ in files], local, ctx)
    lines = (ctx.playbook_dir / "manifest.jsonl").read_bytes().splitlines()
    return [json.loads(line) for line in lines]


def test_a_line_of_json_for_each_file(ctx: Context, tmp_path: Path) -> None:
    assert written(ctx, file(tmp_path / "测试", b"hello")) == [
        {
            "path": "/to/测试",
            "bytes": 5,
            "sha256": sha256(b"hello").hexdigest(),
            "mtime": "2001-09-09T01:46:40Z",
            "action": "created",
        }
    ]


@pytest.mark.parametrize("then", [Source(size=4), Source(size=5, mtime=1.0)])
def test_a_file_that_has_changed_since_it_was_sent_is_not_told_as_what_lies_there(
    ctx: Context, tmp_path: Path, then: Source
) -> None:
    step, source = file(tmp_path / "a", b"later")
    with pytest.raises(TaskError, match=r"a has changed since .* sha256 of /to/a"):
        written(ctx, (step, replace(then, path=source.path)))
    assert not (ctx.playbook_dir / "manifest.jsonl").exists()


def test_files_that_were_left_alone_are_listed_too_folders_and_what_is_gone_are_not(
    ctx: Context, tmp_path: Path
) -> None:
    gone = Step("/to/gone", "deleted", Item(size=1)), Source(size=1)
    folder = Step("/to", "created", FOLDER), Source(folder=True, path=str(tmp_path))
    lines = written(ctx, folder, file(tmp_path / "same", action="unchanged"), gone)
    assert [(line["path"], line["action"]) for line in lines] == [("/to/same", "unchanged")]


def test_names_that_would_break_a_line_or_are_no_text_are_kept(
    ctx: Context, tmp_path: Path
) -> None:
    names = ["a\nb", 'a"b', os.fsdecode(b"\xb2\xe2")]
    lines = written(ctx, *(file(tmp_path / name) for name in names))
    assert [line["path"] for line in lines] == [f"/to/{name}" for name in names]


def test_it_is_readable_where_that_can_be(ctx: Context, tmp_path: Path) -> None:
    written(ctx, file(tmp_path / "测试"))
    assert "测试" in (tmp_path / "manifest.jsonl").read_text(encoding="utf-8")


def test_a_text_has_no_time(ctx: Context) -> None:
    item = Item(size=2)
    (line,) = written(ctx, (Step("/to/a", "created", item), Source(text=b"hi")))
    assert (line["sha256"], line["mtime"]) == (sha256(b"hi").hexdigest(), None)


def test_nothing_gives_an_empty_file(ctx: Context) -> None:
    assert written(ctx) == []


def test_it_is_written_whole_or_not_at_all(
    contexts: Callable[..., Context], tmp_path: Path
) -> None:
    write(tmp_path / "manifest.jsonl", b"the old one\n")
    stop = Cancellation()
    stop.cancel()
    with pytest.raises(Cancelled):
        written(contexts(cancellation=stop), file(tmp_path / "a"))
    assert (tmp_path / "manifest.jsonl").read_bytes() == b"the old one\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "manifest.jsonl"]


def test_the_folder_that_it_goes_to_is_made(ctx: Context, tmp_path: Path) -> None:
    manifest.write("new/folder/list", [], {}, ctx)
    assert (tmp_path / "new/folder/list").read_bytes() == b""


def test_a_place_that_cannot_be_is_told(ctx: Context, tmp_path: Path) -> None:
    write(tmp_path / "file")
    with pytest.raises(TaskError, match=r"cannot make the folder .*file: File exists"):
        manifest.write("file/list", [], {}, ctx)
