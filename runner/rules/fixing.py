"""`opsplay check --fix`: keywords that can go are taken out of their files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ..vault.files import write
from .rule import Removal


def remove(removals: Iterable[Removal]) -> list[Removal]:
    """Take out what stands in a line of its own; returns what was taken out."""
    of_files: dict[str, list[Removal]] = {}
    for removal in removals:
        of_files.setdefault(removal.place.file, []).append(removal)
    return [done for file, wanted in of_files.items() for done in _remove(Path(file), wanted)]


def _remove(path: Path, wanted: list[Removal]) -> list[Removal]:
    lines = path.read_bytes().decode("utf-8").splitlines(keepends=True)
    done = [removal for removal in wanted if _is_alone(removal, lines)]
    gone = {removal.place.line - 1 for removal in done}
    if gone:
        left = (line for number, line in enumerate(lines) if number not in gone)
        write(str(path), "".join(left).encode("utf-8"), keep_mode=True)
    return done


def _is_alone(removal: Removal, lines: list[str]) -> bool:
    """Whether the keyword and all of its value are one line, and nothing else is in it."""
    number, indent = removal.place.line, removal.place.column - 1
    if not 0 < number <= len(lines):
        return False
    written = re.compile(rf" {{{indent}}}{re.escape(removal.keyword)}\s*:\s+(?![|>&*!{{\[])\S")
    below = next((line for line in lines[number:] if line.strip()), "")
    goes_on = len(below) - len(below.lstrip(" ")) > indent
    return written.match(lines[number - 1]) is not None and not goes_on
