"""What becomes of local files whose copy is proved to be somewhere else."""

from __future__ import annotations

import errno
import os
import posixpath
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from ..runner.task import Context
from . import paths
from .clients.transfer_plan import Item
from .ftp_transfer import Move
from .local_sources import Source


def file_away(
    after: Literal["keep", "delete"] | Move,
    copied: Iterable[tuple[str, Source]],
    dest: str,
    ctx: Context,
) -> list[str]:
    """Delete or move files; gives warnings. `copied` are the copies' paths, below `dest`."""
    warnings = []
    for copy, source in copied:
        path = Path(source.path or "")
        if not _is_still(source, path):
            warnings.append(f"{path} stays where it is: it has changed since it was sent")
        elif isinstance(after, Move):
            relative = posixpath.relpath(posixpath.dirname(copy), dest)
            inside = "" if relative.startswith("..") else relative
            _move(path, ctx.path(after.move) / inside)
        else:
            with paths.told(f"delete {path}"):
                path.unlink()
    return warnings


def _is_still(item: Item, path: Path) -> bool:
    found = paths.status(path, follow=True)
    return found is not None and (found.st_size, found.st_mtime) == (item.size, item.mtime)


def _move(path: Path, folder: Path) -> None:
    """Move a file into a folder; what is there already keeps its name."""
    with paths.told(f"move {path} to {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
        target, number = folder / path.name, 1
        while os.path.lexists(target):
            number += 1
            target = folder / f"{path.name}.{number}"
        try:
            path.rename(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _move_to_other_disk(path, target)


def _move_to_other_disk(path: Path, target: Path) -> None:
    """Move a file that has its name there when all of it is there."""
    import shutil

    from . import durable, files

    with files.replacing(target) as temporary:
        shutil.copy2(path, temporary, follow_symlinks=False)
        if not temporary.is_symlink():
            durable.sync(temporary)
    path.unlink()
