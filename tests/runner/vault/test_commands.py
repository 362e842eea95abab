"""`opsplay vault`, as ansible-vault's users know it."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from opsplay.runner.vault import commands, passwords
from vaulting import PASSWORD, SECRET, mode, opened, password_file, sealed

from .conftest import Opsplay

NEW = "battery staple"


# encrypt, decrypt -----------------------------------------------------------------------------


def test_files_are_encrypted_and_decrypted_in_place(vault: Opsplay, tmp_path: Path) -> None:
    files = [tmp_path / "a", tmp_path / "b"]
    for file in files:
        file.write_text(file.name)
    assert vault("encrypt", "a", "b") == (0, "", "")
    assert [opened(file) for file in files] == ["a", "b"]
    assert files[0].read_text().startswith("$ANSIBLE_VAULT;1.1;AES256\n")
    assert vault("decrypt", "a", "b") == (0, "", "")
    assert [file.read_text() for file in files] == ["a", "b"]


def test_v_is_taken_and_changes_nothing(vault: Opsplay, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert vault("encrypt", "-v", "a").code == vault("decrypt", "a", "-vvv").code == 0
    assert (tmp_path / "a").read_text() == "x"


def test_the_version_is_told(opsplay: Opsplay, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        opsplay("vault", "--version")
    assert capfd.readouterr().out.startswith("opsplay ")


def test_with_a_salt_from_the_settings_the_same_text_is_encrypted_alike(
    vault: Opsplay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_VAULT_ENCRYPT_SALT", "salt and pepper")
    for name in ("a", "b"):
        (tmp_path / name).write_text("the same")
    vault("encrypt", "a", "b")
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text()
    assert opened(tmp_path / "a") == "the same"


@pytest.mark.parametrize("action", ["encrypt", "decrypt"])
def test_what_is_written_only_its_owner_can_read(
    vault: Opsplay, tmp_path: Path, action: str
) -> None:
    file = tmp_path / "a"
    file.write_text("x" if action == "encrypt" else sealed("x"))
    file.chmod(0o644)
    vault(action, "a")
    assert mode(file) == 0o600


def test_a_file_behind_a_link_is_replaced_and_not_the_link(vault: Opsplay, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "link").symlink_to("a")
    vault("encrypt", "link")
    assert (tmp_path / "link").is_symlink()
    assert opened(tmp_path / "a") == "x"


def test_the_result_may_go_elsewhere(vault: Opsplay, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    vault("encrypt", "a", "--output", "b")
    assert opened(tmp_path / "b") == "x"
    assert (tmp_path / "a").read_text() == "x"
    assert vault("decrypt", "b", "--output", "-").out == "x"


def test_without_files_stdin_goes_to_stdout(
    vault: Opsplay, stdin: io.BytesIO, tmp_path: Path
) -> None:
    stdin.write(b"x\n")
    stdin.seek(0)
    done = vault("encrypt")
    (tmp_path / "a").write_text(done.out)
    assert opened(tmp_path / "a") == "x\n"
    stdin.seek(0)
    stdin.write(done.out.encode())
    stdin.seek(0)
    assert vault("view").out == "x\n"


def test_bytes_that_are_no_text_come_back(vault: Opsplay, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(bytes(range(256)))
    vault("encrypt", "a")
    vault("decrypt", "a")
    assert file.read_bytes() == bytes(range(256))


def test_an_id_stands_in_the_first_line(vault: Opsplay, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    ids = ("--vault-id", "dev@password", "--vault-id", "prod@password")
    vault("encrypt", "a", *ids, "--encrypt-vault-id", "prod")
    assert (tmp_path / "a").read_text().startswith("$ANSIBLE_VAULT;1.2;AES256;prod\n")


def test_the_environment_may_say_which_id_is_meant(
    vault: Opsplay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_VAULT_IDENTITY_LIST", "dev@password,prod@password")
    monkeypatch.setenv("ANSIBLE_VAULT_ENCRYPT_IDENTITY", "prod")
    (tmp_path / "a").write_text("x")
    vault("encrypt", "a")
    assert (tmp_path / "a").read_text().startswith("$ANSIBLE_VAULT;1.2;AES256;prod\n")


def test_of_several_ids_one_must_be_named(vault: Opsplay, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    done = vault("encrypt", "a", "--vault-id", "dev@password")
    assert done.code == 5
    assert "The vault-ids dev,default are available to encrypt. Specify the vault-id" in done.err
    assert (tmp_path / "a").read_text() == "x"


def test_of_two_passwords_without_an_id_neither_is_meant(vault: Opsplay, tmp_path: Path) -> None:
    for name in ("a", "other"):
        (tmp_path / name).write_text("x")
    done = vault("encrypt", "a", "--vault-password-file", "other")
    assert "The vault-ids default,default are available to encrypt." in done.err
    assert (done.code, (tmp_path / "a").read_text()) == (5, "x")


@pytest.mark.parametrize(
    ("action", "text", "words"),
    [
        ("encrypt", sealed("x"), "b: input is already encrypted"),
        (
            "decrypt",
            "x",
            "b: Input is not vault encrypted data: it does not begin with $ANSIBLE_VAULT;",
        ),
        (
            "decrypt",
            sealed("x")[:60],
            "b: Vault vaulttext format error: this encrypted text is damaged",
        ),
        (
            "decrypt",
            sealed("x", password="p"),
            "could decrypt); tried were those of: d",
        ),
    ],
    ids=["encrypted", "plain", "damaged", "of another password"],
)
def test_if_one_file_cannot_be_done_none_is(
    vault: Opsplay, tmp_path: Path, action: str, text: str, words: str
) -> None:
    good = "x" if action == "encrypt" else sealed("x")
    (tmp_path / "a").write_text(good)
    (tmp_path / "b").write_text(text)
    done = vault(action, "a", "b")
    assert done.code == 1
    assert words in done.err
    assert (tmp_path / "a").read_text() == good


@pytest.mark.parametrize("action", ["encrypt", "decrypt", "view", "edit", "rekey"])
def test_a_file_that_is_not_there_is_told_of(vault: Opsplay, action: str) -> None:
    done = vault(action, "nowhere")
    assert done == (1, "", "opsplay: nowhere cannot be read: No such file or directory\n")


def test_output_is_for_one_file(vault: Opsplay) -> None:
    assert vault("encrypt", "a", "b", "--output", "c").code == 5


def test_a_file_that_cannot_be_written_is_left_as_it_was(
    vault: Opsplay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("x")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = vault("encrypt", "a")
    assert done == (1, "", "opsplay: a cannot be written: No space left on device\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "password"]
    assert (tmp_path / "a").read_text() == "x"


@pytest.mark.parametrize("action", ["decrypt", "rekey"])
def test_if_one_file_cannot_be_written_none_is(
    vault: Opsplay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    password_file(tmp_path, NEW, "new")
    text = sealed("x")
    for name in ("a", "b"):
        (tmp_path / name).write_text(text)
    room = [None]

    def one_fits(_: int) -> None:
        if not room:
            raise OSError(28, "No space left on device")
        room.pop()

    monkeypatch.setattr(os, "fsync", one_fits)
    done = vault(action, "a", "b", *(["--new-vault-password-file=new"] * (action == "rekey")))
    assert done == (1, "", "opsplay: b cannot be written: No space left on device\n")
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text() == text


# Asking ---------------------------------------------------------------------------------------


def test_without_a_password_the_user_is_asked(
    opsplay: Opsplay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return PASSWORD

    monkeypatch.setattr(passwords, "ask", answer)
    (tmp_path / "a").write_text("x")
    opsplay("vault", "encrypt", "a")
    assert opsplay("vault", "view", "a").out == "x"
    assert asked == ["New Vault password: ", "Confirm New Vault password: ", "Vault password: "]


# view -----------------------------------------------------------------------------------------


def test_view_shows_files_as_they_are(vault: Opsplay, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(sealed("one\n"))
    (tmp_path / "b").write_text(sealed("\x1b[2Jtwo\n"))
    assert vault("view", "a", "b").out == "one\n\x1b[2Jtwo\n"


def test_a_terminal_does_not_obey_what_is_viewed(
    vault: Opsplay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text(sealed("\x1b[2Jtwo\n"))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert vault("view", "a").out == "\\x1b[2Jtwo\n"


# rekey ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switch", "head"),
    [
        ("--new-vault-password-file=new", "$ANSIBLE_VAULT;1.1;AES256\n"),
        ("--new-vault-id=prod@new", "$ANSIBLE_VAULT;1.2;AES256;prod\n"),
    ],
)
def test_rekey_changes_the_password_and_the_id_but_not_permissions(
    vault: Opsplay, tmp_path: Path, switch: str, head: str
) -> None:
    password_file(tmp_path, NEW, "new")
    file = tmp_path / "a"
    file.write_text(sealed(SECRET, "old"))
    file.chmod(0o640)
    assert vault("rekey", "a", switch) == (0, "", "Rekey successful\n")
    assert opened(file, NEW) == SECRET
    assert file.read_text().startswith(head)
    assert mode(file) == 0o640


def test_rekey_may_take_the_new_password_from_those_that_are_known(
    vault: Opsplay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password_file(tmp_path, NEW, "new")
    monkeypatch.setenv("ANSIBLE_VAULT_IDENTITY_LIST", "prod@new")
    (tmp_path / "a").write_text(sealed(SECRET))
    assert vault("rekey", "a", "--encrypt-vault-id", "prod").code == 0
    assert opened(tmp_path / "a", NEW) == SECRET


def test_rekey_asks_for_the_new_password(
    vault: Opsplay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "ask", lambda _: NEW)
    (tmp_path / "a").write_text(sealed(SECRET))
    vault("rekey", "a")
    assert opened(tmp_path / "a", NEW) == SECRET


def test_every_action_of_ansible_vault_is_there() -> None:
    names = "create decrypt edit encrypt encrypt_string rekey view"
    assert sorted(commands._ACTIONS) == names.split()
