"""Encrypted texts for tests, and the file with their password."""

from __future__ import annotations

import stat
from functools import cache
from pathlib import Path
from textwrap import indent

from opsplay.runner.vault.envelope import DEFAULT_LABEL, decrypt, encrypt, parse

PASSWORD = "correct horse"
SECRET = "tr0ub4dor&3"


@cache
def sealed(text: str, label: str = DEFAULT_LABEL, password: str = PASSWORD) -> str:
    """The text as an encrypted file holds it."""
    return encrypt(text.encode(), password.encode(), label)


def tagged(text: str, label: str = DEFAULT_LABEL, password: str = PASSWORD) -> str:
    """The text as a value in YAML."""
    return "!vault |\n" + indent(sealed(text, label, password), " " * 12)


def opened(path: Path, password: str = PASSWORD) -> str:
    """What an encrypted file holds."""
    plaintext = decrypt(parse(path.read_bytes()), password.encode())
    assert plaintext is not None, "another password"
    return plaintext.decode()


def password_file(folder: Path, password: str = PASSWORD, name: str = "password") -> str:
    """Write a password into a file; gives its path."""
    path = folder / name
    path.write_text(f"{password}\n")
    return str(path)


def script(path: Path, body: str) -> str:
    """Write a script that can be executed; gives its path."""
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o700)
    return str(path)


def mode(path: Path) -> int:
    """The permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)
