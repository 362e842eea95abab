"""Many small files that come to two processes: what the second does not do the first one does."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from socket import socketpair
from typing import Any

import pytest

from ftp_exchange import SILENCE, Exchange, Start
from ftp_faults import ALWAYS, END, OLD, Fault, Session, cut_control, cut_data, lose, reply, stall
from ftp_second import Second
from opsplay.runner.dataclasses import replace
from opsplay.runner.task import Cancelled
from opsplay.tasks import ftp_beside, ftp_second_process, ftp_site
from opsplay.tasks.servers.certificate import Certificate

FILES = {f"{number:03}": f"{number:03}".encode() * 50 for number in range(200)}


@pytest.fixture(name="second", autouse=True)
def _second(monkeypatch: pytest.MonkeyPatch) -> Second:
    return Second(monkeypatch)


@pytest.fixture(name="offering")
def _offering(start: Start, second: Second) -> Start:
    """Start a server that does not let the first process do all before the second has begun."""

    def offering(*faults: Fault, **options: Any) -> Exchange:
        def wait(_: Session) -> None:
            while not is_at_work(exchange) and not second.has_ended():
                threading.Event().wait(0.01)

        exchange = start(*faults, Fault("RETR", wait, about="/000"), way="down", **options)
        exchange.offer_all(FILES)
        return exchange

    return offering


def is_at_work(exchange: Exchange) -> bool:
    heard = exchange.server.commands
    return any(each.verb == "RETR" and each.session > 1 for each in heard)


def in_the_second(do: Callable[[Session], None]) -> Callable[[Session], None]:
    """Let a fault happen once, to a session of the second process."""
    left = [do]

    def act(session: Session) -> None:
        if session.number > 1 and left:
            left.pop()(session)

    return act


def test_each_fetches_a_part(offering: Start, second: Second) -> None:
    exchange = offering()
    result = exchange.move(connections=2)
    assert exchange.arrived() == FILES
    assert set() < set(second.fetched) < FILES.keys()
    assert [process.returncode for process in second.processes] == [0]
    files = result.data["files"]
    assert isinstance(files, list)
    assert {file["attempts"] for file in files if file["type"] == "file"} == {1}
    assert {(exchange.here / "in" / name).stat().st_mtime for name in FILES} == {OLD}


@pytest.mark.parametrize("implicit", [True, False], ids=["implicit", "explicit"])
def test_over_tls_too(
    offering: Start, second: Second, certificate: Certificate, *, implicit: bool
) -> None:
    exchange = offering(certificate=certificate, implicit=implicit, reuse_required=True)
    tls = "implicit" if implicit else "explicit"
    exchange.move(connections=4, tls=tls, ca_file=str(certificate.ca_file))
    assert exchange.arrived() == FILES
    assert second.fetched


def test_four_sessions_are_shared(offering: Start) -> None:
    exchange = offering()
    exchange.move(connections=4)
    assert exchange.arrived() == FILES
    assert {heard.session for heard in exchange.server.commands} == {1, 2, 3, 4}


PASSING: Mapping[str, Fault] = {
    "one is refused for now": Fault("RETR", reply("450 Busy")),
    "one is cut": Fault("RETR", cut_data, at=100),
    "one gets lost on the way": Fault("RETR", lose, at=100),
    "the end of one is told to be bad": Fault("RETR", reply("451 Disk"), at=END),
    "the connection is cut within one": Fault("RETR", cut_control, at=100),
    "the connection is cut after one": Fault("RETR", cut_control, at=END),
    "the server leaves before one": Fault("RETR", reply("421 Going down")),
    "no data connection": Fault("PASV", reply("425 No port")),
}


@pytest.mark.parametrize("connections", [2, 4])
@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_all_come_whatever_passes(offering: Start, fault: Fault, connections: int) -> None:
    exchange = offering(replace(fault, do=in_the_second(fault.do), times=ALWAYS))
    exchange.move(connections=connections)
    assert exchange.arrived() == FILES


def test_one_that_stalls_is_fetched_by_the_first(offering: Start) -> None:
    exchange = offering(Fault("RETR", in_the_second(stall), at=100, times=ALWAYS))
    exchange.move(connections=2, **SILENCE)
    assert exchange.arrived() == FILES


def test_a_group_may_take_longer_than_a_reply(offering: Start, second: Second) -> None:
    def linger(session: Session) -> None:
        if session.number > 1:
            threading.Event().wait(0.1)

    exchange = offering(Fault("RETR", linger, at=END, times=ALWAYS))
    exchange.move(connections=2, timeout=1.5)
    assert exchange.arrived() == FILES
    assert [process.returncode for process in second.processes] == [0]


def test_one_that_changes_meanwhile_is_fetched_anew(offering: Start) -> None:
    def change(session: Session) -> None:
        heard = [each for each in exchange.server.commands if each.session == session.number]
        changed.append(heard[-1].argument)
        exchange.tree.put(changed[0], b"changed", mtime=OLD + 60)

    changed: list[str] = []
    exchange = offering(Fault("RETR", in_the_second(change), at=END, times=ALWAYS))
    exchange.move(connections=2)
    assert exchange.arrived() == {**FILES, Path(changed[0]).name: b"changed"}


@pytest.mark.parametrize("too_many", ["421 Too many connections", "530 Too many connections"])
@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_server_may_let_in_fewer_sessions(start: Start, most: int, too_many: str) -> None:
    exchange = start(way="down", most_sessions=most, too_many=too_many)
    exchange.offer_all(FILES)
    exchange.move(connections=4)
    assert exchange.arrived() == FILES


def test_a_session_that_nobody_greets_is_done_without(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(session: Session) -> None:
        if session.number > 1:
            stall(session)

    monkeypatch.setattr(ftp_site, "_PATIENCE", 0.2)
    exchange = start(Fault("CONNECT", silent, times=ALWAYS), way="down")
    exchange.offer_all(FILES)
    exchange.move(connections=2, timeout=600)
    assert exchange.arrived() == FILES


def test_a_process_that_is_killed_is_done_without(offering: Start, second: Second) -> None:
    exchange = offering(Fault("RETR", in_the_second(lambda _: second.kill()), at=100, times=ALWAYS))
    exchange.move(connections=4)
    assert exchange.arrived() == FILES
    assert [process.returncode for process in second.processes] == [-9]


def test_one_that_cannot_be_started_is_done_without(
    start: Start, second: Second, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    exchange = start(way="down")
    exchange.offer(b"1", "a")
    exchange.offer(b"2", "b")
    exchange.move(connections=2)
    assert exchange.arrived() == {"a": b"1", "b": b"2"}
    assert not second.processes


def test_there_are_no_more_of_them_than_processors(
    start: Start, second: Second, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ftp_beside, "_FREE", threading.Semaphore(0))
    exchange = start(way="down")
    exchange.offer(b"1", "a")
    exchange.offer(b"2", "b")
    exchange.move(connections=2)
    assert exchange.arrived() == {"a": b"1", "b": b"2"}
    assert not second.processes


def test_who_stops_waits_for_nobody(offering: Start, second: Second) -> None:
    def stop(session: Session) -> None:
        exchange.ctx.cancellation.cancel()
        stall(session)

    exchange = offering(Fault("RETR", in_the_second(stop), at=100, times=ALWAYS))
    with pytest.raises(Cancelled):
        exchange.move(connections=2, timeout=600)
    assert [process.returncode for process in second.processes] == [-9]


def test_what_is_limited_comes_to_one(start: Start, second: Second) -> None:
    exchange = start(way="down")
    exchange.offer(b"1", "a")
    exchange.offer(b"2", "b")
    exchange.move(connections=2, limit_rate="1M")
    assert not second.processes


def test_no_secret_is_an_argument(offering: Start, second: Second) -> None:
    said: list[object] = []

    def look(_: Session) -> None:
        process = Path(f"/proc/{second.processes[0].pid}")
        said.append((process / "cmdline").read_text() + (process / "environ").read_text())

    offering(Fault("RETR", in_the_second(look), times=ALWAYS)).move(connections=2)
    assert said
    assert "geheim" not in str(said)


def test_it_ends_with_whoever_has_started_it() -> None:
    here, there = socketpair()
    with here, there:
        process = subprocess.Popen(
            [sys.executable, "-m", ftp_second_process.__name__, str(there.fileno())],
            stdin=subprocess.PIPE,
            pass_fds=[there.fileno()],
        )
        assert process.stdin
        process.stdin.close()
        assert process.wait(60) == 1
