"""The server's side of SASL: each mechanism yields challenges and gives whether it is convinced."""

from __future__ import annotations

import base64
import hmac
from binascii import Error as NoBase64
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from mail_faults import Options

_Steps: TypeAlias = Generator[str, str, bool]

STAMP = "<1896.697170952@fault.example>"


def _plain(options: Options) -> _Steps:
    answer = yield ""
    return answer.split("\0")[1:] == [options.user, options.password]


def _login(options: Options) -> _Steps:
    user = yield "Username:"
    password = yield "Password:"
    return (user, password) == (options.user, options.password)


def _cram_md5(options: Options) -> _Steps:
    answer = yield STAMP
    digest = hmac.new(options.password.encode(), STAMP.encode(), "md5").hexdigest()
    return answer == f"{options.user} {digest}"


def _xoauth2(options: Options) -> _Steps:
    answer = yield ""
    if answer == f"user={options.user}\1auth=Bearer {options.token}\1\1":
        return True
    yield '{"status":"400","schemes":"Bearer","scope":"mail"}'
    return False


def _oauthbearer(options: Options) -> _Steps:
    answer = yield ""
    head, *pairs = answer.split("\1")
    if head == f"n,a={options.user}," and f"auth=Bearer {options.token}" in pairs:
        return True
    yield '{"status":"invalid_token"}'
    return False


_MECHANISMS: Mapping[str, Callable[[Options], _Steps]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram_md5,
    "XOAUTH2": _xoauth2,
    "OAUTHBEARER": _oauthbearer,
}


@dataclass(frozen=True)
class LoginReplies:
    """A protocol's words in a login, and how it makes a reply of words."""

    worded: Callable[[str], bytes]
    challenge: str
    accepted: str
    refused: str


class Login:
    """One login on its way; `challenge` is in base64, `passed` None until it is decided."""

    def __init__(self, mechanism: str, options: Options) -> None:
        self._steps = _MECHANISMS[mechanism](options)
        self.passed: bool | None = None
        self.challenge = _coded(next(self._steps))

    def answer(self, text: str) -> None:
        """Take an answer in base64; `=` is the empty one, `*` and nonsense end the login."""
        try:
            given = base64.b64decode("" if text == "=" else text, validate=True)
            self.challenge = _coded(self._steps.send(given.decode("utf-8", "replace")))
        except StopIteration as end:
            self.passed = bool(end.value)
        except NoBase64:
            self.passed = False


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
