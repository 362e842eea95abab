"""Our mail server with two accounts, and Python's own clients for it."""

from __future__ import annotations

import imaplib
import poplib
import re
import smtplib
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, TypeAlias

from opsplay.tasks.servers.mail import MailServer
from opsplay.tasks.servers.mailboxes import Account

MAIL = b"Subject: hi\r\n\r\n.dot\r\n..dots\r\nend\r\n"
ACCOUNTS = [Account("ann@example.com", "geheim", "t0ken"), Account("ben", "hemlig")]

Start: TypeAlias = Callable[..., MailServer]
"""Starts one that the test's end stops; takes what MailServerOptions does."""


@contextmanager
def smtp(server: MailServer) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=60) as client:
        yield client


@contextmanager
def pop3(server: MailServer, user: str = "ben", password: str = "hemlig") -> Iterator[poplib.POP3]:
    client = poplib.POP3("127.0.0.1", server.pop3_port, timeout=60)
    try:
        client.user(user)
        client.pass_(password)
        yield client
        client.quit()
    finally:
        client.close()


@contextmanager
def imap(
    server: MailServer, user: str = "ben", password: str = "hemlig", folder: str | None = "INBOX"
) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4("127.0.0.1", server.imap_port, timeout=60) as client:
        client.login(user, password)
        if folder:
            client.select(folder)
        yield client


@contextmanager
def raw(port: int) -> Iterator[socket.socket]:
    """A connection that has heard the greeting."""
    with closing(socket.create_connection(("127.0.0.1", port), 60)) as client:
        client.recv(1000)
        yield client


def send(server: MailServer, *to: str, data: bytes = MAIL) -> dict[str, tuple[int, bytes]]:
    with smtp(server) as client:
        return client.sendmail("me@example.org", to, data)


def mails(server: MailServer, user: str = "ben", password: str = "hemlig") -> list[bytes]:
    with pop3(server, user, password) as client:
        return [b"\r\n".join(client.retr(n + 1)[1]) + b"\r\n" for n in range(client.stat()[0])]


def texts(found: tuple[str, Any]) -> list[bytes]:
    """The literals of what imaplib has fetched."""
    return [item[1] for item in found[1] if isinstance(item, tuple)]


def lines_of(client: imaplib.IMAP4, command: bytes) -> list[bytes]:
    """Send a command, and give all lines up to the tagged one, in their order."""
    client.send(command + b"\r\n")
    lines = [client.readline()]
    while not re.match(rb"\w+ (OK|NO|BAD) ", lines[-1]):
        lines.append(client.readline())
    return lines
