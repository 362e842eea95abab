"""Links: made, or turned to another target, in one step."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from ..runner.task import Context, TaskError
from . import files, paths

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .permissions import Changes


def symbolic(target: str, link: Path, ctx: Context, *, over_folder: bool = False) -> Changes:
    """Make `link` point to `target`, in place of the file or link that is there."""
    was = paths.state(paths.status(link))
    with paths.told(f"read the link {link}"):
        before = str(link.readlink()) if was == "link" else ""
    if before == target:
        return {}
    _make(link, lambda temporary: temporary.symlink_to(target), ctx, over_folder=over_folder)
    return {"src": (before, target)} if was == "link" else {"state": (was, "link")}


def hard(source: Path, link: Path, ctx: Context, *, follow: bool = True) -> Changes:
    """Make `link` another name of the file `source`, in place of the file or link that is there.

    Unless it is followed, a `source` that is a link has another name itself.
    """
    was = paths.state(paths.status(link))
    if paths.status(source, follow=True) is None:
        raise TaskError("src does not exist", src=str(source), dest=str(link))
    if paths.state(paths.status(source, follow=follow)) == "directory":
        words = f"Error while linking: [Errno 1] Operation not permitted: '{link}'"
        raise TaskError(words, hint=f"{source} is a folder, which has one name only")
    if is_same(source, link, follow=follow):
        return {}
    named = source.resolve() if follow else source
    _make(link, lambda temporary: os.link(named, temporary, follow_symlinks=False), ctx)
    return {"state": (was, "hard")}


def is_same(source: Path, link: Path, *, follow: bool = True) -> bool:
    """Tell whether the two are names of one file, or of the link `source` that is not followed."""
    other = paths.status(link)
    ones = [paths.status(source, follow=each) for each in {True, follow}]
    return other is not None and any(one and os.path.samestat(one, other) for one in ones)


def _make(
    link: Path, make: Callable[[Path], None], ctx: Context, *, over_folder: bool = False
) -> None:
    try:
        folder = over_folder and paths.state(paths.status(link)) == "directory"
        if folder and any(link.iterdir()):
            raise TaskError(f"the directory {link} is not empty, refusing to convert it")
        if not folder:
            files.replaceable(link)
        if ctx.check:
            files.check_way(link)
            return
        if not link.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if folder:
            link.rmdir()
        with files.replacing(link) as temporary:
            make(temporary)
    except OSError as error:
        # Not its own words: they may name what is to become the link.
        why = f"[Errno {error.errno}] {error.strerror}: '{link}'"
        raise TaskError(f"Error while linking: {why}") from error
