from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.task import TaskError
from opsplay.tasks.clients.throttle import Throttle, rate


@pytest.mark.parametrize(
    ("written", "bytes_per_second"),
    [
        (500_000, 500_000),
        ("500000", 500_000),
        ("1K", 1024),
        ("500k", 512_000),
        ("2.5M", 2.5 * 1024**2),
        ("1G", 1024**3),
        (" 2 MiB/s ", 2 * 1024**2),
        ("10 kb", 10_240),
        ("0.5K", 512),
    ],
)
def test_a_rate_is_bytes_a_second(written: int | str, bytes_per_second: float) -> None:
    assert rate("limit_rate", written) == bytes_per_second


@pytest.mark.parametrize(
    "written", [0, "0", "0M", -1, "-1K", "", "fast", "K", "1T", "1KM", "1 K s", "1,5M", "1e6", "."]
)
def test_what_is_no_rate_is_told(written: int | str) -> None:
    with pytest.raises(
        TaskError, match=r"limit_rate: .* is no rate; write bytes a second, as 500K"
    ):
        rate("limit_rate", written)


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("opsplay.tasks.clients.throttle.time", clock)
    return clock


class Clock:
    """A time that passes only while somebody sleeps, or when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_as_many_bytes_pass_as_the_rate_allows(clock: Clock) -> None:
    throttle = Throttle(1000)
    for _ in range(3):
        throttle.take(500, clock.sleep)
    assert clock.slept == [0.5, 0.5, 0.5]


def test_the_time_that_the_bytes_took_themselves_counts(clock: Clock) -> None:
    throttle = Throttle(1000)
    throttle.take(500, clock.sleep)
    clock.now += 0.25
    throttle.take(500, clock.sleep)
    assert clock.slept == [0.5, 0.25]


def test_idle_time_is_not_saved_up_for_a_burst(clock: Clock) -> None:
    throttle = Throttle(1000)
    clock.now += 3600
    for _ in range(3):
        throttle.take(500, clock.sleep)
    assert clock.slept == [0, 0.5, 0.5]


@pytest.mark.usefixtures("clock")
def test_those_that_move_at_the_same_time_share_it() -> None:
    throttle = Throttle(1000)
    waits: list[float] = []
    for _ in range(3):
        throttle.take(500, waits.append)  # nobody's wait is over when the next one comes
    assert waits == [0.5, 1.0, 1.5]


@given(st.lists(st.integers(1, 10**6), min_size=1), st.floats(1, 10**6))
def test_whoever_waits_as_told_never_is_too_fast(counts: list[int], limit: float) -> None:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("opsplay.tasks.clients.throttle.time", clock)
        throttle = Throttle(limit)
        for count in counts:
            throttle.take(count, clock.sleep)
    assert clock.now == pytest.approx(sum(counts) / limit)


def test_without_a_limit_nobody_waits(clock: Clock) -> None:
    Throttle(None).take(10**9, clock.sleep)
    assert clock.slept == []


def test_one_that_waits_does_not_hold_up_the_others() -> None:
    throttle, other_passes, seen = Throttle(1), threading.Event(), list[bool]()

    def wait(_: float) -> None:
        seen.append(other_passes.wait(60))

    waits = threading.Thread(target=throttle.take, args=(1, wait))
    waits.start()
    throttle.take(1, lambda _: other_passes.set())
    waits.join()
    assert seen == [True]
