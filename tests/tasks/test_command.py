from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from opsplay.runner.dataclasses import replace
from opsplay.runner.task import Context, TaskError
from opsplay.tasks import command
from powers import permissions_matter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def run(ctx: Context, cmd: str | None = None, **arguments: object) -> Mapping[str, object]:
    params = command.Params(cmd=cmd, **arguments)  # type: ignore[arg-type]
    return command.run(params, ctx).data


def test_a_program_is_run_and_told(ctx: Context) -> None:
    result = command.run(command.Params(cmd="printf 'a b\\nc\\n\\n'"), ctx)
    assert result.changed
    assert result.data["cmd"] == ["printf", "a b\\nc\\n\\n"]
    assert result.data["rc"] == 0
    assert result.data["stdout"] == "a b\nc"
    assert result.data["stdout_lines"] == ["a b", "c"]
    assert result.data["stderr_lines"] == []


def test_start_end_and_delta_fit_together(ctx: Context) -> None:
    data = run(ctx, "true")
    start, end = (datetime.fromisoformat(str(data[key])) for key in ("start", "end"))
    assert str(end - start) == data["delta"]


def test_what_is_no_text_is_refused_as_in_ansible_unless_that_is_switched_off(
    ctx: Context,
) -> None:
    with pytest.raises(TaskError, match="Refusing to deserialize an invalid UTF8 string") as caught:
        run(ctx, r"printf 'a\377'")
    assert "rc" not in caught.value.data
    assert run(replace(ctx, strict_texts=False), r"printf 'a\377'")["stdout"] == "a\ufffd"


def test_no_shell_reads_the_line(ctx: Context) -> None:
    assert run(ctx, "echo 'a;b' * | cat > x $(id)")["stdout"] == "a;b * | cat > x $(id)"


def test_a_list_of_words_needs_no_quotes(ctx: Context) -> None:
    assert run(ctx, argv=["echo", "a  'b'", "中文 名"])["stdout"] == "a  'b' 中文 名"
    assert run(ctx, argv=["echo", None, "a"])["stdout"] == " a"


def test_a_shell_is_not_used_and_that_is_told(ctx: Context) -> None:
    result = command.run(command.Params(cmd="echo $0", executable="/bin/bash"), ctx)
    assert result.data["stdout"] == "$0"
    assert "Not using '/bin/bash'" in result.warnings[0]


def test_it_runs_in_the_playbooks_folder(ctx: Context, tmp_path: Path) -> None:
    assert run(ctx, "pwd")["stdout"] == str(tmp_path)


def test_it_runs_in_another_folder(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "月 报").mkdir()
    assert run(ctx, "pwd", chdir="月 报")["stdout"] == str(tmp_path / "月 报")


def test_a_missing_folder_is_named(ctx: Context, tmp_path: Path) -> None:
    with pytest.raises(TaskError) as caught:
        run(ctx, "pwd", chdir="nowhere")
    assert caught.value.msg == "Unable to change directory before execution."
    assert caught.value.data["hint"] == f"chdir: {tmp_path}/nowhere: No such file or directory"


def test_a_folder_that_may_not_be_entered(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(0o000)
    words = "^Unable to change directory before execution"
    with permissions_matter(), pytest.raises(TaskError, match=words):
        run(ctx, "pwd", chdir="closed")


def test_not_zero_is_a_failure_that_keeps_the_output(ctx: Context) -> None:
    with pytest.raises(TaskError, match=r"^non-zero return code$") as caught:
        run(ctx, "sh -c 'echo out; echo err >&2; exit 7'")
    data = caught.value.data
    assert (data["rc"], data["stdout"], data["stderr"]) == (7, "out", "err")
    assert data["changed"] is True


def test_a_missing_program_fails_with_all_keys(ctx: Context) -> None:
    with pytest.raises(TaskError, match=r"^Error executing command\.$") as caught:
        run(ctx, "no-such-program --help")
    data = caught.value.data
    assert (data["rc"], data["cmd"], data["stdout"]) == (2, "no-such-program --help", "")
    assert "no such program" in str(data["hint"])


@pytest.mark.parametrize(("pattern", "runs"), [("there.txt", False), ("th*", False), ("x", True)])
def test_creates_spares_the_run(ctx: Context, tmp_path: Path, pattern: str, *, runs: bool) -> None:
    (tmp_path / "there.txt").touch()
    result = command.run(command.Params(cmd="touch ran", creates=pattern), ctx)
    assert result.changed == runs
    assert (tmp_path / "ran").exists() == runs
    assert result.data["rc"] == 0
    if not runs:
        assert result.msg == f"Did not run command since '{pattern}' exists"
        assert (result.data["start"], result.data["end"], result.data["delta"]) == (None,) * 3


@pytest.mark.parametrize(("pattern", "runs"), [("there.txt", True), ("th*", True), ("x", False)])
def test_removes_asks_for_the_run(
    ctx: Context, tmp_path: Path, pattern: str, *, runs: bool
) -> None:
    (tmp_path / "there.txt").touch()
    result = command.run(command.Params(cmd="touch ran", removes=pattern), ctx)
    assert result.changed == runs
    assert (tmp_path / "ran").exists() == runs


def test_names_of_variables_in_creates_are_replaced(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACE", str(tmp_path))
    result = command.run(command.Params(cmd="touch ran", creates="$PLACE"), ctx)
    assert result.msg == f"Did not run command since '{tmp_path}' exists"


def test_the_folder_that_a_program_is_told_of_is_the_playbooks(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PWD", "/elsewhere")
    assert run(ctx, "printenv PWD")["stdout"] == str(tmp_path)
    assert run(ctx, "echo $PWD")["stdout"] == str(tmp_path)


def test_creates_is_looked_for_in_chdir(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "[odd]").mkdir()
    (tmp_path / "[odd]" / "there").touch()
    assert not command.run(command.Params(cmd="true", chdir="[odd]", creates="there"), ctx).changed


def test_check_mode_skips_what_nobody_can_foretell(
    contexts: Callable[..., Context], tmp_path: Path
) -> None:
    result = command.run(command.Params(cmd="touch ran"), contexts(check=True))
    assert result.skipped
    assert not result.changed
    assert result.msg == "Command would have run if not in check mode"
    assert not (tmp_path / "ran").exists()


def test_check_mode_foretells_by_creates(contexts: Callable[..., Context], tmp_path: Path) -> None:
    params = command.Params(cmd="touch ran", creates="ran")
    assert command.run(params, contexts(check=True)).changed
    (tmp_path / "ran").touch()
    result = command.run(params, contexts(check=True))
    assert not result.changed
    assert result.msg == "Would not run command since 'ran' exists"


@pytest.mark.parametrize(("newline", "expected"), [(True, "你好\n"), (False, "你好")])
def test_standard_input_ends_with_a_line_break_unless_that_is_switched_off(
    ctx: Context, *, newline: bool, expected: str
) -> None:
    data = run(ctx, "cat", stdin="你好", stdin_add_newline=newline, strip_empty_ends=False)
    assert data["stdout"] == expected


def test_nothing_on_standard_input_is_not_even_a_line(ctx: Context) -> None:
    assert run(ctx, "wc -c", stdin="")["stdout"] == "0"


def test_variables_and_the_home_folder_are_filled_in(contexts: Callable[..., Context]) -> None:
    ctx = contexts(environment={"GREETING": "你 好", "HOME": "/home/li"})
    assert run(ctx, "echo $GREETING ${GREETING} $NO_SUCH ~ ~/x ~nobody-here")["stdout"] == (
        "你 好 你 好 $NO_SUCH /home/li /home/li/x ~nobody-here"
    )


def test_variables_stay_when_they_are_to_stay(ctx: Context) -> None:
    assert run(ctx, "echo $HOME ~", expand_argument_vars=False)["stdout"] == "$HOME ~"


def test_lines_are_told_live(contexts: Callable[..., Context]) -> None:
    told: list[str] = []
    run(contexts(on_line=told.append), "printf 'a\\nb\\n'")
    assert told == ["a", "b"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "one of the following is required"),
        ({"cmd": "  "}, "one of the following is required"),
        ({"argv": []}, "one of the following is required"),
        ({"cmd": "a", "argv": ["a"]}, "mutually exclusive"),
        ({"cmd": "echo 'open"}, "No closing quotation"),
    ],
)
def test_what_is_no_command_is_refused(
    ctx: Context, arguments: dict[str, object], words: str
) -> None:
    with pytest.raises(TaskError, match=words):
        run(ctx, **arguments)  # type: ignore[arg-type]
