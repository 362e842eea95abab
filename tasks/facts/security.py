"""What guards the machine beyond the permissions of files."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

_SELINUX = Path("/sys/fs/selinux/enforce")
_APPARMOR = Path("/sys/kernel/security/apparmor")
_FIPS = Path("/proc/sys/crypto/fips_enabled")


def apparmor() -> dict[str, Any]:
    return {"apparmor": {"status": "enabled" if _APPARMOR.exists() else "disabled"}}


def fips() -> dict[str, Any]:
    return {"fips": _read(_FIPS) == "1"}


def selinux() -> dict[str, Any]:
    enforcing = _read(_SELINUX)
    if not enforcing:
        return {"selinux": {"status": "disabled"}}
    mode = "enforcing" if enforcing == "1" else "permissive"
    return {"selinux": {"status": "enabled", "mode": mode}}


def chroot() -> dict[str, Any]:
    """Whether the root of the first process is another one; it is not told to everybody."""
    with suppress(OSError):
        return {"is_chroot": not Path("/").samefile("/proc/1/root/.")}
    return {"is_chroot": False}


def _read(path: Path) -> str:
    with suppress(OSError):
        return path.read_text("utf-8").strip()
    return ""
