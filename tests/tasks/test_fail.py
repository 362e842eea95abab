from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsplay.runner.task import Context, TaskError
from opsplay.tasks import fail

if TYPE_CHECKING:
    from collections.abc import Callable


def test_it_fails_with_the_message(ctx: Context) -> None:
    with pytest.raises(TaskError) as caught:
        fail.run(fail.Params(msg="没有报告"), ctx)
    assert caught.value.msg == "没有报告"


def test_without_a_message_it_says_that_it_was_asked_to(contexts: Callable[..., Context]) -> None:
    with pytest.raises(TaskError, match="Failed as requested from task"):
        fail.run(fail.Params(), contexts(check=True))
