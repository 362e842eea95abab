"""The embedded mail server answers as dovecot and postfix do, to the same dialogues."""

from __future__ import annotations

import imaplib
import re
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from mail_serving import lines_of
from opsplay.tasks.servers.certificate import Certificate
from opsplay.tasks.servers.mail import MailServer, MailServerOptions
from opsplay.tasks.servers.mailboxes import Account
from real_mail import Ports

MAILS = {
    '() "23-Nov-2026 02:00:05 +0000"': (
        b"From: =?utf-8?Q?Ann_M=C3=BCller?= <ann@example.com>\r\n"
        b'To: "Ben, the other" <ben@example.com>, cleo@example.com\r\n'
        b"Subject: nested\r\nMessage-ID: <1@example.com>\r\n"
        b"Date: Mon, 23 Nov 2026 10:00:00 +0800\r\n"
        b'Content-Type: multipart/mixed;\r\n boundary="out er"\r\n\r\npreamble\r\n'
        b"--out er\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nbody text\r\n"
        b"--out er\r\nContent-Type: message/rfc822\r\n\r\n"
        b"From: inner@example.org\r\nSubject: inner\r\nContent-Type: text/html; charset=gbk\r\n\r\n"
        b"<p>\r\n\r\n"
        b'--out er\r\nContent-Type: application/pdf; name="a.pdf"\r\n'
        b"Content-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="a \\"1\\".pdf"\r\n\r\neHl6\r\n--out er--\r\n'
    ),
    '(\\Flagged) "01-Nov-2026 23:59:59 +0000"': (
        b"Subject: plain\r\nX-Long: folded\r\n over lines\r\nFrom: wang@example.com\r\n"
        b"Date: Sun, 1 Nov 2026 00:00:00 +0000\r\n"
        b"Content-Type: TEXT/Plain; Charset=us-ascii; format=flowed\r\n\r\nplain\r\nsecond\r\n"
    ),
    '() "02-Nov-2026 00:00:00 +0000"': (
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\na\r\n"
        b"--b\r\nContent-Type: multipart/related; boundary=c\r\n\r\n"
        b"--c\r\nContent-Type: text/html; charset=utf-8\r\nContent-ID: <1>\r\n"
        b"Content-Description: d\r\n\r\nb\r\n--c--\r\n--b--\r\nepilogue\r\n"
    ),
}
COMMANDS = [
    "FETCH 1:* (RFC822.SIZE INTERNALDATE)",
    "FETCH 1:* ENVELOPE",
    "FETCH 1:* BODY",
    "FETCH 1:* BODYSTRUCTURE",
    "FETCH 1:* (BODY.PEEK[HEADER] BODY.PEEK[TEXT])",
    "FETCH 1:* BODY.PEEK[1]",
    "FETCH 1:* BODY.PEEK[1.MIME]",
    "FETCH 1 (BODY.PEEK[2] BODY.PEEK[2.HEADER] BODY.PEEK[2.TEXT] BODY.PEEK[2.1])",
    "FETCH 1:* BODY.PEEK[HEADER.FIELDS (Subject From)]",
    "FETCH 1:* BODY.PEEK[HEADER.FIELDS.NOT (Subject From)]",
    "FETCH 1:* BODY.PEEK[TEXT]<3.5>",
    "UID FETCH 500:* UID",
    "SEARCH ALL",
    "SEARCH FLAGGED",
    "SEARCH HEADER X-Long over",
    'SEARCH HEADER Date ""',
    "SEARCH BODY second",
    "SEARCH TEXT wang",
    "SEARCH LARGER 300 NOT SEEN",
    "SEARCH OR 1 2 NOT 3",
    "SEARCH SINCE 2-Nov-2026 BEFORE 23-Nov-2026",
    "SEARCH SENTON 23-Nov-2026",
    "UID SEARCH 2:3",
    "SEARCH COLOUR red",
    "STORE 1:2 FLAGS.SILENT (\\Deleted)",
    "SEARCH DELETED UNFLAGGED",
    "STATUS INBOX (MESSAGES UIDNEXT)",
    "COPY 3 none",
    "CREATE INBOX",
    "UID EXPUNGE 2",
    "UID SEARCH ALL",
    "DELETE INBOX",
    "SELECT none",
    "FETCH 1 FLAGS",
]
SENT = [
    (b"EHLO x", b"250"),
    (b"DATA", b"503"),
    (b"RCPT TO:<li@example.com>", b"503"),
    (b"MAIL FROM:<me@example.org> BODY=8BITMIME", b"250"),
    (b"MAIL FROM:<me@example.org>", b"503"),
    (b"RCPT TO:<li@example.com> NOTIFY=FAILURE", b"250"),
    (b"RCPT TO:<>", b"501"),
    (b"DATA", b"354"),
    (b"Subject: x\r\n\r\n..\r\n.", b"250"),
    (b"MAIL FROM:<me@example.org>", b"250"),
    (b"RCPT TO:<li@example.com>", b"250"),
    (b"BDAT 3\r\nx\r\n", b"250"),
    (b"BDAT 3 LAST\r\n.\r\n", b"250"),
    (b"VRFY li@example.com", b"252"),
    (b"RSET", b"250"),
    (b"QUIT", b"221"),
]


@pytest.fixture(name="ours")
def _ours(certificate: Certificate) -> Iterator[MailServer]:
    accounts = [Account("li", "geheim")]
    with MailServer(MailServerOptions(accounts=accounts, certificate=certificate)) as server:
        yield server


def answers(port: int) -> dict[str, list[bytes]]:
    """What an IMAP server says to each command, as far as it matters."""
    with imaplib.IMAP4("127.0.0.1", port, timeout=60) as client:
        client.login("li", "geheim")
        client.select()
        for told, mail in MAILS.items():
            command = f"a APPEND INBOX {told} {{{len(mail)}+}}\r\n".encode() + mail
            assert lines_of(client, command)[-1].startswith(b"a OK")
        client.noop()
        return {command: said(lines_of(client, b"a " + command.encode())) for command in COMMANDS}


def said(lines: list[bytes]) -> list[bytes]:
    *told, tagged = (line.lower().replace(b'"inbox"', b"inbox") for line in lines)
    # How often a server counts anew, and what it adds in words, is its own affair.
    counted = [line for line in told if not re.match(rb"\* (\d+ (recent|exists)|ok)\b", line)]
    return [*counted, b" ".join(tagged.split()[:2])]


def test_imap_is_spoken_as_dovecot_does(dovecot: Ports, ours: MailServer) -> None:
    theirs = answers(dovecot["imap"])
    for command, answer in answers(ours.imap_port).items():
        assert (command, answer) == (command, theirs[command])


def test_smtp_is_spoken_as_postfix_does(postfix: Ports, ours: MailServer) -> None:
    for port in (ours.smtp_port, postfix["smtp"]):
        with (
            closing(socket.create_connection(("127.0.0.1", port), 60)) as client,
            client.makefile("rb") as replies,
        ):
            assert replies.readline().startswith(b"220")
            for command, code in SENT:
                client.sendall(command + (b"" if command.startswith(b"BDAT") else b"\r\n"))
                while (line := replies.readline())[3:4] == b"-":
                    pass
                assert (command, line[:3]) == (command, code)
