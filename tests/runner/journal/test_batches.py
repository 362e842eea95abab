"""Events as text, and back."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from opsplay.runner.events import (
    Event,
    LineLogged,
    RunFinished,
    StepFinished,
    WarningGiven,
    from_dict,
)
from opsplay.runner.journal import batches
from opsplay.runner.journal.batches import SHAPES, pack, unpack
from opsplay.runner.listeners.jsonl import JsonLines

GOLDEN = Path(__file__).parents[1] / "listeners" / "golden"
EVENTS = [
    from_dict({"run": "r", "time": 1.5, **json.loads(line)})
    for path in sorted(GOLDEN.glob("*.jsonl"))
    for line in path.read_text("utf-8").splitlines()[1:]
]


def as_json(*events: Event) -> list[dict[str, Any]]:
    stream = io.StringIO()
    for event in events:
        JsonLines(stream)(event)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def back(*events: Event) -> list[Event]:
    return [*unpack(pack(events), "r", SHAPES)]


def test_every_kind_of_event_comes_back_as_it_was() -> None:
    assert {type(event) for event in EVENTS} == {*Event.__subclasses__()}
    assert back(*EVENTS) == EVENTS


@pytest.mark.parametrize(
    "value",
    [
        "caf\udce9 测试\x00\x1b[31m",
        {1: "a", None: "b", False: "c"},
        {(1, 2): "a"},
        b"bytes",
        float("nan"),
        [float("inf")],
        ("a", {"b"}),
        10**400,
    ],
    ids=repr,
)
def test_what_json_has_not_comes_back_as_the_output_for_programs_has_it(value: object) -> None:
    event = StepFinished(
        run="r", task=1, host="h", status="ok", result={"value": value}, seconds=0.0
    )
    pack([event]).encode()
    assert as_json(*back(event)) == as_json(event)


def test_a_large_result_beside_the_end_of_a_run_is_not_gone_through_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends = [event for event in EVENTS if isinstance(event, RunFinished)]
    result = {"files": [{"path": str(number)} for number in range(1_000)]}
    large = StepFinished(run="r", task=1, host="h", status="ok", result=result, seconds=0.0)
    monkeypatch.setattr(batches, "plain", pytest.fail)
    assert back(large, *ends) == [large, *ends]


def test_data_that_are_too_deep_take_nothing_else_with_them() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    event = StepFinished(run="r", task=1, host="h", status="ok", result={"v": deep}, seconds=0.0)
    other = LineLogged(run="r", task=1, host="h", text="hello")
    assert back(event, other)[1] == other


@pytest.mark.parametrize(
    "text",
    [
        '[["WarningGiven", 1.5, "hello"]]',
        '{"order": "a", "columns": {"WarningGiven": ["000000000000f83f", ["hello"]]}}',
    ],
    ids=["before version 3", "now"],
)
def test_what_a_run_has_no_field_for_gets_its_default(text: str) -> None:
    [event] = unpack(text, "r", {"WarningGiven": ["time", "text"]})
    assert event == WarningGiven(run="r", time=1.5, text="hello")


@pytest.mark.parametrize("results", [[0, False, 0.0, True, 1], [1.5, 2, 1.5], [False, 0, False]])
def test_values_that_are_equal_are_not_taken_for_each_other(results: list[object]) -> None:
    events = [
        StepFinished(run="r", task=1, host="h", status="ok", result={"v": value}, seconds=0.1)
        for value in results
    ]
    assert [repr(event) for event in back(*events)] == [repr(event) for event in events]


def test_times_come_back_to_the_last_digit() -> None:
    times = [1795645627.7647495, 0.1, 5e-324, 1e300]
    events = [LineLogged(run="r", task=1, host="h", text="x", time=time) for time in times]
    assert [event.time for event in back(*events)] == times
