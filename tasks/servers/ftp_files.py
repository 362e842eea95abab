"""The files of an account: never outside its home, and apart from the process around it."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO

from pyftpdlib.filesystems import AbstractedFS, FilesystemError

from .ftp_uploads import place


class Files(AbstractedFS):  # type: ignore[misc]  # pyftpdlib is not typed
    def chdir(self, path: str) -> None:
        """Change the session's folder, not the working directory of the process."""
        if not Path(path).is_dir():
            raise FilesystemError("No such directory")
        if not os.access(path, os.X_OK):
            raise FilesystemError("Permission denied")
        self.cwd = self.fs2ftp(path)

    def open(self, filename: str, mode: str) -> IO[bytes]:
        keeper = self.cmd_channel.keeper if mode != "rb" else None
        with self._changing(filename) if keeper else nullcontext():
            file = open(filename, mode, opener=_opened)  # noqa: SIM115  # pyftpdlib closes it
            if keeper:
                keeper.writing(place(filename), file)
            return file

    def mkstemp(self, **where: str) -> object:
        """Make the file of STOU; pyftpdlib has not looked where its folder leads."""
        if not self.validpath(where["dir"]):
            raise FilesystemError("That folder is outside of the home folder")
        return super().mkstemp(**where)

    def remove(self, path: str) -> None:
        with self._changing(path):
            super().remove(path)

    def rename(self, src: str, dst: str) -> None:
        keeper = self.cmd_channel.keeper
        upload = self.cmd_channel.upload(dst)
        with keeper.moving(place(src), upload) if keeper else nullcontext():
            super().rename(src, dst)

    def _changing(self, path: str) -> AbstractContextManager[None]:
        keeper = self.cmd_channel.keeper
        return keeper.changing(place(path)) if keeper else nullcontext()


def _opened(path: str, flags: int) -> int:
    # Opening a pipe that nobody writes to would make all clients wait.
    return os.open(path, flags | os.O_NONBLOCK, 0o666)
