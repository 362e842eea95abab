"""Filters that make fingerprints of texts."""

from __future__ import annotations

import hashlib
import uuid

# What Ansible makes its identifiers from.
_NAMESPACE = uuid.UUID("361e6d51-faec-444a-9079-341386da8e2e")


def hash_(data: object, hashtype: str = "sha1") -> str:
    """The digest of a text, in hexadecimal, by any algorithm that this Python has."""
    return hashlib.new(hashtype, str(data).encode(), usedforsecurity=False).hexdigest()


def md5(data: object) -> str:
    return hash_(data, "md5")


def sha1(data: object) -> str:
    return hash_(data, "sha1")


checksum = sha1


def to_uuid(text: object, namespace: str | uuid.UUID = _NAMESPACE) -> str:
    """An identifier that is always the same for the same text."""
    try:
        space = namespace if isinstance(namespace, uuid.UUID) else uuid.UUID(namespace)
    except ValueError as error:
        raise ValueError(f"Invalid value '{namespace}' for 'namespace': {error}") from None
    return str(uuid.uuid5(space, str(text)))
