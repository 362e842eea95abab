"""Where mails are kept: a folder of .eml files, a maildir, or an mbox.

A store is handed a window of mails at a time. When `keep` returns, all of them are on the disk,
with the names under which they lie. A mail that it holds already (kept by a run that was killed
before it could remember so) is not kept twice.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Sequence
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Protocol

from ..runner.dataclasses import dataclass

_PIECE = 1024 * 1024


@dataclass(frozen=True)
class Fetched:
    """A mail as the server keeps it."""

    origin: str
    uid: str
    content: bytes | BinaryIO

    @cached_property
    def key(self) -> str:
        """Its own for ever; its id may be another's once it is gone (POP3: RFC 1939, 7)."""
        digest = hashlib.sha256(f"{self.origin}\n{self.uid}\n".encode("utf-8", "replace"))
        for piece in self.pieces():
            digest.update(piece)
        return digest.hexdigest()[:32]

    @property
    def size(self) -> int:
        if isinstance(self.content, bytes):
            return len(self.content)
        return self.content.seek(0, os.SEEK_END)

    def pieces(self) -> Generator[bytes]:
        """Its bytes, none of the pieces large."""
        if isinstance(self.content, bytes):
            yield self.content
            return
        self.content.seek(0)
        while piece := self.content.read(_PIECE):
            yield piece


@dataclass(frozen=True)
class Kept:
    path: Path
    is_new: bool


class Store(Protocol):
    """Raises TaskError for what the disk does, and keeps nothing then that is not whole."""

    def spool(self) -> BinaryIO:
        """Make a file for a mail too large for memory; whoever asked lets go of it (`discard`)."""

    def keep(self, mails: Sequence[Fetched]) -> list[Kept]:
        """Let mails be on the disk; gives where each lies."""
