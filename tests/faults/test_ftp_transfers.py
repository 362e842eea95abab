"""A transfer that breaks, both ways: what passes is tried again, what stays is told in words."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ftp_exchange import DATA, HALF, MOVE, SILENCE, Exchange, Start, Way, both_ways
from ftp_faults import (
    ALWAYS,
    END,
    Fault,
    cut_control,
    cut_data,
    hang_up,
    last_words,
    lose,
    no_mark,
    reply,
    stall,
)
from opsplay.runner.dataclasses import replace
from opsplay.runner.task import TaskError

PASSING: Mapping[str, Fault] = {
    "226 after half of the bytes": Fault(MOVE, lose, at=HALF),
    "226 without any bytes": Fault(MOVE, lose, at=0),
    "data connection cut at its beginning": Fault(MOVE, cut_data, at=0),
    "data connection cut": Fault(MOVE, cut_data, at=HALF),
    "data connection cut at the last byte": Fault(MOVE, cut_data, at=len(DATA)),
    "control connection cut before the transfer": Fault(MOVE, cut_control),
    "control connection cut during the transfer": Fault(MOVE, cut_control, at=HALF),
    "control connection cut after the transfer": Fault(MOVE, cut_control, at=END),
    "control connection closed, the data goes on": Fault(MOVE, hang_up, at=HALF),
    "control connection closed before the greeting": Fault("CONNECT", hang_up),
    "control connection cut at the login": Fault("PASS", cut_control),
    "421 as the greeting": Fault("CONNECT", reply("421 Too many clients")),
    "421 before": Fault(MOVE, reply("421 Going down")),
    "421 during": Fault(MOVE, reply("421 Going down"), at=HALF),
    "421 after": Fault(MOVE, reply("421 Going down"), at=END),
    "425": Fault(MOVE, reply("425 No data connection")),
    "426": Fault(MOVE, reply("426 Aborted"), at=HALF),
    "450": Fault(MOVE, reply("450 File busy")),
    "451": Fault(MOVE, reply("451 Try again")),
    "late 451": Fault(MOVE, reply("451 Disk error"), at=END),
    "the data stalls": Fault(MOVE, stall, at=HALF),
    "no reply before the transfer": Fault(MOVE, stall),
    "no 150": Fault(MOVE, no_mark),
    "no 226": Fault(MOVE, stall, at=END),
    "no data connection": Fault("EPSV", reply("425 No port")),
}


@both_ways
@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_what_passes_is_tried_again(start: Start, way: Way, fault: Fault) -> None:
    exchange = start(fault, way=way)
    exchange.offer(DATA)
    exchange.move(**SILENCE)
    assert exchange.arrived() == {"a": DATA}


@both_ways
def test_an_older_file_is_replaced_at_the_second_attempt(start: Start, way: Way) -> None:
    exchange = start(Fault(MOVE, lose, at=HALF), way=way)
    exchange.offer(DATA)
    exchange.lies_there(b"old")
    result = exchange.move()
    assert exchange.arrived() == {"a": DATA}
    assert result.data["replaced"] == 1


@both_ways
def test_it_is_done_when_the_server_leaves_after_its_226(start: Start, way: Way) -> None:
    exchange = start(Fault(MOVE, last_words("226 Done"), at=END), way=way)
    exchange.offer(DATA)
    exchange.move()
    assert exchange.arrived() == {"a": DATA}
    assert exchange.attempts() == 1


@both_ways
def test_a_session_that_ended_between_two_steps_is_opened_again(start: Start, way: Way) -> None:
    exchange = start(Fault(MOVE, last_words("226 Done"), at=END), way=way)
    for name in ("a", "b"):
        exchange.offer(DATA, name)
        exchange.move()
    assert exchange.arrived() == {"a": DATA, "b": DATA}


@both_ways
def test_the_result_tells_how_many_attempts_a_file_took(start: Start, way: Way) -> None:
    exchange = start(Fault(MOVE, reply("451 Try again"), times=2), way=way)
    exchange.offer(DATA)
    files = exchange.move().data["files"]
    assert isinstance(files, list)
    assert [file["attempts"] for file in files if file["type"] == "file"] == [3]


@both_ways
def test_only_the_file_that_broke_is_moved_again(start: Start, way: Way) -> None:
    exchange = start(Fault(MOVE, reply("451 Try again"), about="b"), way=way)
    for name in ("a1", "b1", "c1"):
        exchange.offer(name.encode(), name)
    exchange.move()
    assert exchange.arrived() == {"a1": b"a1", "b1": b"b1", "c1": b"c1"}
    assert exchange.attempts() == 4


LASTING: Mapping[str, tuple[Fault, str]] = {
    "226 after half of the bytes": (
        Fault(MOVE, lose, at=HALF),
        rf"{HALF} of the {len(DATA)} bytes .*says that all is well",
    ),
    "data connection cut": (Fault(MOVE, cut_data, at=0), r"426 .*; the data connection failed"),
    "control connection cut": (Fault(MOVE, cut_control, at=0), "the server closed the connection"),
    "control connection closed": (
        Fault(MOVE, hang_up, at=HALF),
        "the server closed the connection",
    ),
    "421": (Fault(MOVE, reply("421 Going down")), "421 Going down; .*try again later"),
    "425": (Fault(MOVE, reply("425 No port")), "425 No port; .*firewall"),
    "426": (Fault(MOVE, reply("426 Aborted"), at=0), "426 Aborted; .*data connection failed"),
    "450": (Fault(MOVE, reply("450 File busy")), "450 File busy; try again later"),
    "451": (Fault(MOVE, reply("451 No luck")), r"451 No luck; (try again|.*may be full)"),
    "late 451": (
        Fault(MOVE, reply("451 Bad disk"), at=END),
        r"451 Bad disk; (try again|.*may be full)",
    ),
    "the data stalls": (Fault(MOVE, stall, at=HALF), r"nothing happened for 1 s \(`timeout`\)"),
    "no 226": (Fault(MOVE, stall, at=END), r"nothing happened for 1 s \(`timeout`\)"),
    "no reply": (Fault(MOVE, stall), r"nothing happened for 1 s \(`timeout`\)"),
}


@both_ways
@pytest.mark.parametrize(("fault", "words"), LASTING.values(), ids=LASTING)
def test_what_lasts_is_told_after_the_last_attempt(
    start: Start, way: Way, fault: Fault, words: str
) -> None:
    exchange = start(replace(fault, times=ALWAYS), way=way)
    exchange.offer(DATA)
    exchange.lies_there(b"old")
    with pytest.raises(TaskError, match=words) as caught:
        exchange.move(timeout=1 if fault.do is stall else 60, retries=1, resume=False)
    assert exchange.arrived()["a"] == b"old"
    assert exchange.attempts() == 2
    assert_tells_where(caught.value, exchange)


def assert_tells_where(error: TaskError, exchange: Exchange) -> None:
    """Server, path, and not the name that it had for a while."""
    assert f"127.0.0.1:{exchange.server.port}" in error.msg
    assert exchange.path() in error.msg
    assert ".opsplay-" not in error.msg.partition(";")[0]
    assert "\n" not in error.msg


FINAL: Mapping[str, tuple[Way, Fault, str]] = {
    "no permission to write": ("up", Fault("STOR", reply("550 Denied")), "550 .*may not write"),
    "name refused": ("up", Fault("STOR", reply("553 Bad name")), "553 .*refuses the name"),
    "disk full at the start": ("up", Fault("STOR", reply("552 Disk full")), "552 .*make room"),
    "disk full": ("up", Fault("STOR", reply("552 Disk full"), at=HALF), "552 .*make room"),
    "disk full at the end": ("up", Fault("STOR", reply("552 Full"), at=END), "552 .*make room"),
    "no permission to read": ("down", Fault("RETR", reply("550 Denied")), "550 .*may not read"),
    "no such file": ("down", Fault("RETR", reply("550 Not found"), at=END), "550 .*no such file"),
}


@pytest.mark.parametrize(("way", "fault", "words"), FINAL.values(), ids=FINAL)
def test_what_will_not_pass_is_told_at_once(
    start: Start, way: Way, fault: Fault, words: str
) -> None:
    exchange = start(replace(fault, times=ALWAYS), way=way)
    exchange.offer(DATA)
    exchange.lies_there(b"old")
    with pytest.raises(TaskError, match=words) as caught:
        exchange.move()
    assert exchange.arrived() == {"a": b"old"}
    assert exchange.attempts() == 1
    assert_tells_where(caught.value, exchange)


def test_a_folder_that_may_not_be_made_is_told(start: Start) -> None:
    exchange = start(Fault("MKD", reply("550 Denied"), times=ALWAYS))
    exchange.offer(DATA, "sub/a")
    with pytest.raises(TaskError, match=r"cannot make folder /in.* 550 Denied; .*may not make"):
        exchange.upload()
    assert exchange.attempts() == 0
