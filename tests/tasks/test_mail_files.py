"""The files that go with a mail: which they are, and that a file is read once for many mails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from file_trees import rewrite, write
from opsplay.runner import params as building
from opsplay.runner.task import Context, TaskError
from opsplay.tasks import mail_shelf, reading
from opsplay.tasks.mail_files import attached, picture
from opsplay.tasks.mail_parameters import Attachment
from opsplay.tasks.message.file import File


def files(ctx: Context, *given: str | dict[str, str]) -> list[File]:
    wanted = [
        entry if isinstance(entry, str) else building.build(Attachment, entry) for entry in given
    ]
    return attached(wanted, ctx)


def names(ctx: Context, *given: str | dict[str, str]) -> list[str]:
    return [file.name for file in files(ctx, *given)]


def refused(ctx: Context, *given: str | dict[str, str]) -> str:
    with pytest.raises(TaskError) as caught:
        files(ctx, *given)
    return caught.value.msg


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    for name in ("files/b.pdf", "files/a.pdf", "files/.c.pdf", "files/deep/d.pdf", "a.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "files/folder.pdf").mkdir()
    return tmp_path


# Which ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.pdf", ["a.pdf", "b.pdf"]),
        ("[ab].pdf", ["a.pdf", "b.pdf"]),
        ("**/*.pdf", ["a.pdf", "b.pdf", "d.pdf"]),
        ("?.txt", ["a.txt"]),
    ],
)
def test_a_pattern_attaches_the_files_it_matches_in_order(
    ctx: Context, pattern: str, found: list[str]
) -> None:
    assert names(ctx, pattern) == found
    assert names(ctx, {"path": pattern}) == found


def test_a_pattern_may_start_at_the_root(ctx: Context, folder: Path) -> None:
    assert names(ctx, f"{folder}/files/*.pdf") == ["a.pdf", "b.pdf"]


def test_a_pattern_that_matches_nothing_is_told_with_the_places(ctx: Context, folder: Path) -> None:
    words = refused(ctx, "*.csv")
    assert words.startswith("attachments: no file matches *.csv; looked for\n")
    assert f"  {folder}/files/*.csv" in words
    assert f"  {folder}/*.csv" in words


def test_a_file_whose_name_looks_like_a_pattern_is_meant_by_its_name(
    ctx: Context, folder: Path
) -> None:
    (folder / "report[1].txt").touch()
    (folder / "report1.txt").touch()
    assert names(ctx, "report[1].txt") == ["report[1].txt"]


def test_one_name_is_too_little_for_several_files(ctx: Context) -> None:
    words = refused(ctx, {"path": "*.pdf", "name": "x.pdf"})
    assert "2 files match *.pdf, and all would be called x.pdf" in words


def test_a_file_goes_under_the_name_and_type_that_one_gives(ctx: Context) -> None:
    [file] = files(
        ctx, {"path": "a.txt", "name": "b.csv", "content_type": "text/x-a", "charset": "gbk"}
    )
    assert (file.name, file.media_type, file.charset) == ("b.csv", "text/x-a", "gbk")


def test_a_name_on_an_old_disk_is_read_in_its_charset(ctx: Context, folder: Path) -> None:
    (folder / os.fsdecode("测试.txt".encode("gbk"))).touch()
    assert "测试.txt" in names(ctx, "*.txt", f"{folder}/*.txt")


def test_a_text_goes_as_a_file(ctx: Context) -> None:
    [file] = files(ctx, {"content": "你好", "name": "a.csv", "charset": "gbk"})
    assert file.content.data == "你好".encode("gbk")
    assert file.media_type == "text/csv"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "x"}, "give each either `path` or `content`"),
        ({"path": "a.txt", "content": "x"}, "give each either `path` or `content`"),
        ({"content": "x"}, "needs a `name`"),
        ({"content": "😀", "name": "x", "charset": "gbk"}, "x cannot be written as gbk"),
        ("missing.txt", "Could not find or access 'missing.txt'"),
        ("files", "it is a folder; name its files, as in "),
        ("/dev/zero", "/dev/zero is neither a file nor a folder"),
    ],
)
def test_what_cannot_be_attached_is_told(
    ctx: Context, given: str | dict[str, str], words: str
) -> None:
    assert words in refused(ctx, given)


def test_a_pipe_is_not_waited_for(ctx: Context, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert "pipe is neither a file nor a folder" in refused(ctx, "pipe")


# Once -----------------------------------------------------------------------------------------


@pytest.fixture
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take files for old, however new they are."""
    monkeypatch.setattr(reading, "_TICK", -1)


@pytest.mark.usefixtures("_settled")
def test_a_file_is_read_and_encoded_once_for_all_mails(ctx: Context) -> None:
    [first], [again] = files(ctx, "a.txt"), files(ctx, {"path": "a.txt", "name": "other.txt"})
    assert again.content is first.content
    assert again.content.base64 is first.content.base64
    assert picture("x", "a.txt", ctx).content is first.content


@pytest.mark.usefixtures("_settled")
def test_a_file_that_has_changed_is_read_anew(ctx: Context, folder: Path) -> None:
    write(folder / "a.txt", b"a.txt")
    [first] = files(ctx, "a.txt")
    rewrite(folder / "a.txt", b"A.TXT")
    [again] = files(ctx, "a.txt")
    assert (first.content.data, again.content.data) == (b"a.txt", b"A.TXT")


def test_a_file_that_may_change_within_the_same_tick_of_its_clock_is_read_anew(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_TICK", 10**18)
    [first], [again] = files(ctx, "a.txt"), files(ctx, "a.txt")
    assert again.content is not first.content


@pytest.mark.usefixtures("_settled")
def test_of_more_than_fits_the_oldest_goes(
    ctx: Context, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_shelf, "_MOST_BYTES", 12)
    [a], [b], [c] = (files(ctx, name) for name in ("a.txt", "a.pdf", "a.txt"))
    assert (len(a.content.data), len(b.content.data)) == (5, 11)
    assert c.content is not a.content


@pytest.mark.usefixtures("_settled")
def test_what_is_read_last_is_kept_however_large(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_shelf, "_MOST_BYTES", 1)
    assert files(ctx, "a.pdf")[0].content is files(ctx, "a.pdf")[0].content
