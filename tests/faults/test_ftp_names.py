"""Names that are difficult, and names that are traps."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from file_trees import tree, write
from ftp_exchange import Start, Way, both_ways
from opsplay.runner.task import TaskError

DIFFICULT = [
    "with space",
    " leading",
    "trailing ",
    "-rf",
    "--help",
    "quo\"te'",
    '"quoted"',
    "[x]*?.txt",
    "{a,b}",
    "~root",
    "$HOME `id` ; |",
    "100%",
    "#hash",
    "a\\b",
    "a:b",
    "...",
    "..a",
    ".hidden",
    "tab\there",
    "bell\x07\x1b[31m",
    "测试.txt",
    "é",
    "é",
    "🎉",
    "x" * 255,
    "长" * 85,
    "type=file;size=1; name",
    "-rw-r--r-- 1 li li 3 Sep 09  2001 a",
    "226 done",
    "\xff",
    os.fsdecode(b"\xb2\xe2\xff.txt"),
]


@both_ways
@pytest.mark.parametrize("name", DIFFICULT, ids=ascii)
def test_a_difficult_name_stays_as_it_is(start: Start, way: Way, name: str) -> None:
    exchange = start(way=way)
    exchange.offer(b"1", name)
    exchange.offer(b"2", f"{name[:50]}folder/b")
    exchange.move()
    assert exchange.arrived() == {name: b"1", f"{name[:50]}folder/b": b"2"}
    assert not exchange.move().changed


@both_ways
@pytest.mark.parametrize("name", ["[x]*?.txt", "-rf", "a b"])
def test_a_difficult_name_may_be_said(start: Start, way: Way, name: str) -> None:
    exchange = start(way=way)
    exchange.offer(b"1", name)
    exchange.offer(b"2", "x.txt")
    src = f"out/{name}" if way == "up" else f"/out/{name}"
    exchange.move(src=src, dest="/in/" if way == "up" else "in/")
    assert exchange.arrived() == {name: b"1"}


@both_ways
def test_names_in_the_encoding_of_the_server(start: Start, way: Way) -> None:
    exchange = start(way=way, encoding="gbk")
    exchange.offer(b"1", "报表/测试.txt")
    exchange.move(encoding="gbk")
    assert exchange.arrived() == {"报表/测试.txt": b"1"}


def test_a_local_name_in_the_encoding_of_the_server_is_known_again(start: Start) -> None:
    """A mirror removed what it had just sent."""
    exchange = start(encoding="gbk")
    exchange.offer(b"1", os.fsdecode("报表.txt".encode("gbk")))
    for is_first in (True, False):
        assert exchange.upload(encoding="gbk", delete=True).changed == is_first
        assert exchange.arrived() == {"报表.txt": b"1"}
    exchange.offer(b"2", "报表.txt")
    with pytest.raises(TaskError, match=r"and .*/报表.txt would both become /in/报表.txt"):
        exchange.upload(encoding="gbk")


@both_ways
def test_a_name_in_another_encoding_goes_there_and_back(start: Start, way: Way) -> None:
    """Bytes that are no text in the encoding told stay what they are."""
    name = os.fsdecode("测试.txt".encode("gbk"))
    exchange = start(way=way)
    exchange.offer(b"1", name)
    exchange.move()
    assert exchange.arrived() == {name: b"1"}


def test_a_name_that_the_encoding_cannot_write_is_told(start: Start) -> None:
    exchange = start(encoding="gbk")
    exchange.offer(b"1", "🎉")
    with pytest.raises(TaskError, match="cannot be written in gbk; check `encoding`"):
        exchange.upload(encoding="gbk")
    assert exchange.arrived() == {}


@both_ways
def test_names_that_differ_in_case_are_two_files(start: Start, way: Way) -> None:
    exchange = start(way=way)
    exchange.offer(b"1", "Report")
    exchange.offer(b"2", "report")
    exchange.move(connections=2)
    assert exchange.arrived() == {"Report": b"1", "report": b"2"}


def test_names_that_are_one_to_the_server_do_not_overwrite_each_other(start: Start) -> None:
    exchange = start(ignores_case=True)
    exchange.offer(b"1", "Report")
    exchange.offer(b"2", "report")
    with pytest.raises(TaskError, match=r"/in/report .*does not tell capital letters from small"):
        exchange.upload(connections=2)
    assert exchange.arrived() == {"Report": b"1"}


# Traps on our side


@pytest.mark.parametrize("name", ["a\nDELE b", "a\rDELE b", "a\r\nDELE b"])
def test_a_local_name_that_would_be_a_command_is_refused(start: Start, name: str) -> None:
    exchange = start()
    exchange.offer(b"1", name)
    with pytest.raises(TaskError, match=r"holds a (line feed|carriage return)") as caught:
        exchange.upload()
    assert "\n" not in caught.value.msg
    assert "\r" not in caught.value.msg
    assert "b" not in exchange.server.heard("DELE")


@pytest.mark.parametrize("given", [{"dest": "/in\r\nDELE /b"}, {"dest": "/in\0x"}])
def test_a_path_that_would_be_a_command_is_refused(start: Start, given: dict[str, str]) -> None:
    exchange = start()
    exchange.offer()
    with pytest.raises(TaskError):
        exchange.upload(**given)
    assert exchange.server.heard("STOR") == []
    assert exchange.server.heard("DELE") == []


@pytest.mark.parametrize("where", ["secret", "secret/key"])
def test_a_link_that_leads_out_of_the_tree_takes_nothing_along(
    start: Start, tmp_path: Path, where: str
) -> None:
    exchange = start()
    write(tmp_path / "secret/key")
    exchange.offer(b"1", "a")
    (tmp_path / "out/link").symlink_to(tmp_path / where)
    with pytest.raises(TaskError, match="out/link is a link that leads out of"):
        exchange.upload()
    assert exchange.arrived() == {}


# Traps of a server

TRAPS = {
    "..": "type=file;size=1; ../escaped",
    "deep ..": "type=file;size=1; sub/../../escaped",
    "slash": "type=file;size=1; sub/escaped",
    "absolute": "type=file;size=1; /tmp/escaped",
    "drive": r"type=file;size=1; C:\escaped",
    "drive alone": "type=file;size=1; C:",
    "backslashes": r"type=file;size=1; ..\escaped",
    "server and share": r"type=file;size=1; \\host\share\..\escaped",
    "NUL": "type=file;size=1; a\0b",
    "carriage return": "type=file;size=1; a\rb",
    "folder ..": "type=dir; ../escaped",
    "folder absolute": "type=dir; /tmp/escaped",
}


@pytest.mark.parametrize("line", TRAPS.values(), ids=TRAPS)
def test_no_name_of_a_server_leads_out_of_dest(start: Start, tmp_path: Path, line: str) -> None:
    exchange = start(way="down", listing=lambda _: [line])
    exchange.offer(b"1", "sub/a")
    exchange.tree.put("/escaped")
    before = tree(tmp_path)
    with pytest.raises(TaskError, match=r"the server names a file .*: no local file may be called"):
        exchange.download()
    assert tree(tmp_path) == before


@pytest.mark.parametrize("line", ["type=dir; .", "type=dir; ..", "type=cdir; /out", "type=pdir; /"])
def test_the_folder_itself_and_the_one_above_are_no_content(start: Start, line: str) -> None:
    lines = [line, "type=file;size=1; a"]
    exchange = start(way="down", listing=lambda _: lines)
    exchange.offer(b"1", "a")
    exchange.download()
    assert exchange.arrived() == {"a": b"1"}


def test_a_folder_that_holds_itself_without_end_is_told(start: Start) -> None:
    exchange = start(way="down", listing=lambda _: ["type=dir;unique=1; sub"])
    for depth in range(1, 5):
        exchange.offer(b"1", "sub/" * depth + "a")
    with pytest.raises(TaskError, match="leads back to a folder above it"):
        exchange.download()


def test_a_name_told_twice_is_one_file(start: Start) -> None:
    lines = ["type=file;size=1; a", "type=file;size=1; a"]
    exchange = start(way="down", listing=lambda _: lines)
    exchange.offer(b"1", "a")
    exchange.download()
    assert exchange.arrived() == {"a": b"1"}


def test_a_local_link_is_not_written_through(start: Start, tmp_path: Path) -> None:
    """What a link in `dest` leads to lies outside of it."""
    exchange = start(way="down")
    exchange.offer(b"new", "a")
    write(tmp_path / "elsewhere", b"precious")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a").symlink_to(tmp_path / "elsewhere")
    exchange.download()
    assert (tmp_path / "elsewhere").read_bytes() == b"precious"
    assert exchange.arrived() == {"a": b"new"}
