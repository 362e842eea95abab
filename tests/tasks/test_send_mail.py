from __future__ import annotations

import email
import email.policy
import poplib
import smtplib
import socket
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from opsplay.runner import params as building
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import mail_server, send_mail

Contexts = Callable[..., Context]
Server = dict[str, Any]
PASSWORD = "geheim"


@pytest.fixture
def server(ctx: Context) -> Server:
    accounts = [
        {"user": user, "password": PASSWORD} for user in ("li@example.com", "wang@example.com")
    ]
    params = building.build(mail_server.Params, {"accounts": accounts})
    return dict(mail_server.run(params, ctx).data)


def send(ctx: Context, server: Server, **arguments: object) -> Result:
    given = {
        "host": server["host"],
        "port": server["smtp_port"],
        "ca_file": server["ca_file"],
        "from": "me@example.org",
        "to": "li@example.com",
        **arguments,
    }
    given = {name: value for name, value in given.items() if value is not None}
    return send_mail.run(building.build(send_mail.Params, given), ctx)


def refused(ctx: Context, server: Server, **arguments: object) -> TaskError:
    with pytest.raises(TaskError) as caught:
        send(ctx, server, **arguments)
    return caught.value


def arrived(server: Server, user: str = "li@example.com") -> list[EmailMessage]:
    mailbox = poplib.POP3(server["host"], server["pop3_port"], timeout=60)
    mailbox.user(user)
    mailbox.pass_(PASSWORD)
    found = []
    for number in range(1, mailbox.stat()[0] + 1):
        raw = b"\r\n".join(mailbox.retr(number)[1]) + b"\r\n"
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    mailbox.quit()
    return found


def logins(told: list[str]) -> int:
    return sum("logged in" in line and "mails" not in line for line in told)


def test_a_plain_mail_reaches_everybody(ctx: Context, server: Server) -> None:
    result = send(
        ctx,
        server,
        sender=None,
        **{"from": {"name": "机器人", "address": "me@example.org"}},
        to=["李雷 <li@example.com>"],
        cc="wang@example.com",
        reply_to="answers@example.org",
        subject="备份完成",
        body="一切正常。\n",
        headers={"X-Ticket": "第7号"},
    )
    assert result.changed
    assert result.data["accepted"] == ["li@example.com", "wang@example.com"]
    assert result.data["refused"] == {}
    for user in ("li@example.com", "wang@example.com"):
        [mail] = arrived(server, user)
        assert str(mail["from"]) == "机器人 <me@example.org>"
        assert str(mail["to"]) == "李雷 <li@example.com>"
        assert str(mail["cc"]) == "wang@example.com"
        assert mail["reply-to"] == "answers@example.org"
        assert mail["subject"] == "备份完成"
        assert mail["x-ticket"] == "第7号"
        assert mail["message-id"] == result.data["message_id"]
        assert mail.get_content().replace("\r\n", "\n") == "一切正常。\n"


def test_hidden_receivers_get_the_mail_and_stand_nowhere_in_it(
    ctx: Context, server: Server
) -> None:
    send(ctx, server, bcc="wang@example.com", subject="x")
    [mail] = arrived(server, "wang@example.com")
    assert mail["delivered-to"] == "wang@example.com"
    del mail["delivered-to"]
    assert "wang" not in mail.as_string()


def test_pictures_and_attachments_go_with_it(ctx: Context, server: Server, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/logo.png").write_bytes(b"\x89PNG\r\n")
    (tmp_path / "测试.txt").write_bytes("你好".encode("gbk"))
    send(
        ctx,
        server,
        body="text",
        html='<img src="cid:logo">',
        inline={"logo": "logo.png"},
        attachments=[
            {"path": "测试.txt", "charset": "gbk"},
            {"name": "a.csv", "content": "a,b\n"},
            {"path": "logo.png", "name": "other.bin", "content_type": "application/x-thing"},
        ],
        filename_encoding="gbk",
    )
    [mail] = arrived(server)
    files = [part for part in mail.walk() if part.get_filename()]
    assert [(part.get_content_type(), part.get_filename()) for part in files] == [
        ("image/png", "logo.png"),
        ("text/plain", "测试.txt"),
        ("text/csv", "a.csv"),
        ("application/x-thing", "other.bin"),
    ]
    assert files[0]["content-id"] == "<logo>"
    assert files[1].get_content() == "你好"
    assert b"=?gbk?B?suLK1C50eHQ=?=" in mail.as_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"to": []}, "nobody would get the mail"),
        ({"to": "", "cc": "li@example.com"}, "to: expected a text that is not empty"),
        ({"to": ["li@example.com", ""]}, "to[1]: expected a text that is not empty"),
        ({"once": ""}, "once: expected a text that is not empty"),
        ({"helo": "two words"}, "helo: expected a name in ASCII without blanks"),
        ({"timeout": 1e10}, "timeout: expected a number from 0.1 to 86400"),
        ({"from": "nobody"}, "from: give the one address"),
        ({"from": "a@x.org, b@x.org"}, "from: give the one address"),
        ({"from": None}, "from: give the one address"),
        ({"to": "no address here"}, "to: 'no address here' is no mail address"),
        ({"attachments": ["missing.txt"]}, "Could not find or access 'missing.txt'"),
        ({"attachments": [{"name": "x"}]}, "give each either `path` or `content`"),
        ({"attachments": [{"content": "x"}]}, "needs a `name`"),
        ({"attachments": [{"content": "😀", "name": "x", "charset": "gbk"}]}, "cannot be written"),
        ({"attachments": ["."]}, "cannot read"),
        ({"html": '<img src="cid:x">'}, "html shows cid:x"),
        ({"user": "li@example.com"}, "password is missing"),
        ({"password": "x"}, "user is missing"),
        ({"user": "li@example.com", "password": ""}, "password is empty"),
        ({"user": "li@example.com", "token_command": ""}, "token_command is empty"),
    ],
)
def test_what_cannot_be_sent_is_told_before_anything_is(
    ctx: Context, server: Server, arguments: dict[str, object], words: str
) -> None:
    assert words in refused(ctx, server, **arguments).msg
    assert arrived(server) == []


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\0"])
@pytest.mark.parametrize(
    ("field", "named"),
    [
        ("subject", "subject"),
        ("from", "from"),
        ("to", "to"),
        ("cc", "cc"),
        ("bcc", "bcc"),
        ("reply_to", "reply_to"),
        ("message_id", "message_id"),
        ("user", "user"),
        ("password", "password"),
    ],
)
def test_no_value_becomes_a_command(
    ctx: Context, server: Server, field: str, named: str, end: str
) -> None:
    login = {"user": "li@example.com", "password": PASSWORD}
    value = f"li@example.com{end}RCPT TO:<wang@example.com>"
    error = refused(ctx, server, **{**login, field: value})
    assert error.msg.startswith(f"{named} holds a ")
    assert "RCPT" not in error.msg
    assert arrived(server, "wang@example.com") == []


def test_the_others_are_served_if_one_is_refused(ctx: Context, server: Server) -> None:
    error = refused(ctx, server, to=["nobody@example.com", "li@example.com"])
    assert "nobody@example.com: 550 5.1.1" in error.msg
    assert "sent to li@example.com" in error.msg
    assert error.data["accepted"] == ["li@example.com"]
    assert error.data["refused"] == {
        "nobody@example.com": {
            "code": 550,
            "text": "5.1.1 <nobody@example.com> has no mailbox here",
        }
    }
    assert len(arrived(server)) == 1


def test_a_refused_receiver_may_be_a_warning(ctx: Context, server: Server) -> None:
    result = send(ctx, server, to=["nobody@example.com", "li@example.com"], on_refused="warn")
    assert "nobody@example.com" in result.warnings[0]
    assert result.data["accepted"] == ["li@example.com"]


def test_a_mail_that_nobody_gets_is_a_failure(ctx: Context, server: Server) -> None:
    error = refused(ctx, server, to="nobody@example.com", on_refused="warn")
    assert "nothing was sent" in error.msg
    send(ctx, server)
    assert len(arrived(server)) == 1


def test_a_loop_logs_in_once(contexts: Contexts) -> None:
    told: list[str] = []
    ctx = contexts(on_line=told.append)
    accounts = [{"user": "li@example.com", "password": PASSWORD}]
    params = building.build(mail_server.Params, {"accounts": accounts})
    server = dict(mail_server.run(params, ctx).data)
    for number in range(5):
        send(ctx, server, user="li@example.com", password=PASSWORD, subject=f"mail {number}")
    assert logins(told) == 1
    assert [mail["subject"] for mail in arrived(server)] == [f"mail {n}" for n in range(5)]


@pytest.mark.parametrize("tls", ["starttls", "implicit", "none", None])
def test_every_way_to_connect_works(ctx: Context, server: Server, tls: str | None) -> None:
    port = server["smtps_port" if tls == "implicit" else "smtp_port"]
    send(ctx, server, tls=tls, port=port, user="li@example.com", password=PASSWORD)
    assert len(arrived(server)) == 1


def test_a_wrong_password_is_told_and_not_shown(ctx: Context, server: Server) -> None:
    error = refused(ctx, server, user="li@example.com", password="wrongwrong")
    assert f"cannot log in (127.0.0.1:{server['smtp_port']}): 535 5.7.8" in error.msg
    assert "check `user` and `password`" in error.msg
    assert "wrongwrong" not in str(error.data) + error.msg
    assert error.data["code"] == 535


def test_a_certificate_that_nobody_knows_is_refused(ctx: Context, server: Server) -> None:
    error = refused(ctx, server, ca_file=None)
    assert "certificate is refused" in error.msg
    assert "`ca_file`" in error.msg
    send(ctx, server, ca_file=None, verify=False)
    assert len(arrived(server)) == 1


def test_a_port_where_nobody_listens_is_told(ctx: Context, server: Server) -> None:
    assert "nothing listens there" in refused(ctx, server, port=1, retries=0).msg


def test_a_host_that_does_not_exist_is_told(ctx: Context, server: Server) -> None:
    assert "check `host`" in refused(ctx, server, host="mail.invalid").msg


def test_tls_from_the_start_where_there_is_none_is_told(ctx: Context, server: Server) -> None:
    assert "does not speak TLS on this port" in refused(ctx, server, tls="implicit").msg


def test_check_mode_sends_nothing_and_shows_the_mail(contexts: Contexts, server: Server) -> None:
    ctx = contexts(check=True, diff=True)
    result = send(ctx, server, subject="周报", body="你好", bcc="wang@example.com")
    assert result.changed
    assert result.msg.startswith("would send")
    assert result.diff[0].after == (
        "From: me@example.org\nTo: li@example.com\nBcc: wang@example.com\nSubject: 周报\n\n你好\n"
    )
    assert arrived(server) == []


def test_a_mail_keeps_its_id_within_a_run(ctx: Context, server: Server) -> None:
    ids = [send(ctx, server, subject=subject).data["message_id"] for subject in "aab"]
    assert ids[0] == ids[1] != ids[2]
    given = send(ctx, server, message_id="mine@example.org").data["message_id"]
    assert given == "<mine@example.org>"


def test_lines_of_any_length_arrive(ctx: Context, server: Server) -> None:
    body = "x" * 5000 + "\n.\n..\n" + "测" * 3000 + "\n"
    send(ctx, server, body=body, subject="y" * 3000)
    [mail] = arrived(server)
    assert mail.get_content().replace("\r\n", "\n") == body
    assert mail["subject"] == "y" * 3000


def test_a_run_that_is_stopped_stops_waiting(ctx: Context, server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ctx.cancellation.cancel()
        error = refused(ctx, server, port=silent.getsockname()[1])
    assert error.msg == "interrupted"


def test_the_password_is_not_for_python_alone(server: Server) -> None:
    context = ssl.create_default_context(cafile=server["ca_file"])
    with smtplib.SMTP_SSL("localhost", server["smtps_port"], context=context) as client:
        client.login("li@example.com", PASSWORD)
