"""Files made from what strangers named: safe names, whole files, nothing overwritten.

A file gets its name when all of it is on the disk: whoever is killed leaves a whole file or none,
and who comes after finds the whole one again and keeps it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain, count
from pathlib import Path
from typing import BinaryIO

from .. import durable
from ..mail_drafts import discard, draft, make_folder, place, sync
from ..paths import told

# Slashes and drive letters leave the folder; the others no other system's file may hold.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\ud800-\udfff\ufffe\uffff]+')
# Not seen, or able to turn the order of letters about: report\u202efdp.exe looks like a PDF.
_UNSEEN = re.compile(
    "[\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]+"
)
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|\Z)", re.IGNORECASE)
_LONGEST = 200
_LONGEST_SUFFIX = 20
_PIECE = 1024 * 1024


def safe_name(name: str, fallback: str) -> str:
    """Make a file name that stays in its folder and that any system can hold."""
    last = re.split(r"[/\\]", name.strip())[-1]
    clean = _UNSAFE.sub("_", _UNSEEN.sub("_", unicodedata.normalize("NFC", last))).strip(" .")
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
    return stem.decode(errors="ignore").rstrip(" .") + suffix


class Folder:
    """A folder that is filled and in which nothing is ever overwritten."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._taken: set[Path] = set()
        self._is_synced = True

    def store(self, name: str, content: bytes | Iterable[bytes]) -> tuple[Path, bool]:
        """Write a file, given whole or in pieces; tells where it is and whether it is new.

        A file of this name and content, kept by an earlier run, is used as it is; of any other the
        name is taken: a number is added.
        """
        with told(f"write {self.path / name}"):
            make_folder(self.path)
            file = draft(self.path)
            try:
                file.writelines([content] if isinstance(content, bytes) else content)
                path, is_new = self._placed(file, name)
            finally:
                discard(file)
        self._taken.add(path)
        self._is_synced = False
        return path, is_new

    def sync(self) -> None:
        """Let the names of all that was stored be on the disk, as the contents are."""
        if not self._is_synced:
            with told(f"write {self.path}"):
                durable.sync(self.path)
        self._is_synced = True

    def _placed(self, file: BinaryIO, name: str) -> tuple[Path, bool]:
        size = file.tell()
        is_on_disk = False
        for path in self._candidates(name):
            if path.is_file() and _is_same(file, size, path):
                return path, False
            if not is_on_disk:
                sync(file)
                is_on_disk = True
            if place(file, path):
                return path, True
        raise AssertionError

    def _candidates(self, name: str) -> Iterator[Path]:
        plain = self.path / name
        numbered = (plain.with_name(f"{plain.stem} ({n}){plain.suffix}") for n in count(2))
        yield from (path for path in chain([plain], numbered) if path not in self._taken)


def _is_same(file: BinaryIO, size: int, path: Path) -> bool:
    if path.stat().st_size != size:
        return False
    file.seek(0)
    with path.open("rb") as other:
        while piece := file.read(_PIECE):
            if piece != other.read(_PIECE):
                return False
    return True
