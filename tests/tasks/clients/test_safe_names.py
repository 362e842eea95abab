from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.task import TaskError
from opsplay.tasks.clients.safe_names import safe_name

ELSEWHERE = [
    "",
    ".",
    "..",
    "/",
    "/etc/passwd",
    "a/b",
    "../a",
    "a/",
    "..\\a",
    "a\\..\\b",
    "C:",
    "c:\\a",
]
TWO_LINES = ["a\nb", "a\rb", "a\0b", "\n"]


@pytest.mark.parametrize("name", [*ELSEWHERE, *TWO_LINES])
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(TaskError, match="no local file may be called so"):
        safe_name(name)


@pytest.mark.parametrize(
    "name", ["测试.txt", "...", "..a", "a..", " ", "-rf", "a\\b", "a:b", "*", "~root", "\udcb2"]
)
def test_other_names_are_what_they_are(name: str) -> None:
    assert safe_name(name) == name


@given(st.text())
def test_a_safe_name_stays_in_its_folder(name: str) -> None:
    try:
        path = Path("/folder") / safe_name(name)
    except TaskError:
        return
    assert path.parent == Path("/folder")
    assert path.name == name
