from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edited_files import EditedFile
from opsplay.runner.task import Context, TaskError
from opsplay.tasks import lineinfile

TEXT = "# head\nsize = 1\nname = a\nsize = 2\n"


@pytest.fixture
def file(tmp_path: Path, ctx: Context) -> EditedFile:
    return EditedFile(lineinfile, tmp_path / "file", ctx)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"line": "size = 2"}, TEXT),
        ({"line": "new"}, TEXT + "new\n"),
        ({"line": "new\n"}, TEXT + "new\n"),
        ({"line": "size = 3", "regexp": "^size"}, "# head\nsize = 1\nname = a\nsize = 3\n"),
        (
            {"line": "size = 3", "regexp": "^size", "firstmatch": True},
            "# head\nsize = 3\nname = a\nsize = 2\n",
        ),
        ({"line": "name = b", "search_string": "me ="}, TEXT.replace("= a", "= b")),
        ({"line": "new", "regexp": "^nothing"}, TEXT + "new\n"),
        ({"line": "name = a", "regexp": "^nothing"}, TEXT),
        ({"line": "new", "insertafter": "^size"}, TEXT + "new\n"),
        (
            {"line": "new", "insertafter": "^size", "firstmatch": True},
            "# head\nsize = 1\nnew\nname = a\nsize = 2\n",
        ),
        ({"line": "new", "insertbefore": "^size"}, "# head\nsize = 1\nname = a\nnew\nsize = 2\n"),
        ({"line": "new", "insertbefore": "BOF"}, "new\n" + TEXT),
        ({"line": "new", "insertafter": "EOF"}, TEXT + "new\n"),
        ({"line": "new", "insertbefore": "^nothing"}, TEXT + "new\n"),
        (
            {
                "line": r"\1 = \g<value>!",
                "regexp": "^(name) = (?P<value>[a-z]+)$",
                "backrefs": True,
            },
            TEXT.replace("= a", "= a!"),
        ),
        ({"line": r"\1", "regexp": "^(nothing)", "backrefs": True}, TEXT),
        ({"line": r"\1", "regexp": "^name"}, TEXT.replace("name = a", r"\1")),
    ],
)
def test_the_line_is_in_its_place(
    file: EditedFile, arguments: dict[str, Any], expected: str
) -> None:
    file.path.write_text(TEXT)
    file.edit(**arguments)
    assert file.path.read_text() == expected


@pytest.mark.parametrize(
    ("arguments", "expected", "found"),
    [
        ({"line": "size = 1"}, "# head\nname = a\nsize = 2\n", 1),
        ({"regexp": "^size"}, "# head\nname = a\n", 2),
        ({"search_string": "a"}, "size = 1\nsize = 2\n", 2),
        ({"search_string": "nothing"}, TEXT, 0),
    ],
)
def test_lines_are_removed(
    file: EditedFile, arguments: dict[str, Any], expected: str, found: int
) -> None:
    file.path.write_text(TEXT)
    result = file.edit(state="absent", **arguments)
    assert (file.path.read_text(), result.data["found"]) == (expected, found)
    assert result.msg == (f"{found} line(s) removed" if found else "")
    assert not file.edit(state="absent", **arguments).changed


def test_with_firstmatch_the_line_itself_is_looked_for_only_before_its_place(
    file: EditedFile,
) -> None:
    assert file.after("a\nb\n", line="b", insertafter="^a", firstmatch=True) == "a\nb\n"
    after = {"line": "c", "insertafter": "^a", "firstmatch": True}
    assert file.after("a\nb\nc\n", **after) == "a\nc\nb\nc\n"
    before = {"line": "c", "insertbefore": "^a", "firstmatch": True}
    assert file.after("a\nb\nc\n", **before) == "c\na\nb\nc\n"


def test_an_empty_expression_has_groups_too(file: EditedFile) -> None:
    file.path.write_text("a\n")
    file.edit(line="\\g<0>!", regexp="", backrefs=True)
    assert file.path.read_text() == "!\n"


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("", {"line": "a"}, "a\n"),
        ("a", {"line": "b"}, "a\nb\n"),
        ("a\r\nb\r\n", {"line": "c"}, "a\r\nb\r\nc\n"),
        ("a\r\nb\r\n", {"line": "c", "regexp": "^b"}, "a\r\nc\n"),
        ("a\r\nb\r\n", {"line": "c", "regexp": "^b$"}, "a\r\nb\r\nc\n"),
        ("a\r\nb\r\n", {"line": "b"}, "a\r\nb\n"),
        ("a\r\nb\r\n", {"line": "b", "state": "absent"}, "a\r\n"),
        ("a\x0cb\u2028c\n", {"line": "d"}, "a\x0cb\u2028c\nd\n"),
    ],
)
def test_a_line_of_ours_ends_with_a_line_feed_and_matches_with_the_end_it_has(
    file: EditedFile, text: str, arguments: dict[str, Any], expected: str
) -> None:
    assert file.after(text, **arguments) == expected


def test_bytes_that_are_no_text_stay_as_they_are(file: EditedFile) -> None:
    file.path.write_bytes(b"\xff\xfe\nname\n")
    file.edit(line="李", regexp="^name")
    assert file.path.read_bytes() == b"\xff\xfe\n" + "李\n".encode()


def test_a_file_in_another_encoding(file: EditedFile) -> None:
    file.path.write_bytes("名 = 王\n".encode("gbk"))
    file.edit(line="名 = 李", regexp="^名", encoding="gbk")
    assert file.path.read_bytes() == "名 = 李\n".encode("gbk")


def test_what_was_done_is_told(file: EditedFile) -> None:
    file.path.write_text("a\n")
    file.path.chmod(0o644)
    assert file.edit(line="b").msg == "line added"
    assert file.edit(line="c", regexp="b").msg == "line replaced"
    assert file.edit(line="c", mode="0600").msg == "ownership, perms or SE linux context changed"
    assert file.path.stat().st_mode & 0o777 == 0o600
    both = "line added and ownership, perms or SE linux context changed"
    assert file.edit(line="d", mode="0644").msg == both
    assert file.path.stat().st_mode & 0o777 == 0o644


def test_a_missing_file_is_made_only_when_asked(file: EditedFile, tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"Destination .* does not exist !$"):
        file.edit(line="a")
    deep = EditedFile(lineinfile, tmp_path / "in" / "folder" / "file", file.ctx)
    assert deep.edit(line="a", create=True, mode="0640").changed
    assert (deep.path.read_text(), deep.path.stat().st_mode & 0o777) == ("a\n", 0o640)


def test_a_file_in_the_way_of_a_folder_is_told_in_check_mode_too(
    file: EditedFile, tmp_path: Path
) -> None:
    (tmp_path / "in").touch()
    deep = EditedFile(lineinfile, tmp_path / "in" / "folder" / "file", file.ctx)
    for each in deep, deep.in_check_mode():
        with pytest.raises(TaskError, match=r"^Error creating .*/in/folder"):
            each.edit(line="a", create=True)


def test_in_a_missing_file_there_is_no_line(file: EditedFile) -> None:
    result = file.edit(line="a", state="absent")
    assert (result.changed, result.msg, result.data) == (False, "file not present", {})


def test_in_no_file_there_is_no_line(ctx: Context) -> None:
    params = lineinfile.Params(path="", line="a", state="absent")
    assert lineinfile.run(params, ctx).msg == "file not present"


def test_without_a_diff_it_is_told_what_a_diff_would_be_about(file: EditedFile) -> None:
    file.path.write_text("old\n")
    file.path.chmod(0o644)
    text, facts = (
        {"before_header": f"{file.path} ({kind})", "after_header": f"{file.path} ({kind})"}
        for kind in ("content", "file attributes")
    )
    text |= {"before": "", "after": ""}
    assert file.edit(line="new").data["diff"] == [text, facts]
    modes: dict[str, object] = {"before": {"mode": "0644"}, "after": {"mode": "0600"}}
    assert file.edit(line="new", mode="0600").data["diff"] == [text, {**facts, **modes}]


def test_of_a_new_file_it_is_told_if_its_mode_is_not_the_usual_one(file: EditedFile) -> None:
    both = "line added and ownership, perms or SE linux context changed"
    assert file.edit(line="a", create=True, mode="0600").msg == both


@pytest.mark.parametrize(
    ("name", "words"), [("regexp", "regular expression"), ("search_string", "search string")]
)
def test_an_expression_that_is_in_every_line_is_warned_of(
    file: EditedFile, name: str, words: str
) -> None:
    file.path.write_text("old\n")
    (warning,) = file.edit(line="new", **{name: ""}).warnings
    assert warning.startswith(f"The {words} is an empty string, which will match every line")


def test_the_old_file_is_kept_when_asked(file: EditedFile) -> None:
    file.path.write_text("old\n")
    result = file.edit(line="new", backup=True)
    assert Path(str(result.data["backup"])).read_text() == "old\n"
    assert file.edit(line="new", backup=True).data["backup"] == ""


def test_a_file_that_does_not_pass_the_check_stays(file: EditedFile) -> None:
    file.path.write_text("old\n")
    with pytest.raises(TaskError, match="failed to validate"):
        file.edit(line="new", validate="grep -q other %s")
    assert file.path.read_text() == "old\n"


def test_a_diff_tells_of_the_mode_too(file: EditedFile) -> None:
    file.path.write_text("a\n")
    file.path.chmod(0o644)
    _, facts = file.in_check_mode().edit(line="a", mode="0600").diff
    assert (facts.before, facts.after) == ({"mode": "0644"}, {"mode": "0600"})


def test_what_a_link_points_to_is_edited(file: EditedFile, tmp_path: Path) -> None:
    (tmp_path / "real").write_text("a\n")
    file.path.symlink_to("real")
    file.edit(line="b")
    assert file.path.is_symlink()
    assert (tmp_path / "real").read_text() == "a\nb\n"


def test_check_mode_tells_the_difference_and_changes_nothing(file: EditedFile) -> None:
    file.path.write_text("a\n")
    result = file.in_check_mode().edit(line="b")
    text, facts = result.diff
    assert (result.changed, text.before, text.after) == (True, "a\n", "a\nb\n")
    assert (facts.before, facts.after) == ({}, {})
    assert text.before_header == text.after_header == f"{file.path} (content)"
    assert facts.before_header == facts.after_header == f"{file.path} (file attributes)"
    assert file.path.read_text() == "a\n"


def test_check_mode_makes_no_file(file: EditedFile) -> None:
    assert file.in_check_mode().edit(line="a", create=True).changed
    assert not file.path.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "line is required with state=present"),
        ({"state": "absent"}, "one of line, search_string, or regexp is required"),
        ({"line": "a", "regexp": "a", "search_string": "b"}, "mutually exclusive"),
        ({"line": "a", "insertafter": "a", "insertbefore": "b"}, "mutually exclusive"),
        (
            {
                "line": "a",
                "insertafter": "a",
                "insertbefore": "b",
                "regexp": "",
                "search_string": "",
            },
            r"exclusive: insertbefore\|insertafter, regexp\|search_string",
        ),
        ({"line": "a", "backrefs": True}, "regexp is required with backrefs=true"),
        (
            {"line": "a", "backrefs": True, "search_string": "b"},
            r"exclusive: backrefs\|search_string",
        ),
        # To say that there is none is to say something, as in Ansible.
        (
            {"line": "a", "backrefs": False, "search_string": "b"},
            r"exclusive: backrefs\|search_string",
        ),
        ({"line": "a", "regexp": "("}, "'\\(' is no regular expression"),
        ({"line": "b", "insertafter": "["}, "'\\[' is no regular expression"),
        (
            {"line": r"\2", "regexp": "(a)", "backrefs": True},
            "Unable to process replace",
        ),
        ({"line": "a", "encoding": "klingon"}, "no encoding called 'klingon'"),
        ({"line": "李", "encoding": "latin-1"}, "'李' cannot be written in latin-1"),
        ({"line": "a", "encoding": "utf-16"}, "is not written in utf-16"),
        ({"line": "a", "path": "."}, "is a directory !"),
    ],
)
def test_what_cannot_be_done_is_said(
    file: EditedFile, arguments: dict[str, Any], words: str
) -> None:
    file.path.write_text("a\n\n")
    with pytest.raises(TaskError, match=words):
        file.edit(**arguments)
    assert file.path.read_text() == "a\n\n"


def test_a_new_file_cannot_be_written_in_an_encoding_that_is_none(file: EditedFile) -> None:
    with pytest.raises(TaskError, match="no encoding called 'klingon'"):
        file.edit(line="a", path="new", create=True, encoding="klingon")
