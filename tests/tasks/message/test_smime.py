"""What is signed or encrypted is verified and opened by OpenSSL's own commands."""

from __future__ import annotations

import email
import subprocess
from pathlib import Path

import pytest

from letters import composed, file, letter
from opsplay.tasks.message.read import read
from opsplay.tasks.message.smime import Signer, Smime
from own_certificates import Issued, Key, curve_key, issue, rsa_key
from programs import needs

pytestmark = needs("openssl")

KEYS: dict[str, Key] = {"rsa": rsa_key(), "curve": curve_key(), "authority": curve_key()}
CONTENT: dict[str, object] = {
    "text": "一切正常。\nFrom here on .\n",
    "html": "<p>一切正常</p>",
    "attachments": [file("测试.bin", bytes(range(256)))],
}


@pytest.fixture
def authority(tmp_path: Path) -> Issued:
    return issue(tmp_path, "authority", KEYS["authority"], is_authority=True)


def openssl(raw: bytes, *arguments: str | Path) -> bytes:
    command = ["openssl", "cms", *map(str, arguments)]
    done = subprocess.run(command, input=raw, capture_output=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("kind", ["rsa", "curve"])
def test_a_signature_is_right(tmp_path: Path, authority: Issued, kind: str) -> None:
    sender = issue(tmp_path, "a", KEYS[kind], by=authority)
    signer = Signer(certificate=sender.certificate, key=sender.key)
    raw = composed(letter(smime=Smime(signer=signer), **CONTENT))
    content = openssl(raw, "-verify", "-CAfile", authority.cert_file)
    assert read(content).text == CONTENT["text"]
    assert [file.name for file in read(raw).attachments] == ["测试.bin", "smime.p7s"]


def test_a_change_on_the_way_is_seen(tmp_path: Path, authority: Issued) -> None:
    sender = issue(tmp_path, "a", KEYS["curve"], by=authority)
    signer = Signer(certificate=sender.certificate, key=sender.key)
    raw = composed(letter(smime=Smime(signer=signer), text="All is well\n"))
    with pytest.raises(AssertionError, match="Verification failure"):
        openssl(raw.replace(b"well", b"lost"), "-verify", "-CAfile", authority.cert_file)


def test_the_chain_goes_with_the_signature(tmp_path: Path, authority: Issued) -> None:
    middle = issue(tmp_path, "middle", curve_key(), by=authority, is_authority=True)
    sender = issue(tmp_path, "a", KEYS["curve"], by=middle)
    signer = Signer(certificate=sender.certificate, key=sender.key, chain=[middle.certificate])
    raw = composed(letter(smime=Smime(signer=signer), text="x\n"))
    assert openssl(raw, "-verify", "-CAfile", authority.cert_file)


def test_each_reader_can_open_what_is_encrypted(tmp_path: Path, authority: Issued) -> None:
    readers = [issue(tmp_path, name, rsa_key(), by=authority) for name in ("li", "wang")]
    secret = Smime(readers=[reader.certificate for reader in readers])
    raw = composed(letter(smime=secret, subject="in clear", **CONTENT))
    assert b"Subject: in clear" in raw
    assert read(raw).text == ""
    for reader in readers:
        opened = openssl(raw, "-decrypt", "-recip", reader.cert_file, "-inkey", reader.key_file)
        assert (read(opened).text, read(opened).html) == (CONTENT["text"], CONTENT["html"])
        assert [one.content for one in read(opened).attachments] == [bytes(range(256))]


def test_what_is_signed_and_encrypted_is_signed_inside(tmp_path: Path, authority: Issued) -> None:
    person = issue(tmp_path, "a", KEYS["rsa"], by=authority)
    signer = Signer(certificate=person.certificate, key=person.key)
    raw = composed(letter(smime=Smime(signer=signer, readers=[person.certificate]), text="x\n"))
    opened = openssl(raw, "-decrypt", "-recip", person.cert_file, "-inkey", person.key_file)
    assert read(openssl(opened, "-verify", "-CAfile", authority.cert_file)).text == "x\n"


def test_the_parts_are_named_as_mail_programs_expect(tmp_path: Path, authority: Issued) -> None:
    person = issue(tmp_path, "a", KEYS["rsa"], by=authority)
    signer = Signer(certificate=person.certificate, key=person.key)
    signed = email.message_from_bytes(composed(letter(smime=Smime(signer=signer))))
    assert signed.get_content_type() == "multipart/signed"
    assert signed.get_param("protocol") == "application/pkcs7-signature"
    assert signed.get_param("micalg") == "sha-256"
    secret = email.message_from_bytes(composed(letter(smime=Smime(readers=[person.certificate]))))
    assert secret.get_content_type() == "application/pkcs7-mime"
    assert secret.get_param("smime-type") == "enveloped-data"
    assert secret.get_filename() == "smime.p7m"
