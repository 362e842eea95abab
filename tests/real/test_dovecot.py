"""fetch_mail against dovecot, by every way in."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mail_steps import fetch
from opsplay.runner.task import Context, TaskError
from real_mail import Ports
from real_mail_setup import Site

Fetch: TypeAlias = Callable[..., dict[str, Any]]

TEXT = ".一个点\n\n" + "长" * 4000 + "\n"
ENTRANCES = [
    ("pop3", "pop3", "none"),
    ("pop3", "pop3", "starttls"),
    ("pop3", "pop3s", "implicit"),
    ("imap", "imap", "none"),
    ("imap", "imap", "starttls"),
    ("imap", "imaps", "implicit"),
]
both_protocols = pytest.mark.parametrize("protocol", ["pop3", "imap"])


@pytest.fixture(name="fetching")
def _fetching(ctx: Context, dovecot: Ports, mail_site: Site, protocol: str) -> Fetch:
    """Fetch by the protocol that the test is run with."""

    def fetching(**given: Any) -> dict[str, Any]:
        ca_file = str(mail_site.certificate.ca_file)
        arguments = {"protocol": protocol, "ca_file": ca_file, **given}
        return dict(fetch(ctx, dovecot[protocol], **arguments).data)

    return fetching


def letter() -> bytes:
    mail = EmailMessage()
    mail["From"] = "王芳 <wang@example.com>"
    mail["Subject"] = "本周的数据"
    mail.set_content(TEXT)
    mail.add_attachment("你好".encode("gbk"), "text", "plain", filename="测试.txt")
    return mail.as_bytes().replace(b"\n", b"\r\n")


@pytest.mark.parametrize(("protocol", "entrance", "tls"), ENTRANCES)
def test_a_mail_is_fetched_as_it_was_written(
    ctx: Context, dovecot: Ports, mail_site: Site, protocol: str, entrance: str, tls: str
) -> None:
    raw = letter()
    mail_site.put(raw)
    ca_file = str(mail_site.certificate.ca_file)
    where = {"attachments_to": "in", "save_to": "mails"}
    port = dovecot[entrance]
    data: Any = fetch(ctx, port, protocol=protocol, tls=tls, ca_file=ca_file, **where).data
    assert data["mailbox"]["count"] == 1
    assert "Dovecot" in data["mailbox"]["welcome"]
    [mail] = data["messages"]
    assert mail["uid"]
    assert (mail["subject"], mail["text"]) == ("本周的数据", TEXT)
    assert mail["from"] == {"name": "王芳", "address": "wang@example.com"}
    [file] = mail["attachments"]
    assert file["name"] == "测试.txt"
    assert Path(file["path"]).read_bytes() == "你好".encode("gbk")
    assert Path(mail["path"]).read_bytes() == raw


@pytest.mark.parametrize("auth", ["apop", "cram-md5", "plain"])
def test_pop3_logins_of_all_kinds_work(ctx: Context, dovecot: Ports, auth: str) -> None:
    assert fetch(ctx, dovecot["pop3"], protocol="pop3", auth=auth).data["messages"] == []


@both_protocols
def test_the_newest_comes_first(fetching: Fetch, mail_site: Site) -> None:
    mail_site.put(*(f"Subject: {number}\r\n\r\nx\r\n".encode() for number in range(5)))
    data = fetching(select={"newest": 2})
    assert [mail["subject"] for mail in data["messages"]] == ["4", "3"]
    data = fetching(select={"subject": "2"})
    assert [mail["subject"] for mail in data["messages"]] == ["2"]


@both_protocols
def test_deleted_mail_is_gone(fetching: Fetch, mail_site: Site) -> None:
    mail_site.put(b"Subject: one\r\n\r\n.\r\n", b"Subject: two\r\n\r\n")
    assert fetching(limit=1, after="delete")["deleted"] == 1
    assert [mail["subject"] for mail in fetching()["messages"]] == ["one"]


@both_protocols
def test_a_wrong_password_is_told(fetching: Fetch) -> None:
    with pytest.raises(TaskError, match=r"cannot log in .*check `user` and `password`"):
        fetching(password="wrong")


@both_protocols
def test_a_certificate_that_nobody_knows_is_refused(fetching: Fetch) -> None:
    with pytest.raises(TaskError, match="certificate is refused"):
        fetching(ca_file=None, tls="starttls")
