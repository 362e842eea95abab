"""Which mails are fetched: the same over POP3 and IMAP."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from mail_steps import fetch
from opsplay.runner.task import Context
from opsplay.runner.testing import make_context
from opsplay.tasks import mail_fetching
from opsplay.tasks.clients.imap import ImapSession
from opsplay.tasks.clients.pop3 import Pop3Session
from pop3_faults import Pop3Faults
from postbox import Postbox, mail, postbox

Contexts = Callable[..., Context]


def days_ago(days: float) -> str:
    return f"Date: {format_datetime(datetime.now(UTC) - timedelta(days=days))}"


ATTACHED = (
    "--b\r\n\r\nhello\r\n"
    "--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx\r\n"
    "--b--\r\n"
)
PICTURE = (
    '--b\r\nContent-Type: text/html\r\n\r\n<img src="cid:1">\r\n'
    "--b\r\nContent-Type: image/png\r\nContent-Id: <1>\r\nContent-Disposition: inline\r\n\r\n"
    "x\r\n--b--\r\n"
)
MAILS = (
    mail(
        "Order 17",
        "From: =?gbk?B?zfW3vA==?= <wang@example.com>",
        "To: li@example.com",
        "Message-ID: <17@example.com>",
        "X-Priority: 1",
        days_ago(10),
    ),
    mail(
        "Re: Order 17",
        "From: zhao@example.org",
        "To: team@example.com",
        "Cc: Boss <boss@example.com>",
        "Message-ID: <18@example.org>",
        "In-Reply-To: <17@example.com>",
        "References: <16@example.com> <17@example.com>",
        'Content-Type: multipart/mixed; boundary="b"',
        days_ago(3),
        body=ATTACHED,
    ),
    mail(
        "picture",
        "From: wang@example.com",
        'Content-Type: multipart/related; boundary="b"',
        days_ago(1),
        body=PICTURE,
    ),
    mail("long", "From: x@example.net", body="x\r\n" * 5000),
)


@pytest.fixture(name="box", scope="module", params=["pop3", "imap"])
def _box(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Postbox]:
    with postbox(make_context(tmp_path_factory.mktemp("box")), request.param) as box:
        box.put(*MAILS)
        yield box


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ({}, ["long", "picture", "Re: Order 17", "Order 17"]),
        ({"newest": 2}, ["long", "picture"]),
        ({"newest": 3, "subject": "order"}, ["Re: Order 17"]),
        ({"subject": "ORDER"}, ["Re: Order 17", "Order 17"]),
        ({"subject": r"/^order \d+$/"}, ["Order 17"]),
        ({"subject": "/"}, []),
        ({"from": "wang@example.com"}, ["picture", "Order 17"]),
        ({"from": "王芳"}, ["Order 17"]),
        ({"from": "/@example\\.(org|net)/"}, ["long", "Re: Order 17"]),
        ({"to": "team@"}, ["Re: Order 17"]),
        ({"to": "boss"}, ["Re: Order 17"]),
        ({"since": "2d"}, ["picture"]),
        ({"before": "2d"}, ["Re: Order 17", "Order 17"]),
        ({"since": "100h", "before": "2d"}, ["Re: Order 17"]),
        (
            {"since": "2020-01-31", "before": "2037-12-31 23:59"},
            ["picture", "Re: Order 17", "Order 17"],
        ),
        ({"larger": "10k"}, ["long"]),
        ({"smaller": "10K", "newest": 2}, ["picture"]),
        ({"header": {"X-Priority": "1"}}, ["Order 17"]),
        ({"header": {"x-priority": "/[12]/", "Subject": "order"}}, ["Order 17"]),
        ({"header": {"X-Priority": "2"}}, []),
        ({"message_id": "<18@example.org>"}, ["Re: Order 17"]),
        ({"message_id": ["17@example.com", "18@example.org"]}, ["Re: Order 17", "Order 17"]),
        ({"message_id": ""}, []),
        ({"in_reply_to": "<17@example.com>"}, ["Re: Order 17"]),
        ({"in_reply_to": ["<16@example.com>"]}, ["Re: Order 17"]),
        ({"in_reply_to": ""}, []),
        ({"has_attachment": True}, ["Re: Order 17"]),
        ({"has_attachment": False}, ["long", "picture", "Order 17"]),
    ],
    ids=str,
)
def test_mails_are_selected(box: Postbox, select: dict[str, Any], expected: list[str]) -> None:
    assert box.subjects(select=select) == expected


def test_a_mail_is_selected_by_the_servers_id(box: Postbox) -> None:
    listed: Any = box.result(limit=0).data["mailbox"]
    uids = [entry["uid"] for entry in listed["list"]]
    assert box.subjects(select={"uid": [uids[0], uids[2]]}) == ["picture", "Order 17"]
    assert box.subjects(select={"uid": uids[3]}) == ["long"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"limit": 0}, []),
        ({"limit": 2}, ["long", "picture"]),
        ({"limit": 1, "select": {"subject": "order"}}, ["Re: Order 17"]),
        ({"limit": 1, "select": {"has_attachment": True}}, ["Re: Order 17"]),
        ({"limit": 2, "select": {"has_attachment": False}}, ["long", "picture"]),
    ],
    ids=str,
)
def test_the_limit_counts_what_is_selected(
    box: Postbox, given: dict[str, Any], expected: list[str]
) -> None:
    assert box.subjects(**given) == expected


@pytest.mark.parametrize(
    ("select", "words"),
    [
        ({"since": "tomorrow"}, "since: 'tomorrow' is no time; write 2026-11-23"),
        ({"before": "99999999w"}, "before: '99999999w' is no time"),
        ({"subject": "/(/"}, r"subject: /\(/ is no regular expression"),
        ({"header": {"X": "/[/"}}, r"header X: /\[/ is no regular expression"),
    ],
    ids=str,
)
def test_what_cannot_be_understood_is_told(
    box: Postbox, select: dict[str, Any], words: str
) -> None:
    assert re.match(words, box.refused(select=select))


def test_bodies_are_fetched_of_what_is_selected_only(ctx: Context) -> None:
    with Pop3Faults() as server:
        server.put(*MAILS)
        fetch(ctx, server.port, select={"subject": "order", "smaller": "10k"})
        server.wait()
        assert server.heard("TOP") == ["1 0", "2 0", "3 0"]
        assert server.heard("RETR") == ["1", "2"]


@pytest.mark.parametrize("protocol", ["pop3", "imap"])
def test_a_server_that_can_search_spares_heads(
    ctx: Context, monkeypatch: pytest.MonkeyPatch, protocol: Any
) -> None:
    monkeypatch.setattr(mail_fetching, "_HEADS_AT_ONCE", 2)
    heads = spied(monkeypatch, Pop3Session if protocol == "pop3" else ImapSession)
    with postbox(ctx, protocol) as box:
        box.put(*(mail(str(days), days_ago(days)) for days in (30, 20, 10, 0)))
        assert box.subjects(select={"before": "15d"}) == ["20", "30"]
    assert sum(heads) == (4 if protocol == "pop3" else 2)


def spied(monkeypatch: pytest.MonkeyPatch, session: Any) -> list[int]:
    """Count the heads that are asked for."""
    counts: list[int] = []
    heads = session.heads

    def counting(self: Any, entries: Any, limit: int) -> Any:
        counts.append(len(entries))
        return heads(self, entries, limit)

    monkeypatch.setattr(session, "heads", counting)
    return counts


def test_what_nobody_has_read_is_known_by_imap_alone(ctx: Context) -> None:
    with postbox(ctx, "imap") as box:
        box.put(mail("one"), mail("two"))
        box.fetch(select={"subject": "one"}, after="seen")
        assert box.subjects(select={"unseen": True}) == ["two"]
    with postbox(ctx, "pop3") as box:
        assert "unseen needs `protocol: imap`" in box.refused(select={"unseen": True})


@pytest.mark.parametrize("protocol", ["pop3", "imap"])
def test_what_is_too_big_is_left_and_told(ctx: Context, protocol: Any) -> None:
    with postbox(ctx, protocol) as box:
        box.put(mail("small"), mail("big", body="x\r\n" * 1000))
        result = box.result(max_size="1k", after="delete")
        assert box.left == ["big"]
        assert len(result.warnings) == 1
        assert "more than max_size (1,024)" in result.warnings[0]
