from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner import params
from opsplay.runner.params import ParamsError
from opsplay.runner.task import Context, Result
from opsplay.tasks import find

if TYPE_CHECKING:
    from pathlib import Path


def run(ctx: Context, **arguments: Any) -> Result:
    return find.run(params.build(find.Params, {"paths": "top", **arguments}), ctx)


def found(ctx: Context, **arguments: Any) -> list[str]:
    files: Any = run(ctx, **arguments).data["files"]
    return [os.path.relpath(file["path"], ctx.playbook_dir / "top") for file in files]


@pytest.fixture(autouse=True)
def top(tmp_path: Path) -> Path:
    """A tree of files, and a link to one of them."""
    folder = tmp_path / "top"
    for name in ("a.log", "b.txt", "报告.log", ".hidden", "sub/c.log", "sub/deep/d.log", ".git/e"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"I am\n{name}\n", "utf-8")
    (folder / "link.log").symlink_to("a.log")
    return folder


def test_the_files_of_a_folder_with_all_that_is_known_of_them(ctx: Context, top: Path) -> None:
    result = run(ctx)
    files: Any = result.data["files"]
    assert [file["path"] for file in files] == [
        f"{top}/{n}" for n in ("a.log", "b.txt", "报告.log")
    ]
    assert (result.changed, result.data["matched"], result.data["examined"]) == (False, 3, 7)
    first = files[0]
    assert (first["size"], first["isreg"], first["uid"]) == (11, True, os.getuid())
    assert "checksum" not in first


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (
            {"recurse": True},
            ["a.log", "b.txt", "报告.log", ".git/e", "sub/c.log", "sub/deep/d.log"],
        ),
        ({"recurse": True, "depth": 2, "patterns": "*.log"}, ["a.log", "报告.log", "sub/c.log"]),
        ({"recurse": True, "limit": 2}, ["a.log", "b.txt"]),
        ({"patterns": "*.txt,报*"}, ["b.txt", "报告.log"]),
        ({"patterns": ""}, []),
        ({"patterns": ["*.log"], "excludes": "a*"}, ["报告.log"]),
        ({"excludes": ["*.log", "x,y"]}, ["b.txt"]),
        ({"patterns": ["[ab]"], "use_regex": True}, ["a.log", "b.txt"]),
        ({"excludes": [r".*\.log"], "use_regex": True}, ["b.txt"]),
        ({"hidden": True, "patterns": ".*"}, [".hidden"]),
        ({"file_type": "directory"}, ["sub"]),
        ({"file_type": "link"}, ["link.log"]),
        ({"file_type": "any", "patterns": "*l*"}, ["a.log", "link.log", "报告.log"]),
        ({"contains": "b.txt"}, ["b.txt"]),
        ({"contains": "txt"}, []),
        ({"contains": "(?s)am.*txt", "read_whole_file": True}, ["b.txt"]),
        ({"file_type": "directory", "contains": "x"}, ["sub"]),
    ],
)
def test_what_is_wanted_is_found(ctx: Context, arguments: dict[str, Any], names: list[str]) -> None:
    assert found(ctx, **arguments) == names


@pytest.mark.parametrize(
    ("age", "names"), [("2h", ["a.log"]), ("-2h", ["b.txt", "报告.log"]), ("7200", ["a.log"])]
)
def test_files_of_an_age(ctx: Context, top: Path, age: str, names: list[str]) -> None:
    os.utime(top / "a.log", (time.time(), time.time() - 10_000))
    assert found(ctx, age=age) == names


def test_an_age_may_count_from_another_time(ctx: Context, top: Path) -> None:
    os.utime(top / "a.log", (time.time() - 10_000, time.time()))
    assert found(ctx, age="1H", age_stamp="atime") == ["a.log"]


@pytest.mark.parametrize(("size", "names"), [("1k", ["a.log"]), ("-11b", ["b.txt"])])
def test_files_of_a_size(ctx: Context, top: Path, size: str, names: list[str]) -> None:
    (top / "a.log").write_bytes(b"x" * 1024)
    assert found(ctx, size=size) == names


def test_a_size_says_nothing_of_folders(ctx: Context) -> None:
    assert found(ctx, size="1g", file_type="any") == ["link.log", "sub"]


@pytest.mark.parametrize(
    ("arguments", "examined"),
    [({"limit": 1}, 7), ({"recurse": True}, 11), ({"recurse": True, "depth": 1}, 10)],
)
def test_what_is_listed_counts_as_examined(
    ctx: Context, arguments: dict[str, Any], examined: int
) -> None:
    """As in Ansible, for which `depth` lists a level more than it finds."""
    assert run(ctx, **arguments).data["examined"] == examined


@pytest.mark.parametrize("wrong", [{"age": "soon"}, {"size": "1 MB"}, {"limit": 0}])
def test_amounts_that_are_none_are_refused(ctx: Context, wrong: dict[str, Any]) -> None:
    with pytest.raises(ParamsError):
        run(ctx, **wrong)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"mode": "0640"}, ["b.txt"]),
        ({"mode": "u=rw,g=r"}, ["b.txt"]),
        ({"mode": "u=rw", "exact_mode": False}, ["a.log", "b.txt", "报告.log"]),
        ({"mode": "g=w", "exact_mode": False}, []),
    ],
)
def test_files_are_chosen_by_their_permissions(
    ctx: Context, top: Path, arguments: dict[str, Any], names: list[str]
) -> None:
    for name, bits in {"a.log": 0o755, "b.txt": 0o640, "报告.log": 0o400}.items():
        (top / name).chmod(bits)
    assert found(ctx, **arguments) == names


def test_links_to_folders_are_entered_when_asked_and_never_in_a_ring(
    ctx: Context, top: Path
) -> None:
    (top / "sub" / "ring").symlink_to(top)
    (top / "other").symlink_to(top / "sub" / "deep")
    assert "other/d.log" not in found(ctx, recurse=True)
    followed = found(ctx, recurse=True, follow=True)
    assert {"other/d.log", "sub/deep/d.log"} <= set(followed)
    assert not [name for name in followed if name.startswith("sub/ring")]


def test_a_checksum_is_told_when_asked(ctx: Context) -> None:
    arguments = {"patterns": "b.txt", "get_checksum": True, "checksum_algorithm": "sha256"}
    files: Any = run(ctx, **arguments).data["files"]
    assert files[0]["checksum"] == hashlib.sha256(b"I am\nb.txt\n").hexdigest()


def test_text_of_any_encoding_is_looked_into(ctx: Context, top: Path) -> None:
    (top / "a.log").write_bytes("李".encode("gbk"))
    assert found(ctx, contains="李", encoding="gbk") == ["a.log"]
    assert found(ctx, contains="李", encoding="utf-16") == []


def test_a_folder_is_left_at_a_file_that_cannot_be_decoded(ctx: Context, top: Path) -> None:
    (top / "a.log").write_bytes("李".encode("gbk"))
    result = run(ctx, contains="李")
    told = (
        f"Failed to read the file {top}/a.log due to an encoding error. current encoding: None "
        '(default determined by the Python built-in function "open")'
    )
    assert (result.data["matched"], result.data["skipped_paths"]) == (0, {str(top): told})
    assert result.msg == "Not all paths examined, check warnings for details"


def test_what_is_no_folder_is_told_and_the_others_are_searched(ctx: Context, top: Path) -> None:
    result = run(ctx, paths=["nowhere", "top", "", "top/a.log"])
    skipped = (f"{ctx.playbook_dir}/nowhere", "", f"{top}/a.log")
    told = {path: f"'{path}' is not a directory" for path in skipped}
    assert result.data["skipped_paths"] == told
    assert result.data["matched"] == 3
    assert result.msg == "Not all paths examined, check warnings for details"
    why = f"due to this access issue: '{top}/a.log' is not a directory"
    assert f"Skipped '{top}/a.log' path {why}\n" in result.warnings


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"patterns": "(", "use_regex": True}, "'(' is no regular expression"),
        ({"contains": "("}, "'(' is no regular expression"),
        ({"contains": "x", "encoding": "klingon"}, "unknown encoding: klingon"),
    ],
)
def test_of_what_cannot_be_read_a_warning_tells_for_each_folder(
    ctx: Context, top: Path, wrong: dict[str, Any], words: str
) -> None:
    result = run(ctx, paths=["top", "none"], **wrong)
    assert (result.data["files"], result.data["matched"], result.data["examined"]) == ([], 0, 7)
    assert result.msg == "Not all paths examined, check warnings for details"
    skipped: Any = result.data["skipped_paths"]
    assert words in skipped[str(top)]
    assert skipped[f"{top.parent}/none"].endswith("is not a directory")
