"""A download so large that it goes through a pipe, and what may get in its way."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable
from typing import Any

import pytest

from ftp_exchange import DATA, SILENCE, Exchange, Start
from ftp_faults import ALWAYS, Action, Fault, Session, cut_control, cut_data, lose, reply, stall
from opsplay.runner.task import TaskError
from opsplay.tasks import ftp_site
from powers import largest_file

LARGE = DATA * 16
HALF = len(LARGE) // 2
TAIL = 64 * 1024
SPLICE = os.splice


def started(start: Start, *faults: Fault) -> Exchange:
    exchange = start(*faults, way="down")
    exchange.offer(LARGE)
    return exchange


class Kernel:
    """Hands on what comes from connections until `stops`, and notes to how many files it did."""

    def __init__(self, stops: Callable[[Any], bool] = lambda _: False) -> None:
        self.poured = 0
        self._stops = stops

    def __call__(self, src: int, dst: int, count: int, *, offset_dst: int | None = None) -> int:
        if self._stops(offset_dst):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self.poured += offset_dst is not None
        return SPLICE(src, dst, count, offset_dst=offset_dst)


def test_it_goes_through_a_pipe(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel()
    monkeypatch.setattr(os, "splice", kernel)
    exchange = started(start)
    exchange.download()
    assert exchange.arrived() == {"a": LARGE}
    assert kernel.poured


def test_a_further_session_that_nobody_greets_is_done_without(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(session: Session) -> None:
        if session.number > 1:
            stall(session)

    monkeypatch.setattr(ftp_site, "_PATIENCE", 0.2)
    exchange = start(Fault("CONNECT", silent, times=ALWAYS), way="down")
    for name in "abc":
        exchange.offer(LARGE, name)
    exchange.move(connections=2, timeout=600)
    assert exchange.arrived() == dict.fromkeys("abc", LARGE)


@pytest.mark.parametrize("given", [{"limit_rate": "1G"}, {"src": "/out/small"}])
def test_what_is_slow_or_small_needs_none(
    start: Start, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any]
) -> None:
    kernel = Kernel()
    monkeypatch.setattr(os, "splice", kernel)
    exchange = started(start)
    exchange.offer(DATA, "small")
    exchange.download(**given)
    assert not kernel.poured


STOPS: dict[str, Callable[[Any], bool]] = {
    "connections": lambda offset: offset is None,
    "files": lambda offset: offset is not None,
    "files from some byte on": bool,
}


@pytest.mark.parametrize("stops", STOPS.values(), ids=STOPS)
def test_what_a_system_does_not_hand_on_is_written_as_usual(
    start: Start, monkeypatch: pytest.MonkeyPatch, stops: Callable[[Any], bool]
) -> None:
    monkeypatch.setattr(os, "splice", Kernel(stops))
    exchange = started(start)
    exchange.download()
    assert exchange.arrived() == {"a": LARGE}
    assert exchange.attempts() == 1


def no_splice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "splice")


def no_wide_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(fcntl, "fcntl", refuse)


@pytest.mark.parametrize("without", [no_splice, no_wide_pipe])
def test_it_arrives_without_a_pipe(
    start: Start, monkeypatch: pytest.MonkeyPatch, without: Callable[[pytest.MonkeyPatch], None]
) -> None:
    without(monkeypatch)
    exchange = started(start)
    exchange.download()
    assert exchange.arrived() == {"a": LARGE}


BREAKS = {
    "226 after half of the bytes": lose,
    "426": reply("426 Aborted"),
    "data connection cut": cut_data,
    "control connection cut": cut_control,
    "silence": stall,
}


@pytest.mark.parametrize("how", BREAKS.values(), ids=BREAKS)
def test_it_arrives_though_it_breaks_once(start: Start, how: Action) -> None:
    exchange = started(start, Fault("RETR", how, at=HALF))
    exchange.download(**SILENCE)
    assert exchange.arrived() == {"a": LARGE}


def test_it_goes_on_where_it_broke(start: Start) -> None:
    exchange = started(start, Fault("RETR", reply("426 Aborted"), at=HALF))
    exchange.download()
    assert exchange.arrived() == {"a": LARGE}
    (offset,) = exchange.server.heard("REST")
    assert HALF - TAIL <= int(offset) <= HALF


def test_a_full_disk_is_told_in_words_and_the_session_goes_on(start: Start) -> None:
    exchange = started(start)
    with largest_file(HALF), pytest.raises(TaskError, match=r"cannot write .*in/a: File too large"):
        exchange.download()
    assert exchange.arrived() == {}
    assert exchange.attempts() == 1
    exchange.download()
    assert exchange.arrived() == {"a": LARGE}


def test_each_large_file_of_many_arrives(start: Start) -> None:
    exchange = started(start)
    exchange.offer(LARGE[::-1], "b")
    exchange.offer(DATA, "c")
    exchange.download(connections=3)
    assert exchange.arrived() == {"a": LARGE, "b": LARGE[::-1], "c": DATA}
