"""The address of a database: what of it is secret, what of it may be told, and what it means."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ..environment import whole
from ..errors import UsageError
from ..secrets import MASK

_SCHEMES = ("postgresql://", "postgres://")
_SECRET = frozenset({"password", "sslpassword"})
_NEEDED = "to keep the journal in PostgreSQL, psycopg is needed: pip install 'opsplay[postgresql]'"
_PATIENCE = 10
# A server, or a machine, of which nothing is heard for so many seconds is gone.
SILENCE = {"idle": "30", "interval": "10", "count": "3"}
_LOCAL = ("", "localhost", "127.0.0.1", "::1")


def passwords(url: str) -> Iterator[str]:
    """Each as it is written, and as it is meant."""
    for written in _written(url):
        yield from {written, unquote(written)}


def shown(url: str) -> str:
    """The address without its passwords."""
    for written in _written(url):
        url = url.replace(f":{written}@", f":{MASK}@").replace(f"={written}", f"={MASK}")
    return url


def without_secrets(words: str, url: str) -> str:
    words = words.replace(url, shown(url))
    for password in passwords(url):
        words = words.replace(password, MASK)
    return words


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


# What it means ---------------------------------------------------------------------------------


def parameters(url: str) -> Mapping[str, Any]:
    """What psycopg is told; raises UsageError."""
    if not url.startswith(_SCHEMES):
        raise UsageError(
            "journal: this is no address of a PostgreSQL database (write"
            " postgresql://user@host/database, or nothing for a file in the state folder)"
        )
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise UsageError(_NEEDED) from error
    try:
        given = conninfo_to_dict(url)
    except ProgrammingError as error:
        words = without_secrets(str(error).strip(), url)
        raise UsageError(f"journal: {words} (write postgresql://user@host/database)") from None
    return {**_defaults(given), **given}


def _defaults(given: Mapping[str, Any]) -> Mapping[str, Any]:
    environment = whole()
    defaults: dict[str, Any] = {
        "application_name": "opsplay",
        "connect_timeout": _PATIENCE,
        "tcp_user_timeout": 30_000,
        **{f"keepalives_{name}": value for name, value in SILENCE.items()},
    }
    if "PGPASSWORD" in environment and "PGPASSWORD" not in os.environ:
        # It has been set aside (secret_env), where libpq does not find it.
        defaults["password"] = environment["PGPASSWORD"]
    if {"service", "sslmode"} & given.keys() or {"PGSERVICE", "PGSSLMODE"} & environment.keys():
        return defaults
    hosts = (
        str(given.get(name) or environment.get(f"PG{name.upper()}", ""))
        for name in ("host", "hostaddr")
    )
    return defaults if all(map(_is_here, hosts)) else {**defaults, **_verified()}


def _is_here(host: str) -> bool:
    return host.startswith("/") or host in _LOCAL


def _verified() -> Mapping[str, str]:
    """Who the server is must be certain, if it is another machine; libpq would not ask."""
    root = Path("~/.postgresql/root.crt")
    with suppress(RuntimeError):  # a service may have no home
        root = root.expanduser()
    known = root.exists() or "PGSSLROOTCERT" in os.environ
    return {"sslmode": "verify-full", **({} if known else {"sslrootcert": "system"})}
