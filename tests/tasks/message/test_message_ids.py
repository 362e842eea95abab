from __future__ import annotations

import pytest

from opsplay.runner.task import TaskError
from opsplay.tasks.message import message_ids


def test_a_key_has_one_identifier_that_does_not_tell_it() -> None:
    made = message_ids.stable_id("invoice 17 for li@example.com", "example.org")
    assert made == message_ids.stable_id("invoice 17 for li@example.com", "example.org")
    assert made != message_ids.stable_id("invoice 18 for li@example.com", "example.org")
    assert made.endswith("@example.org>")
    assert message_ids.checked("message_id", made) == made
    assert "li" not in made.partition("@")[0]


def test_brackets_may_be_left_out() -> None:
    assert message_ids.checked("message_id", "a@b") == "<a@b>"


@pytest.mark.parametrize("text", ["", "<a@b", "<>", "a b@c", "<a@b> <c@d>", "<é@b>", "<a@b>x"])
def test_what_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(TaskError, match=r"^references: .* is no identifier; write it like <name@"):
        message_ids.checked("references", text)


@pytest.mark.parametrize("end", ["\r", "\n", "\0"])
def test_an_identifier_ends_no_line(end: str) -> None:
    with pytest.raises(TaskError, match=r"^message_id holds a "):
        message_ids.checked("message_id", f"<a@b>{end}Bcc: x@y")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<a@b> junk <c@d><e@f>", ["<a@b>", "<c@d>", "<e@f>"]),
        ("<a@b\r\nBcc: x@y>", []),
        ("<测试@x> <a b@c>", []),
        (f"<{'x' * 2000}@y>", []),
        ("", []),
    ],
)
def test_of_what_others_wrote_only_identifiers_are_taken(text: str, found: list[str]) -> None:
    assert message_ids.found_in(text) == found
