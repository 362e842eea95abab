from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import file
from powers import permissions_matter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Contexts = Callable[..., Context]

ODD_NAMES = ["报告 二月", "two  spaces", "line\nbreak", "-rf", "{{ name }}", "n" * 255]


def run(ctx: Context, path: str | None, state: Any = None, **arguments: Any) -> Result:
    return file.run(file.Params(path=path, state=state, **arguments), ctx)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


# directory ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_folder_is_made_once_with_those_above(ctx: Context, tmp_path: Path, name: str) -> None:
    path = f"deep/{name}"
    first, second = (run(ctx, path, "directory", mode="0710") for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert mode(tmp_path / "deep") == mode(tmp_path / path) == 0o710
    assert first.data["path"] == str(tmp_path / path)
    assert (first.data["state"], first.data["mode"]) == ("directory", "0710")


def test_the_mode_of_a_folder_is_changed(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    assert run(ctx, "a", "directory", mode="go-rwx").changed
    assert mode(tmp_path / "a") == 0o700


def test_a_mode_of_four_digits_has_a_nought_before_it(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert run(ctx, "a", mode="04757").data["mode"] == "04757"


@pytest.mark.parametrize(
    ("state", "told", "not_told"),
    [
        ("directory", "path", "dest"),
        ("absent", "path", "dest"),
        ("touch", "dest", "path"),
        ("link", "dest", "path"),
        ("hard", "dest", "path"),
    ],
)
def test_the_path_is_told_under_the_name_that_it_has_with_ansible(
    ctx: Context, tmp_path: Path, state: Any, told: str, not_told: str
) -> None:
    (tmp_path / "source").touch()
    data = run(ctx, "a", state, **({"src": "source"} if state in ("link", "hard") else {})).data
    assert data[told] == str(tmp_path / "a")
    assert not_told not in data


def test_of_what_would_be_made_no_state_is_told(contexts: Callable[..., Context]) -> None:
    assert "state" not in run(contexts(check=True), "a", "directory").data


def test_a_link_that_is_touched_is_told_of_as_the_link(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "link").symlink_to("a")
    data = run(ctx, "link", "touch").data
    assert (data["dest"], data["state"]) == (str(tmp_path / "link"), "link")


@pytest.mark.parametrize("follow", [True, False])
def test_a_link_that_leads_nowhere_cannot_be_touched(
    ctx: Context, tmp_path: Path, *, follow: bool
) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(TaskError, match=r"updating modification or access time: \[Errno 2\]"):
        run(ctx, "link", "touch", follow=follow)
    assert not (tmp_path / "nowhere").exists()


def test_of_a_link_that_leads_nowhere_only_the_target_is_told(ctx: Context, tmp_path: Path) -> None:
    result = run(ctx, "link", "link", src="nowhere", force=True)
    assert result.data == {"dest": str(tmp_path / "link"), "src": "nowhere"}
    (warning,) = result.warnings
    assert warning.startswith("Cannot set fs attributes on a non-existent symlink target.")


@pytest.mark.parametrize(
    "wrong", [{"owner": "nobody-here"}, {"state": "directory"}, {"src": "b", "state": "file"}]
)
def test_a_failure_tells_of_the_file_what_there_is(
    ctx: Context, tmp_path: Path, wrong: dict[str, str]
) -> None:
    (tmp_path / "a").write_text("12345")
    with pytest.raises(TaskError) as failure:
        file.run(file.Params(path="a", **wrong), ctx)  # type: ignore[arg-type]  # as a playbook does
    told = failure.value.data
    assert (told["path"], told["size"], told["state"]) == (str(tmp_path / "a"), 5, "file")
    assert {"mode", "owner", "group"} <= told.keys()


@pytest.mark.parametrize("check", [False, True])
def test_a_file_in_the_way_of_a_folder(contexts: Contexts, tmp_path: Path, check: bool) -> None:  # noqa: FBT001
    ctx = contexts(check=check)
    (tmp_path / "a").touch()
    with pytest.raises(TaskError, match="a already exists as a file"):
        run(ctx, "a", "directory")
    with pytest.raises(TaskError, match=r"creating .*a/b as requested: .*(Not a directory|File)"):
        run(ctx, "a/b", "directory")
    with pytest.raises(TaskError):
        run(ctx, "a/b", "touch")
    with pytest.raises(TaskError):
        run(ctx, "a/b", "hard", src="a")


def test_a_link_to_a_folder_is_a_folder(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to("real")
    assert run(ctx, "link", "directory", mode="0700").changed
    assert mode(tmp_path / "real") == 0o700
    with pytest.raises(TaskError, match="already exists as a link"):
        run(ctx, "link", "directory", follow=False)


def test_a_whole_tree_changes_but_not_what_lies_outside(ctx: Context, tree: Path) -> None:
    outside = mode(tree.parent / "outside")
    assert run(ctx, "tree", "directory", mode="u=rwX,go=", recurse=True).changed
    assert mode(tree) == mode(tree / "below") == 0o700
    assert mode(tree / "below" / "a.txt") == 0o600
    assert mode(tree.parent / "outside") == outside
    assert not run(ctx, "tree", "directory", mode="u=rwX,go=", recurse=True).changed


def test_pipes_in_a_tree_change_too(ctx: Context, tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    run(ctx, "tree", mode="0700", recurse=True)
    assert mode(tree / "pipe") == 0o700


def test_recursion_is_for_folders(ctx: Context, tree: Path) -> None:
    with pytest.raises(TaskError, match="recurse option requires state"):
        run(ctx, f"{tree}/below/a.txt", recurse=True, mode="0600")


# file and touch -----------------------------------------------------------------------------


def test_without_state_what_is_there_is_changed(ctx: Context, tmp_path: Path, tree: Path) -> None:
    assert run(ctx, "tree", mode="0700").data["state"] == "directory"
    assert run(ctx, "tree/below/a.txt", mode="0600").data["state"] == "file"
    assert mode(tree) == 0o700
    assert mode(tree / "below" / "a.txt") == 0o600
    assert not run(ctx, "tree/nowhere", mode="0600").changed
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize("state", [None, "file"])
def test_a_file_that_is_not_there(ctx: Context, state: str | None) -> None:
    with pytest.raises(TaskError, match=r"is absent, cannot continue$"):
        run(ctx, "nowhere", state, mode="0600")


def test_a_folder_is_no_file(ctx: Context, tree: Path) -> None:
    with pytest.raises(TaskError, match="is directory, cannot continue"):
        run(ctx, str(tree), "file")


def test_a_hard_linked_file_is_a_file(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    assert run(ctx, "b", "file", mode="0600").changed
    assert mode(tmp_path / "a") == 0o600


@pytest.mark.parametrize("name", ODD_NAMES)
def test_touch_makes_an_empty_file(ctx: Context, tmp_path: Path, name: str) -> None:
    result = run(ctx, name, "touch", mode="0640")
    assert result.changed
    assert (result.data["size"], result.data["mode"], result.data["state"]) == (0, "0640", "file")
    assert (tmp_path / name).read_bytes() == b""


def test_touch_renews_the_times_and_leaves_the_content(ctx: Context, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("x")
    os.utime(path, (1, 1))
    assert run(ctx, "a", "touch").changed
    assert path.stat().st_mtime > 1_000_000
    assert path.read_text() == "x"


def test_the_diff_of_a_touch_tells_the_times_by_ansibles_names(
    contexts: Contexts, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.touch()
    os.utime(path, (1, 1))
    (diff,) = run(contexts(diff=True), "a", "touch", access_time="preserve").diff
    now = path.stat().st_mtime
    assert diff.before == {"path": str(path), "state": "file", "mtime": 1}
    assert diff.after == {"path": str(path), "state": "touch", "mtime": pytest.approx(now)}


def test_touch_can_leave_the_times(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    kept = {"access_time": "preserve", "modification_time": "preserve"}
    assert not run(ctx, "a", "touch", **kept).changed


def test_times_can_be_given(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    times = {"modification_time": "202501020304.05", "access_time": "2025年1月2日"}
    times["access_time_format"] = "%Y年%m月%d日"
    assert run(ctx, "a", **times).changed
    assert not run(ctx, "a", **times).changed
    found = (tmp_path / "a").stat()
    assert time.localtime(found.st_mtime)[:6] == (2025, 1, 2, 3, 4, 5)
    assert time.localtime(found.st_atime)[:3] == (2025, 1, 2)


def test_what_is_no_time_is_refused(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(TaskError, match=r"timestamp for time yesterday using format %Y%m%d%H%M.%S"):
        run(ctx, "a", modification_time="yesterday")


# absent -------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["tree", "tree/below/a.txt", "tree/out", "tree/nowhere"])
def test_what_is_there_is_removed_and_what_links_point_to_is_not(
    ctx: Context, tmp_path: Path, tree: Path, what: str
) -> None:
    first, second = (run(ctx, what, "absent") for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert first.data == {
        "path": f"{tmp_path}/{what}",
        "state": "absent",
    }
    assert not os.path.lexists(tmp_path / what)
    assert (tree.parent / "outside").is_dir()


def test_a_folder_may_be_named_from_what_is_in_it(ctx: Context, tree: Path) -> None:
    run(ctx, "tree/below/..", "absent")
    assert not tree.exists()


@pytest.mark.parametrize("path", [".", "..", "/", "../../.."])
def test_the_playbook_itself_is_never_removed(ctx: Context, tmp_path: Path, path: str) -> None:
    with pytest.raises(TaskError, match="holds the playbook itself"):
        run(ctx, path, "absent")
    assert tmp_path.is_dir()


@pytest.mark.parametrize("path", ["", None])
@pytest.mark.parametrize("state", ["directory", "touch", "file"])
def test_no_path_is_refused(ctx: Context, state: str, path: str | None) -> None:
    with pytest.raises(TaskError, match="is not the name of a file"):
        run(ctx, path, state)


@pytest.mark.parametrize("path", ["", None])
def test_what_has_no_path_is_not_there(ctx: Context, path: str | None) -> None:
    result = run(ctx, path, "absent")
    assert (result.changed, result.data) == (False, {"path": "", "state": "absent"})


# What all have in common --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "state", "words"),
    [
        ("/proc/new", "directory", "There was an issue creating /proc/new as requested: "),
        ("/proc/new", "touch", "Error, could not touch target. /proc/new: "),
        ("/proc/self/status", "absent", "Unlinking failed. /proc/self/status: "),
        ("nowhere/new", "touch", "No such file or directory"),
        ("n" * 256, "touch", "File name too long"),
        ("n" * 256, "directory", "File name too long"),
    ],
)
def test_what_the_system_refuses_is_said_in_words(
    ctx: Context, path: str, state: str, words: str
) -> None:
    with pytest.raises(TaskError) as caught:
        run(ctx, path, state)
    assert words in f"{caught.value.msg} {caught.value.data.get('hint')}"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"path": "closed/in", "state": "absent"}, "Unlinking failed."),
        ({"path": "closed/folder", "state": "absent"}, "rmtree failed: .*Permission denied"),
        (
            {"path": "closed/link", "state": "link", "src": "in"},
            "Error while linking: .*denied: '.*closed/link'$",
        ),
        ({"path": "closed/new", "state": "touch"}, "Error, could not touch target."),
    ],
)
def test_what_may_not_be_done_is_told_as_in_ansible(
    ctx: Context, tmp_path: Path, arguments: dict[str, Any], words: str
) -> None:
    folder = tmp_path / "closed"
    (folder / "folder").mkdir(parents=True)
    (folder / "in").touch()
    folder.chmod(0o555)
    with permissions_matter(), pytest.raises(TaskError, match=f"^{words}"):
        file.run(file.Params(**arguments), ctx)
    folder.chmod(0o755)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")
def test_root_gives_a_tree_away(ctx: Context, tree: Path) -> None:
    given = {"owner": "12345", "group": "54321", "recurse": True}
    assert run(ctx, "tree", "directory", **given).changed
    for path in (tree, tree / "below", tree / "below" / "a.txt", tree / "nowhere"):
        assert (path.lstat().st_uid, path.lstat().st_gid) == (12345, 54321)
    assert (tree.parent / "outside").stat().st_uid == 0
    assert not run(ctx, "tree", "directory", **given).changed


@pytest.mark.parametrize(
    ("arguments", "before", "after"),
    [
        ({"path": "new", "state": "directory"}, {"state": "absent"}, {"state": "directory"}),
        ({"path": "new", "state": "touch"}, {"state": "absent"}, {"state": "touch"}),
        ({"path": "tree/below/a.txt", "state": "absent"}, {"state": "file"}, {"state": "absent"}),
        ({"path": "outside", "mode": "0700"}, {"mode": "0755"}, {"mode": "0700"}),
        (
            {"path": "tree/nowhere", "state": "link", "src": "below"},
            {"src": "no/where"},
            {"src": "below"},
        ),
        (
            {"path": "b", "state": "hard", "src": "tree/below/a.txt"},
            {"state": "absent"},
            {"state": "hard"},
        ),
    ],
)
def test_check_mode_tells_and_does_nothing(
    contexts: Contexts,
    tree: Path,
    arguments: dict[str, Any],
    before: dict[str, str],
    after: dict[str, str],
) -> None:
    def picture() -> list[tuple[str, int, float]]:
        found = [(str(path), path.lstat()) for path in sorted(tree.parent.rglob("*"))]
        return [(name, status.st_mode, status.st_mtime) for name, status in found]

    was = picture()
    result = run(contexts(check=True, diff=True), **arguments)
    assert result.changed
    (diff,) = result.diff
    path = {"path": str(tree.parent / arguments["path"])}
    assert (diff.before, diff.after) == (path | before, path | after)
    assert picture() == was


@pytest.mark.parametrize(("state", "mode"), [("directory", "0755"), ("touch", "0644")])
def test_the_diff_of_what_is_made_tells_the_mode_that_it_would_have_had(
    contexts: Contexts, state: str, mode: str
) -> None:
    (diff,) = run(contexts(diff=True), "new", state, mode="0700").diff
    assert isinstance(diff.before, dict)
    assert isinstance(diff.after, dict)
    assert (diff.before["state"], diff.before["mode"]) == ("absent", mode)
    assert (diff.after["state"], diff.after["mode"]) == (state, "0700")


def test_the_diff_tells_what_goes_with_a_folder(contexts: Contexts, tree: Path) -> None:
    (diff,) = run(contexts(diff=True), path="tree", state="absent").diff
    assert isinstance(diff.before, dict)
    told = diff.before["path_content"]
    assert f"{tree}/below" in told["directories"]
    assert f"{tree}/below/a.txt" in told["files"]
    assert "path_content" not in diff.after


@pytest.mark.parametrize("state", ["directory", "touch"])
def test_check_mode_reckons_with_owners_that_are_made_before(
    contexts: Contexts, state: str
) -> None:
    assert run(contexts(check=True), "new", state, owner="nobody-here").changed
    with pytest.raises(TaskError, match="failed to look up user nobody-here"):
        run(contexts(), "new", state, owner="nobody-here")
