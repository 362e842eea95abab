"""The server's side of SASL: who logs in, whatever protocol carries it.

A mechanism is a generator: it yields challenges, is sent the responses, and returns the account. So
it reads from top to bottom as the dialogue goes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable, Generator, Mapping
from typing import TypeAlias

from .mailboxes import Account, Mailboxes

Exchange: TypeAlias = Generator[bytes, bytes, Account]

_TOKEN = re.compile(rb"\x01auth=Bearer ([^\x01]*)\x01", re.IGNORECASE)
_XOAUTH2_USER = re.compile(rb"user=([^\x01]*)\x01")
_BEARER_USER = re.compile(rb"n,a=([^,]*),")


class Denied(Exception):
    """Nobody is logged in; `user` is who tried."""

    def __init__(self, user: str) -> None:
        super().__init__(user)
        self.user = user


class Malformed(Exception):
    """That is not what the mechanism sends."""


def by_password(mailboxes: Mailboxes, user: str, password: str) -> Account:
    account = mailboxes.account(user)
    # A name that does not exist takes as long as one that does.
    if not _same(account.password if account else "", password) or account is None:
        raise Denied(user)
    return account


def by_digest(
    mailboxes: Mailboxes, user: str, digest: str, expected: Callable[[str], str]
) -> Account:
    """Log in who knows a password without sending it; `expected` makes the digest from one."""
    account = mailboxes.account(user)
    if not _same(expected(account.password if account else ""), digest) or account is None:
        raise Denied(user)
    return account


def timestamp() -> str:
    """Something that was never said before, in the form of a Message-ID."""
    return f"<{secrets.token_hex(8)}.{time.time_ns()}@opsplay>"


def _plain(mailboxes: Mailboxes) -> Exchange:
    fields = (yield b"").split(b"\0")
    if len(fields) != 3:  # noqa: PLR2004  # who to act as, who it is, password
        raise Malformed
    other, user, password = map(_text, fields)
    if other not in {"", user}:
        raise Denied(user)
    return by_password(mailboxes, user, password)


def _login(mailboxes: Mailboxes) -> Exchange:
    user = _text((yield b"Username:"))
    return by_password(mailboxes, user, _text((yield b"Password:")))


def _cram_md5(mailboxes: Mailboxes) -> Exchange:
    challenge = timestamp().encode()
    user, _, digest = _text((yield challenge)).rpartition(" ")

    def expected(password: str) -> str:
        return hmac.new(password.encode(), challenge, hashlib.md5).hexdigest()

    return by_digest(mailboxes, user, digest.lower(), expected)


def _bearer(user_pattern: re.Pattern[bytes]) -> Callable[[Mailboxes], Exchange]:
    def exchange(mailboxes: Mailboxes) -> Exchange:
        response = yield b""
        user, token = user_pattern.match(response), _TOKEN.search(response)
        if not user or not token:
            raise Malformed
        account = mailboxes.account(_text(user[1]))
        if account is None or not account.token or not _same(account.token, _text(token[1])):
            # Why, for the client; then it is its turn to say that it has understood.
            yield json.dumps({"status": "400", "schemes": "Bearer"}).encode()
            raise Denied(_text(user[1]))
        return account

    return exchange


MECHANISMS: Mapping[str, Callable[[Mailboxes], Exchange]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram_md5,
    "XOAUTH2": _bearer(_XOAUTH2_USER),
    "OAUTHBEARER": _bearer(_BEARER_USER),
}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _same(one: str, other: str) -> bool:
    """Compare secrets in a time that tells nothing."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
