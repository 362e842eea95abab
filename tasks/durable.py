"""What has to be on the disk before something else is done."""

from __future__ import annotations

import os
from pathlib import Path


def sync(path: Path | str) -> None:
    """Have the system write a file, or the names in a folder, to the disk; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
