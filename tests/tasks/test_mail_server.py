from __future__ import annotations

import imaplib
import poplib
import smtplib
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opsplay.runner import params as building
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import mail_server

Contexts = Callable[..., Context]
ACCOUNTS = [{"user": "li@example.com", "password": "geheim"}]


def start(ctx: Context, **arguments: object) -> Result:
    given = {"accounts": ACCOUNTS, **arguments}
    return mail_server.run(building.build(mail_server.Params, given), ctx)


def send(result: Result, to: str = "li@example.com") -> None:
    data: Any = result.data
    with smtplib.SMTP(data["host"], data["smtp_port"], timeout=60) as client:
        client.sendmail("me@example.org", [to], b"Subject: hi\r\n\r\n")


def count(result: Result, user: str = "li@example.com", password: str = "geheim") -> int:
    data: Any = result.data
    mailbox = poplib.POP3(data["host"], data["pop3_port"], timeout=60)
    mailbox.user(user)
    mailbox.pass_(password)
    found = mailbox.stat()[0]
    mailbox.quit()
    return found


def test_it_tells_where_it_is(ctx: Context) -> None:
    data: Any = start(ctx).data
    assert data["host"] == "127.0.0.1"
    ports = [value for name, value in data.items() if name.endswith("_port")]
    assert len(set(ports)) == 6
    assert all(ports)
    assert data["users"] == ["li@example.com"]
    assert "BEGIN CERTIFICATE" in Path(data["ca_file"]).read_text()


def test_it_runs_until_the_end_of_the_run(ctx: Context) -> None:
    port: Any = start(ctx).data["smtp_port"]
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        assert connection.recv(3) == b"220"
    ctx.exit_stack.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 10)
    assert "mail server" not in [thread.name for thread in threading.enumerate()]


def test_mail_for_strangers_is_refused_or_caught(ctx: Context) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(start(ctx), "stranger@example.net")
    catching = start(ctx, catch_all="LI@example.com")
    send(catching, "stranger@example.net")
    assert count(catching) == 1


def test_mail_in_a_folder_outlives_the_run(ctx: Context, tmp_path: Path) -> None:
    first = start(ctx, folder="mail")
    assert first.changed
    send(first)
    second = start(ctx, folder="mail")
    assert not second.changed
    assert count(second) == 1
    assert len(list((tmp_path / "mail/li@example.com/new").iterdir())) == 1


def test_without_accounts_there_is_one_for_all_mail(ctx: Context) -> None:
    result = start(ctx, accounts=[])
    assert result.data["users"] == ["opsplay"]
    assert result.msg.endswith("all mail is for opsplay, with the password let-me-in")
    send(result, "stranger@example.net")
    assert count(result, "opsplay", "let-me-in") == 1


def test_an_account_may_have_a_token(ctx: Context) -> None:
    account = {**ACCOUNTS[0], "token": "t0ken"}
    data: Any = start(ctx, accounts=[account]).data
    with imaplib.IMAP4(data["host"], data["imap_port"], timeout=60) as client:
        secret = b"user=li@example.com\x01auth=Bearer t0ken\x01\x01"
        assert client.authenticate("XOAUTH2", lambda _: secret)[0] == "OK"


def test_faults_happen_where_they_are_said(ctx: Context) -> None:
    result = start(
        ctx, faults=[{"at": "RCPT", "reply": "450 4.2.0 later"}, {"at": "DATA", "cut": "before"}]
    )
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="later"):
        send(result)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(result)
    send(result)
    assert count(result) == 1


def test_check_mode_serves_but_makes_nothing(contexts: Contexts, tmp_path: Path) -> None:
    result = start(contexts(check=True), folder="mail")
    send(result)
    assert count(result) == 1
    assert not (tmp_path / "mail").exists()


def test_what_clients_do_is_told(contexts: Contexts) -> None:
    told: list[str] = []
    send(start(contexts(on_line=told.append)))
    assert told == ["mail from me@example.org to li@example.com: hi (15 bytes)"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"accounts": [], "host": "0.0.0.0"}, "others reach 0.0.0.0; give at least one"),
        ({"accounts": ACCOUNTS * 2}, "two accounts are called li@example.com"),
        ({"catch_all": "nobody"}, "there is no account nobody"),
        ({"accounts": [{"user": "../x", "password": "x"}]}, "expected a name or an address"),
        ({"accounts": [{"user": "li", "password": "x\r\ny"}]}, "carriage return"),
        (
            {"faults": [{"at": "RCPT", "reply": "250 ok\r\n221 bye"}]},
            "the reply of a fault holds a",
        ),
        ({"faults": [{"at": "RETRY"}]}, "none of SMTP, POP3 and IMAP has a command RETRY"),
        ({"host": None}, "expected an address"),
        ({"host": "192.0.2.1"}, "no such address"),
        ({"host": "no.such.host.invalid"}, "no such address"),
        ({"folder": "file"}, "cannot start a mail server"),
    ],
)
def test_what_cannot_be_served_is_told(
    ctx: Context, tmp_path: Path, arguments: dict[str, object], words: str
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TaskError, match=words):
        start(ctx, **arguments)


def test_a_port_in_use_is_told(ctx: Context) -> None:
    taken = start(ctx).data["smtp_port"]
    with pytest.raises(TaskError, match=f"another program uses port {taken}"):
        start(ctx, smtp_port=taken)
