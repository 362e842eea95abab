"""A step that takes the items of a loop together: what is told is what one by one would tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import Play, Ran

# Takes two at a time, and tells which it took together.
STEP = '''
"""Take two words at a time."""
from dataclasses import dataclass
from itertools import islice
from opsplay.runner.task import Result, TaskError

SUPPORTS_CHECK = True

@dataclass(frozen=True, kw_only=True)
class Params:
    word: str

def prepare(params, ctx):
    if params.word == "unfit":
        raise TaskError("unfit for anything")
    return Result(msg="done before") if params.word == "done" else params.word

def run(params, ctx):
    return Result(msg=f"{params.word} alone", changed=True)

def run_all(words):
    while pair := list(islice(words, 2)):
        if "bug" in pair:
            raise ValueError("bug")
        for word in pair:
            if word == "bad":
                yield TaskError("it is bad", word=word)
            else:
                yield Result(msg=f"{word} of {' '.join(pair)}", changed=True, warnings=["hm"])
'''


@pytest.fixture(name="pairs")
def _pairs(play: Play, tmp_path: Path) -> Any:
    (tmp_path / "task_modules").mkdir()
    (tmp_path / "task_modules" / "pairs.py").write_text(STEP)

    def run(loop: str, *lines: str) -> Ran:
        more = "".join(f"\n              {line}" for line in lines)
        return play(f"""
        - tasks:
            - name: it
              pairs: {{word: "{{{{ item }}}}"}}
              loop: {loop}{more}
        """)

    return run


def told(ran: Ran) -> list[str]:
    return [
        f"{item['result']['item']}: {item['status']} {item['result'].get('msg', '')}".strip()
        for item in ran.named("ItemFinished")
    ]


def test_items_are_taken_as_the_step_asks_for_them_and_told_in_order(pairs: Any) -> None:
    ran = pairs("[a, b, c]")
    assert told(ran) == ["a: changed a of a b", "b: changed b of a b", "c: changed c of c"]
    assert [result["item"] for result in ran.result("it")["results"]] == ["a", "b", "c"]
    assert len(ran.named("WarningGiven")) == 1


def test_a_label_may_lean_on_what_has_come_of_the_item(pairs: Any) -> None:
    ran = pairs("[a, b]", "register: done", "loop_control: {label: '{{ done.msg }}'}")
    assert [item["label"] for item in ran.named("ItemFinished")] == ["a of a b", "b of a b"]


def test_what_needs_no_work_is_told_in_its_turn(pairs: Any) -> None:
    ran = pairs("[done, a, skip, done, b]", "when: item != 'skip'")
    assert told(ran) == [
        "done: ok done before",
        "a: changed a of a b",
        "skip: skipped",
        "done: ok done before",
        "b: changed b of a b",
    ]


def test_an_item_that_fails_leaves_the_others_their_turn(pairs: Any) -> None:
    ran = pairs("[a, unfit, bad, b]", "ignore_errors: true")
    assert told(ran) == [
        "a: changed a of a bad",
        "unfit: failed unfit for anything",
        "bad: failed it is bad",
        "b: changed b of b",
    ]
    assert ran.result("it")["results"][2]["word"] == "bad"


def test_the_author_has_the_last_word_on_each(pairs: Any) -> None:
    ran = pairs("[a, bad]", "register: r", "changed_when: false", "failed_when: \"'b' in r.msg\"")
    assert told(ran) == ["a: failed a of a bad", "bad: failed it is bad"]


def test_an_item_whose_condition_cannot_be_asked_fails_alone(pairs: Any) -> None:
    ran = pairs("[a, b, c]", "ignore_errors: true", "when: item != 'b' or nothing")
    assert [line.partition(" ")[2].split()[0] for line in told(ran)] == [
        "changed",
        "failed",
        "changed",
    ]


def test_a_bug_of_the_step_fails_the_item_and_ends_the_loop(pairs: Any) -> None:
    ran = pairs("[a, b, bug, c]")
    assert told(ran)[:2] == ["a: changed a of a b", "b: changed b of a b"]
    assert told(ran)[2].startswith("bug: failed this is a bug in the step")
    assert len(told(ran)) == 3


@pytest.mark.parametrize(
    "between",
    ["loop_control: {pause: 0.01}", "retries: 1", "until: true", "check_mode: true"],
)
def test_what_happens_between_items_has_them_done_one_by_one(pairs: Any, between: str) -> None:
    assert told(pairs("[a, b]", between)) == ["a: changed a alone", "b: changed b alone"]
