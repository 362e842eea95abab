"""Two runs that move the same files at once: the second finds done what it was about to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ftp_exchange import DATA, Exchange
from ftp_faults import END, Fault, Refused, Session
from opsplay.tasks.clients.part_names import owner

Start = Callable[..., Exchange]


def is_named_already(session: Session) -> None:
    """Let the other run give the file its name."""
    for path in session.tree.files:
        if owner("a") in path:
            session.tree.move(path, "/in/a")
    raise Refused("550 No such file")


@pytest.mark.parametrize("names", ["a", "abc"], ids=["one file", "several"])
def test_a_file_that_another_run_has_named_is_there(start: Start, names: str) -> None:
    exchange = start(Fault("RNFR", is_named_already, about=owner("a")))
    for name in names:
        exchange.offer(DATA, name)
    exchange.upload()
    assert exchange.arrived() == dict.fromkeys(names, DATA)
    assert exchange.attempts() == len(names)


def test_what_one_run_sends_of_a_small_file_no_other_writes_to(start: Start) -> None:
    exchange = start()
    exchange.offer(b"small")
    for _ in range(2):
        exchange.upload()
        exchange.server.tree.remove("/in/a")
    first, second = exchange.server.heard("STOR")
    assert first != second


def part(here: Path) -> Path:
    [found] = (here / "in").glob(".opsplay-*")
    return found


def test_a_file_that_another_run_has_named_is_here(start: Start) -> None:
    def is_named(_: Session) -> None:
        part(exchange.here).rename(exchange.here / "in/a")

    exchange = start(Fault("RETR", is_named, at=END), way="down")
    exchange.offer(DATA)
    exchange.download()
    assert exchange.arrived() == {"a": DATA}
    assert exchange.attempts() == 1


def test_a_file_that_another_run_has_taken_away_is_fetched_again(start: Start) -> None:
    def is_taken(_: Session) -> None:
        part(exchange.here).unlink()

    exchange = start(Fault("RETR", is_taken, at=END), way="down")
    exchange.offer(DATA)
    exchange.download()
    assert exchange.arrived() == {"a": DATA}
    assert exchange.attempts() == 2
