"""Ctrl-C and its like, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import TypeAlias

import pytest

SLEEPER = """
    - tasks:
        - block:
            - {name: sleeps, shell: echo asleep; sleep 50}
          rescue:
            - {name: not rescued, command: touch rescued}
          always:
            - {name: tidies, shell: "echo tidying; sleep {{ tidying | default(0) }}; touch tidied"}
        - {name: never, command: touch never}
"""
Start: TypeAlias = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a run whose lines can be read as they come."""
    started: list[subprocess.Popen[str]] = []

    def begin(text: str, *arguments: str) -> subprocess.Popen[str]:
        (tmp_path / "site.yml").write_text(dedent(text), "utf-8")
        command = [sys.executable, "-m", "opsplay", "run", "site.yml", "-v", *arguments]
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
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


def _wait_for(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdout
    for line in process.stdout:
        if words in line:
            return
    pytest.fail(f"{words!r} was never printed")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("hosts", ["a,", "a,b,"])
def test_ctrl_c_stops_the_step_runs_always_and_exits_99(
    start: Start, tmp_path: Path, number: signal.Signals, hosts: str
) -> None:
    process = start(SLEEPER.replace("- tasks", "- hosts: all\n      tasks", 1), "-i", hosts)
    _wait_for(process, "asleep")
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 99
    assert "PLAY RECAP" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site.yml", "tidied"]


def test_the_second_ctrl_c_stops_always_too(start: Start, tmp_path: Path) -> None:
    process = start(SLEEPER, "-e", "tidying=50")
    _wait_for(process, "asleep")
    process.send_signal(signal.SIGINT)
    _wait_for(process, "tidying")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 99
    assert not (tmp_path / "tidied").exists()


def test_a_stopped_step_leaves_no_child_behind(start: Start, tmp_path: Path) -> None:
    process = start("""
        - tasks:
            - {name: sleeps, shell: "sleep 51 & echo $! > child; echo asleep; wait"}
    """)
    _wait_for(process, "asleep")
    child = int((tmp_path / "child").read_text())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_ctrl_c_ends_a_pause_and_a_wait_between_attempts(start: Start) -> None:
    process = start("""
        - tasks:
            - {name: retried, command: "false", retries: 2, delay: 50}
    """)
    _wait_for(process, "RETRYING")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 99
