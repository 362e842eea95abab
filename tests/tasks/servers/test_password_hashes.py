from __future__ import annotations

import re

import pytest

from opsplay.runner.filters.passwords import password_hash
from opsplay.tasks.servers.password_hashes import PATTERN, UncheckableError, matches

OF_OPENSSL = [
    "$1$saltsalt$wTLsTBb/.H7e4VHujepbF0",
    "$5$saltsalt$cKRA0A5uaKu0/NNi2WMrB.mMOAVMowckrDNQ4fKUJ06",
]
OF_PASSLIB = ["$pbkdf2-sha256$1000$c2FsdHNhbHQ$s6QxyscTq33lo3KJIGY4LBGxmOepTvnoeFO9SzgzZyE"]


@pytest.mark.parametrize("hashed", [*OF_OPENSSL, *OF_PASSLIB])
def test_what_other_programs_made_of_a_password_is_checked(hashed: str) -> None:
    assert re.match(PATTERN, hashed)
    assert matches("geheim", hashed)
    assert not matches("Geheim", hashed)
    assert not matches("", hashed)


@pytest.mark.parametrize("scheme", ["md5", "sha256", "sha512", "blowfish"])
def test_what_the_filter_password_hash_makes_is_checked(scheme: str) -> None:
    blowfish = scheme == "blowfish"
    salt = "abcdefghijklmnopqrstuu" if blowfish else "saltsalt"
    made = password_hash("geheim 密", scheme, salt=salt, rounds=4 if blowfish else 1000)
    assert re.match(PATTERN, made)
    assert matches("geheim 密", made)
    assert not matches("geheim", made)


def test_a_password_with_nul_is_no_password() -> None:
    assert not matches("geheim\0", OF_OPENSSL[0])


@pytest.mark.parametrize("hashed", ["$2b$99$nonsense", "$pbkdf2-sha256$many$salt$checksum"])
def test_a_hash_that_cannot_be_checked_says_so(hashed: str) -> None:
    with pytest.raises(UncheckableError):
        matches("geheim", hashed)


@pytest.mark.parametrize("text", ["geheim", "", "$6$", "$pbkdf2-md5$1$a$b", "$9$salt$sum"])
def test_what_is_no_hash_is_known_at_a_glance(text: str) -> None:
    assert not re.match(PATTERN, text)
