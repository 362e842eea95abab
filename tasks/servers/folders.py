"""What is kept for an account: folders of messages, as IMAP sees them.

A folder gives every message a UID that is never used twice, and tells by `validity` whether the
UIDs that a client remembers are still those. What makes that true, and where the bytes lie, is the
affair of `memory` and `maildir`.
"""

from __future__ import annotations

import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from typing import Protocol, TypeAlias

from ...runner.dataclasses import dataclass

INBOX = "INBOX"
SEPARATOR = "/"
FLAGS = ("\\Answered", "\\Flagged", "\\Draft", "\\Deleted", "\\Seen")
_LONGEST_NAME = 200


# A folder that is made anew under an old name must have another one, within one second too.
validities = itertools.count(int(time.time()))


Flags: TypeAlias = frozenset[str]
Change: TypeAlias = Callable[[Flags], Flags]
"""From the flags that a message has to those that it gets."""


class Refused(Exception):
    """What a client asks for cannot be done; the reason goes to the client."""


@dataclass(frozen=True)
class Stored:
    """A message in a folder; its bytes are read when they are asked for."""

    uid: int
    size: int
    received: float
    flags: Flags
    data: Callable[[], bytes]
    """Raises Refused if the message is gone."""


class Folder(Protocol):
    """One folder, which many sessions may have open."""

    @property
    def validity(self) -> int: ...
    @property
    def next_uid(self) -> int: ...

    def letters(self) -> Sequence[Stored]:
        """All messages, by UID; the very same list as long as nothing has changed."""

    def add(
        self, data: bytes, flags: Collection[str] = (), received: float | None = None
    ) -> int: ...

    def change_flags(self, uid: int, change: Change) -> Flags | None:
        """Give the new flags, unless the message is gone."""

    def remove(self, uids: Collection[int]) -> None: ...

    def recent(self) -> set[int]: ...

    def take_recent(self) -> set[int]:
        """Give the messages that nobody was told of; from now on they are not recent."""


class Mailbox(ABC):
    """The folders of an account; names are whole paths, `INBOX` is there always."""

    @abstractmethod
    def names(self) -> list[str]: ...
    @abstractmethod
    def _open(self, name: str) -> Folder: ...
    @abstractmethod
    def _make(self, name: str) -> None: ...
    @abstractmethod
    def _drop(self, name: str) -> None: ...
    @abstractmethod
    def _move(self, old: str, new: str) -> None: ...

    @property
    def inbox(self) -> Folder:
        return self._open(INBOX)

    def has(self, name: str) -> bool:
        return _canonical(name) in self.names()

    def folder(self, name: str) -> Folder:
        name = _canonical(name)
        if not self.has(name):
            raise Refused("[NONEXISTENT] there is no such folder")
        return self._open(name)

    def create(self, name: str) -> None:
        """Make a folder, and those above it."""
        name = self._free(name)
        self._make_above(name)
        self._make(name)

    def delete(self, name: str) -> None:
        name = _canonical(name)
        self.folder(name)
        if name == INBOX:
            raise Refused("[CANNOT] the inbox stays")
        if self._below(name):
            raise Refused("[HASCHILDREN] delete the folders below it first")
        self._drop(name)

    def rename(self, old: str, new: str) -> None:
        """Move a folder and what is below it; of the inbox only the mail goes."""
        old = _canonical(old)
        self.folder(old)
        new = self._free(new)
        below = self._below(old)
        self._make_above(new)
        if old == INBOX:
            self._make(new)
            _empty(self.inbox, into=self._open(new))
            return
        for name in (old, *below):
            self._move(name, new + name[len(old) :])

    def _free(self, name: str) -> str:
        """Check the name of a folder that is to be."""
        name = _canonical(name.removesuffix(SEPARATOR))
        if self.has(name):
            raise Refused("[ALREADYEXISTS] there is such a folder already")
        if not all(name.split(SEPARATOR)) or len(name) > _LONGEST_NAME or not name.isprintable():
            raise Refused("[CANNOT] a folder cannot be called so")
        return name

    def _make_above(self, name: str) -> None:
        parts = name.split(SEPARATOR)
        for depth in range(1, len(parts)):
            path = SEPARATOR.join(parts[:depth])
            if not self.has(path):
                self._make(path)

    def _below(self, name: str) -> list[str]:
        return [other for other in self.names() if other.startswith(name + SEPARATOR)]


def counted(mails: int) -> str:
    """Say how many mails."""
    return "1 mail" if mails == 1 else f"{mails} mails"


def _canonical(name: str) -> str:
    first, *rest = name.split(SEPARATOR)
    return SEPARATOR.join([INBOX if first.upper() == INBOX else first, *rest])


def _empty(folder: Folder, *, into: Folder) -> None:
    letters = folder.letters()
    for letter in letters:
        into.add(letter.data(), letter.flags, letter.received)
    folder.remove([letter.uid for letter in letters])
