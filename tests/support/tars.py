"""Tars that no program would write."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path


def tar_of(path: Path, *members: tarfile.TarInfo, content: bytes = b"") -> None:
    """Write a tar of these; every file in it has this content."""
    with tarfile.open(path, "w") as tar:
        for member in members:
            member.size = len(content) if member.isfile() else 0
            tar.addfile(member, io.BytesIO(content))


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    """Make one of them, of any kind."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, target, 0o644
    return info
