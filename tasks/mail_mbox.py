"""An mbox: one file, each mail behind a line `From …` that bears the mail's own key.

Lines end in LF there, and a line of a mail that begins with `From ` gets a `>` before it (mboxrd),
as do those that begin with `>From `. A window of mails is appended under the lock that mail
programs use. A note beside the mbox says meanwhile how long it was before: where a run was killed,
the next one cuts off what is not whole.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from ..runner.task import TaskError
from . import durable
from .mail_drafts import discard, draft, make_folder, place, sync
from .mail_stores import Fetched, Kept
from .paths import told

_AFTER_KEY = b"@opsplay "
_KEY = re.compile(rb"\nFrom ([0-9a-f]{32})\Z")
_LENGTH_OF_FROM = len(b"\nFrom ") + 32
_FROM = re.compile(rb"\n(>*From )")
_OF_OTHERS = re.compile(rb"From (?![0-9a-f]{32}@opsplay )\S+ +[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d ")
_HELD_BACK = 1000
_BLOCK = 4 * 1024 * 1024
_OVERLAP = 1000
_LOOK_AGAIN = 0.1


class Mbox:
    """While another program has it, `wait` is called with some seconds, again and again."""

    def __init__(self, path: Path, wait: Callable[[float], None]) -> None:
        self._path = path
        self._note = path.with_name(f".{path.name}.opsplay")
        self._wait = wait
        self._seen: tuple[object, set[bytes]] = (None, set())

    def spool(self) -> BinaryIO:
        with told(f"save mail in {self._path}"):
            make_folder(self._path.parent)
            return draft(self._path.parent)

    def keep(self, mails: Sequence[Fetched]) -> list[Kept]:
        with told(f"save mail in {self._path}"), self._locked() as mbox:
            self._repair(mbox)
            known = self._keys(mbox)
            new = [mail for mail in mails if mail.key.encode() not in known]
            if new:
                with self._noted(mbox):
                    _append(mbox, new)
            added = {mail.key.encode() for mail in new}
            self._seen = _state(mbox), known | added
            return [Kept(self._path, is_new=mail.key.encode() in added) for mail in mails]

    @contextmanager
    def _locked(self) -> Iterator[int]:
        make_folder(self._path.parent)
        mbox = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(mbox).st_mode):
                raise TaskError(
                    f"cannot save mail in {self._path}: an mbox is a file, not a device"
                )
            while not _lock(mbox):
                self._wait(_LOOK_AGAIN)
            yield mbox
        finally:
            os.close(mbox)

    # Runs that were killed --------------------------------------------------------------------

    @contextmanager
    def _noted(self, mbox: int) -> Iterator[None]:
        """While something is appended, a note says where it begins."""
        start = os.fstat(mbox).st_size
        note = draft(self._path.parent)
        try:
            note.write(b"%d" % start)
            sync(note)
            place(note, self._note)
            durable.sync(self._path.parent)
        finally:
            discard(note)
        try:
            yield
        except BaseException:
            os.ftruncate(mbox, start)
            raise
        finally:
            self._note.unlink()
            durable.sync(self._path.parent)

    def _repair(self, mbox: int) -> None:
        try:
            start = int(self._note.read_bytes())
        except FileNotFoundError:
            return
        if start < os.fstat(mbox).st_size:
            self._check_that_all_is_ours(mbox, start)
            os.ftruncate(mbox, start)
            os.fsync(mbox)
        self._note.unlink()

    def _check_that_all_is_ours(self, mbox: int, start: int) -> None:
        if any(_OF_OTHERS.search(block) for block in _blocks(mbox, start)):
            raise TaskError(
                f"cannot save mail in {self._path}: a run was killed while it added mails from byte"
                f" {start:,} on, and another program has added some since; take out what is not"
                f" whole there, and remove {self._note}"
            )

    # What is in it ----------------------------------------------------------------------------

    def _keys(self, mbox: int) -> set[bytes]:
        state, keys = self._seen
        return keys if state == _state(mbox) else set(_keys(mbox))


def _state(mbox: int) -> object:
    status = os.fstat(mbox)
    return status.st_ino, status.st_size, status.st_mtime_ns


def _lock(mbox: int) -> bool:
    try:
        fcntl.flock(mbox, fcntl.LOCK_EX | fcntl.LOCK_NB)  # among our own threads
        fcntl.lockf(mbox, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as mail programs do
    except (BlockingIOError, PermissionError):
        return False
    return True


def _keys(mbox: int) -> Iterator[bytes]:
    """Find the keys of all mails of ours."""
    beginning = b"\n" + os.pread(mbox, _OVERLAP, 0)
    for block in chain([beginning], _blocks(mbox, 0)):
        at = block.find(_AFTER_KEY)
        while at >= 0:
            if match := _KEY.search(block, max(0, at - _LENGTH_OF_FROM), at):
                yield match[1]
            at = block.find(_AFTER_KEY, at + 1)


def _blocks(mbox: int, start: int) -> Iterator[bytes]:
    """Read all from a place on, in pieces that overlap; to map the file would end its lock."""
    while block := os.pread(mbox, _BLOCK, start):
        yield block
        start += max(1, len(block) - _OVERLAP) if len(block) == _BLOCK else len(block)


def _append(mbox: int, mails: Sequence[Fetched]) -> None:
    end = os.lseek(mbox, 0, os.SEEK_END)
    last = os.pread(mbox, 2, max(0, end - 2))
    _write(mbox, b"\n" * (2 - len(last) + len(last.rstrip(b"\n"))) if end else b"")
    for mail in mails:
        _write(mbox, f"From {mail.key}@opsplay {time.asctime(time.gmtime())}\n".encode())
        ending = b"\n"
        for piece in _quoted(mail.pieces()):
            _write(mbox, piece)
            ending = piece[-1:] or ending
        _write(mbox, b"\n" if ending == b"\n" else b"\n\n")
    os.fsync(mbox)


def _write(mbox: int, data: bytes) -> None:
    # Not through a buffer: what a full disk leaves in it would be written after all.
    left = memoryview(data)
    while left:
        left = left[os.write(mbox, left) :]


def _quoted(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Give a mail as an mbox has it; neither a line's end nor its beginning is torn."""
    held = b"\n"  # before the first line, and taken off again
    is_first = True
    for piece in pieces:
        held += piece
        ready, held = held[: (cut := _cut(held))], held[cut:]
        if ready:
            yield _unix(ready)[is_first:]
            is_first = False
    yield _unix(held)[is_first:]


def _cut(data: bytes) -> int:
    line = data.rfind(b"\n")
    if len(data) - line > _HELD_BACK:
        return len(data) - data.endswith(b"\r")
    return line - data[:line].endswith(b"\r")


def _unix(data: bytes) -> bytes:
    lines = data.replace(b"\r\n", b"\n")
    return _FROM.sub(rb"\n>\1", lines) if b"From " in lines else lines
