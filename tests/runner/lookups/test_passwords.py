"""The lookup `password`."""

from __future__ import annotations

import fcntl
import string
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .conftest import Look, fail


def test_a_password_is_made_up_once(look: Look, tmp_path: Path) -> None:
    (first,) = look("password", "secrets/db", length=12, chars=["digits"])
    assert len(first) == 12
    assert set(first) <= set(string.digits)
    assert look("password", "secrets/db length=99") == [first]
    path = tmp_path / "secrets/db"
    assert path.read_text() == f"{first}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_first_word_is_the_file_whatever_it_looks_like(look: Look, tmp_path: Path) -> None:
    (first,) = look("password", "length=9 chars=digits")
    assert (len(first), set(first) <= set(string.digits)) == (20, True)
    assert (tmp_path / "length=9").read_text() == f"{first}\n"


def test_a_password_that_is_hashed_keeps_its_salt(look: Look, tmp_path: Path) -> None:
    (first,) = look("password", "db", encrypt="md5_crypt")
    assert first.startswith("$1$")
    assert look("password", "db", encrypt="md5_crypt") == [first]
    (plain,) = look("password", "db")
    salt = first.split("$")[2]
    assert (tmp_path / "db").read_text() == f"{plain} salt={salt}\n"


def test_the_variant_of_a_hash_is_kept_and_cannot_be_contradicted(
    look: Look, tmp_path: Path
) -> None:
    (first,) = look("password", "db", encrypt="bcrypt")
    assert (tmp_path / "db").read_text().endswith(" ident=2b\n")
    assert look("password", "db", encrypt="bcrypt", ident="2b") == [first]
    assert fail(look, "password", "db", encrypt="bcrypt", ident="2a") == (
        "The ident parameter provided (2b) does not match the stored one (2a)."
    )


def test_a_password_from_a_seed_is_that_of_ansible(look: Look) -> None:
    assert look("password", "/dev/null", seed="abc") == ["6TTuIhBjbajOIpXYV3o6"]
    inline = "/dev/null length=5 chars=ascii_letters,digits,.,,,:-_"
    assert len(look("password", inline, seed="abc")[0]) == 5
    assert look("password", "/dev/null") != look("password", "/dev/null")


def test_a_password_that_another_run_is_making_up_is_waited_for(look: Look, tmp_path: Path) -> None:
    with (tmp_path / "db").open("w") as other, ThreadPoolExecutor(1) as pool:
        fcntl.flock(other, fcntl.LOCK_EX)
        found = pool.submit(look, "password", "db")
        with pytest.raises(TimeoutError):
            found.result(0.2)
        other.write("theirs\n")
        other.flush()
        fcntl.flock(other, fcntl.LOCK_UN)
        assert found.result(5) == ["theirs"]


def test_a_file_that_a_full_disk_left_empty_is_no_password(look: Look, tmp_path: Path) -> None:
    (tmp_path / "db").touch()
    (made_up,) = look("password", "db")
    assert (len(made_up), (tmp_path / "db").read_text()) == (20, f"{made_up}\n")


def test_what_cannot_be_made_up_leaves_no_file(look: Look, tmp_path: Path) -> None:
    fail(look, "password", "db", chars="")
    assert not (tmp_path / "db").exists()
