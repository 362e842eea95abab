"""How a mail is signed and encrypted: S/MIME and DKIM, with keys that are read once a run."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from ..runner.task import Context, Secret, TaskError
from .mail_parameters import Protection, SigningKey
from .mail_shelf import contents
from .message.addresses import Address, ascii_domain
from .message.dkim import Dkim
from .message.smime import Signer, Smime

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

T = TypeVar("T")

_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")


def dkim(params: Protection, sender: Address, ctx: Context) -> Dkim | None:
    """Read what DKIM needs; raises TaskError for a key that cannot sign."""
    if not (given := params.dkim):
        return None
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    key = _key("dkim", given.key, given.passphrase, ctx)
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise TaskError(f"dkim: the key in {given.key} is neither RSA nor Ed25519")
    domain = ascii_domain("dkim", given.domain or sender.address.rpartition("@")[2])
    if not _DOMAIN.fullmatch(domain):
        raise TaskError(f"dkim: {domain!r} is no domain whose keys stand in the DNS; give `domain`")
    return Dkim(domain=domain, selector=given.selector, key=key)


def smime(params: Protection, ctx: Context) -> Smime | None:
    """Read what S/MIME needs; raises TaskError for what cannot sign or encrypt."""
    if params.encrypt == []:
        raise TaskError(
            "encrypt: the list is empty, so that the mail would go in clear; name whose"
            " certificates may open it, or leave it out"
        )
    if not (params.sign or params.encrypt):
        return None
    signer = _signer(params.sign, ctx) if params.sign else None
    return Smime(signer=signer, readers=[_reader(path, ctx) for path in params.encrypt or ()])


def _signer(given: SigningKey, ctx: Context) -> Signer:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    certificate, *_ = _certificates("sign", given.cert, ctx)
    key = _key("sign", given.key, given.passphrase, ctx)
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise TaskError(f"sign: the key in {given.key} is neither RSA nor on an elliptic curve")
    if key.public_key() != certificate.public_key():
        raise TaskError(f"sign: the key in {given.key} is not that of the certificate {given.cert}")
    chain = _certificates("sign", given.chain, ctx) if given.chain else []
    return Signer(certificate=certificate, key=key, chain=chain)


def _reader(path: str, ctx: Context) -> Certificate:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    certificate, *_ = _certificates("encrypt", path, ctx)
    if not isinstance(certificate.public_key(), RSAPublicKey):
        raise TaskError(
            f"encrypt: the key of the certificate {path} is not RSA, and no other will do"
        )
    return certificate


def _certificates(field: str, path: str, ctx: Context) -> Sequence[Certificate]:
    from cryptography import x509

    found = _loaded(field, path, ("certificates",), x509.load_pem_x509_certificates, ctx)
    now = datetime.now(UTC)
    for certificate in found:
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise TaskError(
                f"{field}: the certificate {path} is valid from"
                f" {certificate.not_valid_before_utc:%Y-%m-%d} to"
                f" {certificate.not_valid_after_utc:%Y-%m-%d} only; get another one"
            )
    return found


def _key(field: str, path: str, passphrase: Secret | None, ctx: Context) -> object:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    def load(data: bytes) -> object:
        if b"ENCRYPTED" not in data:
            return load_pem_private_key(data, None)
        if not passphrase:
            raise TaskError(f"{field}: the key in {path} is locked; give its `passphrase`")
        try:
            return load_pem_private_key(data, passphrase.encode())
        except ValueError as error:
            raise TaskError(f"{field}: the `passphrase` does not open {path}") from error

    return _loaded(field, path, ("private key", passphrase or ""), load, ctx)


def _loaded(
    field: str, path: str, what: tuple[str, ...], load: Callable[[bytes], T], ctx: Context
) -> T:
    """Load from a file, once a run for each version of it."""
    content = contents(ctx.find(path), ctx)
    try:
        return ctx.pool.remember((*what, content.digest), lambda: load(content.data))
    except ValueError as error:
        raise TaskError(f"{field}: {path} holds no {what[0]} in PEM") from error
