"""What is remembered beyond a run: which mails were fetched, which were sent once and for all.

SQLite in the user's state folder. What `put` has written is on the disk when it
returns; a process that is killed leaves nothing half done. Runs may use it side by side.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from .database import in_words, make_folder, open_database

if TYPE_CHECKING:
    from sqlite3 import Connection

Facts: TypeAlias = Mapping[str, Any]

_SCHEMA = [
    [
        """CREATE TABLE entry (
            space TEXT NOT NULL, key TEXT NOT NULL, facts TEXT NOT NULL, PRIMARY KEY (space, key)
        ) WITHOUT ROWID"""
    ]
]
_LOOK_AGAIN = 0.1


def state_folder(given: str | None, environment: Mapping[str, str]) -> Path:
    """Where state is kept: the folder that was given, or the user's own (XDG base directories)."""
    if given:
        return Path(given).absolute()
    base = Path(environment.get("XDG_STATE_HOME", ""))
    return (base if base.is_absolute() else _home() / ".local" / "state") / "opsplay"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # a service may have none
        return Path("/")


class Ledger:
    """Facts by space and key. Nothing is opened before it is used; raises StateError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._outlives_power = False
        """Whether the connection waits for the disk now; at first it does not."""

    # Facts --------------------------------------------------------------------------------------

    def get(self, space: str, key: str) -> dict[str, Any] | None:
        """What is known of a key."""
        if self._is_new:
            return None
        with self._asked() as database:
            row = database.execute(
                "SELECT facts FROM entry WHERE space = ? AND key = ?", (space, key)
            ).fetchone()
        return dict(json.loads(row[0])) if row else None

    def keys(self, space: str) -> set[str]:
        """Every key of a space."""
        if self._is_new:
            return set()
        with self._asked() as database:
            rows = database.execute("SELECT key FROM entry WHERE space = ?", (space,)).fetchall()
        return {row[0] for row in rows}

    def put(self, space: str, entries: Mapping[str, Facts], *, outlives_power: bool = True) -> None:
        """Set the facts of keys, all of them or none.

        Without `outlives_power` nobody waits for the disk: a kill loses nothing, a power cut may
        lose what was put last.
        """
        with self._told(outlives_power=outlives_power) as database:
            database.executemany(
                "INSERT OR REPLACE INTO entry VALUES (?, ?, ?)", _rows(space, entries)
            )

    def delete(self, space: str, keys: Iterable[str]) -> None:
        """Forget keys."""
        with self._told() as database:
            database.executemany(
                "DELETE FROM entry WHERE space = ? AND key = ?", [(space, key) for key in keys]
            )

    def forget(self, beginning: str) -> None:
        """Forget the keys that begin so, in every space."""
        if self._is_new:
            return
        with self._told(outlives_power=False) as database:
            database.execute("DELETE FROM entry WHERE instr(key, ?) = 1", (beginning,))

    def prune(self, before: float) -> int:
        """Forget what says that it was put (`at`) before a moment; gives how much that was."""
        from datetime import UTC, datetime

        if self._is_new:
            return 0
        moment = datetime.fromtimestamp(before, UTC).isoformat(timespec="seconds")
        with self._told() as database:
            query = "DELETE FROM entry WHERE json_extract(facts, '$.at') < ?"
            return database.execute(query, (moment,)).rowcount

    @property
    def is_open(self) -> bool:
        """Whether this process has looked into it."""
        return "_database" in self.__dict__

    @property
    def _is_new(self) -> bool:
        """Whoever only looks makes nothing."""
        return not self.is_open and not self._file.exists()

    @property
    def _file(self) -> Path:
        return self.folder / "ledger.sqlite"

    @contextmanager
    def _told(self, *, outlives_power: bool = True) -> Iterator[Connection]:
        """One transaction."""
        with self._asked() as database:
            if outlives_power != self._outlives_power:
                level = "FULL" if outlives_power else "NORMAL"
                database.execute(f"PRAGMA synchronous = {level}")
                self._outlives_power = outlives_power
            with database:
                yield database

    @contextmanager
    def _asked(self) -> Iterator[Connection]:
        with in_words(self.folder), self._lock:
            yield self._database

    @cached_property
    def _database(self) -> Connection:
        return open_database(self._file, _SCHEMA)

    # Who is at work -----------------------------------------------------------------------------

    @contextmanager
    def held(self, name: str, wait: Callable[[float], None]) -> Iterator[None]:
        """Hold a name among all runs of this user.

        While another run holds it, `wait` is called with some seconds, again and again; it may
        raise to give up.
        """
        with self._locked_file("locks", _digest(name)) as descriptor:
            while not _lock(descriptor):
                wait(_LOOK_AGAIN)
            yield

    @cached_property
    def owner(self) -> str:
        """Names this process, in facts that others read."""
        name = f"{os.getpid()}-{os.urandom(8).hex()}"
        # Held open, and so locked, until the process ends in whatever way.
        self._alive = self._open("owners", name)
        _lock(self._alive)
        return name

    def is_alive(self, owner: str) -> bool:
        """Tell whether the process that called itself so still runs."""
        if owner == self.__dict__.get("owner"):
            return True
        path = self.folder / "owners" / Path(owner).name
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            # Shared: two that ask at once do not take each other for the owner.
            if not _lock(descriptor, fcntl.LOCK_SH):
                return True
            path.unlink(missing_ok=True)
            return False
        finally:
            os.close(descriptor)

    @contextmanager
    def _locked_file(self, folder: str, name: str) -> Iterator[int]:
        descriptor = self._open(folder, name)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _open(self, folder: str, name: str) -> int:
        with in_words(self.folder):
            make_folder(self.folder)
            (self.folder / folder).mkdir(exist_ok=True, mode=0o700)
            path = self.folder / folder / name
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def close(self) -> None:
        """Let go of everything; what was written stays."""
        if (database := self.__dict__.pop("_database", None)) is not None:
            database.close()
            self._outlives_power = False
        if (owner := self.__dict__.pop("owner", None)) is not None:
            with suppress(OSError):
                (self.folder / "owners" / owner).unlink()
            os.close(self._alive)


def _rows(space: str, entries: Mapping[str, Facts]) -> list[tuple[str, str, str]]:
    return [(space, key, json.dumps(facts, ensure_ascii=False)) for key, facts in entries.items()]


def _digest(name: str) -> str:
    import hashlib

    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _lock(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
