"""Upload files to an FTP server.

`src` says what shall lie on the server, `dest` where. What lies there already is left alone, so
that a second upload changes nothing. A slash at the end of `dest` means: into this folder. A
slash at the end of a folder in `src` means: what is in it.
"""

from __future__ import annotations

import hashlib
import posixpath
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from ..runner.task import Context, Result, TaskError
from . import ftp_transfer, local_sources
from .clients.ftp import FtpClient
from .clients.ftp_listing import Entry
from .clients.ftp_words import FtpError
from .clients.transfer_plan import Item, Step, plan, seconds
from .ftp_login import connected
from .ftp_transfer import Bar, Transfer
from .local_sources import Source

SUPPORTS_CHECK = True
RETURNS = ftp_transfer.RETURNS
EXAMPLES = """\
- name: Send the reports, folder and all
  ftp_upload:
    host: ftp.example.com
    user: li
    password: "{{ ftp_password }}"
    src: reports/
    dest: /inbox/reports

- name: Send what is new, over TLS
  ftp_upload:
    host: ftp.example.com
    tls: explicit
    user: li
    password: "{{ ftp_password }}"
    src: ["out/*.csv", note.txt]
    dest: /inbox/

- name: Send a text as a file, to a server that may only be written to
  ftp_upload:
    host: 192.0.2.7
    content: "done {{ ansible_play_name }}"
    dest: done.txt
    atomic: false
"""


@dataclass(frozen=True, kw_only=True)
class Params(Transfer):
    src: Annotated[
        str | list[str] | None, "A local file, folder or pattern, or a list of them."
    ] = None
    content: Annotated[
        str | None, "The text to upload, in place of `src`; compared by what the file holds."
    ] = None
    dest: Annotated[str, "The path on the server; a slash at its end means a folder."]
    atomic: Annotated[
        bool,
        "Upload under a temporary name in the same folder, and rename when all has arrived:"
        " nobody sees half a file. The account must be allowed to rename.",
    ] = True
    create_dirs: Annotated[bool, "Make the folders that are missing on the server."] = True


def run(params: Params, ctx: Context) -> Result:
    sources = _sources(params, ctx)
    with connected(params, ctx) as ftp:
        upload = _Upload(ftp, params, ctx, {ftp.absolute(path): sources[path] for path in sources})
        steps = upload.plan()
        if not ctx.check:
            upload.perform(steps)
    return ftp_transfer.report(steps, ctx, upload.warnings)


def _sources(params: Params, ctx: Context) -> Mapping[str, Source]:
    if (params.src is None) == (params.content is None):
        raise TaskError("say what to upload: either src or content")
    if params.content is not None:
        return local_sources.of_text(params.content, params.dest)
    return local_sources.of_files(params.src or [], params.dest, ctx)


class _Upload:
    def __init__(
        self, ftp: FtpClient, params: Params, ctx: Context, sources: Mapping[str, Source]
    ) -> None:
        self._ftp = ftp
        self._params = params
        self._ctx = ctx
        self._sources = sources
        self.warnings: list[str] = []

    # Looking ---------------------------------------------------------------------------------

    def plan(self) -> list[Step]:
        wanted = {path: source.item for path, source in self._sources.items()}
        return plan(wanted, self._found(), self._same)

    def _found(self) -> Mapping[str, Item]:
        """Look at what lies where the files go: with one command a folder, not one a file."""
        if len(self._sources) == 1:
            (path,) = self._sources
            entry = self._ftp.stat(path)
            return {path: _item(entry)} if entry else {}
        found: dict[str, Item] = {}
        looked_into: set[str] = set()
        for folder in sorted({self._folder_of(path) for path in self._sources}):
            known_to_be_missing = posixpath.dirname(folder) in looked_into and folder not in found
            looked_into.add(folder)
            if not known_to_be_missing:
                found.update(self._listed(folder))
        return found

    def _folder_of(self, path: str) -> str:
        return path if self._sources[path].item.folder else posixpath.dirname(path)

    def _listed(self, folder: str) -> Mapping[str, Item]:
        try:
            entries = self._ftp.list_folder(folder).entries
        except FtpError as error:
            if error.code is None or not self._ftp.usable:
                raise
            return {}  # not there, or not for our eyes
        paths = (posixpath.join(folder, entry.name) for entry in entries)
        items = {
            path: self._item_of(path, entry) for path, entry in zip(paths, entries, strict=True)
        }
        return {folder: Item(folder=True), **items}

    def _item_of(self, path: str, entry: Entry) -> Item:
        source = self._sources.get(path)
        if source is None:
            return _item(entry)
        if entry.type == "link":
            return _item(self._ftp.stat(path) or entry)
        if entry.exact or entry.size != source.item.size:
            return _item(entry)
        return Item(size=entry.size, mtime=self._ftp.mtime(path))

    def _same(self, path: str, wanted: Item, found: Item) -> bool:
        if self._params.compare == "always" or wanted.size != found.size:
            return False
        if self._params.content is not None:
            return self._holds(path, self._sources[path].text)
        return self._params.compare == "size" or self._same_time(path, wanted, found)

    def _same_time(self, path: str, wanted: Item, found: Item) -> bool:
        """Compare times; where a server cannot keep ours, not older is as good as the same."""
        ours, theirs = seconds(wanted.mtime), seconds(found.mtime)
        if ours is None or theirs is None or theirs < ours:
            return False
        if theirs == ours:
            return True
        # Newer: of somebody else, or of the moment we sent it because the time could not be set.
        # Whether it can be is found out by setting the time that the file has.
        keeps_times = self._params.preserve_mtime and not self._ctx.check
        return not (keeps_times and self._ftp.set_mtime(path, theirs))

    def _holds(self, path: str, text: bytes) -> bool:
        there = bytearray()
        try:
            self._ftp.download(path, there.extend)
        except FtpError as error:
            if error.code is None:
                raise
            return False
        return there == text

    # Sending ---------------------------------------------------------------------------------

    def perform(self, steps: list[Step]) -> None:
        bar = Bar(self._ctx, ftp_transfer.bytes_to_move(steps))
        for step in steps:
            if not step.changes:
                continue
            if self._params.create_dirs and step.action == "created":
                is_folder = step.wanted.folder
                self._ftp.make_folders(step.path if is_folder else posixpath.dirname(step.path))
            if not step.wanted.folder:
                self._send(step.path, self._sources[step.path], bar)

    def _send(self, path: str, source: Source, bar: Bar) -> None:
        if not self._params.atomic:
            self._store(path, path, source, bar)
            return
        target = _temporary(path)
        try:
            self._store(target, path, source, bar)
            self._ftp.rename(target, path)
        except TaskError as error:
            # Whoever reads it has never heard of the temporary name, unless it stays.
            msg = error.msg.replace(target, path)
            if self._ftp.usable and not self._removed(target):
                msg += f"; {target} is left there"
            raise TaskError(msg, **{**error.data, "path": path}) from error

    def _store(self, target: str, path: str, source: Source, bar: Bar) -> None:
        sent = self._ftp.upload(target, self._blocks(source, bar))
        if sent != source.item.size:
            raise _changed(source)
        arrived = self._ftp.size(target)
        if arrived is None:
            self.warnings.append(f"the server does not tell whether all of {path} has arrived")
        elif arrived != sent:
            raise TaskError(
                f"the server has {arrived} of the {sent} bytes sent to {path}, though it says"
                " that all is well; its disk or the account's quota may be full"
            )
        if self._params.preserve_mtime and source.item.mtime is not None:
            self._ftp.set_mtime(target, source.item.mtime)

    @staticmethod
    def _blocks(source: Source, bar: Bar) -> Iterator[memoryview]:
        what = source.path.name if source.path else "content"
        left = source.item.size or 0
        for block in source.blocks():
            left -= len(block)
            if left < 0:  # and it may go on growing
                raise _changed(source)
            yield block
            bar.add(what, len(block))

    def _removed(self, target: str) -> bool:
        """Take away what was half done; true if nothing is left of it."""
        with suppress(FtpError):
            self._ftp.delete(target)
            return True
        return self._ftp.stat(target) is None


def _changed(source: Source) -> TaskError:
    return TaskError(f"{source.path} changed while it was sent; send it again")


def _temporary(path: str) -> str:
    """Give a name in the same folder that is short, hidden, of this file and of this upload."""
    folder, name = posixpath.split(path)
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return posixpath.join(folder, f".opsplay-{digest}-{secrets.token_hex(4)}.part")


def _item(entry: Entry) -> Item:
    return Item(folder=entry.type == "dir", size=entry.size, mtime=entry.mtime)
