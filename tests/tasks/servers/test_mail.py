"""The embedded server as Python's own clients see it."""

from __future__ import annotations

import base64
import poplib
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from opsplay.tasks.servers.certificate import Certificate, make_certificate
from opsplay.tasks.servers.mail import MailServer, MailServerOptions
from opsplay.tasks.servers.mailboxes import Account

MAIL = b"Subject: hi\r\n\r\n.dot\r\n..dots\r\nend\r\n"
ACCOUNTS = [Account("ann@example.com", "geheim"), Account("ben", "hemlig")]
Start = Callable[..., MailServer]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def trusting(certificate: Certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate.ca_file)


@pytest.fixture
def start(certificate: Certificate) -> Iterator[Start]:
    servers: list[MailServer] = []

    def starting(**options: object) -> MailServer:
        given = {"accounts": ACCOUNTS, "certificate": certificate, **options}
        servers.append(MailServer(MailServerOptions(**given)))  # type: ignore[arg-type]
        return servers[-1]

    yield starting
    for server in servers:
        server.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "mail server"]


@contextmanager
def smtp(server: MailServer) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=10) as client:
        yield client


@contextmanager
def pop3(server: MailServer, user: str, password: str) -> Iterator[poplib.POP3]:
    client = poplib.POP3("127.0.0.1", server.pop3_port, timeout=10)
    try:
        client.user(user)
        client.pass_(password)
        yield client
        client.quit()
    finally:
        client.close()


def send(server: MailServer, *to: str, data: bytes = MAIL) -> dict[str, tuple[int, bytes]]:
    with smtp(server) as client:
        return client.sendmail("me@example.org", to, data)


def mails(
    server: MailServer, user: str = "ann@example.com", password: str = "geheim"
) -> list[bytes]:
    with pop3(server, user, password) as client:
        return [b"\r\n".join(client.retr(n + 1)[1]) + b"\r\n" for n in range(client.stat()[0])]


def test_what_is_sent_can_be_fetched(start: Start) -> None:
    server = start()
    send(server, "ann@example.com")
    envelope = b"Return-Path: <me@example.org>\r\nDelivered-To: ann@example.com\r\n"
    assert mails(server) == [envelope + MAIL]


@pytest.mark.parametrize("data", [b"", b".", b"..\r\n.\r\n", b"x\r\n" * 100_000, b"\xff\x00\r\n"])
def test_any_message_arrives_as_it_was(start: Start, data: bytes) -> None:
    server = start()
    send(server, "ben@anywhere.org", data=data)
    arrived = mails(server, "ben", "hemlig")[0].split(b"\r\n", 2)[2]
    # smtplib ends every message with a line break.
    assert arrived == (data if data.endswith(b"\r\n") else data + b"\r\n")


def test_an_address_without_mailbox_is_refused_and_the_others_are_served(start: Start) -> None:
    server = start()
    refused = send(server, "ann@example.com", "nobody@example.com")
    assert refused == {
        "nobody@example.com": (550, b"5.1.1 <nobody@example.com> has no mailbox here")
    }
    assert len(mails(server)) == 1


def test_one_account_may_catch_what_is_for_others(start: Start) -> None:
    server = start(catch_all="ann@example.com")
    send(server, "boss@example.com", "customer@example.net", "ben")
    assert [mail.split(b"\r\n")[1] for mail in mails(server)] == [
        b"Delivered-To: boss@example.com",
        b"Delivered-To: customer@example.net",
    ]
    assert len(mails(server, "ben", "hemlig")) == 1


@pytest.mark.parametrize("method", ["auth_plain", "auth_login"])
def test_both_ways_to_log_in_work(start: Start, method: str) -> None:
    with smtp(start()) as client:
        client.ehlo()
        client.user, client.password = "ann@example.com", "geheim"
        assert client.auth(method[5:].upper(), getattr(client, method))[0] == 235
        assert client.docmd("AUTH", "PLAIN")[0] == 503


@pytest.mark.parametrize("initial", [True, False])
def test_a_wrong_password_is_refused(start: Start, *, initial: bool) -> None:
    with smtp(start()) as client, pytest.raises(smtplib.SMTPAuthenticationError, match="535"):
        client.login("ann@example.com", "wrong", initial_response_ok=initial)


@pytest.mark.parametrize("token", ["*", "!!!", base64.b64encode(b"one field").decode()])
def test_a_broken_login_is_told(start: Start, token: str) -> None:
    with smtp(start()) as client:
        client.docmd("AUTH", "PLAIN")
        assert client.docmd(token)[0] == 501
        assert client.docmd("AUTH", "SCRAM-SHA-1")[0] == 504
        assert client.noop()[0] == 250


def test_a_login_can_be_asked_for(start: Start) -> None:
    server = start(login_required=True)
    with smtp(server) as client:
        assert client.mail("me@example.org")[0] == 530
        client.login("ben", "hemlig")
        assert client.mail("me@example.org")[0] == 250


def test_starttls_guards_mail_and_login(start: Start, trusting: ssl.SSLContext) -> None:
    server = start()
    with smtp(server) as client:
        client.starttls(context=trusting)
        client.ehlo()
        assert not client.has_extn("starttls")
        client.login("ben", "hemlig")
        client.sendmail("me@example.org", ["ben"], MAIL)
    mailbox = poplib.POP3("127.0.0.1", server.pop3_port, timeout=10)
    mailbox.stls(trusting)
    mailbox.user("ben")
    mailbox.pass_("hemlig")
    assert mailbox.stat()[0] == 1
    mailbox.quit()


def test_the_tls_ports_speak_tls_from_the_start(start: Start, trusting: ssl.SSLContext) -> None:
    server = start()
    with smtplib.SMTP_SSL("localhost", server.smtps_port, context=trusting, timeout=10) as client:
        client.sendmail("me@example.org", ["ben"], MAIL)
    mailbox = poplib.POP3_SSL("localhost", server.pop3s_port, context=trusting, timeout=10)
    mailbox.user("ben")
    mailbox.pass_("hemlig")
    assert mailbox.stat()[0] == 1
    mailbox.quit()


def test_what_was_sent_before_tls_is_forgotten(start: Start, trusting: ssl.SSLContext) -> None:
    with closing(socket.create_connection(("127.0.0.1", start().smtp_port), 10)) as plain:
        plain.recv(1000)
        plain.sendall(b"STARTTLS\r\nMAIL FROM:<attacker@example.org>\r\n")
        assert plain.recv(1000).startswith(b"220")
        with trusting.wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(b"RCPT TO:<ben>\r\n")
            assert secure.recv(1000).startswith(b"503")


def test_commands_that_come_together_are_answered_together(start: Start) -> None:
    with closing(socket.create_connection(("127.0.0.1", start().smtp_port), 10)) as client:
        client.sendall(b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<ben>\r\nDATA\r\n")
        client.sendall(b".\r\nNOOP\r\nQUIT\r\n")
        replies = b"".join(iter(lambda: client.recv(1000), b""))
    codes = [line[:3] for line in replies.splitlines() if line[3:4] == b" "]
    assert codes == [b"220", b"250", b"250", b"250", b"354", b"250", b"250", b"221"]


def test_a_mail_that_is_too_big_is_refused_before_and_after(start: Start) -> None:
    server = start(max_size=1000)
    with smtp(server) as client:
        client.ehlo()
        assert client.mail("a@b", ["SIZE=1001"])[0] == 552
        client.mail("a@b")
        client.rcpt("ben")
        assert client.data(b"x" * 5000)[0] == 552
        assert client.noop()[0] == 250
    assert mails(server, "ben", "hemlig") == []


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("RCPT TO:<ben>", 503),
        ("DATA", 503),
        ("MAIL nonsense", 501),
        ("RCPT TO:<>", 501),
        ("HELO x", 250),
        ("VRFY ben", 252),
        ("RSET", 250),
        ("NONSENSE", 500),
        ("测试", 500),
    ],
)
def test_commands_out_of_place_are_told(start: Start, command: str, code: int) -> None:
    with smtp(start()) as client:
        client.command_encoding = "utf-8"
        assert client.docmd(command)[0] == code


def test_a_line_without_end_ends_the_connection(start: Start) -> None:
    for port in (start().smtp_port, start().pop3_port):
        with closing(socket.create_connection(("127.0.0.1", port), 10)) as client:
            client.recv(1000)
            client.sendall(b"x" * 16_384)
            assert b"too long" in client.recv(1000)
            assert client.recv(1000) == b""


def test_a_mailbox_is_listed_read_and_emptied(start: Start) -> None:
    server = start()
    for _ in range(3):
        send(server, "ben")
    with pop3(server, "ben", "hemlig") as client:
        assert client.getwelcome().startswith(b"+OK opsplay POP3 ready <")
        count, size = client.stat()
        assert (count, len(client.list()[1])) == (3, 3)
        uids = [line.split()[1] for line in client.uidl()[1]]
        assert len(set(uids)) == 3
        assert client.top(1, 1)[1][-1] == b".dot"
        client.dele(2)
        assert client.stat() == (2, size - size // 3)
        with pytest.raises(poplib.error_proto, match="no such mail"):
            client.retr(2)
        client.rset()
        client.dele(1)
    with pop3(server, "ben", "hemlig") as client:
        assert [line.split()[1] for line in client.uidl()[1]] == uids[1:]


def test_nothing_is_deleted_by_those_who_do_not_quit(start: Start) -> None:
    server = start()
    send(server, "ben")
    with closing(socket.create_connection(("127.0.0.1", server.pop3_port), 10)) as client:
        client.sendall(b"USER ben\r\nPASS hemlig\r\nDELE 1\r\n")
        while b"gone" not in client.recv(1000):
            pass
    assert len(mails(server, "ben", "hemlig")) == 1


@pytest.mark.parametrize("command", ["STAT", "RETR 1", "NONSENSE", "PASS x"])
def test_a_mailbox_is_closed_to_strangers(start: Start, command: str) -> None:
    client = poplib.POP3("127.0.0.1", start().pop3_port, timeout=10)
    with pytest.raises(poplib.error_proto, match="-ERR"):
        client._shortcmd(command)  # type: ignore[attr-defined]
    client.close()


def test_mail_in_a_folder_outlives_the_server(start: Start, tmp_path: Path) -> None:
    first = start(folder=tmp_path)
    send(first, "ben")
    first.close()
    second = start(folder=tmp_path)
    send(second, "ben")
    with pop3(second, "ben", "hemlig") as client:
        assert client.stat()[0] == 2
        client.dele(1)
    assert len(list((tmp_path / "ben/new").iterdir())) == 1


def test_what_clients_do_is_told(start: Start) -> None:
    told: list[str] = []
    server = start(on_event=told.append)
    send(server, "ben")
    mails(server, "ben", "hemlig")
    assert told == [
        f"mail from me@example.org to ben: hi ({len(MAIL)} bytes)",
        "ben logged in",
        f"ben fetched mail 1, {len(MAIL) + 50} bytes",
    ]


def test_a_server_stops_while_clients_are_connected(start: Start, trusting: ssl.SSLContext) -> None:
    server = start()
    with closing(socket.create_connection(("127.0.0.1", server.smtp_port), 10)) as idle:
        idle.recv(1000)
        with (
            closing(socket.create_connection(("127.0.0.1", server.pop3s_port), 10)) as plain,
            trusting.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            secure.recv(1000)
            server.close()
            server.close()
            assert idle.recv(1000) == b""


def test_a_failed_handshake_hurts_nobody(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    server = start()
    with (
        closing(socket.create_connection(("127.0.0.1", server.pop3s_port), 10)) as plain,
        pytest.raises(ssl.SSLError),
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
    with closing(socket.create_connection(("127.0.0.1", server.pop3s_port), 10)) as plain:
        plain.sendall(b"USER ben\r\n" * 100)
    assert mails(server, "ben", "hemlig") == []
    assert capfd.readouterr() == ("", "")


def test_a_port_in_use_is_an_error_and_leaves_nothing_open(
    start: Start, certificate: Certificate
) -> None:
    taken = start().smtp_port
    with pytest.raises(OSError, match="in use"):
        MailServer(MailServerOptions(accounts=ACCOUNTS, certificate=certificate, pop3s_port=taken))
