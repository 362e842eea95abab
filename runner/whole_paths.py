"""Whole paths, as Ansible tells them."""

from __future__ import annotations

import os
from pathlib import Path


def whole_path(path: Path | str) -> Path:
    """The absolute path without `..`; links stay what they are."""
    return Path(os.path.normpath(Path(path).absolute()))
