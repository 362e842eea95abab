"""S/MIME (RFC 8551): a letter signed for all to read, encrypted for those who may, or both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...runner.dataclasses import dataclass, field
from . import entity
from .entity import Entity
from .file import base64_lines

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Who signs, and the certificates that lead from his to an authority."""

    certificate: Certificate
    key: RSAPrivateKey | EllipticCurvePrivateKey = field(repr=False)
    chain: Sequence[Certificate] = ()


@dataclass(frozen=True, kw_only=True)
class Smime:
    """What is done to a letter's content: the header stays as it is, and can be read by all."""

    signer: Signer | None = None
    readers: Sequence[Certificate] = ()

    @property
    def described(self) -> str:
        steps = {"signed": self.signer, f"encrypted for {len(self.readers)}": self.readers}
        return ", ".join(words for words, wanted in steps.items() if wanted)

    def protected(self, content: Entity) -> Entity:
        """Sign, then encrypt, as far as it is wanted."""
        signed = _signed(content, self.signer) if self.signer else content
        return _encrypted(signed, self.readers) if self.readers else signed


def _signed(content: Entity, signer: Signer) -> Entity:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.hazmat.primitives.serialization.pkcs7 import (
        PKCS7Options,
        PKCS7SignatureBuilder,
    )

    builder = PKCS7SignatureBuilder().set_data(b"".join(content))
    builder = builder.add_signer(signer.certificate, signer.key, SHA256())
    for certificate in signer.chain:
        builder = builder.add_certificate(certificate)
    options = [PKCS7Options.DetachedSignature, PKCS7Options.Binary]
    signature = _part("pkcs7-signature", "smime.p7s", builder.sign(Encoding.DER, options))
    kind = ('protocol="application/pkcs7-signature"', "micalg=sha-256")
    return entity.joined("signed", [content, signature], *kind)


def _encrypted(content: Entity, readers: Sequence[Certificate]) -> Entity:
    from cryptography.hazmat.primitives.ciphers.algorithms import AES256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.hazmat.primitives.serialization.pkcs7 import (
        PKCS7EnvelopeBuilder,
        PKCS7Options,
    )

    builder = PKCS7EnvelopeBuilder().set_data(b"".join(content))
    builder = builder.set_content_encryption_algorithm(AES256)
    for certificate in readers:
        builder = builder.add_recipient(certificate)
    data = builder.encrypt(Encoding.DER, [PKCS7Options.Binary])
    return _part("pkcs7-mime; smime-type=enveloped-data", "smime.p7m", data)


def _part(kind: str, name: str, data: bytes) -> Entity:
    disposition = f'Content-Disposition: attachment; filename="{name}"\r\n'
    content_type = [*f"application/{kind};".split(), f'name="{name}"']
    return entity.of_bytes(content_type, "base64", base64_lines(data), [disposition])
