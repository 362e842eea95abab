"""Filters that write a text in another form, or read it from one."""

from __future__ import annotations

import base64
import shlex
from urllib.parse import unquote_plus
from urllib.parse import urlsplit as split_url

_PARTS = (
    "fragment",
    "hostname",
    "netloc",
    "password",
    "path",
    "port",
    "query",
    "scheme",
    "username",
)


def b64encode(text: object, encoding: str = "utf-8", urlsafe: bool = False) -> str:
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    raw = text if isinstance(text, bytes) else str(text).encode(encoding)
    return encode(raw).decode("ascii")


def b64decode(text: object, encoding: str = "utf-8", urlsafe: bool = False) -> str:
    decode = base64.urlsafe_b64decode if urlsafe else base64.b64decode
    return decode(str(text).encode("utf-8", "surrogateescape")).decode(encoding, "surrogateescape")


def quote(text: object) -> str:
    """The text as one word of a shell's command line."""
    return shlex.quote("" if text is None else str(text))


def urldecode(text: str, encoding: str = "utf-8", errors: str = "replace") -> str:
    return unquote_plus(text, encoding, errors)


def urlsplit(url: str, query: str = "") -> object:
    """The parts of an address, or the one that is asked for."""
    if query and query not in _PARTS:
        raise ValueError(f"urlsplit: unknown URL component: {query}; there are {', '.join(_PARTS)}")
    if not isinstance(url, str):
        raise TypeError(f"it takes a text, not {type(url).__name__}")
    parts = split_url(url)
    if query:
        return getattr(parts, query)
    return {name: getattr(parts, name) for name in _PARTS}
