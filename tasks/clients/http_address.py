"""An address of the web, taken apart: what may be shown, and the login that it may hold."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from ...runner.dataclasses import dataclass, field
from ...runner.task import TaskError

NO_ANSWER = -1
"""The status of what could not be asked."""

_ALLOWED = "%/:=&?~#+!$,;'@()*[]|"
_LOGIN = re.compile(r"\A([^/?#]*//)?[^/?#]*@")
_LIKE_A_LOGIN = re.compile(r"\A([^/?#]*//)?.*@", re.DOTALL)
"""Of what is no address: a password may hold any character."""


@dataclass(frozen=True)
class Login:
    """Who asks; `at_once` sends it before the server wants to know."""

    user: str
    password: str = field(repr=False)
    at_once: bool = False

    @property
    def basic(self) -> str:
        """The login as the header `Authorization` holds it."""
        word = base64.b64encode(f"{self.user}:{self.password}".encode())
        return f"Basic {word.decode('ascii')}"


def masked(address: str) -> str:
    """Give the address as it may be shown, also one that cannot be asked; as in Ansible."""
    try:
        # A password with a slash leaves what stands before it in the place of a port.
        login = _LOGIN if urlsplit(address).port != 0 else _LIKE_A_LOGIN
    except ValueError:
        login = _LIKE_A_LOGIN
    return login.sub(r"\1****:****@", address)


def parted(address: str) -> tuple[str, Login | None]:
    """Give the address without its login, and the login. Raises TaskError for another kind."""
    try:
        parts = urlsplit(address)
        netloc = parts.netloc.rpartition("@")[2]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        is_web = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        # What is no address may hold a password all the same: it is not repeated.
        msg = "url: this is no address that can be read"
        raise TaskError(msg, status=NO_ANSWER, url=masked(address)) from None
    if not is_web:
        # Ansible's words first; what may be a password in no scheme is not repeated.
        kind = f"unknown url type: {parts.scheme or 'none'}"
        msg = f"{kind}; an address begins with http:// or https://"
        raise TaskError(msg, status=NO_ANSWER, url=masked(address))
    bare = urlunsplit(parts._replace(netloc=netloc, fragment=""))
    return quote(bare, safe=_ALLOWED), Login(user, password) if user else None
