"""Events are written before they are shown, and shown soon."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from opsplay.runner.events import Event, LineLogged, RunFinished
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

    held = Held(journal, show)
    sent = [*map(line, range(1000)), END]
    for event in sent:
        held(event)
    assert journal == shown == sent


def test_a_burst_is_written_at_once(journal: Journal) -> None:
    held = Held(journal, lambda _: None)
    for number in range(1000):
        held(line(number))
    held(END)
    assert journal.times < 100


def test_what_nothing_follows_is_shown_all_the_same(journal: Journal) -> None:
    told = Told()

    def show(events: Sequence[Event]) -> None:
        for event in events:
            told(event)

    held = Held(journal, show)
    held(line(1))
    held(line(2))
    told.wait_for("text='2'")
    held(line(3))
    held(line(4))
    told.wait_for("text='4'")


def test_the_end_is_shown_when_the_call_returns_and_leaves_no_thread(journal: Journal) -> None:
    before = threading.active_count()
    held = Held(journal, lambda _: None)
    for event in (line(1), line(2), END):
        held(event)
    assert journal[-1] == END
    for thread in threading.enumerate()[before:]:
        thread.join(10)
    assert threading.active_count() == before


def test_several_threads_may_send(journal: Journal) -> None:
    held = Held(journal, lambda _: None)

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
