"""Download files from an FTP server.

`src` says which files, `dest` where they shall lie. What lies there already is left alone, so
that a second download changes nothing. Files appear under their name when all of them is there.
A slash at the end of `dest` means: into this folder. A slash at the end of a folder in `src`
means: what is in it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO

from ..runner.task import Context, Result, TaskError
from . import files, ftp_transfer, paths
from .clients.ftp import FtpClient
from .clients.ftp_sources import Remote, remote_sources
from .clients.transfer_plan import Item, Step, means_folder, plan, seconds
from .ftp_login import connected
from .ftp_transfer import Bar, Transfer

SUPPORTS_CHECK = True
RETURNS = ftp_transfer.RETURNS
EXAMPLES = """\
- name: Fetch what came in
  ftp_download:
    host: ftp.example.com
    user: li
    password: "{{ ftp_password }}"
    src: /outbox/*.csv
    dest: incoming/

- name: Fetch a folder
  ftp_download:
    host: ftp.example.com
    src: /pub/handbook
    dest: handbook
"""


@dataclass(frozen=True, kw_only=True)
class Params(Transfer):
    src: Annotated[str | list[str], "A file, folder or pattern on the server, or a list of them."]
    dest: Annotated[str, "The local path; a slash at its end means a folder."]
    create_dirs: Annotated[bool, "Make the local folders that are missing."] = True


def run(params: Params, ctx: Context) -> Result:
    # Whole before names of the server come to it: `~name` would be somebody's home.
    dest = str(ctx.path(params.dest)) + ("/" if means_folder(params.dest) else "")
    with connected(params, ctx) as ftp:
        download = _Download(ftp, params, ctx, remote_sources(ftp, params.src, dest))
        steps = download.plan()
        if not ctx.check:
            download.perform(steps)
    return ftp_transfer.report(steps, ctx, download.warnings)


class _Download:
    def __init__(
        self, ftp: FtpClient, params: Params, ctx: Context, remotes: Mapping[str, Remote]
    ) -> None:
        self._ftp = ftp
        self._params = params
        self._ctx = ctx
        self._remotes = remotes
        self.warnings: list[str] = []

    # Looking ---------------------------------------------------------------------------------

    def plan(self) -> list[Step]:
        wanted = {path: self._item(remote) for path, remote in self._remotes.items()}
        found = {path: item for path in wanted if (item := _found(Path(path)))}
        return plan(wanted, found, self._same)

    def _item(self, remote: Remote) -> Item:
        """Give what the server says about it; a listing by LIST leaves the time to be asked."""
        entry = remote.entry
        if remote.is_folder:
            return Item(folder=True)
        if self._ctx.check and entry.size is None:
            raise TaskError(f"there is no {remote.path}, or the account may not see it")
        mtime = entry.mtime if entry.exact else self._ftp.mtime(remote.path)
        return Item(size=entry.size, mtime=mtime)

    def _same(self, _path: str, wanted: Item, found: Item) -> bool:
        if self._params.compare == "always" or wanted.size != found.size:
            return False
        if self._params.compare == "size":
            return True
        ours, theirs = seconds(found.mtime), seconds(wanted.mtime)
        if ours is None or theirs is None:
            return False
        # Without the original's time, the copy has that of its download: never older.
        return ours == theirs if self._params.preserve_mtime else ours >= theirs

    # Fetching --------------------------------------------------------------------------------

    def perform(self, steps: list[Step]) -> None:
        bar = Bar(self._ctx, ftp_transfer.bytes_to_move(steps))
        for step in steps:
            path = Path(step.path)
            if not step.changes:
                continue
            if self._params.create_dirs:
                folder = path if step.wanted.folder else path.parent
                with paths.told(f"make the folder {folder}"):
                    folder.mkdir(parents=True, exist_ok=True)
            if not step.wanted.folder:
                self._fetch(path, self._remotes[step.path].path, step.wanted, bar)

    def _fetch(self, path: Path, source: str, wanted: Item, bar: Bar) -> None:
        old = paths.status(path)
        with paths.told(f"write {path}"), files.replacing(path) as temporary:
            with temporary.open("xb") as file:
                self._receive(source, path, file, wanted, bar)
                if self._params.preserve_mtime and wanted.mtime is not None:
                    os.utime(file.fileno(), (wanted.mtime, wanted.mtime))
                os.fsync(file.fileno())
            if old and stat.S_ISREG(old.st_mode):
                temporary.chmod(stat.S_IMODE(old.st_mode))

    def _receive(self, source: str, path: Path, file: BinaryIO, wanted: Item, bar: Bar) -> None:
        def write(block: memoryview) -> None:
            with paths.told(f"write {path}"):
                file.write(block)
            bar.add(path.name, len(block))

        received = self._ftp.download(source, write)
        file.flush()
        if wanted.size is None:
            self.warnings.append(f"the server does not tell whether {source} is complete")
        elif received != wanted.size:
            raise TaskError(
                f"{received} of the {wanted.size} bytes of {source} arrived, though the server"
                " says that all is well; it may be changing just now, or the connection is bad"
            )


def _found(path: Path) -> Item | None:
    found = paths.status(path, follow=True)
    if found is None:
        return None
    if paths.is_special(found):
        raise TaskError(f"{path} is a device, a pipe or a socket; it is not replaced by a file")
    return Item(folder=stat.S_ISDIR(found.st_mode), size=found.st_size, mtime=found.st_mtime)
