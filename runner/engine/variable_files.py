"""The files of variables that steps read while the run goes on."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import PlaybookError, TaskError
from ..nodes import MapNode

if TYPE_CHECKING:
    from ..template import Templates
    from ..variables import Layer

TICK = 100_000_000
"""Nanoseconds within which a file may change twice and show one time."""


class VariableFiles:
    """A file that is as it was is not read again: by the next item, or for the next host."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._read: dict[Path, tuple[tuple[int, ...], Layer]] = {}

    def __call__(self, path: Path) -> Layer:
        """What a file says now; nobody may change it. Raises TaskError or PlaybookError."""
        version = _version(path)
        known = self._read.get(path)
        if known and known[0] == version:
            return known[1]
        found = self._loaded(path)
        if version:
            self._read[path] = version, found
        return found

    def _loaded(self, path: Path) -> Layer:
        from ..source import load

        document = load(path, self._templates.vault)
        checked = map(self._templates.check_template, document.templates)
        if problems := list(filter(None, checked)):
            raise PlaybookError(problems)
        if not isinstance(document.value, MapNode | None):
            msg = f"{path} must be stored as a dictionary/hash"
            raise TaskError(msg)
        return {str(name): value for name, value in (document.value or {}).items()}


def _version(path: Path) -> tuple[int, ...]:
    """What differs as soon as a byte does; nothing of a file that may still change unseen."""
    with suppress(OSError):
        found = path.stat()
        if time.time_ns() - found.st_ctime_ns > TICK:
            return found.st_dev, found.st_ino, found.st_size, found.st_ctime_ns
    return ()


def changed_at(path: Path) -> int:
    """When a file changed last; 0 if it is not there."""
    try:
        return path.stat().st_ctime_ns
    except OSError:
        return 0
