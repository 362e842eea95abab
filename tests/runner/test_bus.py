"""The bus hands every event to every listener, whatever the others do."""

from __future__ import annotations

import threading

from opsplay.runner.bus import Bus
from opsplay.runner.dataclasses import replace
from opsplay.runner.events import Event, WarningGiven


def as_it_is(event: Event) -> Event:
    return event


def warning(text: str) -> WarningGiven:
    return WarningGiven(run="r", text=text)


def test_every_listener_gets_every_event_in_order() -> None:
    first: list[Event] = []
    second: list[Event] = []
    bus = Bus([first.append, second.append], as_it_is, complain=print)
    sent = [warning("one"), warning("two")]
    for event in sent:
        bus.send(event)
    assert first == second == sent


def test_a_listener_that_fails_is_switched_off_and_told_of_once() -> None:
    def broken(event: Event) -> None:
        raise OSError("disk full")

    heard: list[Event] = []
    complaints: list[str] = []
    bus = Bus([broken, heard.append], as_it_is, complaints.append)
    bus.send(warning("one"))
    bus.send(warning("two"))
    assert len(heard) == 2
    assert complaints == [
        "the output broken failed, and the run goes on without it: OSError('disk full')"
    ]


def test_listeners_see_masked_events_only() -> None:
    heard: list[Event] = []
    bus = Bus([heard.append], lambda event: replace(event, run="masked"), complain=print)
    bus.send(warning("secret"))
    assert [event.run for event in heard] == ["masked"]


def test_what_came_together_is_sent_off_together() -> None:
    told: list[str] = []

    class Writer:
        def __call__(self, _: Event) -> None:
            told.append("written")

        def flush(self) -> None:
            told.append("sent off")

    bus = Bus([Writer()], as_it_is, complain=print)
    bus.deliver([warning("one"), warning("two")])
    bus.send(warning("three"))
    assert told == ["written", "written", "sent off", "written", "sent off"]


def test_events_of_many_threads_come_one_at_a_time() -> None:
    inside = threading.Semaphore(1)
    collisions: list[Event] = []
    heard: list[Event] = []

    def listener(event: Event) -> None:
        if not inside.acquire(blocking=False):
            collisions.append(event)
            return
        heard.append(event)
        inside.release()

    bus = Bus([listener], as_it_is, complain=print)

    def send_many() -> None:
        for number in range(50):
            bus.send(warning(str(number)))

    senders = [threading.Thread(target=send_many) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(heard) == 200
    assert not collisions


def test_a_listener_may_send_an_event_itself() -> None:
    heard: list[str] = []

    def echo(event: Event) -> None:
        assert isinstance(event, WarningGiven)
        heard.append(event.text)
        if event.text == "call":
            bus.send(warning("answer"))

    bus = Bus([echo], as_it_is, complain=print)
    bus.send(warning("call"))
    assert heard == ["call", "answer"]
