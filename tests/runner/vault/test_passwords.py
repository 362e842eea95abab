"""Where passwords come from: files, scripts, the settings, the user."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import pytest

from on_terminal import on_a_terminal
from opsplay.runner.errors import UsageError, VaultError
from opsplay.runner.settings import Settings
from opsplay.runner.vault import passwords
from opsplay.runner.vault.passwords import Source, sources
from vaulting import PASSWORD, password_file, script, sealed

from .conftest import Piped


def found(
    ids: Sequence[str] = (),
    files: Sequence[str] = (),
    settings: Settings | None = None,
    **more: bool,
) -> list[Source]:
    ask = more.pop("ask", False)
    wanted = Namespace(vault_ids=ids, vault_password_files=files, ask_vault_pass=ask)
    return sources(wanted, settings or Settings(), **more)


def refusal(source: Source) -> str:
    with pytest.raises(VaultError) as caught:
        source.read()
    return str(caught.value)


def test_a_file_holds_a_password_blanks_around_it_do_not_count(tmp_path: Path) -> None:
    (source,) = found(files=[password_file(tmp_path, f"  {PASSWORD} ")])
    assert (source.label, source.read()) == ("default", PASSWORD.encode())


@pytest.mark.parametrize(
    ("slug", "label"), [("prod@{}", "prod"), ("{}", "default"), ("default@{}", "default")]
)
def test_an_id_stands_before_the_at(tmp_path: Path, slug: str, label: str) -> None:
    (source,) = found([slug.format(password_file(tmp_path))])
    assert (source.label, source.read()) == (label, PASSWORD.encode())


def test_the_name_of_a_password_file_may_hold_an_at(tmp_path: Path) -> None:
    (source,) = found(files=[password_file(tmp_path, name="a@b")])
    assert source.read() == PASSWORD.encode()


def test_the_order_is_that_of_ansible(tmp_path: Path) -> None:
    file = password_file(tmp_path)
    settings = Settings(
        vault_identity_list=[f"one@{file}", f"two@{file}"], vault_password_file=file
    )
    labels = [source.label for source in found([f"three@{file}"], [file], settings, ask=True)]
    assert labels == ["one", "two", "three", "default", "default", "default"]


def test_passwords_without_an_id_may_have_another_than_default(tmp_path: Path) -> None:
    file = password_file(tmp_path)
    settings = Settings(vault_identity="prod", vault_password_file=file)
    labels = [source.label for source in found([file, f"one@{file}"], [file], settings)]
    assert labels == ["prod", "one", "prod", "prod"]


@pytest.mark.parametrize("slug", ["prod@nowhere", "@nowhere", "nowhere"])
def test_an_id_without_a_source_is_taken_for_a_file(slug: str) -> None:
    (source,) = found([slug])
    assert refusal(source) == (
        "The vault password file nowhere was not found"
        " (a vault id is written label@file or label@prompt)"
    )


def test_an_id_that_cannot_stand_in_a_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'a;b' is not a valid vault id"):
        found([f"a;b@{password_file(tmp_path)}"])


def test_a_folder_and_an_empty_file_are_no_password(tmp_path: Path) -> None:
    (source,) = found(files=[str(tmp_path)])
    assert refusal(source) == (
        f"The vault password file provided '{tmp_path}' can not be a directory"
    )
    (source,) = found(files=[password_file(tmp_path, "")])
    assert refusal(source) == (
        f"Invalid vault password was provided from file ({tmp_path}/password)"
    )


# Scripts --------------------------------------------------------------------------------------


def test_a_script_prints_a_password_and_is_told_nothing(tmp_path: Path) -> None:
    (source,) = found([f"prod@{script(tmp_path / 'ask.sh', 'echo $# arguments')}"])
    assert source.read() == b"0 arguments"


@pytest.mark.parametrize("name", ["keys-client", "keys-client.sh"])
def test_a_client_is_told_the_id(tmp_path: Path, name: str) -> None:
    (source,) = found([f"prod@{script(tmp_path / name, 'echo $1 $2')}"])
    assert source.read() == b"--vault-id prod"


def test_a_script_that_fails_is_told_of(tmp_path: Path) -> None:
    (source,) = found(files=[script(tmp_path / "broken", "exit 3")])
    assert refusal(source) == f"Vault password script {tmp_path}/broken returned non-zero (3)"
    (source,) = found([f"prod@{script(tmp_path / 'my-client', 'exit 2')}"])
    assert refusal(source) == (
        f"Vault password client script {tmp_path}/my-client did not find a secret for vault-id=prod"
    )
    (source,) = found([f"prod@{script(tmp_path / 'my-client', 'exit 1')}"])
    assert refusal(source) == (
        f"Vault password client script {tmp_path}/my-client returned non-zero (1)"
        " when getting secret for vault-id=prod"
    )


def test_a_password_that_looks_like_a_script_is_told_of(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD)
    file.chmod(0o700)
    (source,) = found(files=[str(file)])
    assert refusal(source) == (
        f"Problem running vault password script {file} (Exec format error)."
        " If this is not a script, remove the executable bit from the file"
    )


# Questions ------------------------------------------------------------------------------------


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Answer prompts with these lines; give the prompts back."""
    lines: list[str] = []

    def answer(prompt: str) -> str:
        lines.append(prompt)
        return lines.pop(0)

    monkeypatch.setattr(passwords, "ask", answer)
    return lines


def test_a_password_is_asked_for_by_its_id(typing: list[str]) -> None:
    first, second = found(["prod@prompt"], ask=True)
    typing[:] = [PASSWORD, PASSWORD]
    assert first.read() == second.read() == PASSWORD.encode()
    assert first.asks
    assert typing == ["Vault password (prod): ", "Vault password: "]


def test_without_an_id_the_usual_one_is_meant(typing: list[str]) -> None:
    (source,) = found(["@prompt"])
    typing[:] = [PASSWORD]
    assert source.read() == PASSWORD.encode()
    assert typing == ["Vault password (default): "]


def test_a_new_password_is_asked_for_twice(typing: list[str]) -> None:
    (named,) = found(["prod@prompt"], new=True)
    typing[:] = [PASSWORD, PASSWORD]
    assert named.read() == PASSWORD.encode()
    assert typing == ["New vault password (prod): ", "Confirm new vault password (prod): "]
    (source,) = found(ask=True, new=True)
    typing[:] = [PASSWORD, PASSWORD]
    assert source.read() == PASSWORD.encode()
    assert typing == ["New Vault password: ", "Confirm New Vault password: "]
    typing[:] = ["one", "another"]
    assert refusal(source) == "Passwords do not match"


def test_no_password_is_none(typing: list[str]) -> None:
    (source,) = found(ask=True)
    typing[:] = [" "]
    assert refusal(source) == "Invalid vault password was provided: it is empty"


def test_without_a_terminal_the_answer_is_the_next_line_of_stdin(
    piped: Piped, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(passwords, "_has_terminal", lambda: False)
    piped(f"{PASSWORD}\nmore\n".encode())
    assert passwords.ask("Password: ") == PASSWORD
    assert capsys.readouterr() == ("", "Password: \n")
    assert sys.stdin.readline() == "more\n"


def test_an_answer_that_is_no_text_is_told_of(
    piped: Piped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_has_terminal", lambda: False)
    piped(b"\xff\n")
    with pytest.raises(UsageError, match="what comes from stdin is no UTF-8"):
        passwords.ask("Password: ")


def test_on_a_terminal_nobody_sees_what_is_typed(tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text(sealed("hello"))
    view = ("vault", "view", "-J", str(tmp_path / "secret.yml"))
    shown = on_a_terminal(*view, dialogue=[("Vault password: ", PASSWORD)])
    assert shown.split() == ["Vault", "password:", "hello"]
