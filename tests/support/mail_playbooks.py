"""The mail playbooks, run as a user runs them; what came of it, and what their server keeps.

Everything is in the test's folder: the server's mail, its files, and what is remembered.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import TypeAlias

from playbook_runs import Event, events_of

Run: TypeAlias = Callable[..., list[Event]]


def runner(folder: Path) -> Run:
    """Give what runs a playbook and gives its events."""

    def run(name: str, *options: str) -> list[Event]:
        where = ("-e", f"mail_folder={folder / 'mail'}", "-e", f"root={folder}")
        state = ("--state-dir", str(folder / "state"))
        return events_of(name, *where, *state, *options, cwd=folder)

    return run


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
