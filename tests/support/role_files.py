"""Roles that a test writes down."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from played import lay


def write_roles(files: Mapping[str, str], folder: str = "roles") -> None:
    """Write files of roles, below the folder in which the test works."""
    for name, text in files.items():
        lay(Path(folder), name, text)
