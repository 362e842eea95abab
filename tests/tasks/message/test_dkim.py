"""What DKIM signs is verified by dkimpy, which shares no line with us."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from letters import composed, file, letter
from opsplay.tasks.message.addresses import Address
from opsplay.tasks.message.dkim import Dkim
from opsplay.tasks.message.smime import Signer, Smime
from own_certificates import curve_key, issue

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
KEYS = pytest.mark.parametrize("key", [RSA, ED25519], ids=["rsa", "ed25519"])
LONG = {
    "to": [Address(f"收件人{number}", f"王{number}@example.com") for number in range(20)],
    "subject": "周报 " * 30,
    "text": "blanks  \t at\tthe end  \n\n\n",
    "html": "<p>x</p>",
    "attachments": [file("测试.bin", bytes(range(256)))],
    "references": ["<1@x>", "<2@x>"],
    "in_reply_to": ["<2@x>"],
}


def signed(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, **changes: object) -> bytes:
    signer = Dkim(domain="example.com", selector="mail", key=key)
    return composed(letter(dkim=signer, **changes))


def published(
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey,
) -> Callable[..., bytes]:
    """Answer as the DNS would."""
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    kind = "rsa"
    if isinstance(key, ed25519.Ed25519PrivateKey):
        form, kind = (Encoding.Raw, PublicFormat.Raw), "ed25519"
    public = base64.b64encode(key.public_key().public_bytes(*form))

    def answer(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"mail._domainkey.example.com."
        return b"v=DKIM1; k=%s; p=%s" % (kind.encode(), public)

    return answer


def is_right(raw: bytes, key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bool:
    return bool(dkim.verify(raw, dnsfunc=published(key)))


@KEYS
@pytest.mark.parametrize("changes", [{}, {"text": "\n\n"}, {"text": "no end"}, LONG])
def test_a_signature_is_right(
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, changes: dict[str, object]
) -> None:
    assert is_right(signed(key, **changes), key)


def test_what_smime_has_signed_is_signed_once_more(tmp_path: Path) -> None:
    sender = issue(tmp_path, "a", curve_key())
    smime = Smime(signer=Signer(certificate=sender.certificate, key=sender.key))
    assert is_right(signed(ED25519, smime=smime, text="x\n"), ED25519)


@given(st.text(st.sampled_from(" \t\r\n.aé测="), max_size=60))
def test_a_signature_is_right_whatever_the_text(text: str) -> None:
    assert is_right(signed(ED25519, text=text), ED25519)


@KEYS
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"All is well", b"All is lost"),
        (b"Subject: status", b"Subject: alarm"),
        (b"\r\nFrom:", b"\r\nFrom: eve@example.com\r\nFrom:"),
        (b'charset="utf-8"', b'charset="utf-7"'),
    ],
)
def test_a_change_on_the_way_is_seen(
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, old: bytes, new: bytes
) -> None:
    raw = signed(key, text="All is well\n", subject="status")
    assert old in raw
    assert not is_right(raw.replace(old, new, 1), key)


def test_what_relays_change_may_change() -> None:
    raw = signed(RSA, text="All  is well \n", subject="a status")
    changed = raw.replace(b"Subject: a status", b"subject:  a\r\n\t status") + b"\r\n\r\n"
    assert changed.count(b"\t status") == 1
    assert is_right(changed, RSA)


def test_no_line_of_the_signature_is_long() -> None:
    head = signed(RSA).partition(b"\r\nFrom:")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert re.match(rb"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com;", head)
