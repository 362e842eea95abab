from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsplay.runner.dataclasses import replace
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import copy, permissions

if TYPE_CHECKING:
    from collections.abc import Callable

    Contexts = Callable[..., Context]
ODD_NAMES = ["报告 二月.txt", "two  spaces", "line\nbreak", "-rf", "{{ name }}", "n" * 255, "%s"]


def run(ctx: Context, **arguments: object) -> Result:
    return copy.run(copy.Params(**arguments), ctx)  # type: ignore[arg-type]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".opsplay-*")]


# A text -------------------------------------------------------------------------------------


def test_a_text_is_written_once(ctx: Context, tmp_path: Path) -> None:
    first = run(ctx, content="你好\n", dest="a.txt")
    second = run(ctx, content="你好\n", dest="a.txt")
    assert (first.changed, second.changed) == (True, False)
    assert (tmp_path / "a.txt").read_text("utf-8") == "你好\n"


def test_the_result_tells_what_ansible_tells(ctx: Context, tmp_path: Path) -> None:
    data = run(ctx, content="hello", dest="a.txt", mode="0640").data
    assert data == {
        "dest": str(tmp_path / "a.txt"),
        "diff": [],
        "checksum": hashlib.sha1(b"hello").hexdigest(),
        "md5sum": hashlib.md5(b"hello").hexdigest(),
        "size": 5,
        "mode": "0640",
        "state": "file",
        "uid": os.getuid(),
        "gid": os.getgid(),
        "owner": data["owner"],
        "group": data["group"],
    }
    again = run(ctx, content="hello", dest="a.txt", mode="0640").data
    assert again.keys() == {*data, "path"} - {"md5sum"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"a": [1, None, "中"]}, '{"a": [1, null, "\\u4e2d"]}'),
        ([1, 2], "[1, 2]"),
        (5, "5"),
        (True, "True"),
        ("", ""),
    ],
)
def test_what_is_no_text_is_written_as_ansible_does(
    ctx: Context, tmp_path: Path, content: object, text: str
) -> None:
    run(ctx, content=content, dest="a.txt")
    assert (tmp_path / "a.txt").read_text("utf-8") == text


def test_a_text_needs_the_name_of_a_file(ctx: Context, tmp_path: Path) -> None:
    for dest in ("folder/", str(tmp_path)):
        with pytest.raises(TaskError, match="can not use content with a dir as dest"):
            run(ctx, content="x", dest=dest)


# A file -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_file_with_an_odd_name(ctx: Context, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x00\xff" * 10)
    (tmp_path / "out").mkdir()
    result = run(ctx, src=name, dest="out")
    assert (tmp_path / "out" / name).read_bytes() == b"\x00\xff" * 10
    assert (result.data["src"], result.data["dest"]) == (
        str(tmp_path / name),
        str(tmp_path / "out" / name),
    )
    assert not run(ctx, src=name, dest="out").changed
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("size", [0, 1, 1024 * 1024, 5 * 1024 * 1024 + 1])
def test_files_of_every_size(ctx: Context, tmp_path: Path, size: int) -> None:
    (tmp_path / "a").write_bytes(os.urandom(size))
    result = run(ctx, src="a", dest="b")
    assert (tmp_path / "b").read_bytes() == (tmp_path / "a").read_bytes()
    assert result.data["size"] == size
    assert not run(ctx, src="a", dest="b").changed


def test_sources_are_looked_for_in_files(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a").write_text("from files")
    (tmp_path / "a").write_text("beside")
    run(ctx, src="a", dest="b")
    assert (tmp_path / "b").read_text() == "from files"
    run(ctx, src="a", dest="b", remote_src=True)
    assert (tmp_path / "b").read_text() == "beside"


def test_a_missing_source_names_the_places_searched(ctx: Context, tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="Could not find or access 'a'") as caught:
        run(ctx, src="a", dest="b")
    assert f"{tmp_path}/files/a" in caught.value.msg
    assert caught.value.msg.endswith("see the remote_src option")


def test_a_missing_remote_source_is_named(ctx: Context, tmp_path: Path) -> None:
    with pytest.raises(TaskError) as caught:
        run(ctx, src="a", dest="b", remote_src=True)
    assert caught.value.msg == f"Source {tmp_path}/a not found"


def test_a_slash_after_dest_makes_the_folder(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    run(ctx, src="a", dest="deep/down/", directory_mode="0750")
    assert (tmp_path / "deep" / "down" / "a").read_text() == "x"
    assert mode(tmp_path / "deep") == mode(tmp_path / "deep" / "down") == 0o750


def test_a_missing_folder_says_what_to_do(ctx: Context, tmp_path: Path) -> None:
    with pytest.raises(TaskError) as caught:
        run(ctx, content="x", dest="nowhere/a")
    assert caught.value.msg == f"Destination directory {tmp_path}/nowhere does not exist"
    assert caught.value.data["hint"] == "`file` with `state: directory` makes it"


@pytest.mark.parametrize("arguments", [{}, {"src": ""}, {"src": "a", "content": "b"}])
def test_source_or_text_but_not_both(ctx: Context, arguments: dict[str, object]) -> None:
    with pytest.raises(TaskError, match=r"src \(or content\) is required|are mutually exclusive"):
        run(ctx, dest="c", **arguments)


# Permissions --------------------------------------------------------------------------------


def test_a_new_file_has_the_mode_that_new_files_have(ctx: Context, tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        run(ctx, content="x", dest="a")
    finally:
        os.umask(old)
    assert mode(tmp_path / "a") == 0o640


def test_an_old_file_keeps_its_mode(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(0o600)
    run(ctx, content="new", dest="a")
    assert mode(tmp_path / "a") == 0o600


def test_a_mode_alone_is_a_change(contexts: Contexts, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "a").chmod(0o644)
    result = run(contexts(diff=True), content="x", dest="a", mode="g+w")
    assert result.changed
    assert mode(tmp_path / "a") == 0o664
    path = {"path": str(tmp_path / "a")}
    (diff,) = result.diff
    assert (diff.before, diff.after) == (path | {"mode": "0644"}, path | {"mode": "0664"})


def test_preserve_takes_the_mode_of_the_source(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "a").chmod(0o751)
    run(ctx, src="a", dest="b", mode="preserve")
    assert mode(tmp_path / "b") == 0o751


def test_a_remote_source_replaces_a_file_with_its_mode(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "a").chmod(0o751)
    run(ctx, src="a", dest="b", remote_src=True)
    assert mode(tmp_path / "b") == 0o666 & ~permissions.umask()
    assert not run(ctx, src="a", dest="b", remote_src=True).changed
    (tmp_path / "a").write_text("y")
    assert run(ctx, src="a", dest="b", remote_src=True).changed
    assert mode(tmp_path / "b") == 0o751


def test_a_remote_source_comes_with_its_times(ctx: Context, tmp_path: Path) -> None:
    for name, when in {"a": 1_000_000_000, "b": 2_000_000_000}.items():
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (when, when))
    run(ctx, src="a", dest="b", remote_src=True)
    assert (tmp_path / "b").stat().st_mtime == 2_000_000_000  # It is not written.
    run(ctx, src="a", dest="c", remote_src=True)
    assert (tmp_path / "c").stat().st_mtime == 1_000_000_000


def test_a_text_has_no_mode_to_preserve_and_is_private(ctx: Context, tmp_path: Path) -> None:
    run(ctx, content="x", dest="a", mode="preserve")
    assert mode(tmp_path / "a") == 0o600


def test_a_secret_is_never_readable_by_others(contexts: Contexts, tmp_path: Path) -> None:
    seen: list[int] = []

    def on_progress(*_: object) -> None:
        seen.extend(mode(path) for path in tmp_path.glob(".opsplay-*"))

    run(contexts(on_progress=on_progress), content="secret", dest="key", mode="u=rw,go=")
    assert seen == [0o600]
    assert mode(tmp_path / "key") == 0o600


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")
def test_root_gives_a_file_away_and_a_later_copy_keeps_the_owner(
    ctx: Context, tmp_path: Path
) -> None:
    run(ctx, content="x", dest="a", owner="12345", group="12345")
    result = run(ctx, content="y", dest="a")
    assert (result.data["uid"], result.data["gid"]) == (12345, 12345)


# Keeping and checking -----------------------------------------------------------------------


def test_without_force_what_is_there_stays(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    assert not run(ctx, content="new", dest="a", force=False).changed
    assert run(ctx, content="new", dest="b", force=False).changed
    assert (tmp_path / "a").read_text() == "old"


def test_backups_are_kept_even_twice_in_a_second(ctx: Context, tmp_path: Path) -> None:
    texts = ["one", "two", "three"]
    results = [run(ctx, content=text, dest="a", backup=True) for text in [*texts, "three"]]
    backups = [result.data.get("backup_file") for result in results]
    assert backups[0] is backups[3] is None
    assert [Path(str(name)).read_text() for name in backups[1:3]] == ["one", "two"]


def test_a_backup_of_a_secret_is_never_for_others_to_read(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("secret")
    (tmp_path / "a").chmod(0o640)
    modes: list[int] = []
    copied = shutil.copystat

    def watched(source: Path, kept: Path) -> None:
        modes.append(stat.S_IMODE(kept.stat().st_mode))
        copied(source, kept)

    monkeypatch.setattr(shutil, "copystat", watched)
    result = run(ctx, content="new", dest="a", backup=True)
    kept = Path(str(result.data["backup_file"]))
    assert (modes, stat.S_IMODE(kept.stat().st_mode)) == ([0o600], 0o640)


def test_a_file_that_does_not_pass_is_not_put_in_place(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    check = "sh -c 'grep -q } $0 || { echo no brace >&2; exit 3; }' %s"
    with pytest.raises(TaskError, match=r"failed to validate$") as caught:
        run(ctx, content="{", dest="a.json", validate=check)
    assert caught.value.data == {
        "checksum": hashlib.sha1(b"{").hexdigest(),
        "exit_status": 3,
        "stdout": "",
        "stdout_lines": [],
        "stderr": "no brace\n",
        "stderr_lines": ["no brace"],
        "hint": "nothing was written",
    }
    assert (tmp_path / "a.json").read_text() == "{}"
    assert run(ctx, content="{ }", dest="a.json", validate=check).changed
    assert left_over(tmp_path) == []


def test_the_checked_file_has_its_suffix_and_mode(ctx: Context) -> None:
    run(ctx, content="x", dest="a.conf", mode="0750", validate="test -x %s")
    with pytest.raises(TaskError) as caught:
        run(ctx, content="y", dest="a.conf", validate="sh -c 'stat $0.x' %s")
    said = str(caught.value.data["stderr"])
    assert re.search(r"stat: .* '.*/\.opsplay-[0-9a-f]{16}\.conf\.x'", said)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("true", "validate must contain %s"),
        ("tr 'ue %s", "No closing quotation"),
        ("nix %s", r"^Error executing command\.$"),
    ],
)
def test_a_check_that_cannot_be_made_is_refused(ctx: Context, command: str, words: str) -> None:
    with pytest.raises(TaskError, match=words):
        run(ctx, content="x", dest="a", validate=command)


def test_a_checksum_must_fit(ctx: Context, tmp_path: Path) -> None:
    right = hashlib.sha1(b"x").hexdigest()
    run(ctx, content="x", dest="a", checksum=right.upper())
    with pytest.raises(TaskError) as caught:
        run(ctx, content="y", dest="a", checksum=right)
    words = "Copied file does not match the expected checksum. Transfer failed."
    assert caught.value.msg == words
    assert caught.value.data["expected_checksum"] == right
    assert (tmp_path / "a").read_text() == "x"


def test_a_checksum_is_that_of_what_is_moved(
    ctx: Context, contexts: Contexts, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("x")
    for arguments in ({"content": "x"}, {"src": "a"}):
        assert not run(ctx, **arguments, dest="a", checksum="wrong").changed
    assert run(contexts(check=True), content="y", dest="a", checksum="wrong").changed
    assert not run(ctx, content="y", dest="a", checksum="wrong", force=False).changed
    for source in ("a", "."):
        with pytest.raises(TaskError, match="expected checksum"):
            run(ctx, src=source, remote_src=True, dest="a", checksum="wrong")


# Check mode and diff ------------------------------------------------------------------------


def test_check_mode_tells_and_writes_nothing(contexts: Contexts, tmp_path: Path) -> None:
    ctx = contexts(check=True, diff=True)
    (tmp_path / "a").write_text("old\n")
    result = run(ctx, content="new\n", dest="a", backup=True, mode="0600")
    assert result.changed
    assert [(diff.before, diff.after) for diff in result.diff] == [("old\n", "new\n")]
    assert run(ctx, content="x", dest="folder/that/is/not/there").changed
    assert run(ctx, src="a", dest="folder/").changed
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old\n"


def test_a_diff_of_bytes_tells_size_and_sum(contexts: Contexts, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\x00\x01")
    (diff,) = run(contexts(diff=True), content="text\n", dest="a").diff
    sha1 = hashlib.sha1(b"\x00\x01").hexdigest()
    assert (diff.before, diff.after) == (f"[a binary file of 2 bytes, sha1 {sha1}]\n", "text\n")


def test_a_diff_of_a_long_text_is_spared(contexts: Contexts) -> None:
    (diff,) = run(contexts(diff=True), content="x" * 1_000_000, dest="a").diff
    assert diff.before == ""
    assert str(diff.after).startswith("[a long file of 1000000 bytes")


def test_without_diff_mode_there_is_no_diff(ctx: Context) -> None:
    assert run(ctx, content="x", dest="a").diff == ()


def test_with_remote_src_a_file_that_is_kept_is_told(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("new")
    (tmp_path / "b").write_text("old")
    result = run(ctx, src="a", dest="b", remote_src=True, force=False)
    assert (result.changed, result.msg) == (False, "file already exists")


def test_a_mode_that_is_empty_is_none(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch(0o640)
    assert run(ctx, content="x", dest="a", mode="").data["mode"] == "0640"


def test_a_failure_for_the_owner_tells_of_the_file_what_there_is(
    ctx: Context, tmp_path: Path
) -> None:
    (tmp_path / "a").touch(0o640)
    with pytest.raises(
        TaskError, match="chown failed: failed to look up user nobody-here"
    ) as caught:
        run(ctx, content="x", dest="a", owner="nobody-here")
    told = caught.value.data
    assert (told["path"], told["mode"], told["state"]) == (str(tmp_path / "a"), "0640", "file")


def test_check_mode_reckons_with_owners_that_are_made_before(
    contexts: Callable[..., Context],
) -> None:
    told: list[str] = []
    check = replace(contexts(check=True), on_warning=told.append)
    assert run(check, content="x", dest="a", owner="nobody-here", group="none-here").changed
    assert told == [
        f"failed to look up {who}. Create {who.split()[0]} up to this point in real play"
        for who in ("user nobody-here", "group none-here")
    ]


def test_a_backup_that_cannot_be_made_whole_is_not_there(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "a").write_text("old")
    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(TaskError, match="No space left on device"):
        run(ctx, content="new", dest="a", backup=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"
