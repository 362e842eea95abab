"""Work side by side."""

from __future__ import annotations

import threading

import pytest

from opsplay.runner.engine.lanes import Lanes


def test_as_many_are_worked_on_at_a_time_as_there_are_lanes() -> None:
    meeting, done = threading.Barrier(3, timeout=60), list[int]()

    def work(number: int) -> None:
        meeting.wait()
        done.append(number)

    lanes = Lanes()
    lanes.each(work, range(6), 3)
    lanes.each(work, range(6, 9), 3)
    assert sorted(done) == list(range(9))
    lanes.close()


def test_no_thread_stays_behind() -> None:
    before, lanes = set(threading.enumerate()), Lanes()
    lanes.each(lambda _: None, range(3), 3)
    [*made] = {*threading.enumerate()} - before
    lanes.close()
    for thread in made:
        thread.join(timeout=60)
    assert (len(made), any(thread.is_alive() for thread in made)) == (2, False)


def test_what_goes_wrong_is_raised_when_the_others_are_done() -> None:
    both, done = threading.Barrier(2, timeout=60), list[int]()

    def work(number: int) -> None:
        if number < 2:  # each lane has one
            both.wait()
        if number == 1:
            raise OSError(number)
        done.append(number)

    with pytest.raises(OSError, match="1"):
        Lanes().each(work, range(4), 2)
    assert sorted(done) == [0, 2, 3]


def test_work_in_a_lane_may_be_done_side_by_side_itself() -> None:
    lanes, both, done = Lanes(), threading.Barrier(2, timeout=60), list[int]()

    def work(number: int) -> None:
        both.wait()  # no lane is free for what comes now
        lanes.each(done.append, [number, number + 10], 2)

    lanes.each(work, range(2), 2)
    assert sorted(done) == [0, 1, 10, 11]
    lanes.close()
