"""Which password is tried, and what is told when none fits."""

from __future__ import annotations

import pytest

from opsplay.runner.errors import VaultError
from opsplay.runner.vault.envelope import parse
from opsplay.runner.vault.keyring import Keyring
from opsplay.runner.vault.passwords import Source
from vaulting import PASSWORD, sealed

FAILED = "Decryption failed (no vault secrets were found that could decrypt)"


class Reading:
    """Sources that note which of them are read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def source(self, label: str, password: str | VaultError) -> Source:
        def read() -> bytes:
            self.read.append(label)
            if isinstance(password, VaultError):
                raise password
            return password.encode()

        return Source(label, read)


@pytest.fixture
def reading() -> Reading:
    return Reading()


def refusal(keyring: Keyring, label: str = "default") -> str:
    with pytest.raises(VaultError) as caught:
        keyring.open(parse(sealed("x", label)))
    return str(caught.value)


def test_the_password_with_the_id_of_the_text_is_tried_first(reading: Reading) -> None:
    keyring = Keyring([reading.source("dev", "other"), reading.source("prod", PASSWORD)])
    assert keyring.open(parse(sealed("x", "prod"))) == b"x"
    assert reading.read == ["prod"]


@pytest.mark.parametrize("label", ["default", "prod", "unknown"])
def test_whatever_the_id_every_password_is_tried(reading: Reading, label: str) -> None:
    keyring = Keyring([reading.source("prod", "other"), reading.source("dev", PASSWORD)])
    assert keyring.unlock(parse(sealed("x", label))) == (b"x", PASSWORD.encode())


def test_of_one_id_there_may_be_several_passwords(reading: Reading) -> None:
    keyring = Keyring([reading.source("prod", "old"), reading.source("prod", PASSWORD)])
    assert keyring.open(parse(sealed("x", "prod"))) == b"x"


def test_a_password_is_fetched_once(reading: Reading) -> None:
    keyring = Keyring([reading.source("default", PASSWORD)])
    for _ in range(2):
        keyring.open(parse(sealed("x")))
    assert reading.read == ["default"]


def test_without_passwords_it_is_told_how_to_give_one() -> None:
    assert refusal(Keyring()) == (
        "Attempting to decrypt but no vault secrets found"
        " (give one: --vault-password-file FILE, or --ask-vault-pass)"
    )
    assert refusal(Keyring(), "prod") == (
        'Attempting to decrypt but no vault secrets found (its vault id is "prod")'
        " (give one: --vault-id prod@FILE, or --ask-vault-pass)"
    )


def test_of_wrong_passwords_it_is_told_which_ids_were_tried(reading: Reading) -> None:
    keyring = Keyring([reading.source("dev", "a"), reading.source("default", "b")])
    assert refusal(keyring) == f"{FAILED}; tried were those of: default, dev"
    assert refusal(keyring, "prod") == (
        f'{FAILED} (its vault id is "prod"); tried were those of: dev, default'
        " (give one: --vault-id prod@FILE, or --ask-vault-pass)"
    )


def test_a_password_that_is_not_to_be_had_matters_only_if_no_other_fits(reading: Reading) -> None:
    gone = reading.source("default", VaultError("the script broke"))
    fits, wrong = reading.source("dev", PASSWORD), reading.source("dev", "wrong")
    assert Keyring([gone, fits]).open(parse(sealed("x"))) == b"x"
    assert refusal(Keyring([gone, wrong])) == (
        f"{FAILED}: the script broke, and those of dev do not fit"
    )


def test_a_password_may_be_encrypted_with_one_that_was_given_before(reading: Reading) -> None:
    first = reading.source("first", "opens the second")
    second = reading.source("second", sealed(f"{PASSWORD}\n", "first", "opens the second"))
    assert Keyring([first, second]).open(parse(sealed("x", "second"))) == b"x"
    assert "no vault secrets found" in refusal(Keyring([second, first]), "second")


def test_to_encrypt_the_id_must_have_a_password(reading: Reading) -> None:
    keyring = Keyring([reading.source("dev", "a"), reading.source("prod", "b")])
    assert keyring.password("prod") == b"b"
    with pytest.raises(VaultError, match=r"--encrypt-vault-id=test in the .* \['dev', 'prod'\]"):
        keyring.password("test")


def test_one_password_at_least_must_be_there(reading: Reading) -> None:
    gone, empty = VaultError("gone"), VaultError("empty")
    sources = [reading.source("dev", gone), reading.source("prod", "a")]
    assert Keyring(sources).check() == Keyring(sources[::-1]).check() == [("dev", gone)]
    assert Keyring().check() == []
    with pytest.raises(VaultError, match="empty"):
        Keyring([reading.source("dev", gone), reading.source("prod", empty)]).check()


def test_an_id_without_its_password_is_none_to_encrypt_with(reading: Reading) -> None:
    gone = VaultError("gone")
    keyring = Keyring([reading.source("dev", gone), reading.source("prod", "b")])
    assert keyring.read() == [gone]
    assert keyring.there == ["prod"]
    with pytest.raises(VaultError, match="gone"):
        Keyring([reading.source("dev", gone)]).read()


def test_the_first_password_of_an_id_that_is_there_encrypts(reading: Reading) -> None:
    gone = reading.source("prod", VaultError("not there"))
    assert Keyring([gone, reading.source("prod", PASSWORD)]).password("prod") == PASSWORD.encode()
    with pytest.raises(VaultError, match="not there"):
        Keyring([gone]).password("prod")


def test_only_passwords_with_the_id_of_a_text_may_be_tried(reading: Reading) -> None:
    sources = [reading.source("dev", PASSWORD), reading.source("prod", "other")]
    assert Keyring(sources, by_label=True).open(parse(sealed("x", "dev"))) == b"x"
    assert "could decrypt" in refusal(Keyring(sources, by_label=True), "prod")
    assert "no vault secrets found" in refusal(Keyring(sources, by_label=True), "default")
