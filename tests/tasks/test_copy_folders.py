"""Folders that are copied, with all that is in them."""

from __future__ import annotations

import os
import stat
from hashlib import sha1
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import copy, permissions

if TYPE_CHECKING:
    from collections.abc import Callable

    Contexts = Callable[..., Context]


def run(ctx: Context, **arguments: object) -> Result:
    return copy.run(copy.Params(**arguments), ctx)  # type: ignore[arg-type]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """A folder with folders, a program, an empty folder and links of every kind."""
    folder = tmp_path / "reports"
    (folder / "2024 年" / "deep").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / "a.txt").write_text("a")
    (folder / "2024 年" / "deep" / "b.txt").write_text("b")
    (folder / "run.sh").touch()
    (folder / "run.sh").chmod(0o755)
    (folder / "to-file").symlink_to("a.txt")
    (folder / "to-folder").symlink_to("2024 年")
    (folder / "to-nowhere").symlink_to("nowhere")
    (folder / "empty" / "loop").symlink_to("..")
    return folder


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_folder_goes_into_the_destination(ctx: Context, tmp_path: Path, reports: Path) -> None:
    assert run(ctx, src="reports", dest="out").changed
    assert names(tmp_path / "out") == sorted(
        ["reports", *(f"reports/{name}" for name in names(reports)),
         "reports/to-folder/deep", "reports/to-folder/deep/b.txt"]
    )  # fmt: skip
    again = run(ctx, src="reports", dest="out")
    assert not again.changed
    assert (again.data["src"], again.data["dest"]) == (str(reports), f"{tmp_path}/out/")


def test_a_folder_in_which_nothing_is_has_nothing_to_copy(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for src in ("empty", "empty/"):
        assert not run(ctx, src=src, dest="out").changed
    assert not (tmp_path / "out").exists()
    assert run(ctx, src="empty", dest="out", remote_src=True).changed
    assert (tmp_path / "out" / "empty").is_dir()


def test_the_path_is_told_unless_the_content_is_new(ctx: Context, tmp_path: Path) -> None:
    assert "path" not in run(ctx, content="x", dest="a").data
    assert run(ctx, content="x", dest="a").data["path"] == str(tmp_path / "a")
    assert run(ctx, content="x", dest="a", mode="0600").data["path"] == str(tmp_path / "a")
    assert "path" not in run(ctx, content="y", dest="a", mode="0644").data


def test_of_a_folder_with_a_file_alone_the_file_is_told(ctx: Context, tmp_path: Path) -> None:
    """As in Ansible."""
    (tmp_path / "one").mkdir()
    (tmp_path / "one/a").write_text("a")
    result = run(ctx, src="one/", dest="out/")
    assert result.changed
    assert result.data["dest"] == f"{tmp_path}/out/a"
    assert result.data["checksum"] == sha1(b"a").hexdigest()
    assert run(ctx, src="one/", dest="out/").data["path"] == f"{tmp_path}/out/a"
    (tmp_path / "one/empty").mkdir()
    assert run(ctx, src="one/", dest="out/").data["dest"] == f"{tmp_path}/out/"


def test_what_is_in_a_folder_goes_into_the_destination(
    ctx: Context, tmp_path: Path, reports: Path
) -> None:
    result = run(ctx, src="reports/", dest="out", local_follow=False)
    assert names(tmp_path / "out") == names(reports)
    assert (tmp_path / "out" / "to-file").readlink() == Path("a.txt")
    assert result.data["state"] == "directory"
    assert (result.data["src"], result.data["dest"]) == (f"{reports}/", f"{tmp_path}/out/")
    assert not run(ctx, src="reports/", dest="out/", local_follow=False).changed


def test_links_are_followed_but_not_in_circles(ctx: Context, tmp_path: Path, reports: Path) -> None:
    run(ctx, src=f"{reports}/", dest="out")
    assert not (tmp_path / "out" / "to-file").is_symlink()
    assert (tmp_path / "out" / "to-folder" / "deep" / "b.txt").read_text() == "b"
    assert (tmp_path / "out" / "to-nowhere").readlink() == Path("nowhere")
    assert (tmp_path / "out" / "empty" / "loop").readlink() == Path("..")


@pytest.mark.usefixtures("reports")
def test_modes_of_a_folders_copy(ctx: Context, tmp_path: Path) -> None:
    run(ctx, src="reports/", dest="out", mode="0640", directory_mode="0750")
    assert mode(tmp_path / "out") == mode(tmp_path / "out" / "empty") == 0o750
    assert mode(tmp_path / "out" / "run.sh") == 0o640
    run(ctx, src="reports/", dest="kept", mode="preserve")
    assert mode(tmp_path / "kept" / "run.sh") == 0o755


def test_a_folder_that_is_there_has_the_wanted_mode_too_which_is_a_change(
    ctx: Context, tmp_path: Path
) -> None:
    for folder in ("reports/sub", "out/sub"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a").touch()
    first, second = (run(ctx, src="reports/", dest="out", directory_mode="0700") for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert mode(tmp_path / "out/sub") == 0o700


def test_a_remote_folder_is_copied_as_it_is(ctx: Context, tmp_path: Path, reports: Path) -> None:
    (reports / "empty").chmod(0o750)
    (tmp_path / "out").mkdir()
    result = run(ctx, src="reports", dest="out", remote_src=True, mode="0711")
    copy = tmp_path / "out" / "reports"
    assert (result.data["src"], result.data["dest"]) == (str(reports), str(copy))
    assert names(copy) == names(reports)
    assert (copy / "to-folder").readlink() == Path("2024 年")
    found = [mode(path) for path in (copy, copy / "empty", copy / "run.sh")]
    assert found == [0o711, 0o750, 0o755]
    assert not run(ctx, src="reports", dest="out", remote_src=True, mode="0711").changed
    (copy / "a.txt").chmod(0o600)
    assert not run(ctx, src="reports", dest="out", remote_src=True, mode="0711").changed
    (reports / "a.txt").write_text("new")
    assert run(ctx, src="reports", dest="out", remote_src=True, mode="0711").changed
    assert mode(copy / "a.txt") == mode(reports / "a.txt")
    run(ctx, src="reports/", dest="followed", remote_src=True, local_follow=True)
    assert not (tmp_path / "followed" / "to-file").is_symlink()


def test_a_remote_folder_does_not_give_its_mode_to_what_leads_to_its_copy(
    ctx: Context, tmp_path: Path
) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o2775)
    run(ctx, src="shared", dest="out", remote_src=True)
    assert mode(tmp_path / "out") == 0o777 & ~permissions.umask()
    assert mode(tmp_path / "out" / "shared") == 0o2775


@pytest.mark.parametrize(
    ("src", "dest", "told"),
    [
        ("reports", "out", "out"),
        ("reports", "out/", "out/reports"),
        ("reports", "there", "there/reports"),
        ("reports/", "out", "out"),
        ("reports/", "out/", "out/"),
        ("reports/", "there", "there/"),
    ],
)
@pytest.mark.usefixtures("reports")
def test_where_a_remote_folder_goes_is_told_by_what_was_there(
    ctx: Context, tmp_path: Path, src: str, dest: str, told: str
) -> None:
    (tmp_path / "there").mkdir()
    result = run(ctx, src=src, dest=dest, remote_src=True, directory_mode="0700")
    assert result.data["dest"] == f"{tmp_path}/{told}"
    if dest == "out/":
        assert mode(tmp_path / "out") == 0o700
    copy = tmp_path / dest / src.removeprefix("reports/")
    assert mode(copy / "empty") == 0o755


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("src", ["reports/a.txt", "reports"])
@pytest.mark.usefixtures("reports")
def test_with_remote_src_only_a_slash_makes_the_folders_before_dest(
    contexts: Contexts, tmp_path: Path, src: str, *, check: bool
) -> None:
    ctx = contexts(check=check)
    with pytest.raises(TaskError, match=f"Destination directory {tmp_path}/no does not exist"):
        run(ctx, src=src, dest="no/out", remote_src=True)
    result = run(ctx, src=src, dest="new/out/", remote_src=True)
    assert result.changed
    assert (tmp_path / "new").exists() is not check
    if check:
        assert result.msg == f"dest directory {tmp_path}/new/out would be created"


def test_only_what_differs_is_copied(contexts: Contexts, tmp_path: Path, reports: Path) -> None:
    ctx = contexts(diff=True)
    run(ctx, src="reports/", dest="out")
    (reports / "a.txt").write_text("changed")
    (tmp_path / "out" / "extra").touch()
    result = run(ctx, src="reports/", dest="out")
    assert result.msg.startswith("2 of ")
    assert {diff.after for diff in result.diff} == {"changed"}
    assert (tmp_path / "out" / "extra").exists()


def test_check_mode_of_a_folder(contexts: Contexts, tmp_path: Path, reports: Path) -> None:
    result = run(contexts(check=True, diff=True), src="reports", dest="out")
    assert result.changed
    assert len(result.diff) == len(names(reports)) + 1 + len(["to-folder/deep", "and/b.txt"])
    assert not (tmp_path / "out").exists()


def test_a_folder_may_be_copied_into_itself(ctx: Context, reports: Path) -> None:
    run(ctx, src="reports/", dest="reports/copy")
    assert (reports / "copy" / "a.txt").read_text() == "a"
    assert not (reports / "copy" / "copy").exists()


def test_a_pipe_in_a_folder_is_refused(ctx: Context, tmp_path: Path, reports: Path) -> None:
    os.mkfifo(reports / "pipe")
    with pytest.raises(TaskError, match="reports/pipe is a device, a pipe or a socket"):
        run(ctx, src="reports", dest="out")
    assert not (tmp_path / "out").exists()


def test_a_file_where_a_folder_is_to_be(ctx: Context, tmp_path: Path, reports: Path) -> None:
    (tmp_path / "out").touch()
    assert reports.is_dir()
    with pytest.raises(TaskError, match=r"cannot make the folder .*/out/reports"):
        run(ctx, src="reports", dest="out")
    with pytest.raises(TaskError, match=r"cannot make the folder .*/out: File exists"):
        run(ctx, src="reports/", dest="out")


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")
def test_links_in_a_folder_have_the_owner_too(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to("nowhere")
    first, second = (
        run(ctx, src="folder", dest="out", remote_src=True, owner="12345") for _ in range(2)
    )
    assert (first.changed, second.changed) == (True, False)
    assert (tmp_path / "out" / "folder" / "link").lstat().st_uid == 12345
