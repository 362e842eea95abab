"""The task debugger: a person can look at a step, change it and do it again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FAILING = """
- hosts: localhost
  vars: {right: good}
  tasks:
    - {name: greet, debugger: on_failed, debug: {msg: "{{ wrong }}"}}
    - {name: behind, debug: {msg: went on}}
"""
PROMPT = "[localhost] TASK: greet (debug)> "


def answered(
    folder: Path, text: str, *typed: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a playbook with these lines as answers."""
    (folder / "site.yml").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "opsplay", "run", "site.yml"],
        cwd=folder,
        input="".join(f"{line}\n" for line in typed),
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def debugged(folder: Path, text: str, *typed: str, status: int = 0) -> list[str]:
    """Give the lines that such a run shows, if it ends with this status."""
    ran = answered(folder, text, *typed)
    assert ran.returncode == status, ran.stdout + ran.stderr
    return ran.stdout.splitlines()


def test_an_argument_can_be_set_and_the_step_done_again(tmp_path: Path) -> None:
    shown = debugged(tmp_path, FAILING, "task.args['msg'] = '{{ right }}'", "redo")
    assert f"{PROMPT}{PROMPT}ok: [localhost] => good" in shown
    assert "ok: [localhost] => went on" in shown
    assert "failed=0" in shown[-2]


def test_a_variable_can_be_set(tmp_path: Path) -> None:
    shown = debugged(tmp_path, FAILING, "task_vars['wrong'] = right ~ '!'", "u", "r")
    assert any(line.endswith("ok: [localhost] => good!") for line in shown)


def test_what_was_done_to_the_arguments_can_be_taken_back(tmp_path: Path) -> None:
    typed = ("task.args['msg'] = 1", "update_task", "p task.args", "c")
    assert f"{PROMPT * 3}{{'msg': '{{{{ wrong }}}}'}}" in debugged(
        tmp_path, FAILING, *typed, status=2
    )


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("task", "TASK: greet"),
        ("host", "'localhost'"),
        ("task_vars['right']", "'good'"),
        ("result._result.failed", "True"),
        ("nosuch", "***'nosuch' is undefined"),
        ("1 +", "***Syntax error in expression: unexpected 'end of template'"),
    ],
)
def test_an_expression_is_shown(tmp_path: Path, expression: str, value: str) -> None:
    shown = debugged(tmp_path, FAILING, f"p {expression}", "c", status=2)
    assert f"{PROMPT}{value}" in shown


def test_the_run_goes_on_as_without(tmp_path: Path) -> None:
    shown = debugged(tmp_path, FAILING, "continue", status=2)
    assert "failed=1" in shown[-2]


@pytest.mark.parametrize("typed", [["q"], ["quit"], []], ids=["q", "quit", "nothing more"])
def test_the_run_can_be_ended(tmp_path: Path, typed: list[str]) -> None:
    shown = debugged(tmp_path, FAILING, *typed, status=99)
    assert f"{PROMPT}User interrupted execution" in shown


def test_any_other_word_tells_what_there_is(tmp_path: Path) -> None:
    shown = debugged(tmp_path, FAILING, "what", "c", status=2)
    assert "c, continue                  go on with the run" in shown


def is_asked(folder: Path, task: str, play: str = "", **settings: str) -> bool:
    """Tell whether the debugger asks about a task."""
    text = f"- hosts: localhost\n{play}  tasks:\n    - {{name: greet, {task}}}\n"
    return PROMPT in answered(folder, text, "c", **settings).stdout


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("debugger: always, debug: ", True),
        ("debugger: never, fail: ", False),
        ("debugger: on_failed, debug: ", False),
        ("debugger: on_failed, fail: , ignore_errors: true", False),
        ("debugger: on_skipped, debug: , when: false", True),
        ("debugger: on_skipped, debug: ", False),
        ("debugger: on_unreachable, ping: , vars: {ansible_connection: ssh}", True),
        ("debugger: on_unreachable, fail: ", False),
        ("fail: ", False),
    ],
)
def test_the_keyword_says_when(tmp_path: Path, task: str, expected: bool) -> None:  # noqa: FBT001
    assert is_asked(tmp_path, task) == expected


def test_blocks_and_plays_hand_it_down(tmp_path: Path) -> None:
    assert is_asked(tmp_path, "fail: ", play="  debugger: on_failed\n")


def test_a_setting_or_the_strategy_asks_about_every_failure(tmp_path: Path) -> None:
    assert is_asked(tmp_path, "fail: ", ANSIBLE_ENABLE_TASK_DEBUGGER="1")
    assert is_asked(tmp_path, "fail: ", play="  strategy: debug\n")
    assert not is_asked(tmp_path, "debug: ", ANSIBLE_ENABLE_TASK_DEBUGGER="1")


def test_failures_that_are_forgiven_can_be_asked_about_too(tmp_path: Path) -> None:
    how = {"ANSIBLE_TASK_DEBUGGER_IGNORE_ERRORS": "0"}
    assert is_asked(tmp_path, "debugger: on_failed, fail: , ignore_errors: true", **how)


def test_what_is_hidden_is_not_shown(tmp_path: Path) -> None:
    text = """
    - hosts: localhost
      tasks:
        - {name: greet, debugger: on_failed, no_log: true, fail: {msg: "it is {{ 'geh' ~ 'eim' }}"}}
    """
    shown = debugged(tmp_path, text, "p task.args", "p result._result", "c", status=2)
    assert f"{PROMPT}'hidden by no_log'" in shown
    assert "geheim" not in "\n".join(shown)


def test_a_step_that_was_done_again_is_done_for_the_run_that_resumes(tmp_path: Path) -> None:
    text = """
    - hosts: localhost
      tasks:
        - name: greet
          debugger: on_failed
          shell: echo once >> log; test -f go
        - stat: {path: later}
          register: later
          failed_when: not later.stat.exists
    """
    debugged(tmp_path, text, "task.args['cmd'] = 'echo again >> log'", "r", status=2)
    (tmp_path / "later").touch()
    subprocess.run([sys.executable, "-m", "opsplay", "resume"], cwd=tmp_path, check=True)
    assert (tmp_path / "log").read_text().split() == ["once", "again"]
