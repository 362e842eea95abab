"""copy: links, devices, folders that are not ours, full disks."""

from __future__ import annotations

import os
import stat
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsplay.runner.task import Cancellation, Cancelled, Context, Result, TaskError
from opsplay.tasks import copy
from powers import permissions_matter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Contexts = Callable[..., Context]

# As acl(5) has it: the owner, one more user, the group, the mask and the others.
_ENTRIES = [(1, 6, -1), (2, 6, 12345), (4, 4, -1), (16, 6, -1), (32, 0, -1)]
_ACL = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *each) for each in _ENTRIES)
_MOUNTING = "unshare -m mount --bind /etc /mnt"


def run(ctx: Context, **arguments: object) -> Result:
    return copy.run(copy.Params(**arguments), ctx)  # type: ignore[arg-type]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A folder that may not be written, with a file that may."""
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / "old").write_text("old")
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".opsplay-*")]


def test_check_mode_foresees_a_file_in_the_way_and_not_what_a_task_before_may_make(
    contexts: Contexts, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    check = contexts(check=True)
    assert run(check, content="new", dest="missing/deep/new").changed
    with pytest.raises(TaskError, match=r"^cannot write .*/file/deep/new: Not a directory$"):
        run(check, content="new", dest="file/deep/new")


def test_a_link_is_replaced_unless_it_is_to_be_followed(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    result = run(ctx, content="new", dest="link", follow=True)
    assert (tmp_path / "target").read_text() == "new"
    assert result.data["dest"] == str(tmp_path / "target")
    assert run(ctx, content="new", dest="link").changed
    assert not (tmp_path / "link").is_symlink()
    assert not run(ctx, content="new", dest="link").changed


def test_a_link_to_nowhere_is_not_followed(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    assert run(ctx, content="x", dest="link", follow=True).data["dest"] == str(tmp_path / "link")
    assert not (tmp_path / "link").is_symlink()
    assert not (tmp_path / "nowhere").exists()


def test_nothing_at_all_is_copied_for_an_empty_file(ctx: Context, tmp_path: Path) -> None:
    assert run(ctx, src="/dev/null", dest="a").data["size"] == 0
    assert (tmp_path / "a").read_text() == ""
    with pytest.raises(TaskError, match="Cannot copy invalid source '/dev/zero': not a file"):
        run(ctx, src="/dev/zero", dest="a")


def test_a_device_is_not_replaced(ctx: Context) -> None:
    with pytest.raises(TaskError, match="/dev/null is a device"):
        run(ctx, content="x", dest="/dev/null")


def test_a_folder_is_not_replaced(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "out" / "a").mkdir(parents=True)
    with pytest.raises(TaskError, match="out/a is a folder; it is not replaced"):
        run(ctx, src="a", dest="out")


@pytest.mark.parametrize(
    ("dest", "words"),
    [
        ("/proc/version", "cannot write /proc/version: "),
        ("/proc/no/such", "Destination directory /proc/no does not exist"),
        ("a-file/under", "Not a directory"),
        ("n" * 256, "File name too long"),
    ],
)
def test_what_the_system_refuses_is_said_in_words(
    ctx: Context, tmp_path: Path, dest: str, words: str
) -> None:
    (tmp_path / "a-file").touch()
    with pytest.raises(TaskError) as caught:
        run(ctx, content="x", dest=dest)
    assert words in caught.value.msg
    assert left_over(tmp_path) == []


def test_a_folder_that_is_not_ours_is_told_as_in_ansible(ctx: Context, closed: Path) -> None:
    for dest in "new", "old":
        with permissions_matter(), pytest.raises(TaskError) as caught:
            run(ctx, content="x", dest=f"{closed}/{dest}")
        assert caught.value.msg == f"Destination {closed} not writable"
    assert (closed / "old").read_text() == "old"


def test_a_file_that_cannot_be_replaced_may_be_written_over(
    ctx: Context, closed: Path, tmp_path: Path
) -> None:
    over = {"dest": f"{closed}/old", "unsafe_writes": True, "mode": "0600"}
    number = (closed / "old").stat().st_ino
    with permissions_matter():
        assert run(ctx, content="a", validate="grep a %s", **over).changed
        with pytest.raises(TaskError, match="failed to validate"):
            run(ctx, content="b", validate="grep a %s", backup=True, **over)
        with pytest.raises(TaskError, match="not writable"):
            run(ctx, content="x", dest=f"{closed}/new", unsafe_writes=True)
    assert ((closed / "old").read_text(), mode(closed / "old")) == ("a", 0o600)
    assert (closed / "old").stat().st_ino == number
    assert left_over(tmp_path) == []


@pytest.mark.skipif(
    bool(subprocess.run(["sh", "-c", _MOUNTING], check=False, capture_output=True).returncode),
    reason="nothing may be mounted here",
)
def test_a_file_that_is_mounted_may_be_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "mounted").write_text("old")
    (tmp_path / "p.yml").write_text(
        "- tasks: [{copy: {content: new, dest: a, unsafe_writes: true, backup: true}}]"
    )
    run = f"mount --bind mounted a && {sys.executable} -m opsplay run p.yml"
    subprocess.run(["unshare", "-m", "sh", "-c", run], cwd=tmp_path, check=True)
    assert (tmp_path / "mounted").read_text() == "new"
    (backup,) = tmp_path.glob("a.*")
    assert backup.read_text() == "old"


def test_a_file_that_is_ours_is_replaced_unread(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch(0o000)
    with permissions_matter():
        assert run(ctx, content="x", dest="a", mode="0644").changed
    assert (tmp_path / "a").read_text() == "x"


def test_a_source_that_may_not_be_read(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch(0o000)
    with (
        permissions_matter(),
        pytest.raises(TaskError, match=f"^Source {tmp_path}/a not readable$"),
    ):
        run(ctx, src="a", dest="b", remote_src=True)


def test_a_full_disk_leaves_the_old_file_and_no_other(ctx: Context, tmp_path: Path) -> None:
    import resource

    (tmp_path / "a").write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(TaskError, match=r"cannot write .*/a: File too large"):
            run(ctx, content="x" * 200_000, dest="a")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "a").read_text() == "old"
    assert left_over(tmp_path) == []


def test_a_cancelled_copy_leaves_the_old_file_and_no_other(
    contexts: Contexts, tmp_path: Path
) -> None:
    cancellation = Cancellation()
    ctx = contexts(cancellation=cancellation, on_progress=lambda *_: cancellation.cancel())
    (tmp_path / "a").write_text("old")
    with pytest.raises(Cancelled):
        run(ctx, content="x" * 3_000_000, dest="a")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def note(path: Path, noted: Mapping[str, bytes]) -> None:
    try:
        for name, value in noted.items():
            os.setxattr(path, name, value)
    except OSError as error:
        pytest.skip(f"the file system keeps none: {error}")


def test_an_old_file_does_not_get_the_acl_of_its_folder(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "old").touch()
    note(tmp_path, {"system.posix_acl_default": _ACL})
    assert run(ctx, content="new", dest="old").changed
    assert "system.posix_acl_access" not in os.listxattr(tmp_path / "old")


def test_an_old_file_keeps_its_acl_and_what_was_noted_of_it(ctx: Context, tmp_path: Path) -> None:
    """Without the ACL, the mode that its mask stands in would let the group write."""
    old = tmp_path / "old"
    old.touch()
    noted = {"system.posix_acl_access": _ACL, "user.note": b"seen"}
    note(old, noted)
    assert run(ctx, content="new", dest="old").changed
    assert {name: os.getxattr(old, name) for name in noted} == noted
    assert run(ctx, content="newer", dest="old", mode="0600").changed
    assert mode(old) == 0o600
