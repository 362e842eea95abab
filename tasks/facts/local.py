"""Facts that the owners of a machine have written down, or that programs of theirs tell."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from ..process import Finished

Run: TypeAlias = Callable[[Sequence[str]], "Finished | None"]


def local(folder: Path, run: Run, warn: Callable[[str], None]) -> dict[str, Any]:
    """What each `NAME.fact` tells, as JSON or INI; a file that is executable is run.

    Of one that tells nothing, it is told why, in its place and by `warn`.
    """
    found: dict[str, Any] = {}
    for file in sorted(folder.glob("*.fact")) if folder.is_dir() else ():
        found[file.stem] = _told(file, run)
        if isinstance(found[file.stem], _Fault):
            warn(found[file.stem])
    return {"local": found}


class _Fault(str):
    """Why a file has no facts."""

    __slots__ = ()


def _told(file: Path, run: Run) -> Any:
    try:
        file.stat()
    except OSError as error:
        return _Fault(f"Could not stat fact ({file}): {error}")
    if not os.access(file, os.X_OK):
        return _read(file)
    done = run([str(file)])
    if done is None:
        return _Fault(f"Could not execute fact script ({file})")
    if done.code:
        why = f"rc: {done.code}, err: {done.stderr}"
        return _Fault(f"Failure executing fact script ({file}), {why}")
    return _understood(done.stdout, file)


def _read(file: Path) -> Any:
    try:
        return _understood(file.read_text("utf-8"), file)
    except (OSError, UnicodeDecodeError) as error:
        return _Fault(f"error: {file.name} cannot be read: {error}")


def _understood(text: str, file: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _sections(text, file)


def _sections(text: str, file: Path) -> Any:
    from configparser import ConfigParser, Error

    parser = ConfigParser()
    try:
        parser.read_string(text)
    except Error:
        return _Fault(f"error loading facts as JSON or ini - please check content: {file}")
    try:
        return {name: dict(parser.items(name)) for name in parser.sections()}
    except Error as error:
        return _Fault(f"error loading facts as ini - please check content: {file} ({error})")
