"""A mailbox that a step opens: what it is told about it, and one login after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal, TypeAlias

from ..runner.dataclasses import dataclass
from ..runner.task import Context, Range, TaskError
from .clients.mail_account import MailAccount
from .clients.mail_words import MailError
from .clients.mailbox import MailSession
from .mail_login import NOT_EMPTY, MailLogin, account

Tls: TypeAlias = Literal["implicit", "starttls", "none"]

_PORTS = {
    ("pop3", True): 995,
    ("pop3", False): 110,
    ("imap", True): 993,
    ("imap", False): 143,
}
_CLEAR_PORTS = (110, 143)
_POP3_ONLY = ("user", "apop")


@dataclass(frozen=True, kw_only=True)
class Mailbox(MailLogin):
    protocol: Annotated[
        Literal["pop3", "imap"],
        "How to talk to the server. IMAP knows folders, what was read, and tells of new mail at"
        " once; POP3 knows the inbox.",
    ] = "pop3"
    port: Annotated[
        int | None,
        "The server's port; left out, 995 (POP3) or 993 (IMAP), without TLS from the start 110 or"
        " 143.",
        Range(1, 65535),
    ] = None
    tls: Annotated[
        Tls | None,
        "`implicit` speaks TLS from the first byte, `starttls` switches to it before the login,"
        " `none` sends all for all to read. Left out, `starttls` on ports 110 and 143, else"
        " `implicit`.",
    ] = None
    auth: Annotated[
        Literal[
            "plain",
            "login",
            "cram-md5",
            "scram-sha-1",
            "scram-sha-256",
            "xoauth2",
            "oauthbearer",
            "apop",
            "user",
        ]
        | None,
        "How to log in; left out, the best way that the server offers. `apop`, and `user` for USER"
        " and PASS, are POP3's.",
    ] = None
    folder: Annotated[
        str | None, "The folder, as `INBOX/Orders` (IMAP); left out, the inbox.", NOT_EMPTY
    ] = None

    @property
    def identity(self) -> tuple[str, ...]:
        """Names the mailbox among all."""
        return self.protocol, self.user or "", self.host.lower(), self.folder or "INBOX"


@contextmanager
def opened(mailbox: Mailbox, ctx: Context, *, read_only: bool) -> Iterator[MailSession]:
    """Log in for a while; not for longer: POP3 lets one client at a time in."""
    session = _session(mailbox, ctx, read_only=read_only)
    try:
        with ctx.cancellation.calling(session.abort):
            session.open()
            try:
                yield session
            except BaseException:
                session.hang_up()
                raise
            session.close()
    except MailError:
        # Whoever wants to stop closes the sockets: that the server is gone is no error then.
        ctx.cancellation.check()
        raise


def _session(mailbox: Mailbox, ctx: Context, *, read_only: bool) -> MailSession:
    if mailbox.protocol == "imap":
        from .clients.imap import ImapSession

        return ImapSession(_account(mailbox, ctx), mailbox.folder or "INBOX", read_only=read_only)
    from .clients.pop3 import Pop3Session

    return Pop3Session(_account(mailbox, ctx))


def check(mailbox: Mailbox) -> None:
    """Refuse what does not go together, before anything is done."""
    if mailbox.user is None:
        raise TaskError("user is missing: a mailbox is opened with `user` and `password`")
    if mailbox.protocol == "pop3" and mailbox.folder not in (None, "INBOX"):
        raise TaskError("folder: POP3 shows the inbox alone; set `protocol: imap`")
    if mailbox.protocol == "imap" and mailbox.auth in _POP3_ONLY:
        raise TaskError(f"auth: {mailbox.auth} is POP3's alone; leave it out")


def _account(mailbox: Mailbox, ctx: Context) -> MailAccount:
    tls = mailbox.tls or ("starttls" if mailbox.port in _CLEAR_PORTS else "implicit")
    port = mailbox.port or _PORTS[mailbox.protocol, tls == "implicit"]
    return account(mailbox, ctx, port=port, tls=tls, auth=(mailbox.auth or "").upper())
