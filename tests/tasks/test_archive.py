from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
import tarfile
import zipfile
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

import pytest

from opsplay.runner import params
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import archive, files

if TYPE_CHECKING:
    from collections.abc import Callable

ALL = ["top", "top/a.txt", "top/empty", "top/link", "top/sub", "top/sub/报告.log"]


@pytest.fixture(autouse=True)
def top(tmp_path: Path) -> Path:
    """A folder with files, an empty folder and a link."""
    folder = tmp_path / "in" / "top"
    (folder / "sub").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / "a.txt").write_text("a")
    (folder / "a.txt").chmod(0o750)
    (folder / "sub" / "报告.log").write_bytes(b"x" * 100_000)
    (folder / "link").symlink_to("a.txt")
    return folder


def run(ctx: Context, path: Any = "in/top", dest: str | None = "out", **arguments: Any) -> Result:
    given = {"path": path, "dest": dest, **arguments}
    return archive.run(params.build(archive.Params, given), ctx)


def tar_names(path: Path) -> list[str]:
    with tarfile.open(path) as tar:
        return sorted(tar.getnames())


@pytest.mark.parametrize("form", ["tar", "gz", "bz2", "xz"])
def test_a_folder_is_packed_once(ctx: Context, tmp_path: Path, form: str) -> None:
    first, second = (run(ctx, format=form, mode="0640") for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert tar_names(tmp_path / "out") == ALL
    with tarfile.open(tmp_path / "out") as tar:
        assert (tar.getmember("top/a.txt").mode, tar.getmember("top/link").linkname) == (
            0o750,
            "a.txt",
        )
    assert first.data["archived"] == [
        f"{tmp_path}/in/{name}" for name in ("top/a.txt", "top/link", "top/sub/报告.log")
    ]
    assert (first.data["dest_state"], first.data["mode"]) == ("archive", "0640")
    assert first.data["arcroot"] == f"{tmp_path}/in/"


def test_a_zip_holds_links_and_permissions(ctx: Context, tmp_path: Path) -> None:
    first, second = (run(ctx, format="zip") for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    with zipfile.ZipFile(tmp_path / "out") as zipped:
        assert sorted(name.rstrip("/") for name in zipped.namelist()) == ALL
        assert zipped.read("top/sub/报告.log") == b"x" * 100_000
        assert zipped.getinfo("top/a.txt").external_attr >> 16 == stat.S_IFREG | 0o750
        assert zipped.read("top/link") == b"a.txt"


def test_a_zip_holds_links_to_folders_and_to_nothing(
    ctx: Context, tmp_path: Path, top: Path
) -> None:
    (top / "away").symlink_to("nowhere")
    (top / "folder").symlink_to("sub")
    run(ctx, format="zip")
    with zipfile.ZipFile(tmp_path / "out") as zipped:
        assert (zipped.read("top/away"), zipped.read("top/folder")) == (b"nowhere", b"sub")


@pytest.mark.parametrize("form", ["gz", "zip"])
def test_what_is_named_twice_is_packed_once(ctx: Context, form: str) -> None:
    result = run(ctx, ["in/top/sub", "in/top", "in/top/a.txt"], format=form)
    assert sorted(Path(name).name for name in cast("list[str]", result.data["archived"])) == [
        "a.txt",
        "link",
        "报告.log",
    ]


@pytest.mark.parametrize(
    ("form", "unpack"), [("gz", gzip.decompress), ("bz2", bz2.decompress), ("xz", lzma.decompress)]
)
def test_a_single_file_is_compressed(
    ctx: Context, top: Path, form: str, unpack: Callable[[bytes], bytes]
) -> None:
    first, second = (run(ctx, "in/top/a.txt", None, format=form) for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert unpack((top / f"a.txt.{form}").read_bytes()) == b"a"
    assert (first.data["dest_state"], first.data["dest"]) == ("compress", f"{top}/a.txt.{form}")


def test_a_single_file_may_be_an_archive(ctx: Context, tmp_path: Path) -> None:
    run(ctx, "in/top/a.txt", force_archive=True)
    assert tar_names(tmp_path / "out") == ["a.txt"]


def test_several_paths_are_named_from_the_folder_that_they_share(
    ctx: Context, tmp_path: Path
) -> None:
    result = run(ctx, ["in/top/a.txt", "in/top/sub"])
    assert tar_names(tmp_path / "out") == ["a.txt", "sub", "sub/报告.log"]
    assert result.data["arcroot"] == f"{tmp_path}/in/top/"


def test_patterns_of_paths(ctx: Context, tmp_path: Path, top: Path) -> None:
    result = run(ctx, "in/top/*", exclude_path="in/top/s*,in/top/link")
    assert tar_names(tmp_path / "out") == ["a.txt", "empty"]
    assert result.data["expanded_exclude_paths"] == [f"{top}/sub", f"{top}/link"]


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["*.log"], ["top", "top/a.txt", "top/empty", "top/link", "top/sub"]),
        (["sub", "link"], ["top", "top/a.txt", "top/empty"]),
        (["top/sub/*"], ["top", "top/a.txt", "top/empty", "top/link", "top/sub"]),
    ],
)
def test_names_are_left_out_with_all_that_is_in_them(
    ctx: Context, tmp_path: Path, patterns: list[str], names: list[str]
) -> None:
    run(ctx, exclusion_patterns=patterns)
    assert tar_names(tmp_path / "out") == names


def test_the_archive_does_not_hold_itself(ctx: Context, top: Path) -> None:
    run(ctx, dest="in/top/all.tgz")
    assert tar_names(top / "all.tgz") == ALL


@pytest.mark.parametrize("how", ["gz", "zip"])
def test_the_archive_does_not_hold_the_time_that_it_gives_its_folder(
    ctx: Context, top: Path, how: str
) -> None:
    def changes() -> bool:
        return run(ctx, dest="in/top/all", format=how).changed

    assert changes()
    os.utime(top, (1_000_000_000, 1_000_000_000))
    assert not changes()


@pytest.mark.parametrize("form", ["tar", "zip"])
def test_a_pipe_that_a_pattern_means_is_left_out(
    ctx: Context, tmp_path: Path, top: Path, form: str
) -> None:
    os.mkfifo(top / "pipe")
    assert str(top / "pipe") not in str(run(ctx, "in/top/*", format=form).data["archived"])
    with pytest.raises(TaskError, match="nothing is left to pack"):
        run(ctx, "in/top/pipe", format=form)


def test_what_grows_while_it_is_packed_is_not_removed(
    ctx: Context, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = files.place

    def late(*given: Any) -> files.Placed:
        with (top / "a.txt").open("a") as log:
            log.write("one line more")
        return place(*given)

    monkeypatch.setattr(files, "place", late)
    warnings = run(ctx, remove=True).warnings
    assert warnings == [f"{top}/a.txt stays: it has changed since it was packed"]
    assert [path.name for path in top.iterdir()] == ["a.txt"]


def test_pipes_are_left_out(ctx: Context, tmp_path: Path, top: Path) -> None:
    os.mkfifo(top / "pipe")
    run(ctx)
    assert tar_names(tmp_path / "out") == ALL


def test_what_was_packed_is_removed_and_nothing_else(
    ctx: Context, tmp_path: Path, top: Path
) -> None:
    first = run(ctx, remove=True, exclusion_patterns="*.log")
    assert first.changed
    assert [path.name for path in top.rglob("*")] == ["sub", "报告.log"]
    run(ctx, remove=True)
    assert not top.exists()
    again = run(ctx, remove=True)
    assert (again.changed, again.data["missing"]) == (False, [str(top)])
    assert (tmp_path / "out").exists()


def test_a_path_that_is_missing_is_told(ctx: Context, tmp_path: Path) -> None:
    result = run(ctx, ["in/top/a.txt", "in/gone"])
    assert (result.data["dest_state"], result.data["missing"]) == (
        "incomplete",
        [f"{tmp_path}/in/gone"],
    )
    assert tar_names(tmp_path / "out") == ["top/a.txt"]


def test_check_mode_tells_and_does_nothing(
    contexts: Callable[..., Context], tmp_path: Path, top: Path
) -> None:
    assert run(contexts(check=True), remove=True).changed
    assert top.exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"path": "gone"}, "no source paths were found"),
        ({"dest": None}, 'must specify "dest" when archiving multiple files'),
        ({"dest": "in"}, "is a folder; it is not replaced"),
        ({"dest": "nowhere/out"}, "Destination directory .*nowhere does not exist"),
    ],
)
def test_what_cannot_be_packed_is_said(ctx: Context, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(TaskError, match=words):
        run(ctx, **{"path": "in/top", "dest": "out", **arguments})


def test_what_removes_its_sources_is_not_repeated_unasked_by_a_run_that_is_resumed() -> None:
    """A second archive, of what is left, would take the place of the first."""
    removes, keeps = (archive.Params(path=["a"], remove=remove) for remove in (True, False))
    assert (archive.REPEAT(removes), archive.REPEAT(keeps)) == ("unsafe", "safe")


@pytest.mark.parametrize("form", ["gz", "tar", "zip"])
def test_an_archive_beside_what_it_removed_is_not_packed_itself(
    ctx: Context, tmp_path: Path, form: str
) -> None:
    (tmp_path / "other").symlink_to("in")
    arguments: dict[str, Any] = {
        "path": "in/*",
        "dest": "other/out",
        "format": form,
        "remove": True,
    }
    assert run(ctx, **arguments).changed
    packed = (tmp_path / "in" / "out").read_bytes()
    run(ctx, **arguments)
    assert (tmp_path / "in" / "out").read_bytes() == packed


def test_nothing_is_removed_where_the_archive_lies_itself(ctx: Context, top: Path) -> None:
    with pytest.raises(TaskError, match="can not be contained in source paths when remove=true"):
        run(ctx, dest="in/top/out", remove=True)
    assert (top / "a.txt").exists()
    assert not (top / "out").exists()


@pytest.mark.parametrize("more", [{"dest": "in/top/a.txt"}, {"exclusion_patterns": "a*"}])
def test_one_file_of_which_nothing_is_left_is_told(ctx: Context, more: dict[str, Any]) -> None:
    with pytest.raises(TaskError, match="nothing is left to pack"):
        run(ctx, path="in/top/a.txt", **more)


def test_where_names_begin_is_found_once_however_many_files_there_are(
    tmp_path: Path, contexts: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        (tmp_path / f"{number}.txt").touch()
    asked: list[list[Path]] = []
    found = os.path.commonpath

    def find(paths: list[Path]) -> Any:
        asked.append(paths)
        return found(paths)

    monkeypatch.setattr("os.path.commonpath", find)
    given = {"path": [str(tmp_path / "*.txt")], "dest": str(tmp_path / "a")}
    result = archive.run(params.build(archive.Params, given), contexts())
    assert len(cast("list[str]", result.data["archived"])) == 9
    assert len(asked) == 2


def test_what_one_host_takes_away_no_other_packs_in_its_place(
    tmp_path: Path, contexts: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_text(name)
    given = {"path": [str(tmp_path / "*.log")], "dest": str(tmp_path / "all.tgz"), "remove": True}
    wanted = params.build(archive.Params, given)
    other = Thread(target=lambda: archive.run(wanted, contexts()))
    unlink = Path.unlink

    def begin_other(path: Path, *, missing_ok: bool = False) -> None:
        unlink(path, missing_ok=missing_ok)
        if path.name == "b.log" and not other.ident:
            other.start()
            other.join(0.5)

    monkeypatch.setattr(Path, "unlink", begin_other)
    archive.run(wanted, contexts())
    other.join()
    with tarfile.open(tmp_path / "all.tgz") as packed:
        assert sorted(packed.getnames()) == ["a.log", "b.log"]
