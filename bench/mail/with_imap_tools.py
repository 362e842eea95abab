"""Fetch mails with imap_tools in its way for many, and keep each as a file."""

from __future__ import annotations

from imap_tools import MailBoxUnencrypted  # type: ignore[import-not-found]  # as aiosmtplib

from .programs import Given
from .servers import HOST, PASSWORD, USER

TOGETHER = 100


def main() -> None:
    given = Given.from_command_line()
    with MailBoxUnencrypted(HOST, given.port).login(USER, PASSWORD) as mailbox:
        for number, message in enumerate(mailbox.fetch(mark_seen=False, bulk=TOGETHER)):
            given.keep(number, message.obj.as_bytes())


if __name__ == "__main__":
    main()
