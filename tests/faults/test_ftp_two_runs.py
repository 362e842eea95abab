"""Two runs that move the same files at once: the second finds done what it was about to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftp_exchange import DATA, Start
from ftp_faults import END, Fault, Refused, Session, reply
from opsplay.runner.task import TaskError
from opsplay.tasks.clients.part_names import owner, part_name
from opsplay.tasks.reading import reading

LARGE = 2 * DATA
"""More than is sent anew without a look at what is there."""


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


def test_a_folder_that_another_run_has_just_made_is_listed_once_more(start: Start) -> None:
    exchange = start(Fault("MLSD", reply("550 No such folder"), about="/in"))
    exchange.offer()
    exchange.lies_there(b"old", "gone")
    exchange.move(delete=True)
    assert exchange.arrived() == {"a": DATA}


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
def test_what_another_run_has_taken_over_is_sent_again(start: Start, data: bytes) -> None:
    def is_taken(session: Session) -> None:
        [part] = session.tree.files
        session.tree.remove(part)
        raise Refused("550 No such file")

    exchange = start(Fault("RNFR", is_taken))
    exchange.offer(data)
    exchange.upload()
    assert exchange.arrived() == {"a": data}
    assert exchange.attempts() == 2


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
def test_what_one_run_sends_no_other_writes_to(start: Start, data: bytes) -> None:
    exchange = start()
    exchange.offer(data)
    for _ in range(2):
        exchange.upload()
        exchange.server.tree.remove("/in/a")
    first, second = exchange.server.heard("STOR")
    assert first != second


def test_what_dead_runs_have_left_of_a_file_goes_before_it_has_its_name(start: Start) -> None:
    def die(session: Session) -> None:
        found.extend(session.tree.files)
        raise Refused("550 No such file")

    found: list[str] = []
    exchange = start(Fault("RNTO", die))
    exchange.offer(b"small")
    exchange.tree.put(part_name("/in/a", "another version", "0a"), b"sma")
    with pytest.raises(TaskError):
        exchange.upload(src="out/a", dest="/in/a", retries=0)
    [ours] = found
    assert exchange.server.heard("STOR") == [ours]


@pytest.mark.parametrize("names", ["a", "abc"], ids=["one file", "several"])
def test_what_another_run_is_sending_just_now_is_left_to_it(start: Start, names: str) -> None:
    def grow(session: Session) -> None:
        session.tree.put(others, LARGE[:300_000] + b"more")

    exchange = start(Fault("SIZE", grow, about=owner("a")))
    for name in names:
        exchange.offer(LARGE, name)
    with reading(str(exchange.here / "out/a")) as here:
        others = part_name("/in/a", here.version, "0a")
    exchange.tree.put(others, LARGE[:300_000])
    exchange.upload()
    files = dict(exchange.tree.files)
    assert files.pop(others) == LARGE[:300_000] + b"more"
    assert files == {f"/in/{name}": LARGE for name in names}


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
