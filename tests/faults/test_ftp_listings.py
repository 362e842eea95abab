"""Listings that are long, without an end, or cut short."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from file_trees import write
from ftp_exchange import DATA, Start, Way, both_ways
from ftp_faults import ALWAYS, Fault, cut_data, lose, reply
from opsplay.runner.task import Context, TaskError


def many(count: int) -> Callable[[str], list[str]]:
    lines = [f"type=file;size=1;modify=20010909014640; f{number:06}" for number in range(count)]
    return lambda folder: lines if folder in {"/in", "/out"} else []


def test_a_folder_of_100000_files_is_looked_through_before_a_download(
    start: Start, contexts: Callable[..., Context]
) -> None:
    exchange = start(way="down", listing=many(100_000))
    exchange.offer(name="sub/a")
    exchange.ctx = contexts(check=True)
    files = exchange.download().data["files"]
    assert isinstance(files, list)
    assert sum(file["type"] == "file" for file in files) == 100_000


def test_one_file_goes_up_into_a_folder_of_100000(start: Start) -> None:
    exchange = start(listing=many(100_000))
    exchange.tree.put("/in/f000000")
    exchange.offer(b"new", "b")
    exchange.offer(b"new", "a")
    assert exchange.upload().data["created"] == 2


@both_ways
@pytest.mark.parametrize("line", ["type=file;size=1; " + "a" * 200, "x" * 65000, "\r\n" * 30000])
def test_a_listing_without_an_end_is_no_trap(start: Start, way: Way, line: str) -> None:
    exchange = start(way=way, listing=lambda _: itertools.repeat(line))
    exchange.tree.put("/in/z")
    exchange.tree.put("/out/z")
    exchange.offer(name="a")
    exchange.offer(name="b")
    with pytest.raises(TaskError, match="has no end") as caught:
        exchange.move()
    assert str(exchange.server.port) in caught.value.msg


@both_ways
def test_a_list_without_an_end_is_no_trap(start: Start, way: Way) -> None:
    line = "-rw-r--r-- 1 li li 3 Sep 09  2001 " + "a" * 200
    exchange = start(
        way=way, listing=lambda _: itertools.repeat(line), without=frozenset({"MLST", "MLSD"})
    )
    exchange.tree.put("/in/z")
    exchange.offer(name="a")
    exchange.offer(name="b")
    with pytest.raises(TaskError, match="has no end"):
        exchange.move()


@both_ways
def test_a_listing_that_breaks_off_is_fetched_again(start: Start, way: Way) -> None:
    exchange = start(Fault("MLSD", cut_data, at=20), way=way)
    for name in ("a", "b", "c"):
        exchange.offer(name.encode(), name)
        exchange.lies_there(b"old", name)
    exchange.move()
    assert exchange.arrived() == {"a": b"a", "b": b"b", "c": b"c"}


@pytest.mark.parametrize("at", [5, 20, 60, 70, 133])
def test_a_listing_that_ends_within_a_line_is_no_listing(start: Start, at: int) -> None:
    """Though the server says that all is well: a name may be half of one, files may be missing."""
    exchange = start(Fault("MLSD", lose, at=at), way="down")
    names = ["a long name", "another name"]
    for name in names:
        exchange.offer(b"new", name)
        exchange.lies_there(b"old", name)
    exchange.download(delete=True)
    assert exchange.arrived() == dict.fromkeys(names, b"new")


def test_nothing_is_deleted_after_half_a_listing(start: Start) -> None:
    """What the listing does not tell is not what is not there."""
    exchange = start(Fault("MLSD", cut_data, at=20, times=ALWAYS), way="down")
    for name in ("a", "b"):
        exchange.offer(DATA, name)
        write(exchange.here / "in" / name, DATA)
    with pytest.raises(TaskError):
        exchange.download(delete=True)
    assert exchange.arrived() == {"a": DATA, "b": DATA}


def test_a_folder_that_is_listed_while_ours_is_read_is_listed_once(start: Start) -> None:
    exchange = start(way="up")
    for name in ("a", "sub/b"):
        exchange.offer(DATA, name)
        exchange.lies_there(DATA, name)
    exchange.move()
    assert exchange.server.heard("MLSD") == ["/in", "/in/sub"]


# What is no file


@pytest.mark.parametrize("kind", ["OS.unix=symlink", "OS.unix=chr-1/3"])
@pytest.mark.parametrize(
    "given",
    [{"src": "/out/*.csv"}, {"src": "/out/", "include": "*.csv"}, {"exclude": "odd"}],
    ids=str,
)
def test_what_is_no_file_is_in_the_way_only_of_those_who_want_it(
    start: Start, kind: str, given: dict[str, Any]
) -> None:
    lines = (f"type={kind};size=1; odd", "type=file;size=4;modify=20250101000000; a.csv")
    exchange = start(way="down", listing=lambda _: lines)
    exchange.offer(DATA, "a.csv")
    with pytest.raises(TaskError, match=r"^/out/odd on the server is "):
        exchange.download()
    exchange.download(**{"src": "/out/", "dest": "in/", **given})
    assert exchange.arrived() == {"a.csv": DATA}


# Folders that may not be listed

SECRET = [Fault(verb, reply("550 No"), times=ALWAYS) for verb in ("MLSD", "LIST")]


@pytest.mark.parametrize("without", [set(), {"MLST"}], ids=["MLSD", "LIST"])
def test_in_a_folder_that_may_not_be_listed_what_is_there_is_left_alone(
    start: Start, without: set[str]
) -> None:
    exchange = start(*SECRET, without=frozenset(without))
    for name in ("a", "b", "sub/c"):
        exchange.offer(DATA, name)
    assert exchange.upload().data["created"] == 5
    assert exchange.upload().data["unchanged"] == 5
    exchange.offer(b"new", "d")
    assert exchange.upload().data["created"] == 1


def test_a_folder_that_may_not_be_listed_is_made_no_mirror(start: Start) -> None:
    exchange = start(*SECRET)
    exchange.offer(DATA, "a")
    exchange.lies_there(DATA, "b")
    with pytest.raises(TaskError, match=r"^/in may not be listed .*, so nobody can tell what a"):
        exchange.upload(delete=True)
    assert exchange.arrived() == {"b": DATA}


def test_a_folder_that_list_does_not_list_is_named(start: Start) -> None:
    exchange = start(*SECRET, way="down", without=frozenset({"MLST"}))
    exchange.offer(DATA, "a")
    with pytest.raises(TaskError, match=r"^cannot list /out \(.*: 550 No"):
        exchange.download()
