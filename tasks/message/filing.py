"""Files made from what strangers named: safe names, nothing overwritten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ...runner.task import TaskError

# Slashes and drive letters leave the folder; the others no other system's file may hold.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe]+')
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|\Z)", re.IGNORECASE)
_LONGEST = 200
_LONGEST_SUFFIX = 20


def safe_name(name: str, fallback: str) -> str:
    """Make a file name that stays in its folder and that any system can hold."""
    last = re.split(r"[/\\]", name.strip())[-1]
    clean = _UNSAFE.sub("_", _LONE_SURROGATE.sub("_", last)).strip(" .")
    if not clean.strip("_"):
        return fallback
    return _shortened(f"_{clean}" if _RESERVED.match(clean) else clean)


def _shortened(name: str) -> str:
    """Cut a name to the bytes that file systems allow, and keep its suffix."""
    if len(name.encode()) <= _LONGEST:
        return name
    suffix = Path(name).suffix
    suffix = suffix if len(suffix.encode()) <= _LONGEST_SUFFIX else ""
    stem = name.removesuffix(suffix).encode()[: _LONGEST - len(suffix.encode())]
    return stem.decode(errors="ignore") + suffix


class Folder:
    """A folder that is filled and in which nothing is ever overwritten."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._taken: set[Path] = set()

    def store(self, name: str, data: bytes) -> tuple[Path, bool]:
        """Write a file; tells where it is and whether it is new.

        A file of this name and content, kept by an earlier run, is used as it is; of any other the
        name is taken: a number is added.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for path in self._candidates(name):
                if (new := self._stored(path, data)) is not None:
                    return path, new
        except OSError as error:
            msg = f"cannot write {self.path / name}: {error.strerror or error}"
            raise TaskError(msg) from error
        raise AssertionError

    def _candidates(self, name: str) -> Iterator[Path]:
        path, number = self.path / name, 1
        while True:
            if path not in self._taken:
                yield path
            number += 1
            path = self.path / f"{Path(name).stem} ({number}){Path(name).suffix}"

    def _stored(self, path: Path, data: bytes) -> bool | None:
        """Tell whether the file was written (True) or kept (False); None: the name is taken."""
        try:
            file = path.open("xb")
        except FileExistsError:
            return self._kept(path, data)
        self._taken.add(path)
        try:
            with file:
                file.write(data)
        except OSError:
            path.unlink()  # half a file would look like a whole one
            raise
        return True

    def _kept(self, path: Path, data: bytes) -> bool | None:
        if not path.is_file() or path.stat().st_size != len(data) or path.read_bytes() != data:
            return None
        self._taken.add(path)
        return False
