"""Where vault passwords come from: files, scripts that print them, questions to the user.

A password goes from there into memory, and nowhere else: never into an argument or the environment
of another program.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from ..dataclasses import dataclass
from ..environment import whole
from ..errors import UsageError, VaultError
from .envelope import check_label

_LONGEST = 64 * 1024
_UNKNOWN_ID = 2


@dataclass(frozen=True, eq=False, repr=False)
class Source:
    """A password with its id; `read` fetches it, or raises VaultError."""

    label: str
    read: Callable[[], bytes]
    asks: bool = False
    """Whether reading it means to ask the user."""
    runs: bool = False
    """Whether it means to run a script."""

    @property
    def waits(self) -> bool:
        """Whether it is read only when it is needed."""
        return self.asks or self.runs


class Wanted(Protocol):
    """What the command line says of passwords: `label@file`, files, whether to ask."""

    vault_ids: Sequence[str]
    vault_password_files: Sequence[str]
    ask_vault_pass: bool


class Standing(Protocol):
    """What the settings say of passwords."""

    @property
    def vault_identity_list(self) -> Sequence[str]:
        """Each `label@file` or `label@prompt`."""

    @property
    def vault_identity(self) -> str:
        """The label of passwords that are given without one."""

    @property
    def vault_password_file(self) -> str | None:
        """A file, or a script."""


def sources(wanted: Wanted, standing: Standing, *, new: bool = False) -> list[Source]:
    """The passwords that there are, the first to try first; raises UsageError."""
    file, usual = standing.vault_password_file, standing.vault_identity
    return [
        *(_of_slug(slug, usual, new=new) for slug in standing.vault_identity_list),
        *(_of_slug(slug, usual, new=new) for slug in wanted.vault_ids),
        *(_of_place(usual, name) for name in wanted.vault_password_files),
        *([_of_place(usual, file)] if file else []),
        *([asked(usual, new=new)] if wanted.ask_vault_pass else []),
    ]


def _of_slug(slug: str, usual: str, *, new: bool) -> Source:
    label, at, place = slug.partition("@")
    if not at:
        place = slug
    label = label if at and label else usual
    try:
        check_label(label)
    except VaultError as error:
        raise UsageError(f"{slug}: {error}") from error
    return asked(label, new=new, named=True) if place == "prompt" else _of_place(label, place)


def _of_place(label: str, place: str) -> Source:
    path = _path(place)
    return Source(label, lambda: _read(path, label), runs=_is_script(path))


def _path(place: str) -> Path:
    return Path(os.path.expanduser(place))  # noqa: PTH111  # this one never fails


# Files and scripts; errors are in Ansible's words, as scripts look for them ---------------------


def _read(path: Path, label: str) -> bytes:
    if not path.exists():
        hint = "a vault id is written label@file or label@prompt"
        raise VaultError(f"The vault password file {path} was not found", hint)
    if path.is_dir():
        raise VaultError(f"The vault password file provided '{path}' can not be a directory")
    runs = _is_script(path)
    password = _printed(path, label) if runs else _written(path)
    if not password:
        what = "script" if runs else "file"
        raise VaultError(f"Invalid vault password was provided from {what} ({path})")
    return password


def _is_script(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _written(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST).strip()
    except OSError as error:
        raise VaultError(f"the password file {path} cannot be read: {error.strerror}") from error


def _printed(path: Path, label: str) -> bytes:
    """What a script prints; a `…-client` is told which id is meant, as Ansible does it."""
    import subprocess

    argv = [str(path.absolute())]
    if path.stem.endswith("-client"):
        argv += ["--vault-id", label]
    try:
        # It may ask the user itself: stdin and stderr are its own.
        # Some print what a secret variable holds.
        done = subprocess.run(argv, stdout=subprocess.PIPE, env=whole(), check=False)
    except OSError as error:
        raise VaultError(
            f"Problem running vault password script {path} ({error.strerror})."
            " If this is not a script, remove the executable bit from the file"
        ) from error
    if done.returncode == _UNKNOWN_ID and len(argv) > 1:
        msg = f"Vault password client script {path} did not find a secret for vault-id={label}"
        raise VaultError(msg)
    if done.returncode:
        client = f" when getting secret for vault-id={label}" if len(argv) > 1 else ""
        what = "Vault password client script" if client else "Vault password script"
        raise VaultError(f"{what} {path} returned non-zero ({done.returncode}){client}")
    return done.stdout[:_LONGEST].strip(b"\r\n")


# Questions ------------------------------------------------------------------------------------


def asked(label: str, *, new: bool = False, named: bool = False) -> Source:
    """Asks for a password, a new one twice, in the words that scripts wait for."""
    which = f"vault password ({label})" if named else "Vault password"

    def read() -> bytes:
        if not new:
            return _typed(f"V{which[1:]}: ")
        first = _typed(f"New {which}: ")
        if _typed(f"Confirm {'new' if named else 'New'} {which}: ") != first:
            raise VaultError("Passwords do not match")
        return first

    return Source(label, read, asks=True)


def _typed(prompt: str) -> bytes:
    password = ask(prompt).strip()
    if not password:
        raise VaultError("Invalid vault password was provided: it is empty")
    return password.encode("utf-8", "surrogateescape")


def ask(prompt: str) -> str:
    """A line from the user, unseen; without a terminal, the next line of stdin."""
    from getpass import getpass

    try:
        if _has_terminal():
            return getpass(prompt)
    except EOFError:
        return ""
    except UnicodeDecodeError as error:
        raise VaultError("what was typed is no UTF-8") from error
    text = line(prompt)
    sys.stderr.write("\n")
    return text


def line(prompt: str) -> str:
    """The next line of stdin."""
    from ..standard_input import read_line

    sys.stderr.write(prompt)
    sys.stderr.flush()
    return read_line().rstrip("\r\n")


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return sys.stdin.isatty()
    return True
