"""The console against golden files.

`golden/NAME.jsonl` has the console's options in its first line and an event in each other one
(`run` and `time` may be left out); `golden/NAME.txt` is what a person sees, with ␛ and ␍ for the
escape character and the carriage return. To add a case, add the two files.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from opsplay.runner.events import Event, Listener, StepStarted, from_dict
from opsplay.runner.listeners.console import Console
from opsplay.runner.listeners.jsonl import JsonLines
from opsplay.runner.listeners.looks import Looks
from opsplay.runner.listeners.quiet import Quiet

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.stem for path in GOLDEN.glob("*.jsonl"))


def read(name: str) -> tuple[dict[str, Any], list[Event]]:
    options, *events = map(json.loads, (GOLDEN / f"{name}.jsonl").read_text("utf-8").splitlines())
    return options, [from_dict({"run": "r", "time": 0.0, **event}) for event in events]


def shown(options: dict[str, Any], events: list[Event]) -> str:
    stream = io.StringIO()
    wanted = {name: value for name, value in options.items() if name != "quiet"}
    console: Listener = Console(stream, Looks(**wanted))
    listener = Quiet(console) if options.get("quiet") else console
    for event in events:
        listener(event)
    return stream.getvalue().replace("\x1b", "␛").replace("\r", "␍")


@pytest.mark.parametrize("name", CASES)
def test_the_events_are_shown_as_expected(name: str) -> None:
    assert shown(*read(name)) == (GOLDEN / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", CASES)
def test_a_run_shown_again_from_its_json_looks_the_same(name: str) -> None:
    options, events = read(name)
    stream = io.StringIO()
    write = JsonLines(stream)
    for event in events:
        write(event)
    replayed = [from_dict(json.loads(line)) for line in stream.getvalue().split("\n")[:-1]]
    assert replayed == events
    assert shown(options, replayed) == shown(options, events)


def test_no_case_is_left_without_its_other_half() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)


def test_each_event_is_written_at_once() -> None:
    class Counting(io.StringIO):
        writes = 0

        def write(self, text: str) -> int:
            self.writes += 1
            return super().write(text)

    options, events = read("statuses")
    stream = Counting()
    console = Console(stream, Looks(**options))
    for event in events:
        before = stream.writes
        console(event)
        assert stream.writes - before <= 1
        assert stream.writes == before or not isinstance(event, StepStarted)
