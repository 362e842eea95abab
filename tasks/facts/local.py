"""Facts that the owners of a machine have written down, or that programs of theirs tell."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def local(folder: Path, run: Callable[[Sequence[str]], str]) -> dict[str, Any]:
    """What each `NAME.fact` tells, as JSON or INI; a file that is executable is run."""
    if not folder.is_dir():
        return {"local": {}}
    return {"local": {file.stem: _told(file, run) for file in sorted(folder.glob("*.fact"))}}


def _told(file: Path, run: Callable[[Sequence[str]], str]) -> Any:
    try:
        text = run([str(file)]) if os.access(file, os.X_OK) else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return f"error: {file.name} cannot be read: {error}"
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _sections(text, file)


def _sections(text: str, file: Path) -> Any:
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except Error:
        return f"error loading facts as JSON or ini - please check content: {file}"
    return {name: dict(parser.items(name)) for name in parser.sections()}
