"""The mechanisms of SASL (RFC 4422): what each says, and what it makes of what the server says.

Each is a generator: it yields what we say and is sent what the server says, both as they are before
base64. Its first yield is the initial response; None lets the server speak first. ValueError and
LookupError say that the server's part is wrong, or does not prove that it is the server.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import TypeAlias

from ...runner.dataclasses import dataclass
from .mail_account import MailAccount
from .token import token

Dialogue: TypeAlias = Generator[bytes | None, bytes, None]

_FEWEST_ROUNDS = 4096
_MOST_ROUNDS = 2_000_000
"""They take about a second; a server that wants more means harm."""


@dataclass(frozen=True)
class Mechanism:
    speak: Callable[[MailAccount], Dialogue]
    needs_token: bool = False
    is_readable: bool = True
    """Whoever hears it can log in too."""


def _plain(account: MailAccount) -> Dialogue:
    """RFC 4616."""
    yield f"\0{account.user}\0{account.password}".encode()


def _login(account: MailAccount) -> Dialogue:
    """draft-murchison-sasl-login: the server asks for one, then for the other."""
    yield None
    yield account.user.encode()
    yield account.password.encode()


def _cram_md5(account: MailAccount) -> Dialogue:
    """RFC 2195."""
    challenge = yield None
    digest = hmac.digest(account.password.encode(), challenge, "md5")
    yield f"{account.user} {digest.hex()}".encode()


def _scram(algorithm: str, account: MailAccount) -> Dialogue:
    """RFC 5802 and RFC 7677, not bound to the channel."""
    user = _prepared(account.user).replace("=", "=3D").replace(",", "=2C")
    nonce = secrets.token_urlsafe(24)
    opening = f"n={user},r={nonce}"
    first = (yield f"n,,{opening}".encode()).decode()
    fields = _fields(first)
    if not fields["r"].startswith(nonce):
        raise ValueError
    closing = f"c=biws,r={fields['r']}"
    salted = _salted(algorithm, account.password, fields["s"], int(fields["i"]))
    proof, expected = _proofs(algorithm, salted, f"{opening},{first},{closing}".encode())
    last = _fields((yield f"{closing},p={_coded(proof)}".encode()).decode())
    if not hmac.compare_digest(last.get("v", ""), _coded(expected)):
        if "e" in last:  # a refusal; the reply that follows says more
            yield b""
        raise ValueError
    yield b""


def _fields(message: str) -> dict[str, str]:
    return {field[0]: field[2:] for field in message.split(",") if field[1:2] == "="}


def _salted(algorithm: str, password: str, salt: str, rounds: int) -> bytes:
    if not _FEWEST_ROUNDS <= rounds <= _MOST_ROUNDS:
        raise ValueError
    key = _prepared(password).encode()
    return hashlib.pbkdf2_hmac(algorithm, key, base64.b64decode(salt, validate=True), rounds)


def _proofs(algorithm: str, salted: bytes, signed: bytes) -> tuple[bytes, bytes]:
    """Give the proof that is ours, and the one that must be the server's."""
    key = hmac.digest(salted, b"Client Key", algorithm)
    signature = hmac.digest(hashlib.new(algorithm, key).digest(), signed, algorithm)
    ours = bytes(one ^ other for one, other in zip(key, signature, strict=True))
    return ours, hmac.digest(hmac.digest(salted, b"Server Key", algorithm), signed, algorithm)


def _prepared(text: str) -> str:
    """What SASLprep (RFC 4013) makes of what people choose."""
    return unicodedata.normalize("NFKC", text)


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _xoauth2(account: MailAccount) -> Dialogue:
    """Google's and Microsoft's own; a refusal comes as a challenge first, to be answered empty."""
    yield f"user={account.user}\x01auth=Bearer {token(account)}\x01\x01".encode()
    yield b""


def _oauthbearer(account: MailAccount) -> Dialogue:
    """RFC 7628; 3.2.3 has the answer to a refusal."""
    user = account.user.replace("=", "=3D").replace(",", "=2C")
    place = f"host={account.host}\x01port={account.port}"
    yield f"n,a={user},\x01{place}\x01auth=Bearer {token(account)}\x01\x01".encode()
    yield b"\x01"


MECHANISMS: Mapping[str, Mechanism] = {
    "OAUTHBEARER": Mechanism(_oauthbearer, needs_token=True),
    "XOAUTH2": Mechanism(_xoauth2, needs_token=True),
    "SCRAM-SHA-256": Mechanism(partial(_scram, "sha256"), is_readable=False),
    "SCRAM-SHA-1": Mechanism(partial(_scram, "sha1"), is_readable=False),
    "CRAM-MD5": Mechanism(_cram_md5, is_readable=False),
    "PLAIN": Mechanism(_plain),
    "LOGIN": Mechanism(_login),
}
"""The best first."""
