"""Values as JSON, large ones once."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from opsplay.runner.engine.passage import as_json
from opsplay.runner.events import StepFinished
from opsplay.runner.journal.batches import SHAPES, pack, unpack
from opsplay.runner.json_text import forget, joined, of_result, text_of


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    forget()
    yield
    forget()


def many(first: object = "é") -> list[object]:
    return [first, *({"path": f"/a/{number}", "bytes": number} for number in range(1000))]


def test_what_is_large_is_made_once() -> None:
    files = many()
    assert text_of(files) is text_of(files)


def test_what_is_equal_but_another_is_made_for_itself() -> None:
    assert text_of(many()) is not text_of(many())


@pytest.mark.parametrize("value", [["few"], ["x" * 5_000_000]], ids=["small", "too large"])
def test_what_is_not_worth_it_is_not_remembered(value: list[str]) -> None:
    assert text_of(value) is not text_of(value)


def test_only_the_last_are_remembered() -> None:
    values = [many(number) for number in range(9)]
    texts = [*map(text_of, values)]
    again = [text_of(value) for value in reversed(values)]
    assert [a is b for a, b in zip(texts, reversed(again), strict=True)] == [False] * 5 + [True] * 4


def test_what_holds_a_large_value_is_put_together() -> None:
    files = many()
    text_of(files)
    result = {"msg": "ok", "files": files, "deep": {"a": [None]}, "changed": False}
    assert json.loads(of_result(result)) == result
    assert list(json.loads(of_result(result))) == list(result)


def test_keys_that_are_no_texts_are_written_as_json_has_them() -> None:
    files = many()
    text_of(files)
    assert json.loads(joined({1: files}, 1)) == {"1": files}
    assert json.loads(joined({None: [files]}, 3)) == {"null": [files]}


def test_what_is_added_to_a_result_after_it_was_kept_is_told() -> None:
    files = many()
    result: dict[str, object] = {"files": files, "msg": "done"}
    text = text_of(files)
    assert as_json(result)
    result["item"] = "a"
    event = StepFinished(run="r", task=1, host="h", status="ok", result=result, seconds=1.0)
    assert [*unpack(pack([event]), "r", SHAPES)] == [event]
    assert text_of(files) is not text


@pytest.mark.parametrize("first", ["é", "half \ud800", float("nan"), ("a",), {1: "a"}])
def test_an_event_is_kept_alike_whether_its_result_was_made_json_before(first: object) -> None:
    result = {"files": many(first), "msg": "done"}
    event = StepFinished(run="r", task=1, host="h", status="ok", result=result, seconds=1.0)
    other = StepFinished(run="r", task=1, host="i", status="ok", result={}, seconds=2.0)
    before = pack([event, other])
    as_json(result)
    assert pack([event, other]) == before


@pytest.mark.parametrize(
    "value", [("a",), {1: "a"}, float("nan"), b"a", [{"a": 1}, {2: "a"}], [{"a": [{"b": ()}]}]]
)
def test_what_is_another_when_it_is_read_again_is_no_json(value: object) -> None:
    assert as_json({"files": [*many(), value]}) is None


def test_half_of_a_pair_is_kept() -> None:
    text = as_json({"name": "half \ud800"})
    assert text is not None
    assert text.isascii()
    assert json.loads(text) == {"name": "half \ud800"}
