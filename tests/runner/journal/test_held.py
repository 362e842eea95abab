"""Events are written before they are shown, and shown soon."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from opsplay.runner.events import Event, LineLogged, RunFinished, StepStarted
from opsplay.runner.journal.held import Held
from told import Told


class Journal(list[Event]):
    """Keeps what is written, and counts how often that was."""

    times = 0

    def __call__(self, events: Sequence[Event]) -> None:
        self.times += 1
        self.extend(events)


def line(number: int) -> LineLogged:
    return LineLogged(run="r", task=1, host="h", text=str(number))


END = RunFinished(run="r", recap={}, seconds=0.0, exit_code=0)


@pytest.fixture(name="journal")
def _journal() -> Journal:
    return Journal()


def test_nothing_is_shown_that_is_not_written_and_all_in_its_order(journal: Journal) -> None:
    shown: list[Event] = []

    def show(events: Sequence[Event]) -> None:
        shown.extend(events)
        assert journal[: len(shown)] == shown

    held = Held(journal, show, watched=False)
    sent = [*map(line, range(1000)), END]
    for event in sent:
        held(event)
    assert journal == shown == sent


def test_a_burst_is_written_at_once(journal: Journal) -> None:
    held = Held(journal, lambda _: None, watched=False)
    for number in range(1000):
        held(line(number))
    held(END)
    assert journal.times < 100


def telling(told: Told) -> Callable[[Sequence[Event]], None]:
    def show(events: Sequence[Event]) -> None:
        for event in events:
            told(event)

    return show


def test_what_nothing_follows_is_shown_all_the_same(journal: Journal) -> None:
    told = Told()
    held = Held(journal, telling(told), watched=False)
    for number in range(1, 5):
        held(line(number))
        held(line(-number))
        told.wait_for(f"text='-{number}'")


def test_on_a_terminal_a_step_finds_shown_what_came_before_it(journal: Journal) -> None:
    shown: list[Event] = []
    held = Held(journal, shown.extend, watched=True)
    for number in range(100):
        held(line(number))
        held(StepStarted(run="r", task=number, host="h"))
        assert len(shown) == 2 * number + 2


def test_the_end_is_shown_when_the_call_returns_and_leaves_no_thread(journal: Journal) -> None:
    before, told = {*threading.enumerate()}, Told()
    held = Held(journal, telling(told), watched=False)
    held(line(1))
    held(line(2))
    told.wait_for("text='2'")
    (clock,) = {*threading.enumerate()} - before
    held(END)
    assert journal[-1] == END
    clock.join(20)
    assert not clock.is_alive()


def test_several_threads_may_send(journal: Journal) -> None:
    held = Held(journal, lambda _: None, watched=False)

    def send() -> None:
        for number in range(500):
            held(line(number))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held(END)
    assert len(journal) == 2001
