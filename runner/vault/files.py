"""The files of `opsplay vault`: read whole, and replaced whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..errors import VaultError
from .opening import LARGEST_FILE

STDIO = "-"
_PRIVATE = 0o600


def read(name: str) -> bytes:
    """All of a file, or of stdin; raises VaultError."""
    try:
        if name == STDIO:
            data = sys.stdin.buffer.read(LARGEST_FILE + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise VaultError(f"{name} cannot be read: {error.strerror}") from error
    if len(data) > LARGEST_FILE:
        raise VaultError(f"{name} is larger than {LARGEST_FILE // 2**20} MB")
    return data


def write(name: str, data: bytes, *, keep_mode: bool = False) -> None:
    """Write a file that only its owner may read, or stdout; raises VaultError.

    What was there is replaced in one step, behind a link too; its owner stays.
    """
    write_all({name: data}, keep_mode=keep_mode)


def write_all(texts: Mapping[str, bytes], *, keep_mode: bool = False) -> None:
    """Write several, of which none is replaced before all are on the disk; raises VaultError."""
    name = ""
    ready: list[tuple[Path, Path]] = []
    try:
        for name, data in texts.items():
            if name != STDIO:
                path = Path(os.path.realpath(name))
                ready.append((path.with_name(f".opsplay-{secrets.token_hex(8)}"), path))
                _fill(*ready[-1], data, keep_mode=keep_mode)
        for temporary, path in ready:
            name = str(path)
            temporary.replace(path)
    except OSError as error:
        raise VaultError(f"{name} cannot be written: {error.strerror}") from error
    finally:
        for temporary, _ in ready:
            with suppress(OSError):
                temporary.unlink()
    if STDIO in texts:
        sys.stdout.flush()
        sys.stdout.buffer.write(texts[STDIO])
        sys.stdout.flush()


def set_aside(data: bytes) -> Path:
    """Write what has no place into a file of its own among temporary ones; raises VaultError."""
    path = Path(tempfile.gettempdir(), f"opsplay-vault-{secrets.token_hex(8)}.yml")
    write(str(path), data)
    return path


def make_folder(path: Path) -> None:
    """Make a folder that is not there; raises VaultError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VaultError(f"the folder {path} cannot be made: {error.strerror}") from error


def _fill(temporary: Path, path: Path, data: bytes, *, keep_mode: bool) -> None:
    before = path.stat() if path.exists() else None
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(temporary, flags, _PRIVATE), "wb") as file:
        if before:
            with suppress(PermissionError):
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
            if keep_mode:
                os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
