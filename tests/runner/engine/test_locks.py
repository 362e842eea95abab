"""`lock` of a play: who has it, who waits for it, and what becomes of it when its run dies."""

from __future__ import annotations

import getpass
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from opsplay.runner.cli import main

pytestmark = pytest.mark.slow

PLAY = """
- hosts: localhost
  gather_facts: false
  vars: {box: inbox}
  lock: LOCK
  tasks:
    - command: touch begun
    - command: sleep SECONDS
"""


def write(folder: Path, name: str, lock: str, seconds: float = 0) -> None:
    text = PLAY.replace("LOCK", lock).replace("SECONDS", str(seconds))
    (folder / name).write_text(text)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@contextmanager
def holding(folder: Path, lock: str, seconds: float = 60) -> Iterator[subprocess.Popen[bytes]]:
    """A run that has the lock."""
    write(folder, "holder.yml", lock, seconds)
    command = [sys.executable, "-m", "opsplay", "run", "holder.yml"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while not (folder / "begun").exists():
            time.sleep(0.01)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def test_who_holds_a_lock_is_told_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, "second.yml", '"{{ box }}"')
    with holding(folder, "inbox") as holder:
        assert main(["run", "second.yml"]) == 4
        said = capsys.readouterr().err
    assert f"the lock inbox is held by {getpass.getuser()} on " in said
    assert f"process {holder.pid}, run 2" in said
    line = (folder / "second.yml").read_text("utf-8").splitlines().index('  lock: "{{ box }}"') + 1
    assert f"second.yml:{line}:9: " in said


def test_another_lock_is_nobody_s_concern(folder: Path) -> None:
    write(folder, "second.yml", "outbox")
    with holding(folder, "inbox"):
        assert main(["run", "second.yml"]) == 0


def test_a_check_changes_nothing_and_needs_no_lock(folder: Path) -> None:
    write(folder, "second.yml", "inbox")
    with holding(folder, "inbox"):
        assert main(["run", "second.yml", "--check"]) == 0


def test_a_run_may_wait_until_the_other_is_done(folder: Path) -> None:
    write(folder, "second.yml", "{name: inbox, wait: 60}")
    command = [sys.executable, "-m", "opsplay", "run", "second.yml"]
    with (
        holding(folder, "inbox") as holder,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as second,
    ):
        assert second.stdout
        assert any("the lock inbox is held by" in line for line in second.stdout)
        holder.send_signal(signal.SIGTERM)
        second.communicate()
    assert second.returncode == 0


def test_the_lock_of_a_run_that_was_killed_is_free(folder: Path) -> None:
    write(folder, "second.yml", "inbox")
    with holding(folder, "inbox", seconds=2) as holder:
        holder.kill()
        holder.wait()
        assert main(["run", "second.yml"]) == 0


def test_what_is_no_lock_is_told_before_anything_runs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, "second.yml", "{nam: inbox}")
    assert main(["run", "second.yml"]) == 4
    assert "lock takes no entry named nam" in capsys.readouterr().err
    assert not (folder / "begun").exists()
