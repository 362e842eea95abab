"""The mail playbooks, run as a user runs them; what came of it, and what their server keeps.

Everything is in the test's folder: the server's mail, its files, and what is remembered.
"""

from __future__ import annotations

import email
import email.policy
import json
import subprocess
import sys
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeAlias

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
Event: TypeAlias = dict[str, Any]
Run: TypeAlias = Callable[..., list[Event]]


def runner(folder: Path) -> Run:
    """Give what runs a playbook and gives its events."""

    def run(name: str, *options: str) -> list[Event]:
        where = ("-e", f"mail_folder={folder / 'mail'}", "-e", f"root={folder}")
        state = ("--state-dir", str(folder / "state"))
        command = [sys.executable, "-m", "opsplay", "run", str(PLAYBOOKS / name), *where, *state]
        done = subprocess.run(
            [*command, "--output", "json", *options],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def result(events: list[Event], task: str) -> dict[str, Any]:
    """What came of a task that has run once."""
    (number,) = {event["task"] for event in events if event.get("name") == task and "step" in event}
    (finished,) = (
        event for event in events if event["event"] == "StepFinished" and event["task"] == number
    )
    found: dict[str, Any] = finished["result"]
    return found


def mails(folder: Path, user: str = "li@example.com") -> list[EmailMessage]:
    """What the server keeps for an account, as Python reads it; oldest first."""
    found = []
    for path in sorted((folder / "mail" / user / "new").iterdir()):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def body(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
