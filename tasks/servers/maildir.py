"""Mail as files, one each, as dovecot and mutt read them: maildir, with Maildir++ for folders.

A message appears by a rename, so that whoever is killed leaves none by half. Its flags are part of
its name. Other programs may deliver, flag and delete: a folder is looked at anew when it has
changed.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from ...runner.dataclasses import replace
from ..clients import utf7
from .folders import INBOX, SEPARATOR, Change, Flags, Folder, Mailbox, Refused, Stored
from .uid_list import UidList

_LETTERS = {"\\Draft": "D", "\\Flagged": "F", "\\Answered": "R", "\\Seen": "S", "\\Deleted": "T"}
# Two changes within one tick of the file system's clock leave a folder with the same time.
_SETTLED = 1_000_000_000
_ABANDONED = 36 * 3600  # seconds, as maildir has it
_numbers = itertools.count(1)
_T = TypeVar("_T")


class MaildirFolder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        _tidy(folder / "tmp")
        self._uids = UidList(folder / "opsplay-uids")
        self._stored: dict[int, Stored] = {}
        self._paths: dict[int, str] = {}
        self._listed: list[Stored] = []
        self._looked_at: tuple[int, ...] | None = None

    @property
    def validity(self) -> int:
        return self._uids.validity

    @property
    def next_uid(self) -> int:
        self.letters()
        return self._uids.next_uid

    def letters(self) -> Sequence[Stored]:
        times = self._times()
        if times != self._looked_at:
            self._look()
            is_settled = time.time_ns() - max(times, default=0) > _SETTLED
            self._looked_at = times if is_settled else None
        return self._listed

    def add(self, data: bytes, flags: Collection[str] = (), received: float | None = None) -> int:
        name = _unique_name()
        path = self._folder / "tmp" / name
        try:
            path.write_bytes(data)
            if received is not None:
                os.utime(path, (received, received))
            path.rename(self._folder / (_flagged(name, flags) if flags else f"new/{name}"))
        finally:
            path.unlink(missing_ok=True)
        return self._uids.give([name])[name]

    def change_flags(self, uid: int, change: Change) -> Flags | None:
        def rename(path: Path) -> Flags:
            flags = change(_flags(path.name))
            flagged = _flagged(_name(self._paths[uid]), flags, _others(path.name))
            path.rename(self._folder / flagged)
            self._paths[uid] = flagged
            return flags

        return self._at(uid, rename)

    def remove(self, uids: Collection[int]) -> None:
        for uid in uids:
            self._at(uid, Path.unlink)

    def recent(self) -> set[int]:
        self.letters()
        return {uid for uid, path in self._paths.items() if path.startswith("new/")}

    def take_recent(self) -> set[int]:
        recent = self.recent()
        for uid in recent:
            self.change_flags(uid, lambda none: none)  # moves it to cur
        return recent

    def _at(self, uid: int, do: Callable[[Path], _T]) -> _T | None:
        """Do something where a message lies, also if another program has just renamed it."""
        for _ in range(2):
            if path := self._paths.get(uid):
                with suppress(FileNotFoundError):
                    return do(self._folder / path)
            self._look()
        return None

    def _data(self, uid: int) -> bytes:
        data = self._at(uid, Path.read_bytes)
        if data is None:
            raise Refused("[EXPUNGEISSUED] this mail is gone")
        return data

    def _times(self) -> tuple[int, ...]:
        try:
            return tuple((self._folder / part).stat().st_mtime_ns for part in ("new", "cur"))
        except FileNotFoundError:
            return ()

    def _look(self) -> None:
        paths = {_name(path): path for path in self._found()}
        uids = self._uids.give(sorted(paths))
        self._paths = dict(sorted((uids[name], path) for name, path in paths.items()))
        letters = {uid: self._letter(uid, path) for uid, path in self._paths.items()}
        stored = {uid: letter for uid, letter in letters.items() if letter}
        if stored != self._stored:
            self._stored, self._listed = stored, list(stored.values())

    def _found(self) -> Iterator[str]:
        """Find the files; in this order, one that is moved meanwhile is not missed."""
        for part in ("new", "cur"):
            with suppress(FileNotFoundError), os.scandir(self._folder / part) as entries:
                yield from (f"{part}/{one.name}" for one in entries if one.name[0] != ".")

    def _letter(self, uid: int, path: str) -> Stored | None:
        flags = _flags(path)
        if known := self._stored.get(uid):
            return known if known.flags == flags else replace(known, flags=flags)
        try:
            status = (self._folder / path).stat()
        except FileNotFoundError:
            return None
        return Stored(uid, status.st_size, status.st_mtime, flags, partial(self._data, uid))


class MaildirMailbox(Mailbox):
    def __init__(self, root: Path) -> None:
        self._root = root
        self._opened: dict[str, MaildirFolder] = {INBOX: MaildirFolder(root)}

    def names(self) -> list[str]:
        with os.scandir(self._root) as entries:
            below = [entry.name for entry in entries if entry.name[0] == "." and entry.is_dir()]
        return [INBOX, *sorted(filter(None, map(_folder_name, below)))]

    def _open(self, name: str) -> Folder:
        if name not in self._opened:
            self._opened[name] = MaildirFolder(self._root / _directory(name))
        return self._opened[name]

    def _make(self, name: str) -> None:
        try:
            self._opened[name] = MaildirFolder(self._root / _directory(name))
        except OSError as error:
            raise Refused(f"[CANNOT] cannot make this folder: {error.strerror}") from error

    def _drop(self, name: str) -> None:
        self._opened.pop(name, None)
        gone = self._root / "tmp" / _unique_name()
        (self._root / _directory(name)).rename(gone)
        shutil.rmtree(gone, ignore_errors=True)

    def _move(self, old: str, new: str) -> None:
        self._opened.pop(old, None)
        (self._root / _directory(old)).rename(self._root / _directory(new))


def _tidy(folder: Path) -> None:
    """Remove what was begun too long ago for anybody to finish it."""
    for path in folder.iterdir():
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _ABANDONED:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _unique_name() -> str:
    host = socket.gethostname().replace("/", "-").replace(":", "-")
    return f"{time.time_ns()}.P{os.getpid()}Q{next(_numbers):06}.{host}"


def _name(path: str) -> str:
    """What stays of a message's path, however it is moved and flagged."""
    return path.partition("/")[2].partition(":")[0]


def _letters(path: str) -> str:
    return path.rpartition(":2,")[2] if ":2," in path else ""


def _flags(path: str) -> Flags:
    letters = _letters(path)
    return frozenset(flag for flag, letter in _LETTERS.items() if letter in letters)


def _others(path: str) -> str:
    """The letters that mean something to other programs."""
    return "".join(letter for letter in _letters(path) if letter not in _LETTERS.values())


def _flagged(name: str, flags: Collection[str], others: str = "") -> str:
    letters = sorted([*(_LETTERS[flag] for flag in flags), *others])
    return f"cur/{name}:2,{''.join(letters)}"


def _directory(name: str) -> str:
    # A dot divides folders, so one within a name is written as a character beyond ASCII is.
    parts = (utf7.encode(part).replace(".", "&AC4-") for part in name.split(SEPARATOR))
    return "." + ".".join(parts)


def _folder_name(directory: str) -> str | None:
    """Give the name of a folder, unless what others have made has none that leads back to it."""
    parts = [utf7.decode(part) for part in directory[1:].split(".")]
    name = SEPARATOR.join(parts)
    return name if all(parts) and _directory(name) == directory else None
