from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from edited_files import EditedFile
from opsplay.runner.dataclasses import replace
from opsplay.runner.task import Context, TaskError
from opsplay.tasks import blockinfile

if TYPE_CHECKING:
    from pathlib import Path

BEGIN, END = "# BEGIN ANSIBLE MANAGED BLOCK\n", "# END ANSIBLE MANAGED BLOCK\n"


@pytest.fixture
def file(tmp_path: Path, ctx: Context) -> EditedFile:
    return EditedFile(blockinfile, tmp_path / "file", ctx)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, f"a\nb\na\n{BEGIN}x\ny\n{END}"),
        ({"insertafter": "EOF"}, f"a\nb\na\n{BEGIN}x\ny\n{END}"),
        ({"insertafter": "^b"}, f"a\nb\n{BEGIN}x\ny\n{END}a\n"),
        ({"insertafter": "(?m)^a\nb$"}, f"a\nb\n{BEGIN}x\ny\n{END}a\n"),
        ({"insertbefore": "^a"}, f"a\nb\n{BEGIN}x\ny\n{END}a\n"),
        ({"insertbefore": "BOF"}, f"{BEGIN}x\ny\n{END}a\nb\na\n"),
        ({"insertbefore": "(?m)^a\nb"}, f"{BEGIN}x\ny\n{END}a\nb\na\n"),
        ({"insertbefore": "nothing"}, f"a\nb\na\n{BEGIN}x\ny\n{END}"),
        (
            {"insertafter": "b", "append_newline": True, "prepend_newline": True},
            f"a\nb\n\n{BEGIN}x\ny\n{END}\na\n",
        ),
        ({"append_newline": True, "prepend_newline": True}, f"a\nb\na\n\n{BEGIN}x\ny\n{END}"),
        (
            {"marker": "<!-- {mark} -->", "marker_begin": "ours", "marker_end": "theirs"},
            "a\nb\na\n<!-- ours -->\nx\ny\n<!-- theirs -->\n",
        ),
    ],
)
def test_a_new_block_is_put_in_its_place(
    file: EditedFile, arguments: dict[str, Any], expected: str
) -> None:
    assert file.after("a\nb\na\n", block="x\ny", **arguments) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a\n{BEGIN}old\nlines\n{END}b\n", f"a\n{BEGIN}x\n{END}b\n"),
        (f"a\n{END}old\n{BEGIN}b\n", f"a\n{BEGIN}x\n{END}b\n"),
        (f"a\n{BEGIN}b\n", f"a\n{BEGIN}b\n{BEGIN}x\n{END}"),
        (f"a\n{BEGIN}x\n{END.strip()}", f"a\n{BEGIN}x\n{END}"),
        ("", f"{BEGIN}x\n{END}"),
        ("a", f"a\n{BEGIN}x\n{END}"),
        ("a\r\n", f"a\r\n{BEGIN}x\n{END}"),
    ],
)
def test_a_block_that_is_there_is_replaced(file: EditedFile, text: str, expected: str) -> None:
    assert file.after(text, block="x\n") == expected


@pytest.mark.parametrize(
    "arguments", [{"state": "absent", "block": "x"}, {}, {"block": ""}, {"block": None}]
)
def test_a_block_is_removed(file: EditedFile, arguments: dict[str, Any]) -> None:
    assert file.after(f"a\n{BEGIN}x\n{END}b\n", **arguments) == "a\nb\n"


@pytest.mark.parametrize("text", ["", "a\n", f"a\n{BEGIN}b\n"])
def test_where_there_is_no_block_none_is_removed(file: EditedFile, text: str) -> None:
    arguments = {"state": "absent", "append_newline": True, "prepend_newline": True}
    assert file.after(text, **arguments) == text


@pytest.mark.parametrize("arguments", [{"state": "absent", "block": "x"}, {}])
def test_a_last_line_gets_its_end_though_there_is_no_block(
    file: EditedFile, arguments: dict[str, Any]
) -> None:
    assert file.after("a\nb", **arguments) == "a\nb\n"


def test_what_was_done_is_told(file: EditedFile) -> None:
    assert file.edit(block="x", create=True).msg == "File created"
    assert file.edit(block="y").msg == "Block inserted"
    assert file.edit(state="absent").msg == "Block removed"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, ctx: Context) -> None:
    (tmp_path / "taken").write_text("")
    file = EditedFile(blockinfile, tmp_path / "taken/file", ctx)
    with pytest.raises(TaskError, match=r"Error creating .*/taken"):
        file.edit(block="x", create=True)


def test_a_missing_file_is_made_only_when_asked(file: EditedFile) -> None:
    with pytest.raises(TaskError, match=r"does not exist !$"):
        file.edit(block="x")
    result = file.edit(state="absent", create=True)
    assert (result.changed, result.msg) == (False, f"File {file.path} not present")
    assert not file.path.exists()
    file.edit(block="x", create=True)
    assert file.path.read_text() == f"{BEGIN}x\n{END}"


def test_check_mode_tells_the_difference_and_changes_nothing(file: EditedFile) -> None:
    file.path.write_text("a\n")
    result = file.in_check_mode().edit(block="x")
    diff, _ = result.diff
    assert (result.changed, diff.after) == (True, f"a\n{BEGIN}x\n{END}")
    assert file.path.read_text() == "a\n"


def test_both_marks_may_be_the_same_with_a_warning(file: EditedFile) -> None:
    said: list[str] = []
    file.path.touch()
    file.ctx = replace(file.ctx, on_warning=said.append)
    file.edit(block="x", marker="# ours")
    assert file.path.read_text() == "# ours\nx\n# ours\n"
    assert said == ["marker: '# ours' lacks {mark}: the old block is not found again"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"insertafter": "a", "insertbefore": "b"}, "mutually exclusive"),
        ({"insertafter": "("}, "'\\(' is no regular expression"),
    ],
)
def test_what_cannot_be_done_is_said(
    file: EditedFile, arguments: dict[str, Any], words: str
) -> None:
    file.path.touch()
    with pytest.raises(TaskError, match=words):
        file.edit(block="x", **arguments)
