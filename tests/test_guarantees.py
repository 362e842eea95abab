"""Each promise in docs/guarantees.md names the tests that keep it, and they are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "guarantees.md"
TEXT = PAGE.read_text("utf-8")
PROMISES = re.findall(r"^- (.*(?:\n  .*)*)", TEXT, re.MULTILINE)
NAMED = re.compile(r"\[`(\w+)`\]\(([^)]+)\)")


@cache
def functions_of(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.partition("\n")[0])
def test_a_promise_is_kept_by_tests_that_are_there(promise: str) -> None:
    named = NAMED.findall(promise)
    assert named, "no test keeps it"
    missing = [name for name, path in named if name not in functions_of(PAGE.parent / path)]
    assert not missing


def test_every_name_on_the_page_belongs_to_a_promise() -> None:
    assert NAMED.findall(TEXT) == [found for each in PROMISES for found in NAMED.findall(each)]
    assert len(re.findall("test_", NAMED.sub("", TEXT))) == 0
