"""Filters and tests of texts that are encrypted as ansible-vault does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import pass_environment

from ..errors import Undecryptable, VaultError
from ..hearer import HEARER, deprecate
from ..vault.envelope import HEADER, decrypt, encrypt, is_encrypted, parse
from ..vault.opened import Opened

if TYPE_CHECKING:
    from ..jinja import Environment

_LABEL = "filter_default"
_WANTED = "Secret passed is required to be a string"


@pass_environment
def vault(
    environment: Environment,
    data: Any,
    secret: Any,
    salt: Any = None,
    vault_id: str = _LABEL,
    wrap_object: bool = False,  # noqa: ARG001  # Ansible's; a text is all there is
    vaultid: str | None = None,
) -> str:
    """Encrypt with a password; the id stands in the first line."""
    password, plaintext = _text(secret, _WANTED), _text(data, "Can only vault strings")
    if is_encrypted(plaintext):
        raise VaultError("Unable to encrypt: input is already encrypted")
    if salt is not None and not salt:
        raise VaultError("Unable to encrypt: Empty or invalid salt passed to encrypt()")
    label = _label(vault_id, vaultid)
    environment.vault.hide(password)
    environment.vault.hide(plaintext)
    return encrypt(_bytes(plaintext), _bytes(password), label, _bytes(str(salt or "")))


@pass_environment
def unvault(
    environment: Environment,
    vault: Any,
    secret: Any,
    vault_id: str = _LABEL,
    vaultid: str | None = None,
) -> str:
    """Decrypt with a password; what is not encrypted stays as it is."""
    # In Ansible's words.
    password = _text(secret, "Secret passed is required to be as string")
    text = _text(vault, "Vault should be in the form of a string")
    _label(vault_id, vaultid)
    environment.vault.hide(password)
    if not is_encrypted(text):
        return text
    try:
        opened = decrypt(parse(text), _bytes(password))
    except VaultError as error:
        raise VaultError(f"Unable to decrypt: {error.message}", error.hint) from error
    if opened is None:
        why = "Decryption failed (no vault secrets were found that could decrypt)"
        raise VaultError(f"Unable to decrypt: {why}.")
    plaintext = opened.decode("utf-8", "surrogateescape")
    environment.vault.hide(plaintext)
    return plaintext


def _label(vault_id: str, vaultid: str | None) -> str:
    """The id, which has an older name."""
    if vaultid is None:
        return vault_id
    deprecate("Use of undocumented `vaultid`.", "2.20")
    if vault_id != _LABEL:
        HEARER.warn("Ignoring vaultid as vault_id is already set.")
        return vault_id
    return vaultid


def vault_encrypted(value: Any) -> bool:
    """Whether it comes from a `!vault`: a text that only looks like one does not, as in Ansible."""
    from ..jinja.undefined import Failed, Missing

    if isinstance(value, Failed) and isinstance(value.error, Undecryptable):
        return True
    if isinstance(value, Missing):
        value.fail()
    return isinstance(value, Opened)


def vaulted_file(path: str) -> bool:
    try:
        with open(str(path), "rb") as opened:
            return is_encrypted(opened.read(len(HEADER)))
    except OSError as error:
        raise OSError(f"Cannot test if the file '{path}' is a vault: {error}") from None


def _text(value: Any, wanted: str) -> str:
    if isinstance(value, str):
        return value
    raise TypeError(f"{wanted}, instead we got {type(value)}.")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
