"""The address of a database: what of it is secret, and what of it may be told."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from ..secrets import MASK

SCHEMES = ("postgresql://", "postgres://")
_SECRET = frozenset({"password", "sslpassword"})


def passwords(url: str) -> Iterator[str]:
    """Each as it is written, and as it is meant."""
    for written in _written(url):
        yield from {written, unquote(written)}


def shown(url: str) -> str:
    """The address without its passwords."""
    for written in _written(url):
        url = url.replace(f":{written}@", f":{MASK}@").replace(f"={written}", f"={MASK}")
    return url


def _written(url: str) -> Iterator[str]:
    _, _, rest = url.partition("://")
    place, _, query = rest.partition("?")
    # Of several @ the last one ends the password.
    login, at, _ = place.rpartition("@")
    _, colon, password = login.partition(":")
    if at and colon and password:
        yield password
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name in _SECRET and value:
            yield value
