"""Servers that know less than others, or want it another way: the bytes arrive all the same."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from ftp_exchange import DATA, SILENCE, Start, Way, both_ways
from ftp_faults import ALWAYS, END, Fault, Refused, Session, cut_control, reply
from opsplay.runner.task import TaskError

NAMES = ["a", "sub/b", "月/测试.txt"]


def without(*verbs: str) -> dict[str, Any]:
    return {"without": frozenset(verbs)}


ODD: Mapping[str, dict[str, Any]] = {
    "EPSV is not known": without("EPSV"),
    "PASV is not known": without("PASV"),
    "PASV tells a wrong address": {**without("EPSV"), "passive_host": "192.0.2.1"},
    "EPSV tells a dead port": {"dead_ports": frozenset({"EPSV"})},
    "PASV tells a dead port": {"dead_ports": frozenset({"PASV"})},
    "no MLSD": without("MLST", "MLSD"),
    "no SIZE": without("SIZE"),
    "no MDTM": without("MDTM"),
    "no MFMT": without("MFMT"),
    "no UTF8": without("UTF8"),
    "no FEAT": without("FEAT"),
    "no REST": without("REST"),
    "no NOOP, no PWD": without("NOOP", "PWD"),
    "an old server": without("EPSV", "EPRT", "FEAT", "MLST", "MLSD", "MFMT", "UTF8", "HASH"),
}


@both_ways
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_server_does(start: Start, way: Way, odd: dict[str, Any]) -> None:
    exchange = start(way=way, **odd)
    for name in NAMES:
        exchange.offer(DATA, name)
    exchange.move()
    assert exchange.arrived() == dict.fromkeys(NAMES, DATA)


@both_ways
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_second_time_moves_nothing(start: Start, way: Way, odd: dict[str, Any]) -> None:
    exchange = start(way=way, **odd)
    for name in NAMES:
        exchange.offer(DATA, name)
    exchange.move()
    moved = exchange.attempts()
    assert not exchange.move().changed
    assert exchange.attempts() == moved


@both_ways
def test_times_that_mlsd_does_not_tell_are_asked_for(start: Start, way: Way) -> None:
    def listing(folder: str) -> list[str]:
        files = exchange.tree.files.items()
        there = [(path.removeprefix(f"{folder}/"), data) for path, data in files if folder in path]
        return [f"type=file;size={len(data)}; {name}" for name, data in there]

    exchange = start(way=way, listing=listing)
    exchange.offer_all({"a": DATA, "b": DATA})
    exchange.move()
    assert not exchange.move().changed


@both_ways
@pytest.mark.parametrize("one", [True, False])
@pytest.mark.parametrize("refusal", ["500 What?", "502 Not implemented"])
def test_feat_may_tell_more_than_the_server_knows(
    start: Start, way: Way, refusal: str, *, one: bool
) -> None:
    faults = [Fault(verb, reply(refusal), times=ALWAYS) for verb in ("MLST", "MLSD")]
    exchange = start(*faults, way=way)
    exchange.offer()
    src, dest = ("/out/a", "in/") if way == "down" else ("out/a", "/in/")
    given = {"src": src, "dest": dest} if one else {}
    exchange.move(**given)
    assert exchange.arrived() == {"a": DATA}
    assert not exchange.move(**given).changed


@both_ways
@pytest.mark.parametrize("verb", ["EPSV", "PASV"])
@pytest.mark.parametrize("refusal", ["425 No port", "500 What?", "522 Network protocol"])
def test_a_refusal_of_one_passive_command_leads_to_the_other(
    start: Start, way: Way, verb: str, refusal: str
) -> None:
    exchange = start(Fault(verb, reply(refusal), times=ALWAYS), way=way)
    exchange.offer()
    exchange.move()
    assert exchange.arrived() == {"a": DATA}


@both_ways
def test_a_server_without_passive_data_connections_is_told(start: Start, way: Way) -> None:
    exchange = start(way=way, **without("EPSV", "PASV"))
    exchange.offer()
    with pytest.raises(TaskError, match="passive"):
        exchange.move()
    assert exchange.arrived() == {}


@both_ways
def test_dead_ports_only_are_told(start: Start, way: Way) -> None:
    exchange = start(way=way, dead_ports=frozenset({"EPSV", "PASV"}))
    exchange.offer()
    with pytest.raises(TaskError, match=r"data connection.*firewall") as caught:
        exchange.move()
    assert str(exchange.server.port) in caught.value.msg
    assert "a" not in exchange.arrived()


@both_ways
def test_a_refusal_is_told_though_the_port_of_the_data_is_closed_with_it(
    start: Start, way: Way
) -> None:
    """A command in one packet with PASV is refused before we have dialled."""
    exchange = start(way=way, withdraws=True)
    exchange.offer()
    exchange.move(retries=0)
    assert exchange.arrived() == {"a": DATA}


@both_ways
def test_active_mode(start: Start, way: Way) -> None:
    exchange = start(way=way)
    exchange.offer()
    exchange.move(passive=False)
    assert exchange.arrived() == {"a": DATA}


@both_ways
def test_a_server_that_hears_one_command_a_packet(start: Start, way: Way) -> None:
    exchange = start(way=way, takes_packets=False)
    for name in NAMES:
        exchange.offer(DATA, name)
    exchange.move(**SILENCE)
    assert exchange.arrived() == dict.fromkeys(NAMES, DATA)


@both_ways
@pytest.mark.parametrize("verb", ["CONNECT", "FEAT", "PASV"])
def test_a_reply_without_an_end_is_no_trap(start: Start, way: Way, verb: str) -> None:
    exchange = start(Fault(verb, talk_without_end, times=ALWAYS), way=way)
    exchange.offer()
    with pytest.raises(TaskError, match="has no end"):
        exchange.move(retries=0)
    assert exchange.arrived() == {}


def talk_without_end(session: Session) -> None:
    while True:
        session.say("220-And\r\n" * 1000)


@both_ways
def test_a_server_that_tells_no_size_cannot_lose_half_of_a_file_unnoticed(
    start: Start, way: Way
) -> None:
    """Where nothing tells the size, the step says that it has no proof."""
    exchange = start(way=way, **without("SIZE", "MLST", "MLSD"))
    exchange.offer(name="a")
    result = exchange.move()
    assert exchange.arrived() == {"a": DATA}
    assert result.warnings or exchange.server.heard("LIST")


# Renaming


def test_where_rename_does_not_replace_the_old_file_gives_way(start: Start) -> None:
    exchange = start(replaces=False)
    exchange.offer()
    exchange.lies_there(b"old")
    exchange.upload()
    assert exchange.arrived() == {"a": DATA}


def test_the_old_file_stays_if_the_new_one_cannot_be_renamed(start: Start) -> None:
    exchange = start(Fault("RNTO", reply("553 Not allowed"), times=ALWAYS))
    exchange.offer()
    exchange.lies_there(b"old")
    with pytest.raises(TaskError, match=r"cannot rename .* 553 Not allowed; .*atomic: false"):
        exchange.upload()
    assert exchange.arrived() == {"a": b"old"}


def test_the_old_file_comes_back_if_nothing_may_take_its_place(start: Start) -> None:
    """A server that does not replace, and then does not rename either."""
    refused = Fault("RNTO", reply("550 Denied"), times=ALWAYS, about="in/a")
    exchange = start(refused, replaces=False)
    exchange.offer()
    exchange.lies_there(b"old")
    with pytest.raises(TaskError, match="550"):
        exchange.upload()
    assert b"old" in exchange.arrived().values()


def test_a_rename_whose_reply_is_lost_is_found_to_be_done(start: Start) -> None:
    exchange = start(Fault("RNTO", cut_control, at=END))
    exchange.offer()
    exchange.upload()
    assert exchange.arrived() == {"a": DATA}


def test_a_rename_that_is_refused_for_now_is_tried_again(start: Start) -> None:
    exchange = start(Fault("RNTO", reply("450 Busy")))
    exchange.offer()
    exchange.upload()
    assert exchange.arrived() == {"a": DATA}


def test_a_part_that_cannot_be_taken_away_is_told(start: Start) -> None:
    faults = [
        Fault("RNTO", reply("553 Not allowed"), times=ALWAYS),
        Fault("DELE", reply("550 Denied"), times=ALWAYS),
    ]
    exchange = start(*faults)
    exchange.offer()
    with pytest.raises(TaskError, match=r"/in/\.opsplay-.*\.part is left there"):
        exchange.upload()


def test_a_time_that_cannot_be_set_is_no_failure(start: Start) -> None:
    exchange = start(Fault("MFMT", reply("550 Denied"), times=ALWAYS))
    exchange.offer()
    exchange.upload()
    assert exchange.arrived() == {"a": DATA}


# Logging in


def test_a_wrong_password_is_told_and_tried_once(start: Start) -> None:
    exchange = start()
    exchange.offer()
    with pytest.raises(TaskError, match="530 Login incorrect; check `user` and `password`"):
        exchange.move(user="wang")
    assert len(exchange.server.heard("PASS")) == 1


@both_ways
@pytest.mark.parametrize("too_many", ["421 Too many connections", "530 Too many logins"])
def test_too_many_connections_mean_fewer(start: Start, way: Way, too_many: str) -> None:
    exchange = start(way=way, most_sessions=2, too_many=too_many)
    files = {f"{number}": b"%d" % number for number in range(40)}
    exchange.offer_all(files)
    exchange.move(connections=4, retries=0)
    assert exchange.arrived() == files


def test_a_connection_refused_when_the_others_have_done_their_part_is_no_error(
    start: Start,
) -> None:
    def refuse_late(session: Session) -> None:
        if session.number > 1:
            while not exchange.server.heard("RNTO"):
                time.sleep(0.01)
            time.sleep(0.05)
            raise Refused("421 Too many connections")

    exchange = start(Fault("CONNECT", refuse_late, times=ALWAYS))
    large = DATA * 2  # small ones would wait until all connections are there
    for name in ("a", "b"):
        exchange.offer(large, name)
    exchange.upload(connections=2, retries=0)
    assert exchange.arrived() == {"a": large, "b": large}


@both_ways
def test_files_go_over_several_connections(start: Start, way: Way) -> None:
    exchange = start(way=way)
    files = {f"{number}": DATA for number in range(40)}
    exchange.offer_all(files)
    exchange.move(connections=4)
    assert exchange.arrived() == files
    assert 1 < exchange.server.most_at_once <= 4


@both_ways
def test_no_more_connections_than_asked_for(start: Start, way: Way) -> None:
    exchange = start(way=way)
    for number in range(40):
        exchange.offer(DATA, f"{number}")
    exchange.move(connections=1)
    assert exchange.server.most_at_once == 1
