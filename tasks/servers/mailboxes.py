"""Accounts and their mail, kept in memory or in maildir folders that outlive the run."""

from __future__ import annotations

import itertools
import os
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .dialogue import same


@dataclass(frozen=True)
class Account:
    """Someone who has a mailbox; `user` is a whole address, or the part before the @."""

    user: str
    password: str


@dataclass(frozen=True)
class Stored:
    """A message in a mailbox; its bytes are read when they are asked for."""

    uid: str
    size: int
    data: Callable[[], bytes]


class Box(Protocol):
    """Where one account's mail lies."""

    def add(self, data: bytes) -> None: ...
    def letters(self) -> list[Stored]: ...
    def remove(self, uid: str) -> None: ...


class MemoryBox:
    """Mail that is gone with the server."""

    def __init__(self) -> None:
        self._letters: dict[str, bytes] = {}
        self._numbers = itertools.count(1)

    def add(self, data: bytes) -> None:
        self._letters[f"{next(self._numbers):08}"] = data

    def letters(self) -> list[Stored]:
        return [Stored(uid, len(data), lambda d=data: d) for uid, data in self._letters.items()]  # type: ignore[misc]

    def remove(self, uid: str) -> None:
        self._letters.pop(uid, None)


class Maildir:
    """Mail as files, one each, as dovecot and mutt read them."""

    _numbers = itertools.count(1)

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(parents=True, exist_ok=True)

    def add(self, data: bytes) -> None:
        host = socket.gethostname().replace("/", "-").replace(":", "-")
        name = f"{time.time_ns()}.P{os.getpid()}Q{next(self._numbers):06}.{host}"
        path = self._folder / "tmp" / name
        path.write_bytes(data)
        path.rename(self._folder / "new" / name)

    def letters(self) -> list[Stored]:
        paths = [path for part in ("cur", "new") for path in (self._folder / part).iterdir()]
        paths.sort(key=lambda path: path.name)
        return [Stored(self._uid(path), path.stat().st_size, path.read_bytes) for path in paths]

    def remove(self, uid: str) -> None:
        for part in ("cur", "new"):
            for path in (self._folder / part).iterdir():
                if self._uid(path) == uid:
                    path.unlink(missing_ok=True)

    @staticmethod
    def _uid(path: Path) -> str:
        return path.name.partition(":")[0]


class Mailboxes:
    """Who has a mailbox here, and which one an address belongs to."""

    def __init__(
        self, accounts: Sequence[Account], *, catch_all: str = "", folder: Path | None = None
    ) -> None:
        self._accounts = {account.user.lower(): account for account in accounts}
        self._catch_all = catch_all.lower()
        self._boxes: dict[str, Box] = {
            name: Maildir(folder / name) if folder else MemoryBox() for name in self._accounts
        }

    def login(self, user: str, password: str) -> Box | None:
        """Open the mailbox of an account, if this is its password."""
        account = self._accounts.get(user.lower())
        if account and same(account.password, password):
            return self._boxes[user.lower()]
        return None

    def box_for(self, address: str) -> Box | None:
        """Find where mail for an address goes: its account's, or the one that catches all."""
        name = address.lower()
        return (
            self._boxes.get(name)
            or self._boxes.get(name.partition("@")[0])
            or self._boxes.get(self._catch_all)
        )
