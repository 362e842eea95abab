from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from edited_files import EditedFile
from opsplay.runner.task import Context, TaskError
from opsplay.tasks import replace

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "[one]\nport = 1\n[two]\nport = 2\n[three]\nport = 3\n"


@pytest.fixture
def file(tmp_path: Path, ctx: Context) -> EditedFile:
    return EditedFile(replace, tmp_path / "file", ctx)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"regexp": r"^port = \d$\n"}, "[one]\n[two]\n[three]\n"),
        ({"regexp": r"port = (\d)", "replace": r"port: \1"}, TEXT.replace(" =", ":")),
        ({"regexp": r"port = (?P<n>\d)", "replace": r"port: \g<n>"}, TEXT.replace(" =", ":")),
        ({"regexp": r"\d", "replace": "x", "after": r"\[three"}, TEXT.replace("3", "x")),
        ({"regexp": r"\d", "replace": "x", "before": r"\[two"}, TEXT.replace("1", "x")),
        (
            {"regexp": r"\d", "replace": "x", "after": r"\[two", "before": r"\n\["},
            TEXT.replace("2", "x"),
        ),
        ({"regexp": "nothing"}, TEXT),
        ({"regexp": "one.*two"}, TEXT),
    ],
)
def test_every_match_is_replaced(
    file: EditedFile, arguments: dict[str, Any], expected: str
) -> None:
    assert file.after(TEXT, **arguments) == expected


def test_what_is_replaced_by_nothing_is_removed(file: EditedFile) -> None:
    assert file.after("a\nb\n", regexp="a\n") == "b\n"
    assert file.after("a\nb\n", regexp="a\n", replace=None) == "b\n"


def test_how_many_were_replaced_is_told(file: EditedFile) -> None:
    file.path.write_text(TEXT)
    assert file.edit(regexp="port", replace="Port").msg == "3 replacements made"
    assert file.edit(regexp="Port", replace="Port").msg == ""


def test_without_the_part_that_is_meant_nothing_is_done(file: EditedFile) -> None:
    file.path.write_text(TEXT)
    result = file.edit(regexp="port", after="nowhere")
    assert not result.changed
    assert "Pattern for before/after params did not match" in result.msg


def test_line_breaks_and_bytes_that_are_no_text_stay_as_they_are(file: EditedFile) -> None:
    file.path.write_bytes(b"\xff a\r\n b\r")
    file.edit(regexp="a", replace="李")
    assert file.path.read_bytes() == b"\xff \xe6\x9d\x8e\r\n b\r"


def test_a_file_in_another_encoding_stays_in_it(file: EditedFile) -> None:
    file.path.write_bytes("王五".encode("gbk"))
    file.edit(regexp="王", replace="李", encoding="gbk")
    assert file.path.read_bytes() == "李五".encode("gbk")


def test_check_mode_tells_the_difference_and_changes_nothing(file: EditedFile) -> None:
    file.path.write_text("a\n")
    result = file.in_check_mode().edit(regexp="a", replace="b")
    (diff,) = result.diff
    assert (result.changed, diff.before, diff.after) == (True, "a\n", "b\n")
    assert file.path.read_text() == "a\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"regexp": "("}, "'\\(' is no regular expression"),
        ({"regexp": "a", "after": "("}, "is no regular expression"),
        ({"regexp": "a", "replace": r"\7"}, "Unable to process replace due to error"),
        ({"regexp": "a", "path": "nowhere"}, "Path .*nowhere does not exist !$"),
    ],
)
def test_what_cannot_be_done_is_said(
    file: EditedFile, arguments: dict[str, Any], words: str
) -> None:
    file.path.write_text("a")
    with pytest.raises(TaskError, match=words):
        file.edit(**arguments)
