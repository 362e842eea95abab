"""From send_mail through postfix and dovecot to fetch_mail, and back into the same thread."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mail_fault_actions import cut_after
from mail_faults import Fault
from mail_steps import fetch, send
from opsplay.runner.task import Context, TaskError
from real_mail import Ports
from real_mail_setup import Site
from smtp_faults import SmtpFaults


@pytest.fixture(name="mailbox")
def _mailbox(dovecot: Ports) -> dict[str, Any]:
    return {"protocol": "imap", "port": dovecot["imap"]}


@pytest.fixture(name="letter")
def _letter() -> dict[str, Any]:
    return {"to": ["li@example.com"], "subject": "数据 und Maße", "body": "一\n.\nFrom here\n"}


def mark_of(ctx: Context, mailbox: dict[str, Any]) -> object:
    return fetch(ctx, **mailbox).data["mark"]


def next_mail(ctx: Context, mailbox: dict[str, Any], mark: object, **given: Any) -> dict[str, Any]:
    """Wait for the one mail that comes after the mark."""
    data: Any = fetch(ctx, **mailbox, since_mark=mark, wait=100, **given).data
    [mail] = data["messages"]
    return dict(mail)


def test_a_mail_is_waited_for_and_answered_in_its_thread(
    ctx: Context, postfix: Ports, mailbox: dict[str, Any], letter: dict[str, Any]
) -> None:
    mark = mark_of(ctx, mailbox)
    first = send(ctx, postfix["smtp"], verify=False, **letter)
    mail = next_mail(ctx, mailbox, mark)
    assert (mail["message_id"], mail["subject"]) == (first.data["message_id"], letter["subject"])
    assert mail["text"] == letter["body"]
    mark = mark_of(ctx, mailbox)
    answer = {"to": ["li@example.com"], "in_reply_to": mail, "body": "Yes.\n"}
    send(ctx, postfix["smtp"], verify=False, **answer)
    mail = next_mail(ctx, mailbox, mark)
    assert mail["subject"] == f"Re: {letter['subject']}"
    assert mail["in_reply_to"] == first.data["message_id"]
    assert mail["references"] == [first.data["message_id"]]


def test_attachments_arrive_byte_for_byte(
    ctx: Context, postfix: Ports, mailbox: dict[str, Any], letter: dict[str, Any], tmp_path: Path
) -> None:
    files = {"测试 1.bin": bytes(range(256)) * 500, "empty": b"", "dots.txt": b".\n..\n" * 99}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    mark = mark_of(ctx, mailbox)
    send(ctx, postfix["smtp"], verify=False, **letter, attachments=list(files))
    next_mail(ctx, mailbox, mark, attachments_to="in")
    assert {path.name: path.read_bytes() for path in (tmp_path / "in").iterdir()} == files


@pytest.mark.parametrize("has_arrived", [True, False])
def test_a_mail_in_doubt_is_looked_for_with_dovecot(
    ctx: Context,
    mailbox: dict[str, Any],
    letter: dict[str, Any],
    mail_site: Site,
    has_arrived: bool,  # noqa: FBT001  # it is the case
) -> None:
    account = {"host": "127.0.0.1", "user": "li", "password": "geheim", "tls": "none"}
    search = {"in_doubt": "search", "search_in": {**account, "port": mailbox["port"]}}
    with SmtpFaults(Fault("BDAT", cut_after(0))) as server:
        with pytest.raises(TaskError, match="nobody can know"):
            send(ctx, server.port, **letter, once="report 47")
        if has_arrived:
            mail_site.put(b"Subject: other\r\n\r\n", server.mails[0].data)
        send(ctx, server.port, **letter, once="report 47", **search)
        ctx.pool.close()
        assert len(server.mails) == (1 if has_arrived else 2)
