"""DKIM (RFC 6376): the sender's domain signs what leaves, canonicalised as relaxed/relaxed.

Keys are RSA, or Ed25519 as in RFC 8463. `From` is signed once more than it stands there, so that
nobody can add a second one.
"""

from __future__ import annotations

import binascii
import hashlib
import re
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ...runner.dataclasses import dataclass, field
from ..clients.lines import one_line
from . import fields

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_SIGNED = (
    *("from", "to", "cc", "reply-to", "subject", "date", "message-id", "in-reply-to"),
    *("references", "mime-version", "content-type", "content-transfer-encoding"),
)
_FIELD = re.compile(rb"([!-9;-~]+):((?:[^\r\n]+|\r\n[ \t])*)\r\n")
_BLANKS = re.compile(rb"[ \t]+")
_CHUNK = 70


@dataclass(frozen=True, kw_only=True)
class Dkim:
    """Who signs; the key's public half stands in the DNS under `selector`._domainkey.`domain`."""

    domain: str
    selector: str
    key: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    def signature(self, head: bytes, body: Iterable[bytes]) -> bytes:
        """Make the header field that goes above `head`."""
        signed = {name: value for name, value in _relaxed(head) if name in _SIGNED}
        written = fields.fold("DKIM-Signature", self._tags([*signed, "from"], _body_hash(body)))
        [(name, unsigned)] = _relaxed(written.encode())
        lines = b"".join(f"{name}:".encode() + value + b"\r\n" for name, value in signed.items())
        signature = _base64(self._sign(lines + f"{name}:".encode() + unsigned))
        chunks = (signature[at : at + _CHUNK] for at in range(0, len(signature), _CHUNK))
        return "\r\n ".join([written.removesuffix("\r\n"), *chunks, ""]).encode()[:-1]

    def _tags(self, names: list[str], body_hash: str) -> list[str]:
        algorithm = "ed25519-sha256" if self._is_ed25519 else "rsa-sha256"
        first, *others, last = names
        return [
            *("v=1;", f"a={algorithm};", "c=relaxed/relaxed;"),
            f"d={one_line('dkim: domain', self.domain)};",
            f"s={one_line('dkim: selector', self.selector)};",
            f"t={int(time.time())};",
            *(f"h={first}", *(f":{name}" for name in others), f":{last};"),
            *(f"bh={body_hash};", "b="),
        ]

    @property
    def _is_ed25519(self) -> bool:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return isinstance(self.key, Ed25519PrivateKey)

    def _sign(self, data: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
        from cryptography.hazmat.primitives.hashes import SHA256

        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), SHA256())
        # RFC 8463: what Ed25519 signs is the hash.
        return self.key.sign(hashlib.sha256(data).digest())


def _relaxed(head: bytes) -> Iterator[tuple[str, bytes]]:
    """Take header fields apart: names in lower case, values unfolded, blanks joined."""
    for name, value in _FIELD.findall(head):
        unfolded = _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip()
        yield name.decode("ascii").lower(), unfolded


def _body_hash(body: Iterable[bytes]) -> str:
    """Hash the body: blanks joined, none at the end of a line, no empty lines at the end."""
    digest, waiting, end = hashlib.sha256(), b"", b""
    for piece in body:
        relaxed = piece
        if b" " in piece or b"\t" in piece:
            relaxed = _BLANKS.sub(b" ", piece).replace(b" \r\n", b"\r\n")
        filled = relaxed.rstrip(b"\r\n")
        if filled:
            digest.update(waiting + filled)
            waiting, end = b"", b"\r\n"
        waiting += relaxed[len(filled) :]
    digest.update(end)
    return _base64(digest.digest())


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()
