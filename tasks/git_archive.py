"""What a git repository holds at a revision, as an archive."""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path

from ..runner.task import Context, TaskError
from .git_repository import Repository

_FORMATS = {".zip": "zip", ".tar": "tar", ".gz": "tar.gz", ".tgz": "tgz"}


def write(
    repository: Repository, path: Path, version: str, prefix: str | None, ctx: Context
) -> bool:
    """Make the archive; tells whether it is not the one that was there."""
    if path.suffix not in _FORMATS:
        known = ", ".join(_FORMATS)
        raise TaskError(f"Unable to get file extension from archive file name : {path}", hint=known)
    made = ctx.temp_dir() / path.name
    options = ["--format", _FORMATS[path.suffix], "--output", str(made)]
    if prefix:
        options += ["--prefix", prefix]
    repository.run("archive", *options, version)
    if path.is_file() and filecmp.cmp(made, path, shallow=False):
        return False
    try:
        shutil.move(made, path)
    except OSError as error:
        why = f"{path}: {error.strerror or error}"
        raise TaskError("Failed to perform archive operation", details=why, hint=why) from error
    return True
