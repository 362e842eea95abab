"""Playbooks run as a user runs them, and what their events tell."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, TypeAlias

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
Event: TypeAlias = dict[str, Any]


def events_of(name: str, *options: str, cwd: Path | None = None) -> list[Event]:
    """Run one of the playbooks, which must end well; give its events."""
    command = [sys.executable, "-m", "opsplay", "run", str(PLAYBOOKS / name), "--output", "json"]
    done = subprocess.run(
        [*command, *options], capture_output=True, text=True, check=False, cwd=cwd
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def result(events: list[Event], task: str) -> dict[str, Any]:
    """What came of a task that has run once."""
    (number,) = {event["task"] for event in events if event.get("name") == task and "step" in event}
    (finished,) = (
        event for event in events if event["event"] == "StepFinished" and event["task"] == number
    )
    found: dict[str, Any] = finished["result"]
    return found
