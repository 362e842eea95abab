"""Logging in with SASL (RFC 4422), apart from the protocols that carry it.

SMTP, POP3 and IMAP each carry it in their own words, in this way:

    exchange = sasl.choose(account, offered, is_secure=wire.is_secure)
    reply = ask(f"AUTH {exchange.begin()}")
    while reply.code == 334:  # what + is elsewhere
        reply = ask(exchange.answer(reply.text))  # in base64 both ways
    if not reply.done:
        raise refused(..., exchange.hint)
    exchange.finish()
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection
from contextlib import suppress

from ...runner.task import TaskError
from .lines import one_line
from .mail_account import MailAccount
from .mail_words import MailError
from .sasl_mechanisms import MECHANISMS

_LONGEST_COMPLAINT = 300
_BAD_PART = (ValueError, LookupError, StopIteration)
_TIMESTAMP = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")


class Exchange:
    """One login by one mechanism; raises MailError for a server whose part is wrong."""

    def __init__(self, account: MailAccount, name: str, others: Collection[str] = ()) -> None:
        self.name = name
        self._account = account
        self._others = others
        self._mechanism = MECHANISMS[name]
        self._dialogue = self._mechanism.speak(account)
        self._unsaid: bytes | None = None
        self._complaint = ""

    def begin(self, *, with_initial: bool = True) -> str:
        """Give what follows AUTH or AUTHENTICATE: the name, and what we say first if that may be.

        Without, the server's empty challenge asks for it.
        """
        initial = next(self._dialogue)
        if initial is None:
            return self.name
        if with_initial:
            return f"{self.name} {_coded(initial) or '='}"
        self._unsaid = initial
        return self.name

    def answer(self, challenge: str) -> str:
        """Answer what the server says."""
        if self._unsaid is not None:
            initial, self._unsaid = self._unsaid, None
            return _coded(initial)
        try:
            said = base64.b64decode(challenge, validate=True)
            if self._mechanism.needs_token:
                self._complaint = _complaint(said)
            return _coded(self._dialogue.send(said) or b"")
        except _BAD_PART as error:
            raise self._wrong_part() from error

    def finish(self) -> None:
        """Make sure, once we are in, that the server has proved itself where that is its part."""
        try:
            with suppress(StopIteration):
                self._dialogue.send(b"")
        except _BAD_PART as error:
            raise self._wrong_part() from error

    @property
    def hint(self) -> str:
        """Say what to do when the server does not let us in."""
        if self._mechanism.needs_token:
            said = f" ({self._complaint})" if self._complaint else ""
            return (
                f"the server does not take the token{said}; it may have expired, or be meant for"
                " another account or another use; check `user`, and get a new token"
            )
        words = "check `user` and `password`; many providers want an app password here"
        plainer = [name for name in self._others if MECHANISMS[name].is_readable]
        if plainer and not self._mechanism.is_readable:
            # Some servers offer what they can do only for passwords that they know as such.
            words += f"; if both are right, try another way to log in: `auth: {plainer[0].lower()}`"
        return words

    def _wrong_part(self) -> MailError:
        return _impossible(
            self._account,
            f"the server's part of {self.name} is wrong: it may not be the server that it seems to"
            " be; if you know that it is, choose another way to log in with `auth`",
        )


def _complaint(challenge: bytes) -> str:
    """Read the JSON in which a server says why it does not take a token (RFC 7628, 3.2.2)."""
    import json

    try:
        said = json.loads(challenge)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(said, dict):
        return ""
    told = [f"{name}: {said[name]}" for name in ("status", "scope") if name in said]
    return ", ".join(told)[:_LONGEST_COMPLAINT]


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


# Choosing ---------------------------------------------------------------------------------------


def choose(account: MailAccount, offered: Collection[str], *, is_secure: bool) -> Exchange:
    """Begin the best login that the server offers and the account can do, or the one it names.

    Raises MailError, in words, if there is none.
    """
    _check(account)
    offers = [name.upper() for name in offered]
    fitting = [name for name in _fitting(account) if name in offers]
    if not fitting:
        raise _impossible(account, _why_none(account, offers, is_secure=is_secure))
    safe = [
        name
        for name in fitting
        if not MECHANISMS[name].is_readable or may_be_read(account, is_secure=is_secure)
    ]
    if not safe:
        raise in_clear(account)
    return Exchange(account, safe[0], safe[1:])


def _check(account: MailAccount) -> None:
    one_line("password", account.password)
    if "\x01" in one_line("user", account.user):  # what ends a field beside a token
        raise TaskError("user holds a control character, which no name has; take it out")


def may_be_read(account: MailAccount, *, is_secure: bool) -> bool:
    """Tell whether a password may leave as it is."""
    return is_secure or account.tls == "none" or account.is_this_machine


def in_clear(account: MailAccount) -> MailError:
    """Say that a password does not."""
    return _impossible(
        account,
        "the server offers no TLS, and the password would go over the network for all to read; use"
        " a port with TLS, or write `tls: none` if that is what you want",
    )


def _fitting(account: MailAccount) -> list[str]:
    has_token = _has_token(account)
    wanted = account.auth.upper()
    return [
        name
        for name, made in MECHANISMS.items()
        if made.needs_token == has_token and wanted in ("", name)
    ]


def _has_token(account: MailAccount) -> bool:
    return bool(account.token or account.token_command)


def _why_none(account: MailAccount, offers: list[str], *, is_secure: bool) -> str:
    forced = MECHANISMS.get(account.auth.upper())
    if forced and forced.needs_token != _has_token(account):
        proof = "token" if forced.needs_token else "password"
        return f"`auth: {account.auth.lower()}` needs a `{proof}`"
    if offers:
        said = ", ".join(dict.fromkeys(offers))
        return f"the server offers {said}, and {_why_none_of(account, offers)}"
    if not is_secure:
        return "the server offers no login without TLS; set `tls: starttls`"
    return "the server offers no login; leave out `user` and `password`"


def _why_none_of(account: MailAccount, offers: list[str]) -> str:
    if account.auth:
        return f"not {account.auth}; choose another `auth`, or leave it out"
    if _has_token(account):
        return "a token needs OAUTHBEARER or XOAUTH2; give a `password` instead"
    if any(MECHANISMS[name].needs_token for name in offers if name in MECHANISMS):
        return "no password; give a `token` or a `token_command`"
    known = [name for name, made in MECHANISMS.items() if not made.needs_token]
    return f"opsplay can do {', '.join(known)}; ask who runs the server for one of them"


def _impossible(account: MailAccount, why: str) -> MailError:
    return MailError(account, f"cannot log in ({account}): {why}")


# POP3's own -------------------------------------------------------------------------------------


def apop_digest(welcome: str, password: str) -> str:
    """Give what APOP sends for the server's greeting; empty if the server has no APOP (RFC 1939).

    Only what looks like a real Message-ID is digested: from crafted ones passwords have been found
    (CVE-2007-1558).
    """
    import hashlib

    stamp = _TIMESTAMP.search(welcome)
    if not stamp:
        return ""
    text = f"{stamp[0]}{password}".encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest()
