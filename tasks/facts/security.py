"""What guards the machine beyond the permissions of files."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

_SELINUX = Path("/sys/fs/selinux/enforce")
_APPARMOR = Path("/sys/kernel/security/apparmor")
_FIPS = Path("/proc/sys/crypto/fips_enabled")


def security() -> dict[str, Any]:
    return {
        "apparmor": {"status": "enabled" if _APPARMOR.exists() else "disabled"},
        "fips": _read(_FIPS) == "1",
        "is_chroot": _is_chroot(),
        "selinux": _selinux(),
    }


def _selinux() -> dict[str, str]:
    enforcing = _read(_SELINUX)
    if not enforcing:
        return {"status": "disabled"}
    return {"status": "enabled", "mode": "enforcing" if enforcing == "1" else "permissive"}


def _is_chroot() -> bool:
    """Whether the root of the first process is another one; it is not told to everybody."""
    with suppress(OSError):
        return not Path("/").samefile("/proc/1/root/.")
    return False


def _read(path: Path) -> str:
    with suppress(OSError):
        return path.read_text("utf-8").strip()
    return ""
