"""What a loop came to is told without what its items came to, and heard with it."""

from __future__ import annotations

from typing import Any

from opsplay.runner.bus import Bus
from opsplay.runner.events import Event, ItemFinished, StepFinished
from opsplay.runner.loop_results import UNTOLD, LoopResults


def item(host: str, msg: str) -> ItemFinished:
    return ItemFinished(run="r", task=1, host=host, label=msg, status="ok", result={"msg": msg})


def end(host: str, count: int | None, **result: Any) -> StepFinished:
    return StepFinished(
        run="r", task=1, host=host, status="ok", result=result, seconds=0.0, item_count=count
    )


def heard(*events: Event) -> Any:
    """What listeners get of the last event's results."""
    got: list[Event] = []
    bus = Bus([got.append], lambda event: event, complain=print)
    for event in events:
        bus.send(event)
    return vars(got[-1])["result"].get("results", ["nothing"])


def test_listeners_get_the_results_of_the_items() -> None:
    assert heard(item("a", "one"), item("a", "two"), end("a", 2, **UNTOLD)) == [
        {"msg": "one"},
        {"msg": "two"},
    ]


def test_each_host_has_items_of_its_own() -> None:
    assert heard(item("a", "one"), item("b", "two"), end("b", 1, **UNTOLD)) == [{"msg": "two"}]


def test_a_loop_over_nothing_has_no_results() -> None:
    assert heard(end("a", 0, **UNTOLD)) == []


def test_what_has_its_results_or_hides_them_stays_as_it_is() -> None:
    assert heard(item("a", "one"), end("a", 1, results=["old"])) == ["old"]
    assert heard(item("a", "one"), end("a", 1, censored="hidden")) == ["nothing"]


def test_a_step_without_a_loop_may_call_nothing_its_results() -> None:
    assert heard(end("a", None, results=None)) is None


def test_items_of_one_loop_are_not_those_of_the_next() -> None:
    whole = LoopResults()
    told = [item("a", "one"), end("a", 1, **UNTOLD), item("a", "two"), end("a", 1, **UNTOLD)]
    assert vars([*map(whole, told)][-1])["result"] == {"results": [{"msg": "two"}]}
