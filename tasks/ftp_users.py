"""The accounts of an FTP server, as a playbook gives them, and their homes."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Context, Pattern, Secret, TaskError
from .clients.lines import one_line
from .servers import password_hashes
from .servers.ftp_accounts import FtpUser

_READ_ONLY = "elr"
_ALL = "elradfmwMT"

Permissions = Annotated[
    str,
    "What the account may do, as letters: `e` change the folder, `l` list, `r` read; `w` write,"
    " `a` append, `d` delete, `f` rename, `m` make folders, `M` set permissions, `T` set times.",
    Pattern(r"^[elradfmwMT]*$", "letters out of elradfmwMT"),
]


@dataclass(frozen=True, kw_only=True)
class User:
    name: Annotated[str, "The name to log in with."]
    password: Annotated[Secret | None, "The password to log in with."] = None
    password_hash: Annotated[
        Secret | None,
        "In place of `password`: its hash, as `password_hash` and /etc/shadow have it, or"
        " `$pbkdf2-sha256$…`.",
    ] = None
    home: Annotated[str, "The folder the account sees as `/`; made if missing."]
    permissions: Permissions = _ALL


@dataclass(frozen=True, kw_only=True)
class Anonymous:
    home: Annotated[str, "The folder that everybody sees as `/`; made if missing."]
    permissions: Permissions = _READ_ONLY


def accounts(
    users: Sequence[User], anonymous: str | Anonymous | None, ctx: Context
) -> list[FtpUser]:
    """Everybody who may log in; raises TaskError."""
    found = [*_of_users(users, ctx), *_of_everybody(anonymous, ctx)]
    names = [account.name for account in found]
    for name in names:
        if names.count(name) > 1:
            raise TaskError(f"two accounts are called {name}; give each a name of its own")
    return found


def _of_users(users: Sequence[User], ctx: Context) -> Iterator[FtpUser]:
    for user in users:
        if (user.password is None) == (user.password_hash is None):
            raise TaskError(f"the user {user.name}: give either `password` or `password_hash`")
        if not re.match(password_hashes.PATTERN, user.password_hash or "$1$$-"):
            raise TaskError(
                f"the password_hash of {user.name} is none that can be checked; make one with"
                " the filter `password_hash` or with `mkpasswd`"
            )
        yield FtpUser(
            name=one_line("the name of a user", user.name),
            password=one_line(f"the password of {user.name}", user.password or ""),
            password_hash=user.password_hash or "",
            home=ctx.path(user.home),
            permissions=user.permissions,
        )


def _of_everybody(given: str | Anonymous | None, ctx: Context) -> Iterator[FtpUser]:
    if given is not None:
        anonymous = Anonymous(home=given) if isinstance(given, str) else given
        home = ctx.path(anonymous.home)
        yield FtpUser(name="anonymous", home=home, permissions=anonymous.permissions)


def at_home(user: FtpUser, ctx: Context) -> FtpUser:
    """Make the home; in check mode an empty folder stands for a missing one."""
    if ctx.check and not user.home.exists():
        return replace(user, home=Path(tempfile.mkdtemp(prefix="home-", dir=ctx.temp_dir())))
    try:
        user.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TaskError(
            f"cannot make {user.home}, the home of {user.name}: {error.strerror}"
        ) from error
    return user
