"""How fast files are moved: limit_rate and connections, both ways."""

from __future__ import annotations

from typing import Any

import pytest

from file_trees import write
from ftp_exchange import Way, both_ways
from ftp_sides import Begin, Sides
from opsplay.runner.task import Cancellation, TaskError


class Patience(Cancellation):
    """Waits for nothing, and tells how long it was told to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class StoppedClock:
    @staticmethod
    def monotonic() -> float:
        return 0.0


@both_ways
@pytest.mark.parametrize("connections", [1, 3])
def test_all_files_together_take_as_long_as_the_rate_says(
    begin: Begin, way: Way, monkeypatch: pytest.MonkeyPatch, connections: int
) -> None:
    monkeypatch.setattr("opsplay.tasks.clients.throttle.time", StoppedClock)
    sides, patience = begin(way), Patience()
    for name in "abcd":
        write(sides.source / name, bytes(300_000))
    sides.move(sides.context(cancellation=patience), limit_rate="100000", connections=connections)
    assert max(patience.slept) == pytest.approx(12)


@both_ways
def test_without_a_limit_nobody_waits(begin: Begin, way: Way) -> None:
    sides, patience = begin(way), Patience()
    write(sides.source / "a", bytes(300_000))
    sides.move(sides.context(cancellation=patience))
    assert patience.slept == []


@both_ways
@pytest.mark.parametrize("check", [False, True])
def test_a_limit_that_is_no_rate_is_told_before_anything_is_done(
    begin: Begin, way: Way, *, check: bool
) -> None:
    sides = begin(way)
    write(sides.source / "sub/a")
    with pytest.raises(TaskError, match="limit_rate: 'fast' is no rate"):
        sides.move(sides.context(check=check), limit_rate="fast")
    assert not sides.target.exists()
    assert sides.did("connected") == []


def many(sides: Sides, count: int) -> dict[str, Any]:
    for number in range(count):
        write(sides.source / f"{number}", str(number).encode() * 1000)
    return {f"{number}": str(number).encode() * 1000 for number in range(count)}


@both_ways
@pytest.mark.parametrize(
    ("connections", "files", "logins"), [(1, 40, {1}), (4, 40, {2, 3, 4}), (8, 2, {1, 2})]
)
def test_files_go_over_as_many_sessions_as_are_asked_for_and_of_use(
    begin: Begin, way: Way, connections: int, files: int, logins: set[int]
) -> None:
    sides = begin(way)
    sent = many(sides, files)
    sides.move(connections=connections)
    assert sides.arrived() == sent
    assert len(sides.did("logged in")) in logins


@both_ways
def test_nothing_to_move_needs_one_session(begin: Begin, way: Way) -> None:
    sides = begin(way)
    many(sides, 40)
    sides.move(connections=1)
    assert not sides.move(connections=8).changed
    assert len(sides.did("logged in")) == 2
