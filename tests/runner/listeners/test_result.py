"""What a step has to say, in words."""

from __future__ import annotations

from typing import Any

import pytest

from opsplay.runner.listeners.result import details, message

POINTING = "site.yml:3:7: missing required arguments: dest\n   3 |     copy:"


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"failed": True, "msg": "no", "hint": "say yes"}, "no; say yes"),
        ({"failed": True, "msg": "It is no.", "hint": "say yes"}, "It is no; say yes"),
        ({"failed": False, "msg": "well", "hint": "of a module"}, "well"),
        ({"failed": True, "msg": "missing required arguments: dest", "origin": POINTING}, POINTING),
        ({"failed": True, "msg": "no", "origin": "of a module"}, "no"),
    ],
)
def test_what_may_be_done_and_where_it_is_are_said_with_a_failure(
    result: dict[str, Any], said: str
) -> None:
    assert message(result, step="copy") == said
    assert details(result, step="copy", output=True) == ""
