"""Files on a server that change while they are fetched are fetched once more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ftp_exchange import Exchange, Start
from ftp_faults import ALWAYS, END, OLD, Fault, Session, reply
from opsplay.runner.task import TaskError


def changing(data: bytes, mtime: float = OLD + 10) -> Callable[[Session], None]:
    return lambda session: _put(session, data, mtime)


def _put(session: Session, data: bytes, mtime: float) -> None:
    session.tree.put("/out/0", data, mtime)


def offering(start: Start, fault: Fault, count: int, *without: str) -> Exchange:
    exchange = start(fault, way="down", without=frozenset(without))
    for number in range(count):
        exchange.offer(b"old", str(number))
    return exchange


few_and_many = pytest.mark.parametrize("count", [1, 10])
"""Few are asked for by name, of many the folder is listed."""


@few_and_many
@pytest.mark.parametrize("without", [[], ["MLST"]], ids=str)
@pytest.mark.parametrize("data", [b"longer", b"new"])
def test_a_file_that_changed_is_fetched_once_more(
    start: Start, count: int, without: list[str], data: bytes
) -> None:
    exchange = offering(start, Fault("RETR", changing(data), at=END, about="/0"), count, *without)
    exchange.move()
    assert exchange.arrived()["0"] == data
    assert exchange.server.heard("RETR").count("/out/1") == (count > 1)


@few_and_many
def test_a_file_that_goes_meanwhile_has_been_fetched_in_time(start: Start, count: int) -> None:
    exchange = offering(
        start, Fault("RETR", lambda session: session.tree.remove("/out/0"), at=END), count
    )
    exchange.move()
    assert exchange.arrived() == {str(number): b"old" for number in range(count)}


def test_a_file_that_goes_on_changing_is_told(start: Start) -> None:
    times = iter(range(OLD + 1, OLD + 100))
    exchange = offering(
        start,
        Fault("RETR", lambda session: _put(session, b"x", next(times)), at=END, times=ALWAYS),
        1,
    )
    with pytest.raises(TaskError, match=r"/out/0 goes on changing on the server .*ftp_wait"):
        exchange.move()
    assert exchange.attempts() == 4  # once, and with two retries


@pytest.mark.parametrize("verb", ["MLST", "MLSD"])
def test_a_look_that_is_refused_for_now_is_taken_again(start: Start, verb: str) -> None:
    exchange = offering(start, Fault(verb, reply("450 Busy"), times=2), 10)
    exchange.move()
    assert len(exchange.arrived()) == 10


def test_many_files_are_looked_at_in_the_listing_of_their_folder(start: Start) -> None:
    exchange = offering(start, Fault("RETR", reply("450 Busy")), 10)
    exchange.move()
    assert exchange.server.heard("MLSD") == ["/out", "/out"]
    assert len(exchange.server.heard("MLST")) < 5


def test_files_that_stay_as_they_are_are_fetched_once(start: Start) -> None:
    exchange = offering(start, Fault("RETR", reply("450 Busy")), 10)
    exchange.move()
    assert exchange.attempts() == 11


def test_where_listings_tell_no_seconds_small_files_are_looked_at_as_soon_as_they_are_here(
    start: Start,
) -> None:
    exchange = start(way="down", without=frozenset(["MLST"]))
    for number in range(10):
        exchange.offer(b"data", str(number))
    exchange.move()
    assert len(exchange.server.heard("LIST")) == 1
    assert exchange.server.heard("MDTM").count("/out/5") == 2
