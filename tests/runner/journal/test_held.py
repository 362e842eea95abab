"""Events are written before they are shown, and shown soon."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from opsplay.runner.events import Event, LineLogged, Listener, RunFinished, StepStarted
from opsplay.runner.journal.held import HeldBus
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


def bus(journal: Journal, listener: Listener, *, watched: bool = False) -> HeldBus:
    return HeldBus([listener], lambda event: event, pytest.fail, journal, watched=watched)


def nobody(_: Event) -> None:
    pass


def test_nothing_is_shown_that_is_not_written_and_all_in_its_order(journal: Journal) -> None:
    shown: list[Event] = []

    def show(event: Event) -> None:
        shown.append(event)
        assert journal[: len(shown)] == shown

    held = bus(journal, show)
    sent = [*map(line, range(1000)), END]
    for event in sent:
        held.send(event)
    assert journal == shown == sent


def test_a_burst_is_written_at_once(journal: Journal) -> None:
    held = bus(journal, nobody)
    for number in range(1000):
        held.send(line(number))
    held.send(END)
    assert journal.times < 100


def test_what_nothing_follows_is_shown_all_the_same(journal: Journal) -> None:
    told = Told()
    held = bus(journal, told)
    for number in range(1, 5):
        held.send(line(number))
        held.send(line(-number))
        told.wait_for(f"text='-{number}'")


def test_on_a_terminal_a_step_finds_shown_what_came_before_it(journal: Journal) -> None:
    shown: list[Event] = []
    held = bus(journal, shown.append, watched=True)
    for number in range(100):
        held.send(line(number))
        held.send(StepStarted(run="r", task=number, host="h"))
        assert len(shown) == 2 * number + 2


def test_the_end_is_shown_when_the_call_returns_and_leaves_no_thread(journal: Journal) -> None:
    before, told = {*threading.enumerate()}, Told()
    held = bus(journal, told)
    held.send(line(1))
    held.send(line(2))
    told.wait_for("text='2'")
    (clock,) = {*threading.enumerate()} - before
    held.send(END)
    assert journal[-1] == END
    clock.join(60)
    assert not clock.is_alive()


def test_what_is_masked_is_masked_for_the_journal_too(journal: Journal) -> None:
    masked = line(0)
    held = HeldBus([nobody], lambda _: masked, pytest.fail, journal, watched=False)
    held.send(line(1))
    assert journal == [masked]


def test_several_threads_may_send(journal: Journal) -> None:
    held = bus(journal, nobody)

    def send() -> None:
        for number in range(500):
            held.send(line(number))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held.send(END)
    assert len(journal) == 2001
