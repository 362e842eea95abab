"""What mail servers say, and mails.

Each target takes bytes and raises nothing, unless there is something to mend. What a user would be
told is caught here: the errors that are ours, with their words.
"""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from pathlib import Path

from opsplay.runner.errors import OpsplayError
from opsplay.tasks.clients.imap import ImapSession
from opsplay.tasks.clients.imap_search import Criteria
from opsplay.tasks.clients.mail_account import MailAccount
from opsplay.tasks.clients.mailbox import MailSession
from opsplay.tasks.clients.pop3 import Pop3Session
from opsplay.tasks.clients.smtp import SmtpSession
from opsplay.tasks.clients.smtp_envelope import Envelope
from opsplay.tasks.message.filing import safe_name
from opsplay.tasks.message.read import read

from .babbler import PATIENCE, babbler

_LARGEST = 1024 * 1024
_PASSWORD = "plum"


def smtp(data: bytes) -> None:
    """A mail is sent, or not, whatever the server says."""
    session = SmtpSession(_account(data))
    mail = Envelope(
        sender="a@b.c", receivers=["d@e.f", "g@h.i"], pieces=[b"Subject: x\r\n\r\n.\r\n"]
    )
    with suppress(OpsplayError):
        session.open()
        session.deliver(mail)
    session.abort()


def pop3(data: bytes) -> None:
    """Mails are fetched, or not, whatever the server says."""
    _fetch(Pop3Session(_account(data)))


def imap(data: bytes) -> None:
    """Mails are looked for and fetched, or not, whatever the server says."""
    _fetch(ImapSession(_account(data), read_only=True))


def _fetch(session: MailSession) -> None:
    with suppress(OpsplayError):
        session.open()
        entries = session.entries()
        session.search(Criteria(unseen=True))
        list(session.heads(entries, 1_000))
        list(session.messages(entries, _LARGEST, BytesIO))
    session.hang_up()


def message(data: bytes) -> None:
    """Any bytes are a mail; the names of its files are names."""
    mail = read(data)
    for attachment in mail.attachments:
        name = safe_name(attachment.name, "attachment")
        assert Path(name).name == name


def _account(data: bytes) -> MailAccount:
    return MailAccount(
        host="127.0.0.1",
        port=babbler(data).port,
        user="li",
        password=_PASSWORD,
        tls="none",
        timeout=PATIENCE,
    )
