"""Tell whether a password is the one that a hash was made of.

Hashes are those of /etc/shadow, which the system's own crypt makes and checks, and PBKDF2 as
passlib writes it, which Python can check wherever it runs.
"""

from __future__ import annotations

import base64
import ctypes
import hashlib
import hmac
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

PATTERN = r"^\$(1|2[abxy]|5|6|7|y|gy|pbkdf2-sha(256|512))\$\S+$"
"""What a hash looks like."""

_LIBRARIES = ("libcrypt.so.1", "libcrypt.so.2", None)
# More than any libcrypt wants for its crypt_data.
_WORKSPACE = 256 * 1024
_PBKDF2 = re.compile(r"\$pbkdf2-(sha256|sha512)\$(\d{1,9})\$([\w./]*)\$([\w./]+)")
_SIZES: Mapping[str, int] = {"sha256": 32, "sha512": 64}


class UncheckableError(Exception):
    """This machine cannot check such a hash; says why."""


def matches(password: str, hashed: str) -> bool:
    """Compare in constant time; raises UncheckableError. May take a second: hashes are slow."""
    made = _pbkdf2(password, hashed) if hashed.startswith("$pbkdf2-") else _crypt(password, hashed)
    return hmac.compare_digest(made, hashed.encode())


def _pbkdf2(password: str, hashed: str) -> bytes:
    found = _PBKDF2.fullmatch(hashed)
    if not found:
        raise UncheckableError("its hash is not $pbkdf2-…$rounds$salt$checksum")
    name, rounds, salt, checksum = found.groups()
    secret = password.encode("utf-8", "surrogateescape")
    made = hashlib.pbkdf2_hmac(name, secret, _decoded(salt), int(rounds), _SIZES[name])
    return hashed.removesuffix(checksum).encode() + _encoded(made)


def _decoded(text: str) -> bytes:
    """Passlib's base64: a dot for the plus, and no padding."""
    return base64.b64decode(text.replace(".", "+") + "=" * (-len(text) % 4))


def _encoded(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=").replace(b"+", b".")


def _crypt(password: str, hashed: str) -> bytes:
    secret = password.encode("utf-8", "surrogateescape")
    if b"\0" in secret:
        return b""
    # The kind that works in a place of its own: several threads may be at it.
    workspace = ctypes.create_string_buffer(_WORKSPACE)
    answer: bytes | None = _library()(secret, hashed.encode(), workspace)
    if not answer or answer.startswith(b"*"):
        raise UncheckableError("the system's crypt does not know this kind of hash")
    return answer


@cache
def _library() -> Any:
    for name in _LIBRARIES:
        try:
            crypt = ctypes.CDLL(name).crypt_r
        except (OSError, AttributeError):
            continue
        crypt.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p]
        crypt.restype = ctypes.c_char_p
        return crypt
    raise UncheckableError("this system has no libcrypt; take a $pbkdf2-sha256$ hash")
