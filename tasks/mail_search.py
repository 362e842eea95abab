"""Looking for a mail in a mailbox, to find out whether it was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ..runner.task import Context, Range
from .clients.mail_words import MailError
from .mail_login import MailLogin, account

_PORTS = {"implicit": 993, "starttls": 143, "none": 143}


@dataclass(frozen=True, kw_only=True)
class SearchIn(MailLogin):
    port: Annotated[
        int | None,
        "The IMAP server's port; left out, 993 with `tls: implicit`, else 143.",
        Range(1, 65535),
    ] = None
    tls: Annotated[Literal["implicit", "starttls", "none"], "How the connection is protected."] = (
        "implicit"
    )
    folder: Annotated[str, "The folder to look in, the receiver's inbox or one of sent mail."] = (
        "INBOX"
    )


def has_arrived(where: SearchIn, ctx: Context, message_id: str) -> bool:
    """Tell whether a mail lies there; raises TaskError if one cannot look."""
    from .clients.imap import ImapSession

    port = where.port or _PORTS[where.tls]
    session = ImapSession(
        account(where, ctx, port=port, tls=where.tls), where.folder, read_only=True
    )
    try:
        with ctx.cancellation.calling(session.abort):
            session.open()
            try:
                return session.find_message_id(message_id)
            finally:
                session.hang_up()
    except MailError:
        ctx.cancellation.check()
        raise
