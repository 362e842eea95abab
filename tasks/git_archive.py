"""What a git repository holds at a revision, as an archive."""

from __future__ import annotations

from pathlib import Path

from ..runner.task import Context, TaskError
from . import files, paths
from .content import Content
from .files import Manner
from .git_repository import Repository
from .permissions import Access

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
    access = Access(mode=paths.mode_text(made.stat().st_mode))
    manner = Manner(access=access, mode_comes_along=True)
    try:
        return files.place(Content.of_file(made), path, manner, ctx).changed
    except TaskError as error:
        words = "Failed to perform archive operation"
        raise TaskError(words, details=error.msg, hint=error.msg) from error
