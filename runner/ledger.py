"""What is remembered beyond a run: which mails were fetched, which were sent once and for all.

SQLite in the user's state folder. What `put` has written is on the disk when it returns; a process
that is killed leaves nothing half done. Runs may use it side by side. What `jot` has written lies
in the file of its process at first (`owners.py`).
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from . import owners
from .database import in_words, open_database
from .errors import StateError

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
_FORGET = """
    WITH RECURSIVE known(space) AS (
        SELECT min(space) FROM entry
        UNION ALL
        SELECT (SELECT min(space) FROM entry WHERE entry.space > known.space)
        FROM known WHERE space IS NOT NULL
    )
    DELETE FROM entry
    WHERE space IN (SELECT space FROM known) AND key >= :from AND key < :to"""
"""It takes as many steps as there are spaces; of what is remembered there may be millions."""
_LAST = "\U0010ffff"
_LOOK_AGAIN = 0.1
_MOST_AHEAD = 5000


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
        self._file = folder / "ledger.sqlite"
        self._name = str(self._file)
        self._lock = threading.RLock()
        self.is_lent = False
        """Whether jobs of this run may have written into it."""
        self._outlives_power = False
        """Whether the connection waits for the disk now; at first it does not."""
        self._ahead: dict[tuple[str, str], Facts] = {}
        """What this process has jotted down and the database does not know yet."""

    # Facts --------------------------------------------------------------------------------------

    def get(self, space: str, key: str) -> dict[str, Any] | None:
        """What is known of a key."""
        if (facts := self._ahead.get((space, key))) is not None:
            return dict(facts)
        if self._is_new:
            return None
        with self._asked() as database:
            row = database.execute(
                "SELECT facts FROM entry WHERE space = ? AND key = ?", (space, key)
            ).fetchone()
        return dict(json.loads(row[0])) if row else None

    def keys(self, space: str) -> set[str]:
        """Every key of a space."""
        with self._lock:
            ahead = {key for of, key in self._ahead if of == space}
        if self._is_new:
            return ahead
        with self._asked() as database:
            rows = database.execute("SELECT key FROM entry WHERE space = ?", (space,)).fetchall()
        return ahead.union(row[0] for row in rows)

    def put(self, space: str, entries: Mapping[str, Facts], *, outlives_power: bool = True) -> None:
        """Set the facts of keys, all of them or none.

        Without `outlives_power` nobody waits for the disk: a kill loses nothing, a power cut may
        lose what was put last.
        """
        self._settle(space, entries)
        self._put(_rows(space, entries), outlives_power=outlives_power)

    def _put(self, rows: Iterable[owners.Row], *, outlives_power: bool) -> None:
        encoded = [(space, key, _encode(facts)) for space, key, facts in rows]
        with self._told(outlives_power=outlives_power) as database:
            database.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?)", encoded)

    def jot(self, space: str, entries: Mapping[str, Facts]) -> None:
        """Set the facts of keys that nobody else asks for while this process is there.

        A kill loses nothing of it, a power cut what came last.
        """
        rows = _rows(space, entries)
        with in_words(self.folder), self._lock:
            self._owner.write_ahead(rows)
            self._ahead.update({(space, key): facts for _, key, facts in rows})
            if len(self._ahead) > _MOST_AHEAD:
                self._catch_up()

    def _settle(self, space: str, keys: Iterable[str]) -> None:
        """Let what is written now come after what was jotted down of the same keys."""
        with self._lock:
            if any((space, key) in self._ahead for key in keys):
                self._catch_up()

    def _catch_up(self) -> None:
        """Let the database know what was jotted down."""
        with self._lock:
            if self._ahead:
                rows = [(*key, facts) for key, facts in self._ahead.items()]
                self._put(rows, outlives_power=False)
                self._ahead = {}
            if owner := self.__dict__.get("_owner"):
                owner.clear()

    def delete(self, space: str, keys: Iterable[str]) -> None:
        """Forget keys."""
        rows = [(space, key) for key in keys]
        self._settle(space, (key for _, key in rows))
        with self._told() as database:
            database.executemany("DELETE FROM entry WHERE space = ? AND key = ?", rows)

    def forget(self, beginning: str) -> None:
        """Forget the keys that begin so, in every space."""
        with self._lock:
            ahead = self._ahead.items()
            self._ahead = {key: at for key, at in ahead if not key[1].startswith(beginning)}
            self._catch_up()
        if self._is_new:
            return
        with self._told(outlives_power=False) as database:
            database.execute(_FORGET, {"from": beginning, "to": f"{beginning}{_LAST}"})

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
        return not self.is_open and not os.path.exists(self._name)  # noqa: PTH110  # asked of each mail

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
        path = owners.lock_of(self.folder, name)
        while (descriptor := self._locked(path)) is None:
            wait(_LOOK_AGAIN)
        try:
            yield
        finally:
            owners.let_go(path, descriptor)

    def _locked(self, path: Path) -> int | None:
        with in_words(self.folder), suppress(BlockingIOError):
            return owners.locked(path)
        return None

    @property
    def owner(self) -> str:
        """Names this process, in facts that others read."""
        with self._lock:
            return self._owner.name

    @cached_property
    def _owner(self) -> owners.Owner:
        with in_words(self.folder):
            return owners.Owner(self.folder)

    def is_alive(self, owner: str) -> bool:
        """Tell whether the process that called itself so still runs."""
        path = owners.path_of(self.folder, owner)
        if owners.is_alive(path):
            return True
        if path.exists():
            self._inherit(path)
        return False

    def _inherit(self, path: Path) -> None:
        """Let the database know what the dead has jotted down."""
        with self.held("what the dead have left", time.sleep), in_words(self.folder):
            if rows := list(owners.left_by(path)):
                self._put(rows, outlives_power=False)
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of everything; what was written stays."""
        with suppress(StateError):
            self._catch_up()
        if (database := self.__dict__.pop("_database", None)) is not None:
            database.close()
            self._outlives_power = False
        if (owner := self.__dict__.pop("_owner", None)) is not None:
            owner.leave()
            self._ahead = {}


def _rows(space: str, entries: Mapping[str, Facts]) -> list[owners.Row]:
    return [(space, key, facts) for key, facts in entries.items()]


_encode = json.JSONEncoder(ensure_ascii=False).encode
