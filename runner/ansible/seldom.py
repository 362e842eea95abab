"""What few plugins in Ansible's form import: constants, JSON, passwords, what is encrypted."""

from __future__ import annotations

import json
import os
import random
import string
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import VaultError
from ..kinds.plain import TRUE
from ..vault import envelope
from .base import AnsibleError, to_bytes, to_text

# Constants ------------------------------------------------------------------------------------

_PASSWORD_CHARS = f"{string.ascii_letters}{string.digits}.,:-_"
_FIXED: Mapping[str, object] = {
    "BOOLEANS_TRUE": frozenset({*TRUE, 1}),
    "DEFAULT_PASSWORD_CHARS": _PASSWORD_CHARS,
    "LOCALHOST": ("127.0.0.1", "localhost", "::1"),
    "YAML_FILENAME_EXTENSIONS": [".yml", ".yaml", ".json"],
}


def _constants() -> Mapping[str, object]:
    """The settings as Ansible calls them: by the name of the variable, some with a word before."""
    from ..settings import ANSIBLE, sources, table

    settings = sources.resolve(Path(), os.environ, {}).settings
    found = {
        each.ansible.removeprefix(ANSIBLE): getattr(settings, each.name)
        for each in table.table().values()
        if each.ansible
    }
    return {**found, **{f"DEFAULT_{name}": value for name, value in found.items()}, **_FIXED}


# JSON -----------------------------------------------------------------------------------------


class AnsibleJSONEncoder(json.JSONEncoder):
    """Makes texts of dates, too."""

    def default(self, o: Any) -> Any:
        if isinstance(o, date):
            return o.isoformat()
        if isinstance(o, Mapping):
            return dict(o)
        return list(o) if isinstance(o, Iterable) else super().default(o)


# Passwords ------------------------------------------------------------------------------------


def random_password(length: int = 20, chars: str = _PASSWORD_CHARS, seed: str | None = None) -> str:
    """The same one for the same seed."""
    chance = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311  # as Ansible
    return "".join(chance.choice(chars) for _ in range(length))


def random_salt(length: int = 8) -> str:
    return random_password(length, f"{string.ascii_letters}{string.digits}./")


# Vault ----------------------------------------------------------------------------------------


class AnsibleVaultError(AnsibleError):
    """Something cannot be encrypted, or not be decrypted."""


class VaultSecret:
    """A password."""

    def __init__(self, _bytes: bytes | None = None) -> None:
        self.bytes = _bytes


def is_encrypted(data: object) -> bool:
    return isinstance(data, str | bytes) and envelope.is_encrypted(data)


class VaultLib:
    """Encrypts with the first of some passwords, and decrypts with all of them."""

    def __init__(self, secrets: Iterable[tuple[str, VaultSecret]] | None = None) -> None:
        self.secrets = [*(secrets or ())]

    is_encrypted = staticmethod(is_encrypted)

    def encrypt(
        self,
        plaintext: str | bytes,
        secret: VaultSecret | None = None,
        vault_id: str | None = None,
        salt: str | None = None,
    ) -> bytes:
        secret = secret or next((each for _, each in self.secrets), None)
        if secret is None:
            raise AnsibleVaultError("A vault password must be specified to encrypt data")
        if is_encrypted(plaintext):
            raise AnsibleError("input is already encrypted")
        label = vault_id or envelope.DEFAULT_LABEL
        given = to_bytes(plaintext), secret.bytes or b"", label, to_bytes(salt or "")
        return envelope.encrypt(*given).encode()

    def decrypt(self, vaulttext: str | bytes) -> bytes:
        if not is_encrypted(vaulttext):
            raise AnsibleVaultError("Input is not vault encrypted data.")
        try:
            found = envelope.parse(to_text(vaulttext))
        except VaultError as error:
            raise AnsibleVaultError(error) from error
        for _, secret in self.secrets:
            if (opened := envelope.decrypt(found, secret.bytes or b"")) is not None:
                return opened
        raise AnsibleVaultError(
            "Decryption failed (no vault secrets were found that could decrypt)."
        )


_NAMES: Mapping[str, Mapping[str, Any]] = {
    "parsing.ajson": {
        "AnsibleJSONDecoder": json.JSONDecoder,
        "AnsibleJSONEncoder": AnsibleJSONEncoder,
    },
    "parsing.vault": {
        "AnsibleVaultError": AnsibleVaultError,
        "VaultLib": VaultLib,
        "VaultSecret": VaultSecret,
        "is_encrypted": is_encrypted,
    },
    "utils.encrypt": {"random_password": random_password, "random_salt": random_salt},
}


def names(place: str) -> Mapping[str, Any]:
    """What the module of this name has below `ansible`."""
    return _NAMES[place] if place in _NAMES else _constants()
