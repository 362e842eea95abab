"""The run for programs: JSON, one event a line."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from opsplay.runner.events import LineLogged, Recap, RunFinished, StepFinished
from opsplay.runner.listeners.jsonl import JsonLines


def line_of(text: str, encoding: str = "utf-8") -> bytes:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    lines = JsonLines(stream)
    lines(LineLogged(run="r", time=1.5, task=1, host="h", text=text))
    lines.flush()
    return raw.getvalue()


def result_of(result: Mapping[str, Any]) -> Any:
    stream = io.StringIO()
    JsonLines(stream)(
        StepFinished(run="r", task=1, host="h", status="ok", result=result, seconds=0.0)
    )
    assert stream.getvalue().count("\n") == 1
    return json.loads(stream.getvalue())["result"]


def test_an_event_is_one_line_with_its_name_and_fields() -> None:
    assert line_of("hello\nworld") == (
        b'{"event": "LineLogged", "run": "r", "time": 1.5, "task": 1, "host": "h", '
        b'"text": "hello\\nworld"}\n'
    )


def test_text_keeps_its_letters() -> None:
    assert "测试.txt" in line_of("测试.txt").decode()


def test_what_a_terminal_would_obey_is_escaped_and_means_the_same() -> None:
    text = "\x1b[2J \x7f \x9b1m \u202e \U000e0041 \u2028"
    line = line_of(text)
    assert line.strip().decode().isprintable()
    assert json.loads(line)["text"] == text


def test_half_a_pair_is_escaped() -> None:
    assert json.loads(line_of("caf\udce9 测试").decode())["text"] == "caf\udce9 测试"


def test_a_stream_that_is_not_utf8_gets_ascii() -> None:
    assert json.loads(line_of("测试", encoding="latin-1").decode("ascii"))["text"] == "测试"


def test_totals_are_told_by_name() -> None:
    stream = io.StringIO()
    JsonLines(stream)(RunFinished(run="r", recap={"h": Recap(ok=2)}, seconds=1.0, exit_code=0))
    assert json.loads(stream.getvalue())["recap"]["h"]["ok"] == 2


def test_types_that_json_has_not_become_what_comes_nearest() -> None:
    assert result_of({"a": MappingProxyType({"b": 1}), "c": b"d"}) == {"a": {"b": 1}, "c": "b'd'"}


def test_numbers_that_json_has_not_become_text() -> None:
    assert result_of({"worst": float("nan"), "most": [float("inf")]}) == {
        "worst": "nan",
        "most": ["inf"],
    }


def test_data_too_deep_for_json_is_cut() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert str(result_of({"msg": "hello", "deep": deep})).count("[") < 200
