"""The lookup `keyring`: passwords that the desktop, or the system, keeps for the user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import LookupFailed
from . import LookupContext


def keyring(terms: list[Any], _: Mapping[str, Any], *, context: LookupContext) -> list[str]:
    """The password of each "SERVICE USER"."""
    return [_password(str(term), context) for term in terms]


def _password(term: str, context: LookupContext) -> str:
    try:
        from keyring import get_password
        from keyring.errors import KeyringError
    except ImportError as error:
        words = "the package keyring is not installed"
        raise LookupFailed(f"{words}; pip install 'opsplay[keyring]' installs it") from error
    service, _, user = term.partition(" ")
    if not service or not user.strip():
        raise LookupFailed(f'"{term}" names no service and user; write "SERVICE USER"')
    try:
        found = get_password(service, user.strip())
    except KeyringError as error:
        raise LookupFailed(f"the keyring of the system cannot be used: {error}") from error
    if found is None:
        words = f"the keyring has no password of {user.strip()} for {service}"
        raise LookupFailed(f"{words}; `keyring set {service} {user.strip()}` puts one there")
    context.vault.hide(found)
    return found
