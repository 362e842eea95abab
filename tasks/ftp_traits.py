"""Permissions and times of what lies on an FTP server: what is wanted, and how it is set."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable
from datetime import UTC, datetime

from ..runner.task import TaskError
from .clients.ftp import FtpClient
from .clients.ftp_present import Present
from .permissions import Access, mode_of

_USUAL = {True: 0o755, False: 0o644}
_DIGITS = re.compile("(0o?)?[0-7]{3,4}")
_EPOCH = re.compile(r"\d{9,11}(?:\.\d+)?")


def wanted_mode(written: str, present: Present | None, *, folder: bool) -> int:
    """The bits of the mode; what is told as a change needs to know what there is."""
    before = present.mode if present else _USUAL[folder]
    if before is None and not _DIGITS.fullmatch(written):
        raise TaskError(f'mode: the server does not tell what {written} would change; use "0644"')
    return mode_of(Access(written), (stat.S_IFDIR if folder else stat.S_IFREG) | (before or 0))


def moment(written: str) -> float:
    """Read ISO 8601, in UTC unless it has a zone, or seconds since 1970."""
    if _EPOCH.fullmatch(written):
        return float(written)
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise TaskError(f"mtime: {written!r} is no time like 2025-05-31T12:00:00Z") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def as_text(seconds: float) -> str:
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ}"


def set_modes(ftp: FtpClient, paths: Iterable[str], bits: int) -> None:
    for path in paths:
        ftp.set_mode(path, f"{bits:03o}")


def set_time(ftp: FtpClient, path: str, mtime: float) -> None:
    if not ftp.set_mtime(path, mtime):
        raise TaskError(
            f"cannot set the time of {path} ({ftp.account}): the server knows no command for it"
            " that this account may use"
        )
