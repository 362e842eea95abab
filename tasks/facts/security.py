"""What guards the machine beyond the permissions of files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

_SELINUX = Path("/sys/fs/selinux/enforce")
_APPARMOR = Path("/sys/kernel/security/apparmor")
_FIPS = Path("/proc/sys/crypto/fips_enabled")


def apparmor() -> dict[str, Any]:
    return {"apparmor": {"status": "enabled" if _APPARMOR.exists() else "disabled"}}


def capabilities(run_program: Callable[[Sequence[str]], str]) -> dict[str, Any]:
    """What this process may do, as capsh tells it: `=ep` is all there is."""
    for line in run_program(["capsh", "--print"]).splitlines():
        if line.startswith("Current:"):
            current = line.removeprefix("Current:").strip()
            names = [] if current == "=ep" else current.partition("=")[2].split(",")
            return {
                "system_capabilities_enforced": str(bool(names)),
                "system_capabilities": [name.strip() for name in names],
            }
    return dict.fromkeys(("system_capabilities_enforced", "system_capabilities"), "N/A")


def fips() -> dict[str, Any]:
    return {"fips": _read(_FIPS) == "1"}


def selinux() -> dict[str, Any]:
    """What the kernel tells, for which no library is needed that might not be present."""
    enforcing = _read(_SELINUX)
    found: dict[str, Any] = {"status": "disabled"}
    if enforcing:
        mode = "enforcing" if enforcing == "1" else "permissive"
        found = {"status": "enabled", "mode": mode}
    return {"selinux": found, "selinux_python_present": True}


def chroot() -> dict[str, Any]:
    """Whether the root of the first process is another one; it is not told to everybody."""
    with suppress(OSError):
        return {"is_chroot": not Path("/").samefile("/proc/1/root/.")}
    return {"is_chroot": False}


def _read(path: Path) -> str:
    with suppress(OSError):
        return path.read_text("utf-8").strip()
    return ""
