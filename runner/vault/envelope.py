"""The format of ansible-vault, 1.1 and 1.2: bytes and a password to a text of lines, and back.

    $ANSIBLE_VAULT;1.2;AES256;prod        the id stands in 1.2 only, and nothing vouches for it
    6231386531…                           hex, 80 characters a line, of these three lines:
                                              the salt, in hex
                                              HMAC-SHA256 of the ciphertext, in hex
                                              the ciphertext, in hex

Any other version is read as 1.1, as Ansible does it.

PBKDF2 makes three keys of password and salt: one for AES-256 in counter mode, one for the HMAC,
and the first value of the counter. The plaintext is padded to whole blocks, which counter mode
would not need; the format wants it so.
"""

from __future__ import annotations

import os
import re
from binascii import unhexlify

from ..dataclasses import dataclass
from ..errors import VaultError

HEADER = "$ANSIBLE_VAULT;"
DEFAULT_LABEL = "default"

_CIPHER = "AES256"
_WIDTH = 80
_ROUNDS = 10_000
_KEY, _COUNTER, _SALT = 32, 16, 32
_NO_DIGITS = (
    "Vault format unhexlify error: this encrypted text is damaged:"
    " it holds something else than pairs of hexadecimal digits"
)
"""With words that scripts written for Ansible look for, as in what else is raised here."""
_LABEL = r"[^;@\s\x00-\x1f\x7f]+"


@dataclass(frozen=True, eq=False, repr=False)
class Envelope:
    """An encrypted text, taken apart; whether it is sound only its password can tell."""

    label: str
    salt: bytes
    digest: bytes
    ciphertext: bytes


def is_encrypted(data: bytes | str) -> bool:
    """Whether this begins as what ansible-vault writes does."""
    header = HEADER.encode() if isinstance(data, bytes) else HEADER
    return data.startswith(header)  # type: ignore[arg-type]  # both are of one type


def check_label(label: str) -> str:
    """Give back what can be an id; raises VaultError."""
    if not re.fullmatch(_LABEL, label):
        raise VaultError(f"{label!r} is not a valid vault id: no blanks, no ; and no @ in it")
    return label


def parse(text: bytes | str) -> Envelope:
    """Raises VaultError for what is no text of ansible-vault, or only a part of one."""
    try:
        lines = (text.decode("ascii") if isinstance(text, bytes) else text).splitlines()
    except UnicodeDecodeError as error:
        raise VaultError(_NO_DIGITS) from error
    label = _label(lines[0] if lines else "")
    body = _unhex("".join(line.strip() for line in lines[1:]))
    parts = body.split(b"\n")
    if len(parts) != 3:  # noqa: PLR2004  # salt, digest, ciphertext
        raise _damaged("it is cut off" if body else "there is nothing below its first line")
    salt, digest, ciphertext = (_unhex(part) for part in parts)
    if not salt or len(digest) != _KEY or not ciphertext or len(ciphertext) % _COUNTER:
        raise _damaged("it is cut off")
    return Envelope(label, salt, digest, ciphertext)


def _label(header: str) -> str:
    mark, version, cipher, *label = [*map(str.strip, header.split(";")), "", "", ""][:4]
    if mark + ";" != HEADER:
        raise VaultError(f"Input is not vault encrypted data: it does not begin with {HEADER}")
    if not version or not cipher:
        raise VaultError(f"Vault envelope format error: {header.strip()!r} names no cipher")
    if cipher != _CIPHER:
        raise VaultError(f"Cipher {cipher!r} could not be found; the only one is {_CIPHER}")
    return (label[0] if version == "1.2" else "") or DEFAULT_LABEL


def _unhex(text: bytes | str) -> bytes:
    try:
        return unhexlify(text)
    except ValueError as error:
        raise VaultError(_NO_DIGITS) from error


def _damaged(what: str) -> VaultError:
    return VaultError(f"Vault vaulttext format error: this encrypted text is damaged: {what}")


def decrypt(envelope: Envelope, password: bytes) -> bytes | None:
    """What is inside; None if the password is wrong, or the text was changed: none can tell."""
    import hmac

    cipher_key, digest_key, counter = _keys(password, envelope.salt)
    digest = hmac.digest(digest_key, envelope.ciphertext, "sha256")
    if not hmac.compare_digest(digest, envelope.digest):
        return None
    padded = _aes(cipher_key, counter, envelope.ciphertext)
    return padded[: -padded[-1]]


def encrypt(
    plaintext: bytes, password: bytes, label: str = DEFAULT_LABEL, salt: bytes = b""
) -> str:
    """As ansible-vault writes it, line breaks and all; the salt is made up if none is given."""
    import hmac

    salt = salt or os.urandom(_SALT)
    cipher_key, digest_key, counter = _keys(password, salt)
    missing = _COUNTER - len(plaintext) % _COUNTER
    ciphertext = _aes(cipher_key, counter, plaintext + bytes([missing]) * missing)
    digest = hmac.digest(digest_key, ciphertext, "sha256")
    body = "\n".join(part.hex() for part in (salt, digest, ciphertext)).encode().hex()
    lines = [body[start : start + _WIDTH] for start in range(0, len(body), _WIDTH)]
    return "\n".join([_header(label), *lines, ""])


def _header(label: str) -> str:
    if label == DEFAULT_LABEL:
        return f"{HEADER}1.1;{_CIPHER}"
    return f"{HEADER}1.2;{_CIPHER};{check_label(label)}"


def _keys(password: bytes, salt: bytes) -> tuple[bytes, bytes, bytes]:
    from hashlib import pbkdf2_hmac

    derived = pbkdf2_hmac("sha256", password, salt, _ROUNDS, 2 * _KEY + _COUNTER)
    return derived[:_KEY], derived[_KEY : 2 * _KEY], derived[2 * _KEY :]


def _aes(key: bytes, counter: bytes, data: bytes) -> bytes:
    """Encrypts and decrypts: in counter mode both are the same."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    worker = Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor()
    return worker.update(data) + worker.finalize()
