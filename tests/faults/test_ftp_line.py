"""A bad line between the step and a server that does well: cut, stalled, slow."""

from __future__ import annotations

import pytest

from ftp_exchange import DATA, HALF, SILENCE, Start, Way, both_ways
from opsplay.runner.task import TaskError
from tcp_proxy import Line, TcpProxy


def proxy_for(way: Way, line: Line) -> TcpProxy:
    """Make a proxy that is bad in the direction of the data."""
    return TcpProxy(up=line) if way == "up" else TcpProxy(down=line)


@both_ways
@pytest.mark.parametrize("after", [1, HALF, len(DATA)])
@pytest.mark.parametrize("what", ["cut_after", "stall_after"])
def test_a_data_connection_that_fails_is_opened_again(
    start: Start, way: Way, after: int, what: str
) -> None:
    line = Line(times=1, **{what: after})
    with proxy_for(way, line) as proxy:
        exchange = start(way=way, advertise=proxy.forward)
        exchange.offer()
        exchange.move(**SILENCE)
        assert exchange.arrived() == {"a": DATA}


@both_ways
@pytest.mark.parametrize(
    "line",
    [
        Line(cut_after=1, times=1),
        Line(cut_after=60, times=1),
        Line(cut_after=200, times=1),
        Line(stall_after=60, times=1),
    ],
    ids=["cut at once", "cut at the login", "cut later", "stalled"],
)
@pytest.mark.parametrize("side", ["up", "down"])
def test_a_control_connection_that_fails_is_opened_again(
    start: Start, way: Way, line: Line, side: str
) -> None:
    with TcpProxy(**{side: line}) as proxy:
        exchange = start(way=way)
        exchange.offer(b"123")
        exchange.move(**SILENCE, port=proxy.forward(exchange.server.port))
        assert exchange.arrived() == {"a": b"123"}


@both_ways
def test_a_line_that_always_fails_is_told(start: Start, way: Way) -> None:
    with proxy_for(way, Line(cut_after=HALF)) as proxy:
        exchange = start(way=way, advertise=proxy.forward)
        exchange.offer()
        exchange.lies_there(b"old")
        with pytest.raises(TaskError, match=r"server closed the connection|426|bytes"):
            exchange.move(resume=False)
        assert exchange.arrived()["a"] == b"old"


@both_ways
def test_each_attempt_gets_a_bit_further(start: Start, way: Way) -> None:
    large = DATA * 8
    with proxy_for(way, Line(cut_after=len(large) // 3)) as proxy:
        exchange = start(way=way, advertise=proxy.forward)
        exchange.offer(large)
        exchange.move(retries=5)
        assert exchange.arrived() == {"a": large}


@both_ways
def test_a_slow_line_is_no_stalled_one(start: Start, way: Way) -> None:
    """The timeout is for silence, not for the whole of a transfer."""
    large = DATA * 100
    with proxy_for(way, Line(latency=0.005)) as proxy:
        exchange = start(way=way, advertise=proxy.forward)
        exchange.offer(large)
        # What is too long as a whole is so at each attempt.
        exchange.move(timeout=1.5, retries=3, resume=False)
        assert exchange.arrived() == {"a": large}


@both_ways
def test_a_line_with_latency_in_both_directions(start: Start, way: Way) -> None:
    with TcpProxy(up=Line(latency=0.002), down=Line(latency=0.002)) as proxy:
        exchange = start(way=way, advertise=proxy.forward)
        files = {f"{number}": b"%d" % number for number in range(5)}
        exchange.offer_all(files)
        exchange.move(port=proxy.forward(exchange.server.port))
        assert exchange.arrived() == files


@both_ways
def test_a_run_that_was_cut_is_finished_by_the_next(start: Start, way: Way) -> None:
    with proxy_for(way, Line(cut_after=HALF, times=1)) as proxy:
        exchange = start(way=way, advertise=proxy.forward)
        for name in ("a", "b"):
            exchange.offer(DATA * 2, name)
        with pytest.raises(TaskError):
            exchange.move(retries=0)
        exchange.move()
        assert exchange.arrived() == {"a": DATA * 2, "b": DATA * 2}
