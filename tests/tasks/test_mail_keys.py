"""Keys that sign and encrypt mail are read once a run, and those that cannot are told before."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from opsplay.runner import params as building
from opsplay.runner.task import Context, TaskError
from opsplay.tasks.mail_keys import dkim, smime
from opsplay.tasks.mail_letter import make_letter
from opsplay.tasks.mail_parameters import LetterParams, Protection
from opsplay.tasks.message.addresses import Address
from own_certificates import Issued, Key, curve_key, issue, pem, rsa_key

ME = Address("", "me@xn--fsqu00a.com")


@pytest.fixture(scope="module", name="keys")
def _keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Issued]:
    folder = tmp_path_factory.mktemp("keys")
    made: dict[str, Key] = {"rsa": rsa_key(), "curve": curve_key(), "other": curve_key()}
    issued = {name: issue(folder, name, key) for name, key in made.items()}
    return {**issued, "expired": issue(folder, "expired", made["rsa"], days=-1)}


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, keys: dict[str, Issued]) -> Path:
    for one in keys.values():
        for file in (one.cert_file, one.key_file):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "locked.key").write_bytes(pem(keys["rsa"].key, b"geheim"))
    edwards = ed25519.Ed25519PrivateKey.generate()
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "edwards.key").write_bytes(edwards.private_bytes(*form))
    (tmp_path / "junk.pem").write_text("junk")
    return tmp_path


def built(**arguments: object) -> Protection:
    given = building.build(Protection, arguments)
    assert isinstance(given, Protection)
    return given


def read(ctx: Context, **arguments: object) -> None:
    given = built(**arguments)
    dkim(given, ME, ctx)
    smime(given, ctx)


def refused(ctx: Context, **arguments: object) -> str:
    with pytest.raises(TaskError) as caught:
        read(ctx, **arguments)
    return caught.value.msg


def test_without_keys_nothing_is_signed(ctx: Context) -> None:
    assert dkim(built(), ME, ctx) is None
    assert smime(built(), ctx) is None


def test_a_mail_that_is_encrypted_for_nobody_does_not_go_in_clear(ctx: Context) -> None:
    mail = building.build(LetterParams, {"to": "li@example.com", "encrypt": []})
    assert isinstance(mail, LetterParams)
    with pytest.raises(TaskError, match="would go in clear"):
        make_letter(mail, ctx, sender="me@example.com")


@pytest.mark.parametrize("key", ["rsa.key", "edwards.key"])
def test_the_domain_that_signs_is_that_of_the_sender(ctx: Context, folder: Path, key: str) -> None:
    found = dkim(built(dkim={"selector": "mail", "key": key}), ME, ctx)
    assert found is not None
    assert (found.domain, found.selector) == ("xn--fsqu00a.com", "mail")


def test_another_domain_may_sign(ctx: Context, folder: Path) -> None:
    given = {"domain": "例子.net", "selector": "mail", "key": "rsa.key"}
    found = dkim(built(dkim=given), ME, ctx)
    assert found is not None
    assert found.domain == "xn--fsqu00a.net"


def test_a_key_is_read_once_a_run(ctx: Context, folder: Path) -> None:
    params = built(
        dkim={"selector": "mail", "key": "rsa.key"}, sign={"cert": "rsa.crt", "key": "rsa.key"}
    )
    first, again, signing = dkim(params, ME, ctx), dkim(params, ME, ctx), smime(params, ctx)
    assert first is not None
    assert again is not None
    assert signing is not None
    assert signing.signer is not None
    assert first.key is again.key is signing.signer.key


def test_a_key_may_be_locked(ctx: Context, folder: Path) -> None:
    signing = {"cert": "rsa.crt", "key": "locked.key", "passphrase": "geheim"}
    assert smime(built(sign=signing), ctx) is not None
    needless = {"cert": "rsa.crt", "key": "rsa.key", "passphrase": "geheim"}
    assert smime(built(sign=needless), ctx) is not None


@pytest.mark.parametrize(
    ("signing", "words"),
    [
        ({"key": "rsa.key", "cert": "missing.crt"}, "Could not find or access 'missing.crt'"),
        ({"key": "other.key", "cert": "curve.crt"}, "other.key is not that of the certificate"),
        ({"key": "edwards.key", "cert": "rsa.crt"}, "neither RSA nor on an elliptic curve"),
        ({"key": "rsa.key", "cert": "expired.crt"}, "sign: the certificate expired.crt is valid"),
        ({"key": "rsa.key", "cert": "junk.pem"}, "sign: junk.pem holds no certificates in PEM"),
        ({"key": "junk.pem", "cert": "rsa.crt"}, "sign: junk.pem holds no private key in PEM"),
        ({"key": "locked.key", "cert": "rsa.crt"}, "locked.key is locked; give its `passphrase`"),
        (
            {"key": "locked.key", "cert": "rsa.crt", "passphrase": "wrong"},
            "sign: the `passphrase` does not open locked.key",
        ),
    ],
)
def test_what_cannot_sign_is_told(
    ctx: Context, folder: Path, signing: dict[str, str], words: str
) -> None:
    assert words in refused(ctx, sign=signing)


@pytest.mark.parametrize(
    ("cert", "words"),
    [
        ("curve.crt", "encrypt: the key of the certificate curve.crt is not RSA"),
        ("expired.crt", "encrypt: the certificate expired.crt is valid from"),
        ("junk.pem", "encrypt: junk.pem holds no certificates in PEM"),
    ],
)
def test_what_cannot_encrypt_is_told(ctx: Context, folder: Path, cert: str, words: str) -> None:
    assert words in refused(ctx, encrypt=["rsa.crt", cert])


def test_a_key_of_another_kind_is_told(ctx: Context, folder: Path) -> None:
    words = refused(ctx, dkim={"selector": "mail", "key": "curve.key"})
    assert words == "dkim: the key in curve.key is neither RSA nor Ed25519"


@pytest.mark.parametrize("name", ["domain", "selector"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\0", ";"])
def test_nothing_can_be_added_to_the_signature(
    ctx: Context, folder: Path, name: str, end: str
) -> None:
    given = {"domain": "example.com", "selector": "mail", "key": "rsa.key"}
    given[name] += f"{end}x"
    assert "dkim" in refused(ctx, dkim=given)
