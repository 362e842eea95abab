"""What our FTP server tells whoever looks after uploads, and asks before a file is changed."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Protocol

from ...runner.dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that has arrived: where it lies, whose it is, and when it came (ISO 8601, UTC)."""

    path: Path
    user: str
    client: str
    time: str


class Keeper(Protocol):
    def is_busy(self, path: Path) -> bool:
        """Whether this file, or one in this folder, must stay as it is for now."""

    def changing(self, path: Path) -> AbstractContextManager[None]:
        """While the body runs, a client replaces or removes this file."""

    def writing(self, path: Path, file: IO[bytes]) -> None:
        """A client writes this file until it is closed."""

    def moving(self, source: Path, upload: Upload) -> AbstractContextManager[None]:
        """While the body runs, a client renames `source` to the path of the upload."""

    def keep(self, upload: Upload) -> None:
        """See to it that a complete upload is not lost; raises OSError. May take long."""


def place(path: str) -> Path:
    """The one path of a file, through whichever links its folder was reached."""
    folder, name = os.path.split(path)
    return Path(os.path.realpath(folder), name)
