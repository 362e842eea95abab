"""Fetch mails with Python's imaplib, all in one FETCH, and keep each as a file."""

from __future__ import annotations

import imaplib

from .programs import Given
from .servers import HOST, PASSWORD, USER


def main() -> None:
    given = Given.from_command_line()
    if given.tls == "implicit":
        server: imaplib.IMAP4 = imaplib.IMAP4_SSL(HOST, given.port, ssl_context=given.context)
    else:
        server = imaplib.IMAP4(HOST, given.port)
    if given.tls == "starttls":
        server.starttls(given.context)
    server.login(USER, PASSWORD)
    server.select("INBOX", readonly=True)
    _, parts = server.uid("FETCH", "1:*", "(BODY.PEEK[])")
    messages = [part[1] for part in parts if isinstance(part, tuple)]
    for number, message in enumerate(messages):
        given.keep(number, message)
    server.logout()


if __name__ == "__main__":
    main()
