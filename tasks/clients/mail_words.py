"""What goes wrong with mail servers, in words: what was tried, what they said, what to do."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...runner.task import TaskError
from . import tls
from .mail_account import MailAccount

if TYPE_CHECKING:
    from .smtp_reply import Reply

_LATER = "the server is busy or does not trust us yet; try again later (`until`, `retries`)"
_LOGIN_FIRST = "the server wants a login; give `user` and `password`"
_ADDRESS = "check the address"
_OR_LOGIN = "; some servers also want a login first (`user`, `password`)"
_SENDER = "the server does not take this sender; check `from`, and whether it belongs to `user`"
_TOO_BIG = "the mail is too big for this server; send less or smaller attachments"

_ADVICE: Mapping[tuple[int, str] | int, str] = {
    421: _LATER,
    432: "set the password anew",
    450: _LATER,
    451: _LATER,
    452: _LATER,
    454: _LATER,
    503: _LOGIN_FIRST,
    530: _LOGIN_FIRST + ", or TLS: `tls: starttls`",
    534: "the server wants another way to log in; many providers want an app password",
    538: "the server takes logins over TLS only; set `tls: starttls`",
    550: _ADDRESS,
    551: _ADDRESS,
    552: _TOO_BIG,
    553: _ADDRESS,
    554: "the server's words are all it says about why",
    (550, "MAIL"): _SENDER,
    (552, "MAIL"): _TOO_BIG,
    (553, "MAIL"): _SENDER,
    (554, "MAIL"): _SENDER,
    (550, "DATA"): "the server does not like what the mail holds",
}


class MailError(TaskError):
    """The server refused, or could not be talked to; `code` is its reply's, if it sent one."""

    def __init__(
        self,
        account: MailAccount,
        msg: str,
        *,
        code: int | None = None,
        transient: bool = False,
        in_doubt: bool = False,
        refused: Mapping[str, Reply] | None = None,
        **data: object,
    ) -> None:
        self.account = account
        self.code = code
        self.transient = transient
        """It may pass by itself."""
        self.in_doubt = in_doubt
        """A mail had left when the connection ended: the server may have taken it or not."""
        self.refused = refused or {}
        """For whom the server has not taken that mail for sure, and its replies."""
        super().__init__(msg, host=account.host, port=account.port, code=code, **data)

    def of_a_mail(self, *, in_doubt: bool, refused: Mapping[str, Reply] | None = None) -> MailError:
        """Give the same for a mail that was under way when the connection ended."""
        if not in_doubt:
            return self
        doubt = "by then the mail had left, and nobody can know whether the server has taken it"
        msg = f"{self.msg}; {doubt}"
        transient = self.transient
        return MailError(self.account, msg, transient=transient, in_doubt=True, refused=refused)


def refused(
    account: MailAccount, doing: str, verb: str, code: int, text: str, hint: str = ""
) -> MailError:
    """Say that an SMTP server does not do what it was asked."""
    hint = hint or advice(account, verb, code)
    said = f"{code} {text}; {hint}" if hint else f"{code} {text}"
    return MailError(
        account,
        f"cannot {doing} ({account}): {said}",
        code=code,
        transient=is_transient(code),
        reply=text,
    )


def is_transient(code: int) -> bool:
    """Tell whether a refusal may pass by itself (RFC 5321, 4.2.1)."""
    return 400 <= code < 500  # noqa: PLR2004


def advice(account: MailAccount, verb: str, code: int) -> str:
    """Say what to do about a reply, if it can be said."""
    said = _ADVICE.get((code, verb)) or _ADVICE.get(code, "")
    return said + _OR_LOGIN if said == _ADDRESS and not account.user else said


def broken(account: MailAccount, doing: str, error: OSError) -> MailError:
    """Say that the server cannot be talked to."""
    msg = f"cannot {doing} ({account}): {_why(account, error)}"
    return MailError(account, msg, transient=_may_pass(error))


def _may_pass(error: OSError) -> bool:
    """Tell whether it is worth another try: a wrong name or certificate stays wrong."""
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    return not isinstance(error, ssl.SSLError) or isinstance(error, _HAS_CLOSED)


_HAS_CLOSED = (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
_REASONS: tuple[tuple[type[OSError] | tuple[type[OSError], ...], str], ...] = (
    (socket.gaierror, "there is no host of this name, or no name server answers; check `host`"),
    (
        ConnectionRefusedError,
        "nothing listens there; check `host` and `port`, and whether the server runs",
    ),
    (
        TimeoutError,
        "no answer within {0.timeout:g} s (`timeout`); check `host`, `port` and `tls`",
    ),
    (_HAS_CLOSED, "the server closed the connection"),
)


def _why(account: MailAccount, error: OSError) -> str:
    for errors, words in _REASONS:
        if isinstance(error, errors):
            return words.format(account)
    if isinstance(error, ssl.SSLError):
        return tls.why(error)
    return error.strerror or str(error)
