from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsplay.runner.dataclasses import replace
from opsplay.runner.task import TaskError
from opsplay.tasks import raw

if TYPE_CHECKING:
    from opsplay.runner.task import Context


def test_a_command_line_is_run_by_a_shell(ctx: Context) -> None:
    result = raw.run(raw.Params(cmd="echo $((40 + 2)); echo no >&2"), ctx)
    assert result.changed
    assert result.data == {
        "rc": 0,
        "stdout": "42\n",
        "stdout_lines": ["42"],
        "stderr": "no\n",
        "stderr_lines": ["no"],
    }


def test_the_environment_of_the_task_means_nothing_which_is_told(ctx: Context) -> None:
    told: list[str] = []
    ctx = replace(ctx, environment={"WORD": "hi"}, on_warning=told.append)
    assert raw.run(raw.Params(cmd="echo $WORD"), ctx).data["stdout"] == "\n"
    assert told == ["raw module does not support the environment keyword"]


def test_another_shell_may_be_asked_for(ctx: Context) -> None:
    assert raw.run(raw.Params(cmd="echo $0", executable="/bin/bash"), ctx).data["stdout"] == (
        "/bin/bash\n"
    )


def test_an_empty_name_is_that_of_the_usual_shell(ctx: Context) -> None:
    """As in Ansible."""
    assert raw.run(raw.Params(cmd="echo $0", executable=""), ctx).data["stdout"] == "/bin/sh\n"


def test_a_status_that_is_not_zero_fails(ctx: Context) -> None:
    with pytest.raises(TaskError, match="non-zero return code") as caught:
        raw.run(raw.Params(cmd="exit 3"), ctx)
    assert caught.value.data["rc"] == 3
    assert caught.value.data["changed"] is True


def test_bytes_that_are_no_text_are_replaced(ctx: Context) -> None:
    assert raw.run(raw.Params(cmd=r"printf 'a\377'"), ctx).data["stdout"] == "a\ufffd"


def test_nothing_cannot_be_run(ctx: Context) -> None:
    with pytest.raises(TaskError, match="no command given"):
        raw.run(raw.Params(cmd=""), ctx)
