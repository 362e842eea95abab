"""The files of `opsplay vault`: read whole, and replaced whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
import sys
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
    if name == STDIO:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    path = Path(os.path.realpath(name))
    temporary = path.with_name(f".opsplay-{secrets.token_hex(8)}")
    try:
        before = path.stat() if path.exists() else None
        _fill(temporary, data, before, keep_mode=keep_mode)
        temporary.replace(path)
    except OSError as error:
        raise VaultError(f"{name} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def make_folder(path: Path) -> None:
    """Make a folder that is not there; raises VaultError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VaultError(f"the folder {path} cannot be made: {error.strerror}") from error


def _fill(path: Path, data: bytes, before: os.stat_result | None, *, keep_mode: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, _PRIVATE), "wb") as file:
        if before:
            with suppress(PermissionError):
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
            if keep_mode:
                os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
