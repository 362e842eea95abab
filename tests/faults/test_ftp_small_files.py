"""Many small files that share their packets: what does not go as it should is done one by one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from file_trees import write
from ftp_exchange import MOVE, SILENCE, SMALL_FILES, Start, Way, both_ways, offering
from ftp_faults import (
    ALWAYS,
    END,
    OLD,
    Fault,
    Session,
    cut_control,
    cut_data,
    lose,
    no_mark,
    reply,
    stall,
)
from opsplay.runner.task import TaskError
from opsplay.tasks import ftp_fetching_together, ftp_site
from opsplay.tasks.clients.part_names import owner, owner_of_part
from opsplay.tasks.reading import BLOCK
from opsplay.tasks.servers.certificate import Certificate

FIFTH = owner("05")
"""Part of the temporary name of this file."""


def test_they_arrive_with_their_times(start: Start) -> None:
    exchange = offering(start)
    exchange.move()
    assert exchange.arrived() == SMALL_FILES
    assert {exchange.server.tree.file(f"/in/{name}").mtime for name in SMALL_FILES} == {OLD}


def test_each_is_told_with_one_attempt(start: Start) -> None:
    files = offering(start).move().data["files"]
    assert isinstance(files, list)
    assert {file["attempts"] for file in files if file["type"] == "file"} == {1}


PASSING: Mapping[str, Fault] = {
    "one is refused for now": Fault("STOR", reply("450 Busy"), about=FIFTH),
    "one is cut": Fault("STOR", cut_data, at=100, about=FIFTH),
    "one gets lost on the way": Fault("STOR", lose, at=100, about=FIFTH),
    "the end of one is told to be bad": Fault("STOR", reply("451 Disk"), at=END, about=FIFTH),
    "the connection is cut within one": Fault("STOR", cut_control, at=100, about=FIFTH),
    "the connection is cut before the times": Fault("MFMT", cut_control, about=FIFTH),
    "the connection is cut before the sizes": Fault("SIZE", cut_control, about=FIFTH),
    "the connection is cut before the names": Fault("RNFR", cut_control, about=FIFTH),
    "the connection is cut after a name": Fault("RNTO", cut_control, at=END, about="05"),
    "the server leaves before a name": Fault("RNTO", reply("421 Going down"), about="05"),
    "a size is wrong": Fault("SIZE", reply("213 5"), about=FIFTH),
    "a size is not told": Fault("SIZE", reply("550 No"), about=FIFTH),
    "a name is refused for now": Fault("RNTO", reply("450 Busy"), about="05"),
    "one may not be renamed just now": Fault("RNFR", reply("450 Busy"), about=FIFTH),
    "a time cannot be set": Fault("MFMT", reply("550 No"), about=FIFTH),
}


over_one_and_four = pytest.mark.parametrize("connections", [1, 4])


@over_one_and_four
@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_all_arrive_whatever_passes(start: Start, fault: Fault, connections: int) -> None:
    exchange = offering(start, fault)
    exchange.move(connections=connections)
    assert exchange.arrived() == SMALL_FILES
    assert set(exchange.server.tree.files) == {f"/in/{name}" for name in SMALL_FILES}


PASSING_DOWN: Mapping[str, Fault] = {
    "one is refused for now": Fault("RETR", reply("450 Busy"), about="/05"),
    "one is cut": Fault("RETR", cut_data, at=100, about="/05"),
    "one is cut before its first byte": Fault("RETR", cut_data, at=0, about="/05"),
    "one gets lost on the way": Fault("RETR", lose, at=100, about="/05"),
    "the end of one is told to be bad": Fault("RETR", reply("451 Disk"), at=END, about="/05"),
    "the beginning of one is not told": Fault("RETR", no_mark, about="/05"),
    "the connection is cut within one": Fault("RETR", cut_control, at=100, about="/05"),
    "the connection is cut before one": Fault("RETR", cut_control, about="/05"),
    "the connection is cut after one": Fault("RETR", cut_control, at=END, about="/05"),
    "the server leaves before one": Fault("RETR", reply("421 Going down"), about="/05"),
    "no data connection": Fault("PASV", reply("425 No port")),
}


@over_one_and_four
@pytest.mark.parametrize("fault", PASSING_DOWN.values(), ids=PASSING_DOWN)
def test_all_come_whatever_passes(start: Start, fault: Fault, connections: int) -> None:
    exchange = offering(start, fault, way="down")
    exchange.move(connections=connections)
    assert exchange.arrived() == SMALL_FILES


# A server that is known to read one command after another is told of the next file with each

IN_ORDER = {"greeting": "220 (vsFTPd 3.0.3)"}


@over_one_and_four
@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_in_order_all_arrive_whatever_passes(start: Start, fault: Fault, connections: int) -> None:
    exchange = offering(start, fault, **IN_ORDER)
    exchange.move(connections=connections)
    assert exchange.arrived() == SMALL_FILES
    assert set(exchange.server.tree.files) == {f"/in/{name}" for name in SMALL_FILES}


@over_one_and_four
@pytest.mark.parametrize("fault", PASSING_DOWN.values(), ids=PASSING_DOWN)
def test_in_order_all_come_whatever_passes(start: Start, fault: Fault, connections: int) -> None:
    exchange = offering(start, fault, way="down", **IN_ORDER)
    exchange.move(connections=connections)
    assert exchange.arrived() == SMALL_FILES


@both_ways
@pytest.mark.parametrize("greeting", ["220 Hello", IN_ORDER["greeting"]])
def test_a_data_connection_is_asked_for_once_a_file(start: Start, way: Way, greeting: str) -> None:
    exchange = offering(start, way=way, greeting=greeting)
    exchange.move(connections=1)
    moved = len(exchange.server.heard("STOR") + exchange.server.heard("RETR"))
    listed = len(exchange.server.heard("MLSD"))
    assert moved == len(SMALL_FILES)
    assert len(exchange.server.heard("PASV")) == moved + listed


# Over TLS


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_over_tls_all_arrive_whatever_passes(
    start: Start, certificate: Certificate, fault: Fault
) -> None:
    exchange = offering(start, fault, certificate=certificate)
    exchange.move(connections=4, tls="explicit", ca_file=str(certificate.ca_file))
    assert exchange.arrived() == SMALL_FILES
    assert set(exchange.server.tree.files) == {f"/in/{name}" for name in SMALL_FILES}


@pytest.mark.parametrize("fault", PASSING_DOWN.values(), ids=PASSING_DOWN)
def test_over_tls_all_come_whatever_passes(
    start: Start, certificate: Certificate, fault: Fault
) -> None:
    exchange = offering(start, fault, way="down", certificate=certificate)
    exchange.move(connections=4, tls="explicit", ca_file=str(certificate.ca_file))
    assert exchange.arrived() == SMALL_FILES


def test_few_files_are_open_at_a_time(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many hosts and sessions there are: a process may not have many."""
    seen: list[int] = []

    def count(_: Session) -> None:
        names = (each.resolve().name for each in Path("/proc/self/fd").iterdir())
        seen.append(sum(owner_of_part(name) is not None for name in names))

    monkeypatch.setattr(ftp_fetching_together, "_MOST_OPEN", 4)
    exchange = offering(start, Fault("RETR", count, times=ALWAYS), way="down")
    exchange.move(connections=2)
    assert exchange.arrived() == SMALL_FILES
    assert 1 < max(seen) <= 4


@both_ways
def test_one_that_stalls_does_not_hold_up_all(start: Start, way: Way) -> None:
    exchange = offering(
        start, Fault(MOVE, stall, at=100, about=FIFTH if way == "up" else "/05"), way=way
    )
    exchange.move(connections=4, **SILENCE)
    assert exchange.arrived() == SMALL_FILES


@both_ways
@pytest.mark.parametrize("silent", [2, 3])
def test_a_further_session_that_nobody_greets_is_done_without(
    start: Start, way: Way, silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_silent(session: Session) -> None:
        if session.number == silent:
            stall(session)

    monkeypatch.setattr(ftp_site, "_PATIENCE", 0.2)
    exchange = offering(start, Fault("CONNECT", is_silent, times=ALWAYS), way=way)
    exchange.move(connections=4, timeout=600)
    assert exchange.arrived() == SMALL_FILES


@over_one_and_four
@pytest.mark.parametrize("options", [{}, {"replaces": False}], ids=["replaces", "does not"])
def test_older_files_are_replaced(start: Start, options: dict[str, Any], connections: int) -> None:
    exchange = offering(start, **options)
    for name in SMALL_FILES:
        exchange.lies_there(b"old", name)
    assert exchange.move(connections=connections).data["replaced"] == len(SMALL_FILES)
    assert exchange.arrived() == SMALL_FILES


# Times that may not be set


@over_one_and_four
def test_a_server_that_sets_no_times_gets_each_file_once(start: Start, connections: int) -> None:
    no_times = [Fault(verb, reply("550 No"), times=ALWAYS) for verb in ("MFMT", "SITE")]
    exchange = offering(start, *no_times, without=frozenset({"MDTM"}))
    exchange.move(connections=connections)
    assert exchange.arrived() == SMALL_FILES
    assert exchange.attempts() == len(SMALL_FILES)


@over_one_and_four
@pytest.mark.parametrize("verify", ["size", "readback"])
def test_one_file_whose_time_cannot_be_set_is_sent_once_too(
    start: Start, connections: int, verify: str
) -> None:
    exchange = offering(start, Fault("MFMT", reply("550 No"), about=FIFTH, times=ALWAYS))
    exchange.move(connections=connections, verify_transfer=verify)
    assert exchange.arrived() == SMALL_FILES
    assert exchange.attempts() == len(SMALL_FILES)
    others = SMALL_FILES.keys() - {"05"}
    assert {exchange.server.tree.file(f"/in/{name}").mtime for name in others} == {OLD}


@over_one_and_four
def test_where_one_command_is_refused_another_sets_the_times(
    start: Start, connections: int
) -> None:
    exchange = offering(start, Fault("MFMT", reply("550 No"), times=ALWAYS))
    exchange.move(connections=connections)
    assert exchange.attempts() == len(SMALL_FILES)
    assert {exchange.server.tree.file(f"/in/{name}").mtime for name in SMALL_FILES} == {OLD}


@pytest.mark.parametrize("verb", ["MFMT", "SIZE"])
def test_a_server_may_know_less(start: Start, verb: str) -> None:
    exchange = offering(start, without=frozenset({verb, "MDTM"}))
    exchange.move()
    assert exchange.arrived() == SMALL_FILES


def test_large_files_among_them_arrive_too(start: Start) -> None:
    exchange = offering(start)
    large = bytes(range(256)) * (BLOCK // 100)
    exchange.offer(large, "15 large")
    exchange.move()
    assert exchange.arrived() == {**SMALL_FILES, "15 large": large}


@over_one_and_four
def test_one_that_changes_meanwhile_is_sent_anew(start: Start, connections: int) -> None:
    def change(session: Session) -> None:
        write(exchange.here / "out/05", b"changed")

    exchange = offering(start, Fault("STOR", change, at=END, about=FIFTH))
    exchange.move(connections=connections)
    assert exchange.arrived() == {**SMALL_FILES, "05": b"changed"}


def test_one_that_vanishes_is_told_and_the_others_arrive(start: Start) -> None:
    def vanish(session: Session) -> None:
        (exchange.here / "out/05").unlink()

    exchange = offering(start, Fault("STOR", vanish, about=owner("00")))
    with pytest.raises(TaskError, match=r"cannot read .*out/05: No such file") as caught:
        exchange.move()
    assert exchange.arrived() == {name: data for name, data in SMALL_FILES.items() if name != "05"}
    assert [each["path"] for each in failed(caught.value)] == ["/in/05"]


def failed(error: TaskError) -> list[dict[str, str]]:
    told = error.data["failed_files"]
    assert isinstance(told, list)
    return told


# What cannot be moved


@over_one_and_four
def test_those_that_are_refused_are_told_and_the_others_arrive(
    start: Start, connections: int
) -> None:
    refusal = reply("553 Name not allowed")
    exchange = offering(
        start,
        Fault("RNTO", refusal, times=ALWAYS, about="/in/05"),
        Fault("RNTO", refusal, times=ALWAYS, about="/in/17"),
    )
    with pytest.raises(TaskError, match=r"2 of 30 files failed:\n.*553 Name") as caught:
        exchange.move(connections=connections)
    left = {name: data for name, data in SMALL_FILES.items() if name not in ("05", "17")}
    assert exchange.arrived() == left
    told = failed(caught.value)
    assert sorted(each["path"] for each in told) == ["/in/05", "/in/17"]
    assert all("553 Name not allowed" in each["msg"] for each in told)


def test_of_those_that_cannot_be_fetched_the_first_are_told(start: Start) -> None:
    exchange = offering(
        start, Fault("RETR", reply("550 No"), times=ALWAYS, about="/out/0"), way="down"
    )
    with pytest.raises(TaskError, match="10 of 30 files failed:") as caught:
        exchange.move(connections=3)
    assert caught.value.msg.count("550 No") == 5
    assert caught.value.msg.endswith("and 5 more: see failed_files in the result")
    assert len(failed(caught.value)) == 10
    assert exchange.arrived() == {
        name: data for name, data in SMALL_FILES.items() if name[0] != "0"
    }


def test_a_full_disk_is_told_once(start: Start) -> None:
    exchange = offering(start, Fault("STOR", reply("452 No space left"), at=0, times=ALWAYS))
    with pytest.raises(TaskError, match="452 No space left") as caught:
        exchange.move()
    assert len(failed(caught.value)) == 1
    assert exchange.arrived() == {}
