"""What holds a secret is kept sealed: whoever has the journal alone cannot read it.

A key of the run's own seals it. If the run has used a vault password, the key is noted in the
journal, encrypted under that, so that whoever has the password can go on, on any machine. Otherwise
it lies in a file of this one, and is thrown away when the run has come to a good end or is
forgotten: what it has sealed is lost then, wherever there are copies of it.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..database import make_folder
from ..errors import VaultError
from ..vault.envelope import encrypt, parse

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

    from ..vault.opening import Vault

KEY, SECRETS = "key", "secrets"
"""The notes that are needed before anything that is sealed can be shown."""


class KeyFile:
    """The key of a run and of those that resume it, in the state folder."""

    def __init__(self, folder: Path, run: str) -> None:
        self._path = folder / "keys" / Path(run).name

    def made(self) -> Fernet:
        """The key, made if there is none; raises OSError, StateError, or ValueError of no key."""
        from cryptography.fernet import Fernet

        make_folder(self._path.parent)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            if not (key := file.read()):
                key = Fernet.generate_key()
                file.write(key)
                # What it seals may outlive a power cut.
                os.fsync(descriptor)
        return Fernet(key)

    def there(self) -> Fernet | None:
        """The key, if it is on this machine."""
        with suppress(OSError, ValueError):
            key = self._path.read_bytes()
            from cryptography.fernet import Fernet

            return Fernet(key)
        return None

    def forget(self) -> None:
        with suppress(OSError):
            self._path.unlink()


def runs_with_keys(folder: Path) -> Sequence[str]:
    """The first runs of those whose keys lie in this state folder."""
    with suppress(OSError):
        return [path.name for path in (folder / "keys").iterdir()]
    return ()


class Seal:
    """Seals values; notes of what opens them again."""

    def __init__(
        self, vault: Vault, own_key: Callable[[], Fernet | None], note: Callable[[str, str], None]
    ) -> None:
        """`note` keeps something of this kind before anything that is sealed after it."""
        self._vault = vault
        self._own_key = own_key
        self._note = note
        self._lock = threading.Lock()
        self._key: Fernet | None = None
        self._known: frozenset[str] = frozenset()

    def sealed(self, value: object) -> str | None:
        """The value so that only the run's key opens it; None if there is no place for one."""
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
            return self._own_key()
        from cryptography.fernet import Fernet

        label, password = used
        key = Fernet.generate_key()
        self._note(KEY, encrypt(key, password, label))
        return Fernet(key)


class Unsealing:
    """Opens what earlier runs have sealed, if their key is here, or the vault's password."""

    def __init__(self, vault: Vault, file: KeyFile) -> None:
        self._vault = vault
        self._keys = [key] if (key := file.there()) else []

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
