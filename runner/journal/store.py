"""The journal's file: a row for each run, and its events in rows of many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..database import in_words, open_database
from ..events import Event, plain
from .batches import SHAPES, pack, unpack
from .record import Record

if TYPE_CHECKING:
    from sqlite3 import Connection

_SCHEMA = [
    [
        """CREATE TABLE run (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, facts TEXT NOT NULL,
            shapes TEXT NOT NULL
        )""",
        """CREATE TABLE batch (
            number INTEGER PRIMARY KEY, run INTEGER NOT NULL, events TEXT NOT NULL
        )""",
        "CREATE INDEX batches_of_run ON batch (run, number)",
    ]
]


class Journal:
    """All runs of a state folder. Nothing is opened before it is used; raises StateError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def exists(self) -> bool:
        return self._file.exists()

    @property
    def _file(self) -> Path:
        return self.folder / "journal.sqlite"

    @cached_property
    def _database(self) -> Connection:
        return open_database(self._file, _SCHEMA)

    def close(self) -> None:
        if (database := self.__dict__.pop("_database", None)) is not None:
            with in_words(self.folder):
                database.close()

    # Writing ------------------------------------------------------------------------------------

    def begin(self, record: Record) -> int:
        """Remember a run; gives its number."""
        row = (record.id, _facts(record), json.dumps(SHAPES))
        added = self._do("INSERT INTO run (id, facts, shapes) VALUES (?, ?, ?)", row)
        return int(added or 0)

    def update(self, record: Record) -> None:
        self._do("UPDATE run SET facts = ? WHERE id = ?", (_facts(record), record.id))

    def append(self, number: int, events: Sequence[Event]) -> None:
        """Add events to a run; once this returns, a kill loses none of them."""
        self._do("INSERT INTO batch (run, events) VALUES (?, ?)", (number, pack(events)))

    def remove(self, record: Record) -> None:
        """Forget a run."""
        with in_words(self.folder), self._database as database:
            database.execute(
                "DELETE FROM batch WHERE run = (SELECT number FROM run WHERE id = ?)", (record.id,)
            )
            database.execute("DELETE FROM run WHERE id = ?", (record.id,))

    def shrink(self) -> None:
        """Give the disk back what removed runs have taken."""
        with in_words(self.folder):
            self._database.execute("VACUUM")

    def _do(self, statement: str, values: Sequence[object]) -> int | None:
        with in_words(self.folder), self._database as database:
            return database.execute(statement, values).lastrowid

    # Reading ------------------------------------------------------------------------------------

    def records(self) -> Iterator[Record]:
        """All runs, the newest first."""
        for row in self._rows("SELECT facts FROM run ORDER BY number DESC"):
            yield Record(**json.loads(row[0]))

    def events(self, record: Record) -> Iterator[Event]:
        """The events of a run, from its start."""
        [(number, shapes)] = self._rows("SELECT number, shapes FROM run WHERE id = ?", (record.id,))
        fields = json.loads(shapes)
        batches = "SELECT events FROM batch WHERE run = ? ORDER BY number"
        for row in self._rows(batches, (number,)):
            yield from unpack(row[0], record.id, fields)

    def _rows(self, query: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        with in_words(self.folder):
            yield from self._database.execute(query, values)


def _facts(record: Record) -> str:
    return json.dumps(plain(record._asdict()))
