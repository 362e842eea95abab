"""Ctrl-C and its like, in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import TypeAlias

import pytest

pytestmark = pytest.mark.slow

SLEEPER = """
    - tasks:
        - block:
            - {name: sleeps, shell: touch asleep; sleep 50}
          rescue:
            - {name: not rescued, command: touch rescued}
          always:
            - {name: tidies, shell: "touch tidying; sleep {{ tidying | default(0) }}; touch tidied"}
        - {name: never, command: touch never}
"""
Start: TypeAlias = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a run in a process of its own."""
    # Whoever runs the tests may have been told to ignore it, as by nohup; runs would, too.
    heard = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    started: list[subprocess.Popen[str]] = []

    def begin(text: str, *arguments: str) -> subprocess.Popen[str]:
        (tmp_path / "site.yml").write_text(dedent(text), "utf-8")
        command = [sys.executable, "-m", "opsplay", "run", "site.yml", *arguments]
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()
    signal.signal(signal.SIGHUP, heard)


def _wait_for(file: Path) -> None:
    deadline = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < deadline, f"{file.name} never came"
        time.sleep(0.02)


def _lives(process: int) -> bool:
    """Whether the process runs; one that waits for its parent to ask how it ended does not."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text("utf-8")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("hosts", ["a,", "a,b,"])
def test_ctrl_c_stops_the_step_runs_always_and_exits_99(
    start: Start, tmp_path: Path, number: signal.Signals, hosts: str
) -> None:
    process = start(SLEEPER.replace("- tasks", "- hosts: all\n      tasks", 1), "-i", hosts)
    _wait_for(tmp_path / "asleep")
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 99
    assert "PLAY RECAP" in out
    assert out.endswith("[ERROR]: User interrupted execution\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "asleep",
        "site.yml",
        "tidied",
        "tidying",
    ]


def test_what_tidies_up_may_include_and_have_loops_but_no_handlers_are_forced(
    start: Start, tmp_path: Path
) -> None:
    more = """
        - loop: [1, 2]
          block: [{command: "touch {{ inventory_hostname }}-{{ item }}"}]
          always: [{command: "touch {{ inventory_hostname }}-always-{{ item }}"}]
    """
    (tmp_path / "more.yml").write_text(dedent(more), "utf-8")
    process = start(
        """
        - hosts: all
          force_handlers: true
          tasks:
            - {debug: , changed_when: true, notify: forced}
            - loop: [a, b]
              block: [{shell: touch asleep; sleep 50}]
              always:
                - {debug: , changed_when: true, notify: flushed}
                - {include_tasks: more.yml}
                - {meta: flush_handlers}
            - block: [{command: touch never}]
              always: [{command: touch never}]
          handlers:
            - {name: forced, command: touch forced-too}
            - {name: flushed, command: touch flushed}
        """,
        "-i",
        "x,y,",
    )
    _wait_for(tmp_path / "asleep")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 99
    each = [
        f"{host}{tidied}-{item}" for host in "xy" for tidied in ("", "-always") for item in "12"
    ]
    there = {path.name for path in tmp_path.iterdir()}
    assert there == {*each, "asleep", "site.yml", "more.yml", "flushed", "forced-too"}


def test_the_second_ctrl_c_stops_always_too(start: Start, tmp_path: Path) -> None:
    process = start(SLEEPER, "-e", "tidying=50")
    _wait_for(tmp_path / "asleep")
    process.send_signal(signal.SIGINT)
    _wait_for(tmp_path / "tidying")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 99
    assert not (tmp_path / "tidied").exists()


def test_ctrl_c_once_more_ends_what_heeds_nothing(start: Start, tmp_path: Path) -> None:
    (tmp_path / "task_modules").mkdir()
    (tmp_path / "task_modules/deaf.py").write_text(DEAF)
    process = start("- tasks: [deaf: ]")
    _wait_for(tmp_path / "asleep")
    for _ in range(2):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.7)
    assert process.poll() is None
    time.sleep(0.7)
    process.send_signal(signal.SIGTERM)
    assert "what it was doing is in doubt" in process.communicate(timeout=10)[0]
    assert process.returncode == 99


DEAF = '''"""Heed nothing."""
import time
from pathlib import Path
from opsplay.runner.dataclasses import dataclass
@dataclass(frozen=True, kw_only=True)
class Params: ...
def run(params, ctx):
    Path("asleep").touch()
    time.sleep(60)
'''


def test_a_stopped_step_leaves_no_child_behind(start: Start, tmp_path: Path) -> None:
    process = start("""
        - tasks:
            - {name: sleeps, shell: "sleep 51 & echo $! > child; touch asleep; wait"}
    """)
    _wait_for(tmp_path / "asleep")
    child = int((tmp_path / "child").read_text())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    deadline = time.monotonic() + 60
    while _lives(child):  # it may still be dying
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_ctrl_c_ends_the_wait_between_attempts(start: Start, tmp_path: Path) -> None:
    process = start("""
        - tasks:
            - {name: retried, shell: touch tried; exit 1, retries: 2, delay: 50}
    """)
    _wait_for(tmp_path / "tried")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 99
