from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsplay.runner.task import Context, TaskError
from opsplay.tasks import shell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_pipes_variables_and_several_lines(ctx: Context) -> None:
    script = "for n in 1 2 3; do\n  echo $n\ndone | wc -l\necho ${HOME:+home}"
    result = shell.run(shell.Params(cmd=script), ctx)
    assert result.changed
    assert result.data["stdout_lines"] == ["3", "home"]
    assert result.data["cmd"] == script


def test_another_shell(ctx: Context) -> None:
    params = shell.Params(cmd="a=(x y); echo ${#a[@]}", executable="/bin/bash")
    assert shell.run(params, ctx).data["stdout"] == "2"


def test_a_missing_shell_is_named(ctx: Context) -> None:
    with pytest.raises(TaskError, match="Error executing command") as caught:
        shell.run(shell.Params(cmd="true", executable="/bin/nosh"), ctx)
    assert "cannot run '/bin/nosh'" in str(caught.value.data["hint"])


def test_the_environment_of_the_step(contexts: Callable[..., Context]) -> None:
    ctx = contexts(environment={"CITY": "上海"})
    assert shell.run(shell.Params(cmd='echo "$CITY"'), ctx).data["stdout"] == "上海"


def test_not_zero_is_a_failure(ctx: Context) -> None:
    with pytest.raises(TaskError, match="non-zero return code") as caught:
        shell.run(shell.Params(cmd="echo a; exit 3"), ctx)
    assert (caught.value.data["rc"], caught.value.data["stdout"]) == (3, "a")


def test_creates_spares_the_run(ctx: Context, tmp_path: Path) -> None:
    params = shell.Params(cmd="echo x >> done", creates="done")
    assert shell.run(params, ctx).changed
    assert not shell.run(params, ctx).changed
    assert (tmp_path / "done").read_text() == "x\n"


def test_check_mode_runs_nothing(contexts: Callable[..., Context], tmp_path: Path) -> None:
    assert shell.run(shell.Params(cmd="touch done"), contexts(check=True)).skipped
    assert not (tmp_path / "done").exists()


def test_an_empty_line_is_refused(ctx: Context) -> None:
    with pytest.raises(TaskError, match="one of the following is required"):
        shell.run(shell.Params(cmd=""), ctx)


def test_a_blank_line_does_nothing_as_in_ansible(ctx: Context) -> None:
    assert shell.run(shell.Params(cmd="  "), ctx).data["rc"] == 0
