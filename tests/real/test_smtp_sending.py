"""Many mails written ahead to postfix: in chunks, in clear and over TLS, some of them refused."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from opsplay.tasks.clients.mail_account import MailAccount
from opsplay.tasks.clients.smtp import SmtpSession
from opsplay.tasks.clients.smtp_envelope import Delivery, Envelope
from real_mail import Ports
from real_mail_setup import PASSWORD, Site

UNKNOWN = (7, 20)
LARGE = (5, 6, 30)
COUNT = 40
HEAD = b"Date: Wed, 25 Nov 2026 12:00:00 +0000\r\nFrom: wang@example.com\r\n\r\n"
"""Postfix adds what is missing here."""


def envelope(number: int) -> Envelope:
    receiver = "nobody" if number in UNKNOWN else "li"
    text = b"..dots and text\r\n" * (50_000 if number in LARGE else 100)
    return Envelope(
        sender="wang@example.com",
        receivers=[f"{receiver}@example.com"],
        pieces=[b"Message-ID: <%d@x>\r\n" % number, HEAD, text],
    )


@pytest.mark.usefixtures("dovecot")
@pytest.mark.parametrize(("service", "tls"), [("submission", "starttls"), ("smtps", "implicit")])
def test_mails_written_ahead_arrive_once_and_whole_over_tls(
    postfix: Ports, mail_site: Site, service: str, tls: str
) -> None:
    account = MailAccount(
        host="127.0.0.1",
        port=postfix[service],
        tls=tls,  # type: ignore[arg-type]  # these are among its words
        ca_file=mail_site.certificate.ca_file,
        user="li",
        password=PASSWORD,
    )
    check(mail_site, account)


def test_mails_written_ahead_arrive_once_and_whole(postfix: Ports, mail_site: Site) -> None:
    check(mail_site, MailAccount(host="127.0.0.1", port=postfix["smtp"], tls="none"))


def check(site: Site, account: MailAccount) -> None:
    with closing(SmtpSession(account)) as session:
        session.open()
        results = list(session.deliver_all(map(envelope, range(COUNT))))
    served = [bool(isinstance(result, Delivery) and result.accepted) for result in results]
    assert served == [number not in UNKNOWN for number in range(COUNT)]
    while len(site.mails()) < sum(served):
        time.sleep(0.01)
    arrived = sorted(raw.partition(b"Message-ID: ")[2] for raw in site.mails())
    assert arrived == sorted(stored(number) for number in range(COUNT) if number not in UNKNOWN)


def stored(number: int) -> bytes:
    """What postfix keeps behind the fields of its own."""
    whole = b"".join(envelope(number).pieces)
    return whole.removeprefix(b"Message-ID: ").replace(b"\r\n", b"\n")
