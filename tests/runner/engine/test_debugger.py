"""The task debugger: a person can look at a step, change it and do it again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

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


def test_templates_in_lists_and_mappings_are_rendered(tmp_path: Path) -> None:
    typed = ("task.args['msg'] = [{'is': '{{ right }}'}]", "r")
    shown = debugged(tmp_path, FAILING, *typed)
    assert f"{PROMPT}{PROMPT}ok: [localhost] => - is: good" in shown


def test_a_script_may_write_several_answers_at_once_and_keep_its_pipe_open(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text(FAILING)
    with subprocess.Popen(
        [sys.executable, "-m", "opsplay", "run", "site.yml"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"task.args['msg'] = right\nredo\n")
        assert b"ok: [localhost] => good" in process.stdout.read()


def test_what_is_no_value_is_told(tmp_path: Path) -> None:
    shown = debugged(tmp_path, FAILING, "task.args['msg'] = {[]: 1}", "c", status=2)
    assert f"{PROMPT}***Error rendering expression: unhashable type: 'list'" in shown


def test_all_variables_are_shown_and_one_without_a_value_says_why(tmp_path: Path) -> None:
    text = FAILING.replace("right: good", 'right: good, bad: "{{ nosuch }}"')
    shown = debugged(tmp_path, text, "p task_vars", "c", status=2)
    assert " 'right': 'good'," in shown
    assert """ 'bad': "***'nosuch' is undefined",""" in shown


def test_a_secret_is_covered_also_where_it_goes_over_several_lines(tmp_path: Path) -> None:
    secret = " ".join(f"secret{number:02}" for number in range(20))
    text = f"""
    - hosts: localhost
      vars: {{key: {secret}}}
      tasks:
        - name: greet
          debugger: on_failed
          uri: {{url: "http://127.0.0.1:1", url_username: ann, url_password: "{{{{ key }}}}"}}
    """
    shown = debugged(tmp_path, text, "p key", "p task_vars", "c", status=2)
    assert f"{PROMPT}'********'" in shown
    assert "secret19" not in "\n".join(shown)


def test_with_results_as_json_the_prompt_is_on_stderr(tmp_path: Path) -> None:
    ran = answered(tmp_path, FAILING, "p host", "c", OPSPLAY_OUTPUT="json")
    assert f"{PROMPT}localhost" in ran.stderr.splitlines()
    assert all(json.loads(line) for line in ran.stdout.splitlines())


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("task", "TASK: greet"),
        ("host", "localhost"),
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


def test_a_quit_lets_always_sections_run_and_asks_nothing_there(tmp_path: Path) -> None:
    text = """
    - hosts: localhost
      tasks:
        - block:
            - {name: greet, debugger: on_failed, fail: }
          always:
            - {debugger: always, debug: {msg: tidying}}
            - {debug: {msg: tidied}}
    """
    shown = debugged(tmp_path, text, "q", status=99)
    assert "ok: [localhost] => tidied" in shown


def test_without_any_stdin_the_run_ends(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text(FAILING)
    argv = ["sh", "-c", '"$0" -m opsplay run site.yml <&-', sys.executable]
    ran = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 99, ran.stderr
    assert f"{PROMPT}User interrupted execution" in ran.stdout


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


def test_a_keyword_that_cannot_be_rendered_is_warned_of(tmp_path: Path) -> None:
    text = FAILING.replace("on_failed", '"{{ nosuch }}"')
    ran = answered(tmp_path, text)
    assert ran.returncode == 2
    assert "Error processing keyword 'debugger': 'nosuch' is undefined" in ran.stderr


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


def test_what_stands_right_behind_the_name_of_a_step_is_called_as_in_ansible(
    tmp_path: Path,
) -> None:
    text = "- tasks: [{name: greet, debugger: on_failed, command: 'false'}]\n"
    typed = ("p task.args", "task.args['_raw_params'] = 'true'", "redo")
    shown = debugged(tmp_path, text, *typed)
    assert f"{PROMPT}{{'_raw_params': 'false'}}" in shown
    assert any(line.endswith("changed: [localhost]") for line in shown)


def test_a_handler_is_called_so(tmp_path: Path) -> None:
    text = """
- tasks: [{name: one, debug: , changed_when: true, notify: told}]
  handlers: [{name: told, fail: , debugger: on_failed}]
"""
    shown = debugged(tmp_path, text, "c", status=2)
    assert any(line.startswith("[localhost] HANDLER: told (debug)> ") for line in shown)
