"""`--step`: the user is asked before every task."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from on_terminal import on_a_terminal

if TYPE_CHECKING:
    from .conftest import Play

TASKS = """
- tasks:
    - {name: one, debug: {msg: did one}}
    - {name: two, debug: {msg: did two}}
    - {name: three, debug: {msg: did three}}
    - {name: four, debug: {msg: did four}}
"""


def answered(folder: Path, *answers: str) -> str:
    """Run on a terminal, answer each question once it was asked; give all that was shown."""
    (folder / "site.yml").write_text(TASKS)
    asked = [("(N)o/(y)es/(c)ontinue: ", answer) for answer in answers]
    return on_a_terminal("run", str(folder / "site.yml"), "--step", dialogue=asked)


def test_a_task_runs_if_the_user_says_yes_and_all_others_after_continue(tmp_path: Path) -> None:
    shown = answered(tmp_path, "y", "n", "c")
    assert [word for word in ("one", "two", "three", "four") if f"did {word}" in shown] == [
        "one",
        "three",
        "four",
    ]
    assert "Perform task: TASK: one (N)o/(y)es/(c)ontinue: " in shown
    assert "TASK: four" not in shown


def test_no_answer_is_no(tmp_path: Path) -> None:
    assert "did" not in answered(tmp_path, "", "", "", "")


def test_a_script_may_write_the_answers(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text(TASKS)
    command = (sys.executable, "-m", "opsplay", "run", str(tmp_path / "site.yml"), "--step")
    said = subprocess.run(command, input=b"n\ny\n\nn\n", capture_output=True, check=True)
    assert [word for word in (b"one", b"two", b"three") if b"did " + word in said.stdout] == [
        b"two"
    ]


def test_an_answer_that_is_no_text_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text(TASKS)
    command = (sys.executable, "-m", "opsplay", "run", str(tmp_path / "site.yml"), "--step")
    env = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    said = subprocess.run(command, input=b"\xff\n", capture_output=True, check=False, env=env)
    assert said.returncode == 5
    assert said.stderr.endswith(b"opsplay: what comes from stdin is no UTF-8\n")


def test_a_script_may_write_several_answers_at_once_and_keep_its_pipe_open(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text(TASKS)
    command = (sys.executable, "-m", "opsplay", "run", str(tmp_path / "site.yml"), "--step")
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"n\ny\nn\nn\n")
        shown = process.stdout.read()
    assert [word for word in (b"one", b"two", b"three") if b"did " + word in shown] == [b"two"]


def test_each_play_is_asked_for_again(tmp_path: Path) -> None:
    plays = "".join(f"- tasks: [{{name: {word}, debug: {{msg: did}}}}]\n" for word in ("a", "b"))
    (tmp_path / "site.yml").write_text(plays)
    command = (sys.executable, "-m", "opsplay", "run", str(tmp_path / "site.yml"), "--step")
    said = subprocess.run(command, input=b"c\nn\n", capture_output=True, check=True)
    assert said.stdout.count(b"=> did") == 1
    assert b"Perform task: TASK: b (N)o" in said.stderr


def test_without_a_terminal_it_is_refused(play: Play) -> None:
    ran = play("- tasks: [debug: ]", "--step")
    assert ran.code == 5
    assert ran.err == (
        "opsplay: --step asks before every task, and there is no terminal to ask on\n"
    )


def test_a_handler_is_called_so_and_is_due_again_after_a_no(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text("""
- tasks:
    - {name: one, debug: , changed_when: true, notify: told}
    - {meta: flush_handlers}
    - {name: two, debug: }
  handlers: [{name: told, debug: {msg: did}}]
""")
    command = (sys.executable, "-m", "opsplay", "run", str(tmp_path / "site.yml"), "--step")
    said = subprocess.run(command, input=b"y\nn\nn\ny\n", capture_output=True, check=True)
    asked = [each.partition(b" (N)o")[0] for each in said.stderr.split(b"Perform task: ")[1:]]
    assert asked == [b"TASK: one", b"HANDLER: told", b"TASK: two", b"HANDLER: told"]
    assert said.stdout.count(b"=> did") == 1
