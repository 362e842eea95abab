"""When a file was last read and changed: told, and set."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..runner.task import TaskError
from . import paths

if TYPE_CHECKING:
    from pathlib import Path

    from .permissions import Changes

Moment: TypeAlias = float | Literal["now"] | None
"""A time that a file is to have; None means that it stays."""


def moment(text: str, pattern: str) -> Moment:
    """Read `now`, `preserve`, or a local time of a form that strptime knows."""
    if text == "now":
        return "now"
    if text == "preserve":
        return None
    try:
        return time.mktime(time.strptime(text, pattern))
    except (ValueError, OverflowError) as error:
        msg = f"Error while obtaining timestamp for time {text} using format {pattern}: {error}"
        raise TaskError(msg) from error


def adjust(path: Path, accessed: Moment, modified: Moment, *, check: bool) -> Changes:
    """Give a path (not what a link points to) the times that are wanted."""
    found = paths.status(path)
    if found is None or accessed is modified is None:
        return {}
    before, now = (found.st_atime, found.st_mtime), time.time()
    after = _at(accessed, before[0], now), _at(modified, before[1], now)
    if not check and before != after:
        # "Now" for both is allowed to whoever may write, other times to the owner alone.
        both_now = accessed == modified == "now"
        try:
            os.utime(path, None if both_now else after, follow_symlinks=False)
        except OSError as error:
            msg = f"Error while updating modification or access time: {error}"
            raise TaskError(msg, hint=str(path)) from error
    changes = {"atime": (before[0], after[0]), "mtime": (before[1], after[1])}
    return {name: (old, new) for name, (old, new) in changes.items() if old != new}


def _at(wanted: Moment, before: float, now: float) -> float:
    if wanted is None:
        return before
    return now if wanted == "now" else wanted
