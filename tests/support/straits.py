"""`opsplay` in a process of its own, to which the system refuses something."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import opsplay
from powers import keep_only_permissions

STRANGER = 54321
"""The number of a user whom nobody knows."""
_NEW_MOUNTS = 0x00020000
_NEW_NETWORK = 0x40000000
_NEW_USER = 0x10000000
_KEEP_POWERS = 8
_FOR_US_ALONE = 0x4000 | 0x40000


def launch(
    *argv: str, straits: str = "", environment: dict[str, str] | None = None, **how: Any
) -> subprocess.CompletedProcess[str]:
    """Run `opsplay`, after one of the functions here has been called in its process."""
    script = f"import sys, straits; {straits or 'pass'}; from opsplay.runner.cli import main; "
    paths = [str(Path(opsplay.__file__).parents[1]), str(Path(__file__).parent)]
    return subprocess.run(
        [sys.executable, "-c", f"{script}sys.exit(main())", *argv],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **(environment or {})},
        text=True,
        errors="surrogateescape",
        check=False,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how},
    )


def limit(name: str, most: int) -> None:
    resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


def strange_user() -> None:
    """Be somebody whom no file of users names, and who may still read what root may."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_KEEP_POWERS, 1, 0, 0, 0)
    os.setgid(STRANGER)
    os.setuid(STRANGER)
    keep_only_permissions()


def no_network() -> None:
    """Be where there is no network but a loopback that is down."""
    libc = ctypes.CDLL(None, use_errno=True)
    kinds = _NEW_NETWORK | (_NEW_USER if os.geteuid() else 0)
    if libc.unshare(kinds):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def small_disk(folder: str, size: int = 2**20) -> None:
    """Mount a disk of this size, for this process and its children; or else limit the files."""
    libc = ctypes.CDLL(None, use_errno=True)
    if (
        libc.unshare(_NEW_MOUNTS)
        or libc.mount(b"none", b"/", None, _FOR_US_ALONE, None)
        or libc.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, f"size={size}".encode())
    ):
        limit("FSIZE", size)
