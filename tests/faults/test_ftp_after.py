"""Files that are filed away on a server that fails meanwhile: none is lost, none is overwritten."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ftp_exchange import Exchange, Start
from ftp_faults import ALWAYS, BEFORE, END, Fault, Session, cut_control, reply
from opsplay.runner.task import TaskError
from opsplay.tasks.ftp_transfer import Move

FILES = {name: name.encode() for name in "abcde"}
DONE = Move(move="/done")

PASSING: Mapping[str, Fault] = {
    "cut before a name": Fault("RNTO", cut_control, about="/done/c"),
    "cut after a name": Fault("RNTO", cut_control, at=END, about="/done/c"),
    "cut before the first": Fault("RNFR", cut_control, about="/out/a"),
    "cut after the last": Fault("RNTO", cut_control, at=END, about="/done/e"),
    "one not now": Fault("RNTO", reply("450 Busy"), times=2, about="/done/c"),
    "going down": Fault("RNFR", reply("421 Going down"), about="/out/c"),
    "the folder is not made at once": Fault("MKD", reply("450 Busy")),
}


def offering(start: Start, *faults: Fault) -> Exchange:
    exchange = start(*faults, way="down")
    exchange.offer_all(FILES)
    return exchange


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_all_are_moved_whatever_passes(start: Start, fault: Fault) -> None:
    exchange = offering(start, fault)
    exchange.move(after=DONE)
    assert exchange.arrived() == FILES
    assert exchange.tree.files == {f"/done/{name}": data for name, data in FILES.items()}


@pytest.mark.parametrize("at", [BEFORE, END], ids=["before", "after"])
def test_all_are_deleted_though_the_connection_is_cut(start: Start, at: int) -> None:
    exchange = offering(start, Fault("DELE", cut_control, at=at, about="/out/c"))
    exchange.move(after="delete")
    assert exchange.arrived() == FILES
    assert exchange.tree.files == {}


def test_a_file_that_came_anew_meanwhile_is_not_moved_unfetched(start: Start) -> None:
    def cut_and_send_anew(session: Session) -> None:
        session.tree.put("/out/a", b"came later")
        cut_control(session)

    exchange = offering(start, Fault("RNTO", cut_and_send_anew, about="/done/c"))
    exchange.move(after=DONE)
    assert exchange.tree.files["/out/a"] == b"came later"
    assert exchange.tree.files["/done/a"] == b"a"


@pytest.mark.parametrize("after", ["delete", DONE], ids=["delete", "move"])
def test_what_may_not_be_filed_away_is_told_and_the_copies_stay(
    start: Start, after: object
) -> None:
    faults = [
        Fault(verb, reply("550 No"), times=ALWAYS, about="/out/c") for verb in ("DELE", "RNFR")
    ]
    exchange = offering(start, *faults)
    with pytest.raises(TaskError, match=r"cannot (delete|rename) /out/c .*550 No"):
        exchange.move(after=after)
    assert exchange.arrived() == FILES
    assert exchange.tree.files["/out/c"] == b"c"


def test_the_next_run_files_away_what_is_left(start: Start) -> None:
    exchange = offering(start, Fault("RNTO", reply("550 No"), times=2, about="/done/c"))
    with pytest.raises(TaskError):
        exchange.move(after=DONE)
    exchange.move(after=DONE)
    assert exchange.tree.files == {f"/done/{name}": data for name, data in FILES.items()}
