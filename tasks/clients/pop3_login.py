"""Logging in to a POP3 server: by SASL (RFC 5034), APOP, or USER and PASS."""

from __future__ import annotations

from collections.abc import Iterable

from . import sasl
from .lines import one_line
from .mail_words import MailError
from .pop3_talk import Pop3Talk

_DOING = "log in"
_ADVICE = "check `user` and `password`; many providers want POP3 to be allowed, and an app password"


def log_in(talk: Pop3Talk, welcome: str, capabilities: Iterable[str]) -> None:
    """Log in by the way that `auth` names, or by the best that is offered."""
    account = talk.account
    user = one_line("user", account.user)
    password = one_line("password", account.password)
    offered = _mechanisms(capabilities)
    if account.auth.upper() == "APOP":
        _apop(talk, welcome, user, password)
    elif account.auth.upper() == "USER" or _has_no_better(talk, offered):
        _user(talk, user, password)
    else:
        _sasl(talk, offered)


def _mechanisms(capabilities: Iterable[str]) -> list[str]:
    lists = (line.upper().split() for line in capabilities)
    return [name for verb, *names in filter(None, lists) if verb == "SASL" for name in names]


def _has_no_better(talk: Pop3Talk, offered: list[str]) -> bool:
    """A password may go by USER and PASS wherever it could go by PLAIN."""
    account = talk.account
    has_token = account.token or account.token_command
    return not (account.auth or has_token or set(offered) & _BETTER)


_BETTER = {"SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5"}


def _user(talk: Pop3Talk, user: str, password: str) -> None:
    if not sasl.may_be_read(talk.account, is_secure=talk.wire.is_secure):
        raise sasl.in_clear(talk.account)
    talk.ask(_DOING, f"USER {user}", _ADVICE)
    talk.ask(_DOING, f"PASS {password}", _ADVICE)


def _apop(talk: Pop3Talk, welcome: str, user: str, password: str) -> None:
    digest = sasl.apop_digest(welcome, password)
    if not digest:
        raise MailError(
            talk.account,
            f"cannot log in ({talk.account}): the server's welcome holds no stamp, so it has no"
            " APOP; leave out `auth`",
        )
    talk.ask(_DOING, f"APOP {user} {digest}", _ADVICE)


def _sasl(talk: Pop3Talk, offered: list[str]) -> None:
    exchange = sasl.choose(talk.account, offered, is_secure=talk.wire.is_secure)
    # Without an initial response: with a token the line would be longer than lines may be.
    reply = talk.say(_DOING, f"AUTH {exchange.begin(with_initial=False)}")
    while reply.status == "+":
        reply = talk.say(_DOING, exchange.answer(reply.text))
    if not reply.done:
        raise talk.refused(_DOING, reply, exchange.hint)
    exchange.finish()
