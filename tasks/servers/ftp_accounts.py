"""Who may log in to our FTP server, and with which password."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from pathlib import Path

from pyftpdlib.authorizers import AuthenticationFailed, DummyAuthorizer

from ...runner.dataclasses import dataclass
from . import password_hashes


@dataclass(frozen=True, kw_only=True)
class FtpUser:
    """An account; `permissions` are pyftpdlib's letters. `anonymous` needs no password."""

    name: str
    password: str = ""
    password_hash: str = ""
    """In place of `password`."""
    home: Path
    permissions: str


class Accounts(DummyAuthorizer):  # type: ignore[misc]  # pyftpdlib is not typed
    def __init__(self, users: Sequence[FtpUser]) -> None:
        super().__init__()
        self._users = {user.name: user for user in users}
        # A name that does not exist must take as long as one that does.
        self._decoy = next((user for user in users if user.password_hash), None)
        for user in users:
            self.add_user(user.name, "", str(user.home), perm=user.permissions)

    def takes_long(self, name: str) -> bool:
        """Whether this password is to be checked in a thread."""
        user = self._users.get(name, self._decoy)
        return user is not None and bool(user.password_hash)

    def validate_authentication(self, username: str, password: str, _: object) -> None:
        """Raise AuthenticationFailed, or UncheckableError."""
        if not self._is_right(username, password):
            raise AuthenticationFailed

    def _is_right(self, name: str, password: str) -> bool:
        user = self._users.get(name)
        if user is not None and name == "anonymous":
            return True
        asked = user or self._decoy
        if asked is not None and asked.password_hash:
            return password_hashes.matches(password, asked.password_hash) and user is not None
        wanted = user.password if user else ""
        return hmac.compare_digest(_bytes(wanted), _bytes(password)) and user is not None

    def _check_permissions(self, username: str, perm: str) -> None:
        """Allow all: the letters are checked, and who may write is the user's choice."""


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
