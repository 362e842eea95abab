"""After a transfer broke: what is moved again, what is proved, and what becomes of the original."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ftp_exchange import DATA, HALF, MOVE, Start, Way, both_ways
from ftp_faults import ALWAYS, OLD, Action, Fault, Refused, Session, corrupt, lose, reply
from opsplay.runner.task import TaskError
from opsplay.tasks.ftp_transfer import Move

# Going on where it broke


@both_ways
@pytest.mark.parametrize("how", [reply("426 Aborted"), reply("421 Going down")], ids=["426", "421"])
def test_what_has_arrived_is_not_moved_again(start: Start, way: Way, how: Action) -> None:
    exchange = start(Fault(MOVE, how, at=HALF), way=way)
    exchange.offer(DATA)
    exchange.move()
    assert exchange.arrived() == {"a": DATA}
    offsets = exchange.server.heard("REST")
    assert 0 < int(offsets[-1]) <= HALF


@both_ways
def test_everything_is_moved_again_without_resume(start: Start, way: Way) -> None:
    exchange = start(Fault(MOVE, reply("426 Aborted"), at=HALF), way=way)
    exchange.offer(DATA)
    exchange.move(resume=False)
    assert exchange.arrived() == {"a": DATA}
    assert exchange.server.heard("REST") == []


@both_ways
@pytest.mark.parametrize("refusal", ["501 No", "502 Not implemented", "350 Ignored"])
def test_a_server_that_cannot_go_on_gets_all_again(start: Start, way: Way, refusal: str) -> None:
    faults = [Fault(MOVE, reply("426 Aborted"), at=HALF), Fault("REST", reply(refusal))]
    exchange = start(*faults, way=way)
    exchange.offer(DATA)
    exchange.move()
    assert exchange.arrived() == {"a": DATA}


def test_an_upload_goes_on_with_appe_where_stor_may_not(start: Start) -> None:
    exchange = start(Fault("STOR", reply("426 Aborted"), at=HALF), restarts_uploads=False)
    exchange.offer(DATA)
    exchange.move()
    assert exchange.arrived() == {"a": DATA}


def test_a_download_whose_original_changed_meanwhile_begins_anew(start: Start) -> None:
    def change(session: Session) -> None:
        session.tree.put("/out/a", DATA[::-1], mtime=OLD + 1)
        raise Refused("426 Aborted")

    exchange = start(Fault("RETR", change, at=HALF), way="down")
    exchange.offer(DATA)
    exchange.move()
    assert exchange.arrived() == {"a": DATA[::-1]}


def test_an_upload_goes_on_only_where_the_server_has_as_much_as_was_sent(start: Start) -> None:
    """A part that grew meanwhile is somebody else's."""

    def spoil(session: Session) -> None:
        session.tree.file(session.absolute(exchange.server.heard("STOR")[-1])).data += b"more"
        raise Refused("426 Aborted")

    exchange = start(Fault("STOR", spoil, at=len(DATA)))
    exchange.offer(DATA)
    exchange.move()
    assert exchange.arrived() == {"a": DATA}


@both_ways
def test_without_atomic_a_file_is_whole_in_the_end(start: Start, way: Way) -> None:
    exchange = start(Fault(MOVE, reply("426 Aborted"), at=HALF), way=way)
    exchange.offer(DATA)
    exchange.move(**({"atomic": False} if way == "up" else {}))
    assert exchange.arrived() == {"a": DATA}


# What is done with the original


@both_ways
@pytest.mark.parametrize("after", ["delete", Move(move="done")], ids=["delete", "move"])
def test_the_original_stays_where_it_is_if_the_copy_is_cut_short(
    start: Start, way: Way, after: object
) -> None:
    exchange = start(Fault(MOVE, lose, at=HALF, times=ALWAYS), way=way)
    exchange.offer(DATA)
    with pytest.raises(TaskError, match=f"{HALF} of the"):
        exchange.move(after=after, retries=0)
    assert exchange.offered() == {"a": DATA}


@both_ways
def test_the_original_stays_if_nothing_proves_the_copy(start: Start, way: Way) -> None:
    exchange = start(way=way, without=frozenset({"SIZE", "MLST", "MLSD", "LIST"}))
    exchange.offer(DATA)
    exchange.move(after="delete", **ONE[way])
    assert exchange.offered() == {"a": DATA}
    assert exchange.arrived() == {"a": DATA}


ONE: Mapping[Way, dict[str, str]] = {
    "up": {"src": "out/a", "dest": "/in/a"},
    "down": {"src": "/out/a", "dest": "in/a"},
}


# Bytes that change on their way


@both_ways
@pytest.mark.parametrize("proof", ["checksum", "readback"])
def test_bytes_that_changed_on_their_way_are_moved_again(
    start: Start, way: Way, proof: str
) -> None:
    exchange = start(Fault(MOVE, corrupt, at=HALF), way=way)
    exchange.offer(DATA)
    exchange.move(verify_transfer=proof)
    assert exchange.arrived() == {"a": DATA}


@both_ways
def test_bytes_that_always_change_on_their_way_are_no_success(start: Start, way: Way) -> None:
    exchange = start(Fault(MOVE, corrupt, at=HALF, times=ALWAYS), way=way)
    exchange.offer(DATA)
    with pytest.raises(TaskError, match=r"its sha256 is .* in place of"):
        exchange.move(verify_transfer="checksum")
    assert "a" not in exchange.arrived()
