from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Literal

import pytest

from file_trees import OLD, tree, write
from opsplay.runner.task import Context, TaskError
from opsplay.tasks import local_after
from opsplay.tasks.ftp_transfer import Move
from opsplay.tasks.local_sources import each_file
from opsplay.tasks.local_walk import Manner

After = Literal["keep", "delete"] | Move


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    write(tmp_path / "out/a", b"a")
    write(tmp_path / "out/sub/b", b"b")


def file_away(ctx: Context, after: After, spoil: Path | None = None) -> list[str]:
    """File away what is in `out`, whose copies lie in /in; `spoil` is written to meanwhile."""
    copied = list(each_file("out/", "/in", ctx, Manner()))
    if spoil:
        write(spoil, b"new", OLD + 1)
    files = [(path, source) for path, source in copied if not source.folder]
    return local_after.file_away(after, files, "/in", ctx)


def test_files_are_deleted_and_their_folders_stay(ctx: Context, tmp_path: Path) -> None:
    assert file_away(ctx, "delete") == []
    assert tree(tmp_path) == {"out": None, "out/sub": None}


def test_files_are_moved_as_they_lie_below_src(ctx: Context, tmp_path: Path) -> None:
    assert file_away(ctx, Move(move="sent")) == []
    assert tree(tmp_path / "sent") == {"a": b"a", "sub": None, "sub/b": b"b"}
    assert tree(tmp_path / "out") == {"sub": None}


def test_what_lies_there_already_is_not_overwritten(ctx: Context, tmp_path: Path) -> None:
    write(tmp_path / "sent/a", b"older")
    (tmp_path / "sent/a.2").symlink_to("nowhere")
    file_away(ctx, Move(move="sent"))
    assert (tmp_path / "sent/a").read_bytes() == b"older"
    assert (tmp_path / "sent/a.2").readlink() == Path("nowhere")
    assert (tmp_path / "sent/a.3").read_bytes() == b"a"


def test_a_file_goes_to_another_disk_whole_or_not_at_all(
    ctx: Context, tmp_path: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is one disk only")
    sent = memory / "sent"

    def fill(_: Path, target: Path, **__: object) -> None:
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(shutil, "copyfile", fill)
        with pytest.raises(TaskError, match=r"cannot move .*/out/a to .*: No space left"):
            file_away(ctx, Move(move=str(sent)))
    assert tree(sent) == {}
    file_away(ctx, Move(move=str(sent)))
    assert tree(sent) == {"a": b"a", "sub": None, "sub/b": b"b"}
    assert (sent / "a").stat().st_mtime == OLD
    assert tree(tmp_path / "out") == {"sub": None}


@pytest.mark.parametrize("after", ["delete", Move(move="sent")], ids=["delete", "move"])
def test_a_file_that_has_changed_since_stays(ctx: Context, tmp_path: Path, after: After) -> None:
    (warning,) = file_away(ctx, after, spoil=tmp_path / "out/a")
    assert warning == f"{tmp_path}/out/a stays where it is: it has changed since it was sent"
    assert tree(tmp_path / "out") == {"a": b"new", "sub": None}


def test_a_file_that_is_gone_is_told(ctx: Context, tmp_path: Path) -> None:
    sources = list(each_file("out/a", "/in/a", ctx, Manner()))
    (tmp_path / "out/a").unlink()
    (warning,) = local_after.file_away("delete", sources, "/in/a", ctx)
    assert "out/a stays where it is" in warning


def test_a_link_goes_and_what_it_leads_to_stays(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "out/link").symlink_to("a")
    sources = list(each_file("out/link", "/in/link", ctx, Manner()))
    local_after.file_away("delete", sources, "/in", ctx)
    assert tree(tmp_path / "out") == {"a": b"a", "sub": None, "sub/b": b"b"}


def test_a_folder_that_cannot_be_made_is_told(ctx: Context, tmp_path: Path) -> None:
    write(tmp_path / "sent", b"a file")
    with pytest.raises(TaskError, match=r"cannot move .*out/a to .*sent: File exists"):
        file_away(ctx, Move(move="sent"))
    assert (tmp_path / "out/a").exists()
