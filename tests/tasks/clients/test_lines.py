from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.task import TaskError
from opsplay.tasks.clients.lines import one_line


@given(st.text(st.characters(exclude_characters="\r\n\0")))
def test_text_without_line_breaks_passes_unchanged(text: str) -> None:
    assert one_line("path", text) == text


@pytest.mark.parametrize(
    ("text", "name"), [("a\rb", "carriage return"), ("a\n", "line feed"), ("\0", "NUL")]
)
def test_a_line_break_is_refused_and_the_error_names_the_field(text: str, name: str) -> None:
    with pytest.raises(TaskError, match=f"dest holds a {name} character"):
        one_line("dest", text)


def test_the_error_does_not_show_the_text_which_may_be_a_password() -> None:
    with pytest.raises(TaskError) as caught:
        one_line("password", "hunter2\r\nDELE x")
    assert "hunter2" not in caught.value.msg
