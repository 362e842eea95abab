"""Looking for a mail in a mailbox, to find out whether it was sent."""

from __future__ import annotations

from ..runner.task import Context
from .clients.mail_words import MailError
from .mail_login import account
from .mail_parameters import SearchIn

_PORTS = {"implicit": 993, "starttls": 143, "none": 143}


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
