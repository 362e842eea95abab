"""Which address failed, and why, however the server tells it."""

from __future__ import annotations

import pytest

from opsplay.tasks.message.delivery_status import Failure
from opsplay.tasks.message.read import read

REPORT = b"""\
From: MAILER-DAEMON@mx.example.com
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

Your mail could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Original-Recipient: rfc822;li@example.com
Final-Recipient: rfc822; li@mail.example.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <li@mail.example.com>:
    no such user

Final-Recipient: RFC822; wang@example.com
Action: delayed (will retry)
Status: 4.4.1 (no answer)
--b
Content-Type: text/rfc822-headers

Subject: hello
Message-ID: <1@here.example>
--b--
"""


def test_a_report_is_read() -> None:
    bounce = read(REPORT).bounce
    assert bounce is not None
    assert bounce.message_id == "<1@here.example>"
    assert bounce.recipients == [
        Failure(
            "li@mail.example.com",
            "failed",
            "5.1.1",
            "550 5.1.1 <li@mail.example.com>: no such user",
        ),
        Failure("wang@example.com", "delayed", "4.4.1", ""),
    ]


def test_the_mail_that_comes_back_is_one_file_whatever_is_in_it() -> None:
    original = b"""\
Message-ID: <2@here.example>
Content-Type: multipart/mixed; boundary=c

--c
Content-Type: image/png; name=a.png

PNG
--c--
"""
    mail = read(REPORT.replace(b"text/rfc822-headers\n\n", b"message/rfc822\n\n" + original))
    assert [file.name for file in mail.attachments] == ["part-1.txt", "part-2.eml"]
    assert mail.bounce is not None
    assert mail.bounce.message_id == "<2@here.example>"


QMAIL = """\
Hi. This is the qmail-send program at example.com.
I'm afraid I wasn't able to deliver your message to the following addresses.

<li@example.org>:
Sorry, no mailbox here by that name.
(#5.1.1)

<wang@example.org>:

--- Below this line is a copy of the message.

Message-ID: <1@here.example>
"""
EXIM = """\
A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  li@example.org
    SMTP error from remote mail server after RCPT TO:<li@example.org>:
    host mx.example.org [192.0.2.1]: 550 unknown user

------ This is a copy of the message, including all the headers. ------

Message-ID: <1@here.example>
"""
POSTFIX = """\
This is the Postfix program at host example.com.

<li@example.org> (expanded from <all@example.org>): host
    mx.example.org[192.0.2.1] said: 452 4.2.2 mailbox full

Message-ID: <1@here.example>
"""


@pytest.mark.parametrize(
    ("text", "failures"),
    [
        (
            QMAIL,
            [
                Failure(
                    "li@example.org",
                    "failed",
                    "5.1.1",
                    "Sorry, no mailbox here by that name. (#5.1.1)",
                ),
                Failure("wang@example.org", "failed", "", ""),
            ],
        ),
        (
            EXIM,
            [
                Failure(
                    "li@example.org",
                    "failed",
                    "5.0.0",
                    "SMTP error from remote mail server after RCPT TO:<li@example.org>: host"
                    " mx.example.org [192.0.2.1]: 550 unknown user",
                )
            ],
        ),
        (
            POSTFIX,
            [
                Failure(
                    "li@example.org",
                    "delayed",
                    "4.2.2",
                    "host mx.example.org[192.0.2.1] said: 452 4.2.2 mailbox full",
                )
            ],
        ),
    ],
    ids=["qmail", "exim", "postfix"],
)
def test_what_servers_say_in_words_is_read(text: str, failures: list[Failure]) -> None:
    bounce = read(b"From: MAILER-DAEMON@example.com\n\n" + text.encode()).bounce
    assert bounce is not None
    assert bounce.message_id == "<1@here.example>"
    assert bounce.recipients == failures


@pytest.mark.parametrize(
    "raw",
    [
        b"From: li@example.com\n\n" + QMAIL.encode(),
        b"From: MAILER-DAEMON@example.com\n\nAll mails were delivered.\n",
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; example.com\n\njunk\n",
    ],
)
def test_other_mail_is_no_bounce(raw: bytes) -> None:
    assert read(raw).bounce is None
