from __future__ import annotations

import os
from pathlib import Path

import pytest

from file_trees import OLD, write
from opsplay.runner.task import Context, TaskError
from opsplay.tasks.clients.path_filter import PathFilter
from opsplay.tasks.local_sources import Source, each_file, of_text, together
from opsplay.tasks.local_walk import Links, Manner


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    for name in ("a.txt", "in/1.csv", "in/2.txt", "in/sub/3.csv", "other/1.csv"):
        write(tmp_path / name, name.encode())


def excluding(*patterns: str) -> Manner:
    return Manner(PathFilter.of(None, list(patterns)))


def of_files(
    src: str | list[str], dest: str, ctx: Context, manner: Manner | None = None
) -> dict[str, Source]:
    return together(each_file(src, dest, ctx, manner or Manner()))


def test_each_file_goes_with_its_size_and_time(ctx: Context, tmp_path: Path) -> None:
    assert of_files("in/sub/", "/to", ctx) == {
        "/to": Source(folder=True, path=str(tmp_path / "in/sub")),
        "/to/3.csv": Source(size=12, mtime=OLD, path=str(tmp_path / "in/sub/3.csv")),
    }


def test_a_folder_comes_before_what_is_in_it(ctx: Context) -> None:
    found = list(of_files("in", "/to/", ctx))
    assert found[0] == "/to/in"
    assert found.index("/to/in/sub") < found.index("/to/in/sub/3.csv")


def test_what_lies_beside_the_playbook_or_in_its_files_is_found(
    ctx: Context, tmp_path: Path
) -> None:
    write(tmp_path / "files/b.txt")
    for written in ("b.txt", "b.*"):
        assert [source.path for source in of_files(written, "/to/", ctx).values()] == [
            str(tmp_path / "files/b.txt")
        ]


def test_a_pattern_is_expanded_in_the_first_folder_where_it_matches(
    ctx: Context, tmp_path: Path
) -> None:
    write(tmp_path / "files/near.txt")
    assert list(of_files("*.txt", "/to", ctx)) == ["/to/near.txt"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(ctx: Context, tmp_path: Path) -> None:
    write(tmp_path / "in/[1].csv")
    assert list(of_files("in/[1].csv", "/to/", ctx)) == ["/to/[1].csv"]


def test_dot_files_are_matched_if_the_pattern_says_the_dot(ctx: Context, tmp_path: Path) -> None:
    write(tmp_path / "in/.hidden.csv")
    assert list(of_files("in/*.csv", "/to", ctx)) == ["/to/1.csv"]
    assert list(of_files("in/.*.csv", "/to", ctx)) == ["/to/.hidden.csv"]


def test_a_home_folder_may_be_written_as_such(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "in"))
    assert list(of_files("~/1.csv", "/to/", ctx)) == ["/to/1.csv"]
    assert list(of_files("~/*.csv", "/to/", ctx)) == ["/to/1.csv"]


def test_nothing_that_matches_is_told_with_the_places_that_were_looked_at(
    ctx: Context, tmp_path: Path
) -> None:
    with pytest.raises(TaskError, match=r"no file matches \*.pdf") as caught:
        of_files("*.pdf", "/to", ctx)
    assert f"  {tmp_path}/files/*.pdf" in caught.value.msg


def test_two_files_for_one_place_are_refused_both_named(ctx: Context) -> None:
    with pytest.raises(TaskError, match=r"in/1.csv and .*other/1.csv would both become /to/1.csv"):
        of_files(["in/*.csv", "other/*.csv"], "/to", ctx)


def test_a_file_that_is_named_twice_is_one_file(ctx: Context) -> None:
    assert list(of_files(["a.txt", "*.txt"], "/to", ctx)) == ["/to/a.txt"]


def test_an_empty_list_is_nothing(ctx: Context) -> None:
    assert of_files([], "/to", ctx) == {}


# Left out


def test_what_is_left_out_of_a_folder(ctx: Context) -> None:
    found = of_files("in/", "/to", ctx, excluding("*.txt", "sub"))
    assert sorted(found) == ["/to", "/to/1.csv"]


def test_what_is_left_out_of_what_a_pattern_matches(ctx: Context) -> None:
    assert list(of_files("in/*", "/to", ctx, excluding("*.txt", "sub"))) == ["/to/1.csv"]


def test_a_pattern_reaches_no_file_in_a_folder_that_is_left_out(ctx: Context) -> None:
    assert list(of_files("in/**/*.csv", "/to", ctx, excluding("sub"))) == ["/to/1.csv"]


def test_a_file_that_is_named_may_be_left_out_too(ctx: Context) -> None:
    assert list(of_files(["a.txt", "in/1.csv"], "/to", ctx, excluding("*.txt"))) == ["/to/1.csv"]


# Links


@pytest.mark.parametrize(("links", "found"), [("follow", ["/to/link"]), ("skip", [])])
def test_a_link_that_a_pattern_matches(
    ctx: Context, tmp_path: Path, links: Links, found: list[str]
) -> None:
    (tmp_path / "in/link").symlink_to("../a.txt")
    assert list(of_files("in/l*", "/to", ctx, Manner(links=links))) == found


def test_a_link_that_a_pattern_matches_may_not_lead_out_of_the_fixed_part(
    ctx: Context, tmp_path: Path
) -> None:
    (tmp_path / "in/link").symlink_to("../a.txt")
    with pytest.raises(TaskError, match=r"in/link is a link that leads out of .*/in;"):
        of_files("in/l*", "/to", ctx)
    assert list(of_files("*/l*", "/to", ctx)) == ["/to/in/link"]


def test_a_link_that_is_named_is_what_it_leads_to(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "in/link").symlink_to("../a.txt")
    source = Source(size=5, mtime=OLD, path=str(tmp_path / "in/link"))
    assert of_files("in/link", "/to/", ctx) == {"/to/link": source}


# What is no file


def test_a_pipe_in_a_folder_is_told(ctx: Context, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "in/pipe")
    with pytest.raises(TaskError, match="in/pipe is neither a file nor a folder"):
        of_files("in", "/to", ctx)


# Texts


def test_a_text_is_a_file() -> None:
    (source,) = of_text("你好\udcb2", "/to/a").values()
    assert source.size == 7
    with source.open() as reading:
        assert b"".join(reading.blocks()) == "你好".encode() + b"\xb2"


def test_a_text_needs_the_name_of_a_file() -> None:
    with pytest.raises(TaskError, match="dest /to/ is a folder; content needs the name of a file"):
        of_text("x", "/to/")
