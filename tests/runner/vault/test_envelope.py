"""The format: what ansible-vault wrote is read, what is written here is what it would write."""

from __future__ import annotations

import re
from base64 import b64decode
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from opsplay.runner.dataclasses import replace
from opsplay.runner.errors import VaultError
from opsplay.runner.vault.envelope import decrypt, encrypt, parse
from vaulting import sealed

WRITTEN: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("written_by_ansible.yml").read_text("utf-8")
)

# Salt, digest and ciphertext in hex, and all in hex again; of any length.
BODIES = st.lists(st.binary(max_size=40), min_size=2, max_size=4).map(
    lambda parts: "\n".join(part.hex() for part in parts).encode().hex()
)


@pytest.fixture(params=WRITTEN, ids=lambda case: case["name"])
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return {**found, "plaintext": b64decode(found["plaintext"])}


def test_what_ansible_encrypted_is_decrypted(case: dict[str, Any]) -> None:
    envelope = parse(case["encrypted"])
    assert envelope.label == case["label"]
    assert decrypt(envelope, case["password"].encode()) == case["plaintext"]


def test_the_same_salt_gives_the_very_text_that_ansible_writes(case: dict[str, Any]) -> None:
    password, salt = case["password"].encode(), case["salt"].encode()
    assert encrypt(case["plaintext"], password, case["label"], salt) == case["encrypted"]


@pytest.mark.slow
@settings(max_examples=25)
@given(plaintext=st.binary(), password=st.binary(min_size=1))
def test_what_was_encrypted_comes_back(plaintext: bytes, password: bytes) -> None:
    assert decrypt(parse(encrypt(plaintext, password)), password) == plaintext


def test_no_two_texts_are_alike() -> None:
    assert encrypt(b"x", b"p", "prod") != encrypt(b"x", b"p", "prod")


def test_another_password_opens_nothing() -> None:
    assert decrypt(parse(sealed("x")), b"wrong") is None


@pytest.mark.parametrize("part", ["salt", "digest", "ciphertext"])
def test_a_text_that_was_changed_is_not_opened(part: str) -> None:
    envelope = parse(sealed("x", password="p"))
    first, *rest = getattr(envelope, part)
    change: dict[str, Any] = {part: bytes([first ^ 1, *rest])}
    changed = replace(envelope, **change)
    assert decrypt(envelope, b"p") == b"x"
    assert decrypt(changed, b"p") is None


@settings(max_examples=25)
@given(cut=st.integers(min_value=0, max_value=len(sealed("x" * 40)) - 2))
def test_a_text_that_is_cut_off_is_told_of_or_not_opened(cut: int) -> None:
    try:
        envelope = parse(sealed("x" * 40, password="p")[:cut])
    except VaultError as error:
        told = str(error)
    else:  # cut off between two blocks
        told = "opened" if decrypt(envelope, b"p") else "damaged"
    assert re.search(r"damaged|does not begin with|names no cipher|Cipher", told)


@settings(max_examples=50)
@given(head=st.sampled_from(["", "$ANSIBLE_VAULT;1.1;AES256\n"]), body=st.text() | BODIES)
def test_whatever_comes_is_read_or_refused_in_words(head: str, body: str) -> None:
    with suppress(VaultError):
        decrypt(parse(head + body), b"p")
    with suppress(VaultError):
        decrypt(parse((head + body).encode("utf-8", "surrogatepass")), b"p")


@pytest.mark.parametrize("version", ["1.0", "1.1", "9.9"])
def test_an_unknown_version_is_read_as_the_first(version: str) -> None:
    envelope = parse(sealed("x").replace("1.1", version, 1))
    assert (envelope.label, decrypt(envelope, b"correct horse")) == ("default", b"x")


def test_blanks_around_lines_and_breaks_of_windows_do_no_harm() -> None:
    text = "\r\n".join(f"{line}  " for line in sealed("x", "prod").splitlines())
    envelope = parse(text)
    assert (envelope.label, decrypt(envelope, b"correct horse")) == ("prod", b"x")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "does not begin with"),
        ("hello", "does not begin with"),
        ("$ANSIBLE_VAULT;1.0;AES\n6162", "Cipher 'AES' could not be found"),
        ("$ANSIBLE_VAULT;1.1\n6162", "Vault envelope format error"),
        ("$ANSIBLE_VAULT;1.1;AES256\n", "there is nothing below its first line"),
        ("$ANSIBLE_VAULT;1.1;AES256\n616", "something else than pairs of hexadecimal digits"),
        ("$ANSIBLE_VAULT;1.1;AES256\nhello!", "something else than pairs of hexadecimal digits"),
        (b"$ANSIBLE_VAULT;1.1;AES256\n\xff", "Vault format unhexlify error"),
        ("$ANSIBLE_VAULT;1.1;AES256\n6162", "it is cut off"),
    ],
)
def test_what_is_no_encrypted_text_is_told_in_words(text: str | bytes, words: str) -> None:
    with pytest.raises(VaultError) as caught:
        parse(text)
    assert words in str(caught.value)


@pytest.mark.parametrize("label", ["", "a;b", "a b", "a@b", "a\nb"])
def test_what_would_break_the_header_is_no_id(label: str) -> None:
    with pytest.raises(VaultError, match="is not a valid vault id"):
        encrypt(b"x", b"p", label)
