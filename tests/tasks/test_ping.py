from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsplay.runner.task import TaskError
from opsplay.tasks import ping

if TYPE_CHECKING:
    from opsplay.runner.task import Context


@pytest.mark.parametrize("data", ["pong", "{{ here }}"])
def test_the_answer_is_what_was_given(ctx: Context, data: str) -> None:
    result = ping.run(ping.Params(data=data), ctx)
    assert (result.changed, result.data) == (False, {"ping": data})


def test_the_answer_is_pong_if_nothing_was_given(ctx: Context) -> None:
    assert ping.run(ping.Params(), ctx).data == {"ping": "pong"}


def test_it_fails_when_asked_to(ctx: Context) -> None:
    with pytest.raises(TaskError, match="boom"):
        ping.run(ping.Params(data="crash"), ctx)
