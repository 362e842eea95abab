"""A mailbox on a scripted POP3 or IMAP server, and the step that files its mails away, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import pytest

from imap_faults import ImapFaults
from mail_faults import Fault, FaultServer, Options
from mail_steps import fetch
from opsplay.runner.task import Context, TaskError
from pop3_faults import Pop3Faults

Protocol: TypeAlias = Literal["pop3", "imap"]

MAILS = sorted(b"Subject: %d\r\n\r\n.\r\nmail %d\r\n" % (n, n) for n in range(3))

both_protocols = pytest.mark.parametrize("protocol", ["pop3", "imap"])


class Mailbox:
    """`put` mails into it, `fetch` them, and see what is `left` there and what is `saved` here."""

    def __init__(
        self, ctx: Context, protocol: Protocol, faults: Sequence[Fault], **options: Any
    ) -> None:
        self.protocol = protocol
        make = Pop3Faults if protocol == "pop3" else ImapFaults
        self.server: FaultServer = make(*faults, options=Options(**options))
        self.warnings: Sequence[str] = ()
        """Of the last fetch that went well."""
        self._ctx = ctx

    def put(self, *mails: bytes) -> None:
        assert isinstance(self.server, Pop3Faults | ImapFaults)
        self.server.put(*mails)

    def left(self) -> list[bytes]:
        if isinstance(self.server, Pop3Faults):
            return [mail.data for mail in self.server.mailbox]
        assert isinstance(self.server, ImapFaults)
        return [mail.data for mail in self.server.inbox]

    def fetch(self, **given: Any) -> dict[str, Any]:
        """Fetch what was not fetched before, save it and delete it on the server."""
        once = {"state": "inbox", "save_to": "mails", "after": "delete"}
        server = {"port": self.server.port, "protocol": self.protocol, "timeout": 60}
        result = fetch(self._ctx, **{**server, **once, **given})
        self.warnings = result.warnings
        return dict(result.data)

    def failure(self, **given: Any) -> str:
        """Fetch; gives what the user is told if that fails."""
        told = ""
        try:
            self.fetch(**given)
        except TaskError as error:
            told = error.msg
        assert not told or f"127.0.0.1:{self.server.port}" in told
        return told

    def saved(self) -> list[bytes]:
        """Give the server's very bytes, sorted."""
        folder = self._ctx.playbook_dir / "mails"
        return sorted(path.read_bytes() for path in folder.glob("*.eml"))


Open: TypeAlias = Callable[..., Mailbox]


def subjects(result: dict[str, Any]) -> list[str]:
    return sorted(mail["subject"] for mail in result["messages"])
