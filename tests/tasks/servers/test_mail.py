"""The mail server as a whole: ports, TLS, and what connections do to each other."""

from __future__ import annotations

import imaplib
import poplib
import smtplib
import socket
import ssl
from contextlib import closing
from pathlib import Path

import pytest

from mail_serving import ACCOUNTS, MAIL, Start, imap, mails, pop3, raw, send, smtp
from opsplay.tasks.servers.certificate import Certificate
from opsplay.tasks.servers.mail import MailServer, MailServerOptions


def test_what_is_sent_can_be_fetched_in_both_ways(start: Start) -> None:
    server = start()
    send(server, "ben")
    arrived = b"Return-Path: <me@example.org>\r\nDelivered-To: ben\r\n" + MAIL
    assert mails(server) == [arrived]
    with imap(server) as client:
        assert client.fetch("1", "(RFC822)")[1][0] == (b"1 (RFC822 {%d}" % len(arrived), arrived)


def test_starttls_guards_every_protocol(start: Start, trusting: ssl.SSLContext) -> None:
    server = start()
    with smtp(server) as sender:
        sender.starttls(context=trusting)
        sender.ehlo()
        assert not sender.has_extn("starttls")
        sender.login("ben", "hemlig")
        sender.sendmail("me@example.org", ["ben"], MAIL)
    with closing(poplib.POP3("127.0.0.1", server.pop3_port, timeout=60)) as mailbox:
        mailbox.stls(trusting)
        assert "STLS" not in mailbox.capa()
        mailbox.user("ben")
        mailbox.pass_("hemlig")
        assert mailbox.stat()[0] == 1
    with imaplib.IMAP4("127.0.0.1", server.imap_port, timeout=60) as client:
        client.starttls(trusting)
        assert "STARTTLS" not in client.capabilities
        client.login("ben", "hemlig")
        assert client.select() == ("OK", [b"1"])


def test_the_tls_ports_speak_tls_from_the_start(start: Start, trusting: ssl.SSLContext) -> None:
    server = start()
    with smtplib.SMTP_SSL("localhost", server.smtps_port, context=trusting, timeout=60) as sender:
        sender.sendmail("me@example.org", ["ben"], MAIL)
    with closing(
        poplib.POP3_SSL("localhost", server.pop3s_port, context=trusting, timeout=60)
    ) as mailbox:
        mailbox.user("ben")
        mailbox.pass_("hemlig")
        assert mailbox.stat()[0] == 1
    with imaplib.IMAP4_SSL(
        "localhost", server.imaps_port, ssl_context=trusting, timeout=60
    ) as client:
        client.login("ben", "hemlig")
        assert client.select() == ("OK", [b"1"])


@pytest.mark.parametrize(
    ("protocol", "talk"),
    [
        ("smtp", (b"STARTTLS", b"MAIL FROM:<a@b>", b"RCPT TO:<ben>", b"503")),
        ("pop3", (b"STLS", b"USER ben", b"PASS hemlig", b"-ERR")),
        ("imap", (b"a STARTTLS", b"b LOGIN ben {6}", b"c SELECT INBOX", b"c BAD")),
    ],
)
def test_what_was_sent_before_tls_is_forgotten(
    start: Start, trusting: ssl.SSLContext, protocol: str, talk: tuple[bytes, bytes, bytes, bytes]
) -> None:
    command, smuggled, later, answer = talk
    with raw(getattr(start(), f"{protocol}_port")) as plain:
        plain.sendall(command + b"\r\n" + smuggled + b"\r\n")
        plain.recv(1000)
        with trusting.wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(later + b"\r\n")
            assert secure.recv(1000).startswith(answer)


def test_what_was_sent_before_tls_is_forgotten_however_much_it_is(
    start: Start, trusting: ssl.SSLContext
) -> None:
    """What lay behind the first 64 KiB was answered as if it had come over TLS."""
    before = b"NOOP\r\n" * 10_000
    filler = b"EHLO " + b"x" * (65_536 - len(before) - 17) + b"\r\n"
    with raw(start().smtp_port) as plain:
        plain.sendall(before + filler + b"STARTTLS\r\nVRFY me\r\n")
        heard = b""
        while b"go ahead" not in heard:
            heard += plain.recv(65_536)
        with trusting.wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(b"NOOP\r\n")
            assert secure.recv(1000).startswith(b"250")


def test_tls_is_not_begun_twice(start: Start, trusting: ssl.SSLContext) -> None:
    server = start()
    for port, command, answer in (
        (server.smtps_port, b"STARTTLS", b"503"),
        (server.pop3s_port, b"STLS", b"-ERR"),
        (server.imaps_port, b"a STARTTLS", b"a BAD"),
    ):
        with (
            closing(socket.create_connection(("127.0.0.1", port), 10)) as plain,
            trusting.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            secure.recv(1000)
            secure.sendall(command + b"\r\n")
            assert secure.recv(1000).startswith(answer)


@pytest.mark.parametrize("protocol", ["smtp", "pop3", "imap"])
def test_a_line_without_end_ends_the_connection(start: Start, protocol: str) -> None:
    with raw(getattr(start(), f"{protocol}_port")) as client:
        client.sendall(b"x" * 16_384)
        assert b"too long" in client.recv(1000)
        assert client.recv(1000) == b""


def test_what_clients_do_is_told(start: Start) -> None:
    told: list[str] = []
    server = start(on_event=told.append)
    send(server, "ben")
    mails(server)
    with imap(server) as client:
        client.copy("1", "Archive")
        client.create("Archive")
        client.copy("1", "Archive")
        client.fetch("1", "(BODY[])")
        client.store("1", "+FLAGS", "\\Deleted")
        client.expunge()
    with pop3(server) as mailbox, pytest.raises(poplib.error_proto):
        mailbox.retr(1)
    assert told == [
        f"mail from me@example.org to ben: hi ({len(MAIL)} bytes)",
        "ben logged in",
        f"ben fetched mail 1, {len(MAIL) + 50} bytes",
        "ben logged in",
        "ben put 1 mail into Archive",
        "ben looked at 1 mail",
        "ben deleted 1 mail",
        "ben logged in",
    ]


def test_a_server_stops_while_clients_are_connected(start: Start, trusting: ssl.SSLContext) -> None:
    server = start()
    with (
        raw(server.smtp_port) as silent,
        raw(server.imap_port) as idle,
        closing(socket.create_connection(("127.0.0.1", server.pop3s_port), 10)) as plain,
        trusting.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        secure.recv(1000)
        idle.sendall(b"a LOGIN ben hemlig\r\nb IDLE\r\n")
        while b"+ idling" not in idle.recv(1000):
            pass
        server.close()
        server.close()
        assert (silent.recv(1000), idle.recv(1000)) == (b"", b"")


def test_a_failed_handshake_hurts_nobody(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    server = start()
    with (
        closing(socket.create_connection(("127.0.0.1", server.pop3s_port), 10)) as plain,
        pytest.raises(ssl.SSLError),
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
    with closing(socket.create_connection(("127.0.0.1", server.pop3s_port), 10)) as plain:
        plain.sendall(b"USER ben\r\n" * 100)
    assert mails(server) == []
    assert capfd.readouterr() == ("", "")


def test_a_port_in_use_is_an_error_and_leaves_nothing_open(
    start: Start, certificate: Certificate
) -> None:
    taken = start().smtp_port
    with pytest.raises(OSError, match=f"in use.*{taken}"):
        MailServer(MailServerOptions(accounts=ACCOUNTS, certificate=certificate, imaps_port=taken))


def test_mail_in_a_folder_outlives_the_server(start: Start, tmp_path: Path) -> None:
    first = start(folder=tmp_path)
    send(first, "ben")
    first.close()
    second = start(folder=tmp_path)
    send(second, "ben")
    with pop3(second) as client:
        assert client.stat()[0] == 2
        client.dele(1)
    assert len(list((tmp_path / "ben/new").iterdir())) == 1
