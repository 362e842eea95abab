"""Mail that is gone with the server."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from ...runner.dataclasses import replace
from .folders import INBOX, Change, Flags, Folder, Mailbox, Stored, validities


class MemoryFolder:
    def __init__(self) -> None:
        self.validity = next(validities)
        self.next_uid = 1
        self._stored: dict[int, Stored] = {}
        self._recent: set[int] = set()
        self._listed: list[Stored] | None = None

    def letters(self) -> Sequence[Stored]:
        if self._listed is None:
            self._listed = list(self._stored.values())
        return self._listed

    def add(self, data: bytes, flags: Collection[str] = (), received: float | None = None) -> int:
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        when = time.time() if received is None else received
        self._put(Stored(uid, len(data), when, frozenset(flags), lambda: data))
        if not flags:  # a mail with flags is not news to anybody, in a maildir neither
            self._recent.add(uid)
        return uid

    def change_flags(self, uid: int, change: Change) -> Flags | None:
        letter = self._stored.get(uid)
        if letter is None:
            return None
        flags = change(letter.flags)
        self._put(replace(letter, flags=flags))
        return flags

    def remove(self, uids: Collection[int]) -> None:
        for uid in uids:
            self._stored.pop(uid, None)
        self._listed = None

    def recent(self) -> set[int]:
        return self._recent & self._stored.keys()

    def take_recent(self) -> set[int]:
        recent, self._recent = self.recent(), set()
        return recent

    def _put(self, letter: Stored) -> None:
        self._stored[letter.uid] = letter
        self._listed = None


class MemoryMailbox(Mailbox):
    def __init__(self) -> None:
        self._folders: dict[str, Folder] = {INBOX: MemoryFolder()}

    def names(self) -> list[str]:
        return list(self._folders)

    def _open(self, name: str) -> Folder:
        return self._folders[name]

    def _make(self, name: str) -> None:
        self._folders[name] = MemoryFolder()

    def _drop(self, name: str) -> None:
        del self._folders[name]

    def _move(self, old: str, new: str) -> None:
        self._folders[new] = self._folders.pop(old)
