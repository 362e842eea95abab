"""What holds a secret is kept sealed: whoever cannot open the vault of a run cannot read it either.

A vault password that the run has used seals a key of the run's own, and that key what is kept: it
takes its time to make a key of a password. Without a password nothing is sealed. Then there would
only be marks by which a secret that is given again can be told from another, and such a mark is
also something to try guesses on.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..errors import VaultError
from ..vault.envelope import encrypt, parse

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

    from ..vault.opening import Vault

KEY, SECRETS = "key", "secrets"
"""The notes that are needed before anything that is sealed can be shown."""


class Seal:
    """Seals values; notes of what opens them again."""

    def __init__(self, vault: Vault, note: Callable[[str, str], None]) -> None:
        """`note` keeps something of this kind before anything that is sealed after it."""
        self._vault = vault
        self._note = note
        self._lock = threading.Lock()
        self._key: Fernet | None = None
        self._known: frozenset[str] = frozenset()

    def sealed(self, value: object) -> str | None:
        """The value so that only the vault's password opens it; None if there is none."""
        with self._lock:
            key = self._key = self._key or self._new_key()
            if key is None:
                return None
            known = self._vault.secrets.values
            if new := known - self._known:
                self._known = known
                self._note(SECRETS, _sealed(key, sorted(new)))
        return _sealed(key, value)

    def _new_key(self) -> Fernet | None:
        if (used := self._vault.keyring.in_use) is None:
            return None
        from cryptography.fernet import Fernet

        label, password = used
        key = Fernet.generate_key()
        self._note(KEY, encrypt(key, password, label))
        return Fernet(key)


class Unsealing:
    """Opens what earlier runs have sealed, if the vault's password is there."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._keys: list[Fernet] = []

    def note(self, kind: str, text: str) -> None:
        """Take in what a Seal has noted."""
        if kind == SECRETS:
            self._vault.secrets.add(*self.opened(text) or ())
            return
        from cryptography.fernet import Fernet

        with suppress(VaultError):
            self._keys.append(Fernet(self._vault.keyring.open(parse(text))))

    def opened(self, text: str) -> Any:
        """The value; None if it stays shut."""
        from cryptography.fernet import InvalidToken

        for key in self._keys:
            with suppress(InvalidToken):
                return json.loads(key.decrypt(text.encode()))
        return None


def _sealed(key: Fernet, value: object) -> str:
    return key.encrypt(json.dumps(value).encode()).decode()
