"""The filter `password_hash`: what /etc/shadow holds, made by the system's own crypt."""

from __future__ import annotations

import ctypes
import secrets
import string
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

_LIBRARIES = ("libcrypt.so.1", "libcrypt.so.2", None)
_SALT = string.ascii_letters + string.digits + "./"
# What crypt does when the salt names no number.
_SHA_ROUNDS = 5000


class _Scheme(NamedTuple):
    prefix: str
    salt_size: int
    rounds: int | None = None


# The rounds are those that ansible-core sets.
_SCHEMES: Mapping[str, _Scheme] = {
    "md5": _Scheme("1", 8),
    "blowfish": _Scheme("2b", 22, 12),
    "sha256": _Scheme("5", 16, 535000),
    "sha512": _Scheme("6", 16, 656000),
}
_OTHER_NAMES = {"md5_crypt": "md5", "bcrypt": "blowfish"} | {
    f"{name}_crypt": name for name in ("sha256", "sha512")
}
_FAILED = "Could not hash the secret"
_LOCK = threading.Lock()


def password_hash(
    password: str,
    hashtype: str = "sha512",
    salt: object = None,
    salt_size: int | None = None,
    rounds: int | None = None,
    ident: str | None = None,
) -> str:
    """The password as /etc/shadow has it; without a salt it is another one each time."""
    scheme = _SCHEMES.get(_OTHER_NAMES.get(hashtype, hashtype))
    if not scheme:
        known = ", ".join(_SCHEMES)
        raise ValueError(f"{hashtype} is not in the list of supported passlib algorithms: {known}")
    if not isinstance(password, str):
        raise TypeError(f"secret must be unicode or bytes, not {type(password).__name__}")
    salt = str(salt or new_salt(hashtype, salt_size))
    if not set(salt) <= set(_SALT):
        why = "invalid characters in salt: it is made of letters, digits, dots, slashes"
        raise ValueError(f"{_FAILED}: {why}")
    if len(salt) > scheme.salt_size:
        raise ValueError(
            f"{_FAILED}: salt too large ({hashtype} requires <= {scheme.salt_size} chars)"
        )
    return _crypt(password, _setting(scheme, salt, rounds or scheme.rounds, ident))


def new_salt(hashtype: str, size: int | None = None) -> str:
    """A random salt, as long as the scheme wants it."""
    scheme = _SCHEMES.get(_OTHER_NAMES.get(hashtype, hashtype))
    size = size or (scheme.salt_size if scheme else 8)
    return "".join(secrets.choice(_SALT) for _ in range(size))


def _setting(scheme: _Scheme, salt: str, rounds: int | None, ident: str | None) -> str:
    if scheme.prefix == "2b":
        return f"${ident or scheme.prefix}${rounds:02}${salt}"
    if rounds and rounds != _SHA_ROUNDS and scheme.rounds:
        return f"${scheme.prefix}$rounds={rounds}${salt}"
    return f"${scheme.prefix}${salt}"


def _crypt(password: str, setting: str) -> str:
    if "\0" in password:
        raise ValueError("a password cannot hold the character NUL")
    with _LOCK:  # crypt answers in a place of its own, the same one each time
        answer: bytes | None = _library()(password.encode(), setting.encode())
    if not answer or answer.startswith(b"*"):
        why = "the system's crypt does not know this scheme, salt or number of rounds"
        raise ValueError(f"{_FAILED}: {why}")
    return answer.decode("ascii")


@cache
def _library() -> Any:
    for name in _LIBRARIES:
        try:
            crypt = ctypes.CDLL(name).crypt
        except (OSError, AttributeError):
            continue
        crypt.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
        crypt.restype = ctypes.c_char_p
        return crypt
    raise OSError("this system has no libcrypt; on Debian it is the package libcrypt1")
