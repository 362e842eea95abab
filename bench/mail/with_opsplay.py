"""Send or fetch mails with opsplay's clients alone: what there was is sent, what comes is counted.

As the limit does, it keeps none: to save what has come is not the client's part.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO

from opsplay.tasks.clients.imap import ImapSession
from opsplay.tasks.clients.mail_account import MailAccount
from opsplay.tasks.clients.mail_words import MailError
from opsplay.tasks.clients.pop3 import Pop3Session
from opsplay.tasks.clients.smtp import SmtpSession
from opsplay.tasks.clients.smtp_envelope import Envelope

from .messages import SENDER, receiver
from .programs import Given
from .servers import HOST, PASSWORD, USER

LIMIT = 1 << 30


def main() -> None:
    given = Given.from_command_line()
    ca_file = None if given.tls == "none" else given.ca_file
    account = MailAccount(
        host=HOST,
        port=given.port,
        tls=given.tls,  # type: ignore[arg-type]  # one of its names
        ca_file=ca_file,
        user=USER,
        password=PASSWORD,
    )
    if given.protocol == "smtp":
        send(given, MailAccount(host=HOST, port=given.port, tls="none"))
    else:
        fetch(
            given,
            Pop3Session(account)
            if given.protocol == "pop3"
            else ImapSession(account, read_only=True),
        )


def send(given: Given, account: MailAccount) -> None:
    with closing(SmtpSession(account)) as session:
        session.open()
        for result in session.deliver_all(envelopes(given)):
            if isinstance(result, MailError):
                raise result


def envelopes(given: Given) -> Iterator[Envelope]:
    message = given.mails.message(0)
    for number in range(given.mails.count):
        yield Envelope(sender=SENDER, receivers=[receiver(number)], pieces=[message])


def fetch(given: Given, session: Pop3Session | ImapSession) -> None:
    with closing(session):
        session.open()
        entries = session.entries()[: given.mails.count]
        came = [
            entry.number
            for entry, message in session.messages(entries, LIMIT, tempfile.TemporaryFile)
            if size_of(message) == entry.size
        ]
        if len(came) != given.mails.count:
            raise SystemExit(f"of {given.mails.count:,} mails {len(came):,} have come whole")


def size_of(message: bytes | BinaryIO) -> int:
    return len(message) if isinstance(message, bytes) else message.seek(0, os.SEEK_END)


if __name__ == "__main__":
    main()
