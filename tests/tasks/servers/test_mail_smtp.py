"""The embedded server's SMTP as smtplib and a bare socket see it."""

from __future__ import annotations

import smtplib
from pathlib import Path

import pytest

from mail_serving import MAIL, Start, mails, raw, send, smtp


@pytest.mark.parametrize("data", [b"", b".", b"..\r\n.\r\n", b"x\r\n" * 100_000, b"\xff\x00\r\n"])
def test_any_message_arrives_as_it_was(start: Start, data: bytes) -> None:
    server = start()
    send(server, "ben@anywhere.org", data=data)
    arrived = mails(server)[0].split(b"\r\n", 2)[2]
    # smtplib ends every message with a line break.
    assert arrived == (data if data.endswith(b"\r\n") else data + b"\r\n")


def test_an_address_without_mailbox_is_refused_and_the_others_are_served(start: Start) -> None:
    server = start()
    assert send(server, "ben", "nobody@example.com") == {
        "nobody@example.com": (550, b"5.1.1 <nobody@example.com> has no mailbox here")
    }
    assert len(mails(server)) == 1


def test_one_account_may_catch_what_is_for_others(start: Start) -> None:
    server = start(catch_all="ann@example.com")
    send(server, "boss@example.com", "customer@example.net", "ben")
    assert [mail.split(b"\r\n")[1] for mail in mails(server, "ann@example.com", "geheim")] == [
        b"Delivered-To: boss@example.com",
        b"Delivered-To: customer@example.net",
    ]
    assert len(mails(server)) == 1


def test_it_says_what_it_can_do(start: Start) -> None:
    with smtp(start(max_size=1000)) as client:
        client.ehlo()
        assert client.esmtp_features == {
            "pipelining": "",
            "8bitmime": "",
            "smtputf8": "",
            "chunking": "",
            "dsn": "",
            "enhancedstatuscodes": "",
            "size": "1000",
            "starttls": "",
            "auth": " PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER",
        }


def test_a_login_can_be_asked_for(start: Start) -> None:
    server = start(login_required=True)
    with smtp(server) as client:
        assert client.mail("me@example.org")[0] == 530
        client.login("ben", "hemlig")
        assert client.mail("me@example.org")[0] == 250


def test_commands_that_come_together_are_answered_together(start: Start) -> None:
    with raw(start().smtp_port) as client:
        client.sendall(b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<ben>\r\nDATA\r\n")
        client.sendall(b".\r\nNOOP\r\nQUIT\r\n")
        assert codes(b"".join(iter(lambda: client.recv(1000), b""))) == (
            [b"250", b"250", b"250", b"354", b"250", b"250", b"221"]
        )


def codes(replies: bytes) -> list[bytes]:
    return [line[:3] for line in replies.splitlines() if line[3:4] == b" "]


def test_chunks_make_a_mail_dots_and_bare_line_breaks_and_all(start: Start) -> None:
    server = start()
    with raw(server.smtp_port) as client:
        client.sendall(b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<ben>\r\nBDAT 6\r\n.\n\r\n.\r")
        client.sendall(b"BDAT 4\r\n\n.\r\nBDAT 0 LAST\r\nMAIL FROM:<a@b>\r\nQUIT\r\n")
        assert codes(b"".join(iter(lambda: client.recv(1000), b""))) == (
            [b"250", b"250", b"250", b"250", b"250", b"250", b"250", b"221"]
        )
    [mail] = mails(server)
    assert mail.endswith(b"Delivered-To: ben\r\n.\r\n\r\n.\r\n.\r\n")


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        (b"BDAT 4 LAST\r\nQUITNOOP\r\n", [b"503", b"250"]),
        (b"MAIL FROM:<a@b>\r\nRCPT TO:<ben>\r\nBDAT 1\r\nxDATA\r\n", [*[b"250"] * 3, b"503"]),
        (
            b"MAIL FROM:<a@b>\r\nRCPT TO:<ben>\r\nBDAT 999 LAST\r\n"
            + b"QUIT\r\n\r\n\r\n." * 90
            + b"x" * 9,
            [b"250", b"250", b"552"],
        ),
    ],
)
def test_what_a_chunk_holds_is_no_command(start: Start, talk: bytes, expected: list[bytes]) -> None:
    with raw(start(max_size=500).smtp_port) as client:
        client.sendall(talk + b"QUIT\r\n")
        replies = codes(b"".join(iter(lambda: client.recv(1000), b"")))
    assert replies == [*expected, b"221"]


def test_a_chunk_without_size_ends_the_connection(start: Start) -> None:
    with raw(start().smtp_port) as client:
        client.sendall(b"BDAT many\r\nNOOP\r\n")
        assert codes(b"".join(iter(lambda: client.recv(1000), b""))) == [b"501"]


def test_a_mail_that_is_too_big_is_refused_before_and_after(start: Start) -> None:
    server = start(max_size=1000)
    with smtp(server) as client:
        client.ehlo()
        assert client.mail("a@b", ["SIZE=1001"])[0] == 552
        client.mail("a@b")
        client.rcpt("ben")
        assert client.data(b"x" * 5000)[0] == 552
        assert client.noop()[0] == 250
    assert mails(server) == []


@pytest.mark.parametrize("name", ["李@example.com", "ann@例子.org"])
def test_names_beyond_ascii_need_smtputf8(start: Start, name: str) -> None:
    server = start(catch_all="ben")
    with smtp(server) as client:
        client.command_encoding = "utf-8"
        assert client.docmd(f"MAIL FROM:<{name}>")[0] == 553
        assert client.docmd(f"MAIL FROM:<{name}> SMTPUTF8")[0] == 250
        assert client.docmd(f"RCPT TO:<{name}>")[0] == 250
        assert client.data(MAIL)[0] == 250
    assert f"Return-Path: <{name}>\r\nDelivered-To: {name}\r\n".encode() in mails(server)[0]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("MAIL FROM:<> BODY=8BITMIME RET=HDRS ENVID=x1 AUTH=<>", 250),
        ("MAIL FROM:<a@b> BODY=BINARYMIME", 555),
        ("MAIL FROM:<a@b> COLOUR=red", 555),
        ("MAIL FROM:<a@b\r>", 501),
        ("MAIL nonsense", 501),
        ("RCPT TO:<ben>", 503),
        ("RCPT TO:<>", 501),
        ("RCPT TO:<ben> NOTIFY=SUCCESS,NEVER", 555),
        ("DATA", 503),
        ("HELO x", 250),
        ("VRFY ben", 252),
        ("RSET", 250),
        ("NONSENSE", 500),
        ("测试", 500),
    ],
)
def test_each_command_gets_its_code(start: Start, command: str, code: int) -> None:
    with smtp(start()) as client:
        client.command_encoding = "utf-8"
        client.send(f"{command}\r\n")
        assert client.getreply()[0] == code


def test_receivers_may_ask_for_reports(start: Start) -> None:
    with smtp(start()) as client:
        client.mail("a@b")
        options = ["NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;ben@example.com"]
        assert client.rcpt("ben", options)[0] == 250


def test_a_mail_is_begun_once(start: Start) -> None:
    with smtp(start()) as client:
        client.mail("a@b")
        assert client.mail("a@b")[0] == 503
        client.rset()
        assert client.mail("a@b")[0] == 250


def test_the_number_of_receivers_has_a_limit(start: Start) -> None:
    with smtp(start()) as client:
        client.mail("a@b")
        for _ in range(1000):
            client.rcpt("ben")
        assert client.rcpt("ben")[0] == 452


def test_a_mail_that_cannot_be_kept_is_not_accepted(start: Start, tmp_path: Path) -> None:
    server = start(folder=tmp_path)
    (tmp_path / "ben/tmp").rmdir()
    with smtp(server) as client, pytest.raises(smtplib.SMTPDataError, match="452"):
        client.sendmail("me@example.org", ["ben"], MAIL)
