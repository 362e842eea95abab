from __future__ import annotations

import hashlib
import smtplib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from opsplay.runner import params as building
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import fetch_mail, mail_server

Contexts = Callable[..., Context]
Server = dict[str, Any]
USER, PASSWORD = "li@example.com", "geheim"
WITH_FILES = (
    b"Subject: =?gb2312?B?suLK1A==?=\r\nFrom: =?gbk?B?zfW3vA==?= <wang@example.com>\r\n"
    b"To: li@example.com, Team <team@example.com>\r\nMessage-ID: <1@example.com>\r\n"
    b"Date: Mon, 23 Nov 2026 10:00:00 +0800\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n\xc4\xe3\xba\xc3\r\n"
    b'--b\r\nContent-Disposition: attachment; filename="../a.txt"\r\n\r\none\r\n'
    b"--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\ntwo\r\n"
    b'--b\r\nContent-Type: text/plain; name="=?gbk?B?suLK1C50eHQ=?="\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nxOO6ww==\r\n--b--\r\n"
)


@pytest.fixture
def server(ctx: Context) -> Server:
    given = {"accounts": [{"user": USER, "password": PASSWORD}]}
    return dict(mail_server.run(building.build(mail_server.Params, given), ctx).data)


def deliver(server: Server, *messages: bytes) -> None:
    with smtplib.SMTP(server["host"], server["smtp_port"], timeout=60) as client:
        for message in messages:
            client.sendmail("me@example.org", [USER], message)


def fetch(ctx: Context, server: Server, **arguments: object) -> Result:
    given = {
        "host": server["host"],
        "port": server["pop3s_port"],
        "ca_file": server["ca_file"],
        "user": USER,
        "password": PASSWORD,
        **arguments,
    }
    given = {name: value for name, value in given.items() if value is not None}
    return fetch_mail.run(building.build(fetch_mail.Params, given), ctx)


def refused(ctx: Context, server: Server, **arguments: object) -> TaskError:
    with pytest.raises(TaskError) as caught:
        fetch(ctx, server, **arguments)
    return caught.value


def messages(result: Result) -> list[Mapping[str, Any]]:
    found = result.data["messages"]
    assert isinstance(found, list)
    return found


def subjects(result: Result) -> list[str]:
    return [message["subject"] for message in messages(result)]


def test_the_mailbox_is_described(ctx: Context, server: Server) -> None:
    deliver(server, b"Subject: one\r\n\r\nx\r\n", b"Subject: two\r\n\r\nx\r\n")
    result = fetch(ctx, server)
    mailbox: Any = result.data["mailbox"]
    assert mailbox["welcome"].startswith("opsplay POP3 ready")
    assert mailbox["count"] == 2
    assert mailbox["bytes"] == sum(entry["size"] for entry in mailbox["list"])
    assert [entry["number"] for entry in mailbox["list"]] == [1, 2]
    assert len({entry["uid"] for entry in mailbox["list"]}) == 2
    assert subjects(result) == ["two", "one"]
    assert result.msg == "2 of 2 mails fetched"
    assert not result.changed


def test_an_empty_mailbox_is_no_error(ctx: Context, server: Server) -> None:
    result = fetch(ctx, server)
    assert messages(result) == []
    assert result.msg == "0 of 0 mails fetched"


def test_a_mail_is_told_in_words_whatever_its_encoding(ctx: Context, server: Server) -> None:
    deliver(server, WITH_FILES)
    [mail] = messages(fetch(ctx, server))
    assert mail["subject"] == "测试"
    assert mail["from"] == {"name": "王芳", "address": "wang@example.com"}
    assert mail["to"][1] == {"name": "Team", "address": "team@example.com"}
    assert mail["date"] == "2026-11-23T02:00:00+00:00"
    assert mail["date_as_written"] == "Mon, 23 Nov 2026 10:00:00 +0800"
    assert mail["message_id"] == "<1@example.com>"
    assert mail["text"] == "你好"
    assert mail["headers"]["delivered-to"] == [USER]
    assert mail["defects"] == []
    assert mail["attachments"][2] == {
        "name": "测试.txt",
        "path": None,
        "type": "text/plain",
        "bytes": 4,
        "sha256": hashlib.sha256("你好".encode("gbk")).hexdigest(),
        "cid": "",
        "inline": False,
    }


def test_attachments_of_one_name_both_survive_and_stay_in_the_folder(
    ctx: Context, server: Server, tmp_path: Path
) -> None:
    deliver(server, WITH_FILES)
    result = fetch(ctx, server, attachments_to="in/box")
    assert result.changed
    [mail] = messages(result)
    paths = [Path(attachment["path"]) for attachment in mail["attachments"]]
    assert [path.relative_to(tmp_path / "in/box").name for path in paths] == [
        "a.txt",
        "a (2).txt",
        "测试.txt",
    ]
    assert [path.read_bytes() for path in paths] == [b"one", b"two", "你好".encode("gbk")]


def test_what_was_saved_before_is_not_saved_again(
    ctx: Context, server: Server, tmp_path: Path
) -> None:
    deliver(server, WITH_FILES)
    for expected in (True, False):
        result = fetch(ctx, server, attachments_to="in", save_to="mails")
        assert result.changed is expected
    assert len(list((tmp_path / "in").iterdir())) == 3
    assert len(list((tmp_path / "mails").iterdir())) == 1


@pytest.mark.parametrize(
    "body",
    [b"x" * 100_000 + b"\r\n", b"\xff\x80\x00 8 bit\r\n", b".\r\n..\r\n. \r\n", b"\r\n\r\n", b""],
)
def test_the_very_bytes_are_saved(
    ctx: Context, server: Server, tmp_path: Path, body: bytes
) -> None:
    raw = b"Subject:  odd \r\nX: \xb2\xe2\r\n\r\n" + body
    deliver(server, raw)
    [mail] = messages(fetch(ctx, server, save_to="mails"))
    envelope, _, rest = Path(mail["path"]).read_bytes().partition(b"Subject:")
    assert envelope == b"Return-Path: <me@example.org>\r\nDelivered-To: li@example.com\r\n"
    assert b"Subject:" + rest == raw


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"select": {"newest": 2}}, ["Order 3", "other"]),
        ({"select": {"subject": "order"}}, ["Order 3", "order 2", "order 1"]),
        ({"select": {"subject": "ORDER", "newest": 3}}, ["Order 3", "order 2"]),
        ({"select": {"subject": "order"}, "limit": 1}, ["Order 3"]),
        ({"select": {"subject": "测试"}}, []),
        ({"limit": 9}, ["Order 3", "other", "order 2", "order 1"]),
    ],
)
def test_mails_are_selected(
    ctx: Context, server: Server, arguments: dict[str, object], expected: list[str]
) -> None:
    every = ("order 1", "order 2", "other", "Order 3")
    deliver(server, *(f"Subject: {subject}\r\n\r\n".encode() for subject in every))
    assert subjects(fetch(ctx, server, **arguments)) == expected


def test_what_is_too_big_stays_on_the_server(ctx: Context, server: Server) -> None:
    deliver(server, b"Subject: big\r\n\r\n" + b"x\r\n" * 1000, b"Subject: small\r\n\r\n")
    result = fetch(ctx, server, max_size=1000, after="delete")
    assert subjects(result) == ["small"]
    assert result.warnings == [
        "mail 1 was left on the server: it has 3,077 bytes, more than max_size (1,000)"
    ]
    assert subjects(fetch(ctx, server)) == ["big"]


def test_fetched_mails_can_be_deleted(ctx: Context, server: Server) -> None:
    deliver(server, b"Subject: one\r\n\r\n", b"Subject: two\r\n\r\n")
    result = fetch(ctx, server, select={"newest": 1}, after="delete")
    assert (result.changed, result.data["deleted"]) == (True, 1)
    assert subjects(fetch(ctx, server)) == ["one"]


def test_nothing_is_deleted_if_something_cannot_be_saved(
    ctx: Context, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    deliver(server, WITH_FILES)
    assert "cannot write" in refused(ctx, server, attachments_to="file", after="delete").msg
    assert len(messages(fetch(ctx, server))) == 1


def test_check_mode_reads_and_changes_nothing(
    contexts: Contexts, ctx: Context, server: Server, tmp_path: Path
) -> None:
    deliver(server, WITH_FILES)
    result = fetch(
        contexts(check=True), server, attachments_to="in", save_to="mails", after="delete"
    )
    assert (result.changed, result.data["deleted"], subjects(result)) == (True, 1, ["测试"])
    assert not (tmp_path / "in").exists()
    assert not (tmp_path / "mails").exists()
    assert len(messages(fetch(ctx, server))) == 1


@pytest.mark.parametrize("tls", ["implicit", "starttls", "none"])
def test_every_way_to_connect_works(ctx: Context, server: Server, tls: str) -> None:
    port = server["pop3s_port" if tls == "implicit" else "pop3_port"]
    assert messages(fetch(ctx, server, tls=tls, port=port)) == []


def test_a_wrong_password_is_told_and_not_shown(ctx: Context, server: Server) -> None:
    error = refused(ctx, server, password="wrongwrong")
    assert error.msg.startswith(f"cannot log in (127.0.0.1:{server['pop3s_port']}): [AUTH] wrong")
    assert "check `user` and `password`" in error.msg
    assert "wrongwrong" not in error.msg + str(error.data)


def test_a_login_is_needed(ctx: Context, server: Server) -> None:
    assert "user is missing" in refused(ctx, server, user=None, password=None).msg
    assert "password is missing" in refused(ctx, server, password=None).msg


@pytest.mark.parametrize("field", ["user", "password"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0"])
def test_no_value_becomes_a_command(ctx: Context, server: Server, field: str, end: str) -> None:
    deliver(server, WITH_FILES)
    error = refused(ctx, server, **{field: f"li@example.com{end}DELE 1"})
    assert error.msg.startswith(f"{field} holds a ")
    assert "DELE" not in error.msg
    assert len(messages(fetch(ctx, server))) == 1


def test_a_certificate_that_nobody_knows_is_refused(ctx: Context, server: Server) -> None:
    assert "certificate is refused" in refused(ctx, server, ca_file=None).msg
    assert messages(fetch(ctx, server, ca_file=None, verify=False)) == []


def test_a_clear_port_where_tls_is_expected_is_told(ctx: Context, server: Server) -> None:
    error = refused(ctx, server, port=server["pop3_port"])
    assert "does not speak TLS on this port" in error.msg


def test_a_port_where_nobody_listens_is_told(ctx: Context, server: Server) -> None:
    assert "nothing listens there" in refused(ctx, server, port=1).msg


def test_a_run_that_is_stopped_stops_waiting(ctx: Context, server: Server) -> None:
    ctx.cancellation.cancel()
    assert refused(ctx, server).msg == "interrupted"
