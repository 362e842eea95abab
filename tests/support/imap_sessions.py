"""IMAP sessions of li, whose password is geheim, on a server at a port of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from opsplay.tasks.clients.imap import ImapSession
from opsplay.tasks.clients.mail_account import MailAccount
from opsplay.tasks.clients.mailbox import Entry


def session_at(
    port: int, folder: str = "INBOX", *, read_only: bool = False, **changes: Any
) -> ImapSession:
    given = {"host": "127.0.0.1", "port": port, "tls": "none", "timeout": 60}
    login = {"user": "li", "password": "geheim"}
    return ImapSession(MailAccount(**{**given, **login, **changes}), folder, read_only=read_only)


@contextmanager
def opened(
    port: int, folder: str = "INBOX", *, read_only: bool = False, **changes: Any
) -> Iterator[ImapSession]:
    session = session_at(port, folder, read_only=read_only, **changes)
    session.open()
    try:
        yield session
    finally:
        session.close()


def fetched(session: ImapSession, *entries: Entry, limit: int = 1_000_000) -> list[bytes]:
    """Fetch these messages, or all."""
    messages = session.messages(entries or session.entries(), limit, BytesIO)
    return [raw if isinstance(raw, bytes) else raw.read() for _, raw in messages]
