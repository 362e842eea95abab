"""A mailbox on the embedded server, and fetch_mail on it, by POP3 or IMAP.

with postbox(ctx, "imap") as box:
    box.put(mail("hello"))
    box.fetch(save_to="mails", after="delete")
    assert box.left == []
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Literal, TypeAlias

import pytest

from opsplay.runner import params as building
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import fetch_mail
from opsplay.tasks.servers.certificate import Certificate, make_certificate
from opsplay.tasks.servers.folders import Mailbox
from opsplay.tasks.servers.mail import MailServer, MailServerOptions
from opsplay.tasks.servers.mailboxes import Account

Protocol: TypeAlias = Literal["pop3", "imap"]

PASSWORD = "geheim"


@dataclass(frozen=True)
class Postbox:
    """What lies in an account's mailbox, and what a step makes of it."""

    ctx: Context
    protocol: Protocol
    port: int
    mailbox: Mailbox

    def put(self, *mails: bytes, folder: str = "INBOX") -> None:
        if not self.mailbox.has(folder):
            self.mailbox.create(folder)
        for data in mails:
            self.mailbox.folder(folder).add(data)

    def mails(self, folder: str = "INBOX") -> list[bytes]:
        return [letter.data() for letter in self.mailbox.folder(folder).letters()]

    @property
    def left(self) -> list[str]:
        """The subjects of what is there, oldest first."""
        return [
            data.partition(b"\r\n")[0].decode().removeprefix("Subject: ") for data in self.mails()
        ]

    @property
    def flags(self) -> list[set[str]]:
        return [{*letter.flags} for letter in self.mailbox.inbox.letters()]

    def result(self, ctx: Context | None = None, **given: object) -> Result:
        arguments = {
            "host": "127.0.0.1",
            "port": self.port,
            "protocol": self.protocol,
            "tls": "none",
            "user": "li",
            "password": PASSWORD,
            **given,
        }
        return fetch_mail.run(building.build(fetch_mail.Params, arguments), ctx or self.ctx)

    def fetch(self, ctx: Context | None = None, **given: object) -> list[Mapping[str, Any]]:
        """Fetch, and give the messages, newest first."""
        found: Any = self.result(ctx, **given).data["messages"]
        return list(found)

    def subjects(self, ctx: Context | None = None, **given: object) -> list[str]:
        return [message["subject"] for message in self.fetch(ctx, **given)]

    def refused(self, ctx: Context | None = None, **given: object) -> str:
        with pytest.raises(TaskError) as caught:
            self.result(ctx, **given)
        return caught.value.msg


@contextmanager
def postbox(ctx: Context, protocol: Protocol) -> Iterator[Postbox]:
    account = Account("li", PASSWORD)
    options = MailServerOptions(accounts=[account], certificate=_certificate())
    with MailServer(options) as server:
        port = server.imap_port if protocol == "imap" else server.pop3_port
        yield Postbox(ctx, protocol, port, server._rules.mailboxes.of(account))


@cache
def _certificate() -> Certificate:
    return make_certificate(Path(mkdtemp()))


def mail(subject: str, *headers: str, body: str = "x\r\n") -> bytes:
    return "\r\n".join([f"Subject: {subject}", *headers, "", body]).encode()
