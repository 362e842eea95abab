"""Mirrors of and on servers that fail or mean harm: nothing is removed that may be needed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from file_trees import write
from ftp_exchange import MOVE, Exchange, Start, Way, both_ways
from ftp_faults import ALWAYS, END, Action, Fault, cut_control, cut_data, hang_up, lose, reply
from opsplay.runner.task import TaskError


def mirroring(start: Start, *faults: Fault, way: Way, **options: Any) -> Exchange:
    """Offer a file, and let another lie there that a mirror removes."""
    exchange = start(*faults, way=way, **options)
    exchange.offer(b"new", "a")
    exchange.lies_there(b"old", "gone")
    return exchange


@both_ways
def test_what_is_not_in_src_goes(start: Start, way: Way) -> None:
    exchange = mirroring(start, way=way)
    exchange.move(delete=True)
    assert exchange.arrived() == {"a": b"new"}


@both_ways
@pytest.mark.parametrize("without", ["MLST", "MLST SIZE MDTM"])
def test_a_server_may_know_less(start: Start, way: Way, without: str) -> None:
    exchange = mirroring(start, way=way, without=frozenset(without.split()))
    exchange.move(delete=True)
    assert exchange.arrived() == {"a": b"new"}


@pytest.mark.parametrize("without", ["", "MLST MLSD"])
@pytest.mark.parametrize("old", ["Report", "SUB/a", "Sub/A"])
def test_what_is_spelled_otherwise_on_a_server_that_ignores_case_is_not_removed(
    start: Start, old: str, without: str
) -> None:
    exchange = start(ignores_case=True, without=frozenset(without.split()))
    exchange.offer(b"new", old.lower())
    exchange.lies_there(b"old", old)
    exchange.lies_there(b"gone", f"{old}.2")
    moved = exchange.move(delete=True)
    assert exchange.arrived() == {old: b"new"}
    assert (moved.data["replaced"], moved.data["deleted"]) == (1, 1)
    assert not exchange.move(delete=True).changed


def test_what_is_spelled_otherwise_on_a_file_system_that_ignores_case_is_not_removed(
    start: Start,
) -> None:
    """There, both names are one file; here, a link makes them so."""
    exchange = start(way="down")
    exchange.offer(b"new", "report")
    exchange.move(delete=True)
    (exchange.here / "in/Report").hardlink_to(exchange.here / "in/report")
    assert not exchange.move(delete=True).changed


@both_ways
def test_what_is_spelled_otherwise_where_case_matters_is_removed(start: Start, way: Way) -> None:
    exchange = start(way=way)
    exchange.offer(b"new", "sub/a")
    for name in ("Sub/a", "sub/A"):
        exchange.lies_there(b"old", name)
    exchange.move(delete=True)
    assert exchange.arrived() == {"sub/a": b"new"}


def test_what_a_server_calls_otherwise_is_not_removed(start: Start) -> None:
    """Some of them leave out a dot at the end."""
    lines = ["type=file;size=3;modify=20010909014640; a"]
    exchange = start(listing=lambda folder: lines if folder == "/in" else [])
    exchange.lies_there(b"new", "a")
    exchange.offer(b"new", "a.")
    with pytest.raises(TaskError, match=r"/in does not list a\., which was sent there"):
        exchange.move(delete=True)
    assert not exchange.server.heard("DELE")


FAILURES: Mapping[str, Action] = {
    "refused": reply("550 No"),
    "disk full": reply("452 Full"),
    "lost": lose,
    "data cut": cut_data,
    "control closed": hang_up,
}


@both_ways
@pytest.mark.parametrize("how", FAILURES.values(), ids=FAILURES)
def test_nothing_goes_before_all_has_arrived(start: Start, way: Way, how: Action) -> None:
    exchange = mirroring(start, Fault(MOVE, how, at=0, times=ALWAYS), way=way)
    with pytest.raises(TaskError):
        exchange.move(delete=True, retries=0)
    assert exchange.arrived()["gone"] == b"old"


REFUSALS: Mapping[str, Fault] = {
    "refused": Fault("MLSD", reply("550 No such folder"), times=ALWAYS, about="/out"),
    "not now": Fault("MLSD", reply("450 Busy"), times=ALWAYS, about="/out"),
    "cut": Fault("MLSD", cut_control, times=ALWAYS, about="/out"),
}


@pytest.mark.parametrize("fault", REFUSALS.values(), ids=REFUSALS)
def test_nothing_goes_here_if_the_server_does_not_list(start: Start, fault: Fault) -> None:
    exchange = mirroring(start, fault, way="down")
    with pytest.raises(TaskError):
        exchange.move(delete=True, retries=0)
    assert exchange.arrived() == {"gone": b"old"}


def test_a_folder_that_is_not_listed_takes_nothing_away_from_its_copy(start: Start) -> None:
    """Half a source is no source: what lies in the copy of that folder may be all there is."""
    exchange = mirroring(start, Fault("MLSD", reply("550 No"), about="/out/sub"), way="down")
    exchange.offer(b"inside", "sub/b")
    write(exchange.here / "in/sub/c", b"precious")
    with pytest.raises(TaskError, match="cannot list /out/sub"):
        exchange.move(delete=True)
    assert exchange.arrived() == {"gone": b"old", "sub/c": b"precious"}


def test_what_cannot_be_removed_on_the_server_is_told(start: Start) -> None:
    exchange = mirroring(start, Fault("DELE", reply("550 No"), times=ALWAYS), way="up")
    with pytest.raises(TaskError, match=r"cannot delete /in/gone .*550 No"):
        exchange.move(delete=True)
    assert exchange.arrived() == {"a": b"new", "gone": b"old"}


@pytest.mark.parametrize("how", [reply("450 Busy"), cut_control], ids=["450", "cut"])
def test_a_removal_that_fails_for_now_is_tried_again(start: Start, how: Action) -> None:
    exchange = mirroring(start, Fault("DELE", how, about="gone"), way="up")
    exchange.move(delete=True)
    assert exchange.arrived() == {"a": b"new"}


def test_a_removal_whose_reply_is_lost_is_done(start: Start) -> None:
    exchange = mirroring(start, Fault("DELE", cut_control, at=END), way="up")
    exchange.move(delete=True)
    assert exchange.arrived() == {"a": b"new"}


# Names that lead out


DOTS = [".", ".."]
ELSEWHERE = ["../elsewhere", "/elsewhere/precious", "sub/x", "C:\\x"]


@pytest.mark.parametrize("name", [*DOTS, *ELSEWHERE])
@pytest.mark.parametrize("kind", ["file", "dir"])
def test_no_name_that_a_server_lists_removes_anything_outside_of_dest(
    start: Start, name: str, kind: str
) -> None:
    def listing(folder: str) -> list[str]:
        return [f"type={kind};size=1; {name}"] if folder == "/in" else []

    exchange = mirroring(start, way="up", listing=listing)
    exchange.tree.put("/elsewhere/precious")
    before = exchange.tree.files
    with suppress(TaskError):
        exchange.move(delete=True)
    assert before.items() <= exchange.tree.files.items()
    assert exchange.server.heard("DELE") == exchange.server.heard("RMD") == []


@pytest.mark.parametrize("name", ELSEWHERE)
def test_neither_does_it_remove_anything_here(start: Start, tmp_path: Path, name: str) -> None:
    def listing(_folder: str) -> list[str]:
        return [f"type=file;size=1; {name}", "type=file;size=3; a"]

    exchange = mirroring(start, way="down", listing=listing)
    kept = write(tmp_path / "elsewhere/precious")
    with pytest.raises(TaskError, match=r"the server names a file .*: no local file may be"):
        exchange.move(delete=True)
    assert kept.exists()
    assert exchange.arrived() == {"gone": b"old"}


@pytest.mark.parametrize("name", DOTS)
def test_the_folder_itself_and_the_one_above_are_nothing_to_fetch(start: Start, name: str) -> None:
    def listing(_folder: str) -> list[str]:
        return [f"type=dir; {name}", f"type=file;size=3; {name}", "type=file;size=3; a"]

    exchange = mirroring(start, way="down", listing=listing)
    exchange.move(delete=True)
    assert exchange.arrived() == {"a": b"new"}
