"""`opsplay vault encrypt_string`: texts as encrypted values to paste into YAML."""

from __future__ import annotations

import io
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from vaulting import SECRET, mode, opened

from .conftest import Opsplay, Piped


def values(text: str, folder: Path) -> dict[str | None, str]:
    """The decrypted values of what encrypt_string has printed, by their names."""
    found: dict[str | None, str] = {}
    for part in text.replace("\n ", "\t").splitlines():
        head, *lines = part.split("\t")
        (folder / "value").write_text(dedent("\n".join(lines)))
        found[head.removesuffix("!vault |").removesuffix(": ") or None] = opened(folder / "value")
    return found


def test_a_string_becomes_yaml(vault: Opsplay, tmp_path: Path) -> None:
    done = vault("encrypt_string", SECRET, "--name", "pw")
    assert done.out.startswith("pw: !vault |\n          $ANSIBLE_VAULT;1.1;AES256\n          ")
    assert values(done.out, tmp_path) == {"pw": SECRET}
    yaml.compose(done.out)


def test_without_a_name_it_is_a_value_alone(vault: Opsplay, tmp_path: Path) -> None:
    assert values(vault("encrypt_string", SECRET).out, tmp_path) == {None: SECRET}


def test_names_go_with_texts_in_their_order(vault: Opsplay, tmp_path: Path) -> None:
    done = vault("encrypt_string", "one", "two", "three", "-n", "a", "-n", "b")
    assert values(done.out, tmp_path) == {"a": "one", "b": "two", None: "three"}
    assert done.err.splitlines() == [
        '# The encrypted version of variable ("a", the string #1 from the command line args).',
        '# The encrypted version of variable ("b", the string #2 from the command line args).',
        "# The encrypted version of the string #3 from the command line args.",
    ]


def test_names_that_no_text_has_are_warned_of(vault: Opsplay, tmp_path: Path) -> None:
    done = vault("encrypt_string", "x", "-n", "a", "-n", "b")
    assert values(done.out, tmp_path) == {"a": "x"}
    assert "there are more names (--name) than texts" in done.err


@pytest.mark.parametrize("arguments", [(), ("-",), ("--stdin-name", "pw")])
def test_a_string_may_come_from_stdin(
    vault: Opsplay, stdin: io.BytesIO, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    stdin.write(SECRET.encode())
    stdin.seek(0)
    name = "pw" if len(arguments) > 1 else None
    assert values(vault("encrypt_string", *arguments).out, tmp_path) == {name: SECRET}


def test_a_string_may_be_asked_for(vault: Opsplay, piped: Piped, tmp_path: Path) -> None:
    piped(b"pw\nshown\n")
    done = vault("encrypt_string", "--prompt", "--show-input")
    assert values(done.out, tmp_path) == {"pw": "shown"}
    assert done.err == "Variable name (enter for no name): String to encrypt: "


def test_strings_may_go_into_a_file(vault: Opsplay, tmp_path: Path) -> None:
    assert vault("encrypt_string", "x", "--output", "out").out == ""
    assert values((tmp_path / "out").read_text(), tmp_path) == {None: "x"}
    assert mode(tmp_path / "out") == 0o600


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("",), "provided from the command line args was empty, not encrypting"),
        (("-", "--prompt"), "The --prompt option is not supported if also reading input"),
    ],
)
def test_strings_that_cannot_be(vault: Opsplay, arguments: tuple[str, ...], words: str) -> None:
    done = vault("encrypt_string", *arguments)
    assert done.code == 5
    assert words in done.err


def test_of_nothing_from_stdin_nothing_is_made(vault: Opsplay, stdin: io.BytesIO) -> None:
    assert stdin.read() == b""
    done = vault("encrypt_string")
    assert (done.code, done.out) == (5, "")
    assert "stdin was empty, not encrypting" in done.err
