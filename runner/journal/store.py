"""The journal's tables: a row for each run, its events in rows of many, and what it has claimed.

A run that resumes another has the same root: the first of them. What is needed to go on (claims,
notes, the texts of playbooks) belongs to the root, and is forgotten when one of them ends well.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ExitCode, StateError
from ..events import Event, plain
from ..loop_results import LoopResults
from .batches import SHAPES, pack, unpack
from .record import Record

if TYPE_CHECKING:
    from .databases import Database

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
    ],
    [
        "ALTER TABLE run ADD COLUMN root INTEGER",
        "UPDATE run SET root = number",
        """CREATE TABLE claim (
            root INTEGER NOT NULL, step TEXT NOT NULL, host TEXT NOT NULL, item INTEGER NOT NULL,
            attempt INTEGER NOT NULL, state TEXT NOT NULL, outcome TEXT,
            PRIMARY KEY (root, step, host, item, attempt)
        ) WITHOUT ROWID""",
        "CREATE TABLE note (number INTEGER PRIMARY KEY, root INTEGER NOT NULL, note TEXT NOT NULL)",
        """CREATE TABLE source (
            root INTEGER NOT NULL, path BLOB NOT NULL, text BLOB NOT NULL,
            PRIMARY KEY (root, path)
        ) WITHOUT ROWID""",
        "CREATE INDEX runs_of_root ON run (root)",
        "CREATE INDEX notes_of_root ON note (root)",
    ],
    [],  # batches hold columns
]
_OF_ROOTS = ("claim", "note", "source")


class Journal:
    """All runs of a state folder, or of all who share it. Raises StateError."""

    def __init__(self, folder: Path, url: str = "") -> None:
        """Raises UsageError if nothing can be kept at this address."""
        self._database = _database(folder, url)
        self._transaction, self._rows = self._database.transaction, self._database.rows
        self.shrink, self.close = self._database.shrink, self._database.close
        self.hold, self.let_go = self._database.hold, self._database.let_go
        self.is_held = self._database.is_held

    @property
    def exists(self) -> bool:
        return self._database.exists

    # Writing ------------------------------------------------------------------------------------

    def begin(self, record: Record, root: int | None = None) -> int:
        """Remember a run, which may go on with one that was before; gives its number."""
        self.hold(record.owner)
        with self._transaction() as database:
            row = (record.id, _facts(record), json.dumps(SHAPES), root)
            database.execute("INSERT INTO run (id, facts, shapes, root) VALUES (?, ?, ?, ?)", row)
            of_id = "SELECT number FROM run WHERE id = ?"
            [number] = database.execute(of_id, (record.id,)).fetchone()
            if root is None:
                database.execute("UPDATE run SET root = number WHERE number = ?", (number,))
        return int(number)

    def update(self, record: Record) -> None:
        with self._transaction() as database:
            database.execute(*_renewal(record))

    def append(self, number: int, events: Sequence[Event], renewed: Record | None = None) -> None:
        """Add events to a run, and what they tell of it; a kill loses nothing once this returns."""
        text = pack(events)
        with self._transaction() as database:
            database.execute("INSERT INTO batch (run, events) VALUES (?, ?)", (number, text))
            if renewed:
                database.execute(*_renewal(renewed))

    def remove(self, record: Record) -> None:
        """Forget a run."""
        with self._transaction() as database:
            database.execute(
                "DELETE FROM batch WHERE run = (SELECT number FROM run WHERE id = ?)", (record.id,)
            )
            database.execute("DELETE FROM run WHERE id = ?", (record.id,))
            for table in _OF_ROOTS:
                database.execute(f"DELETE FROM {table} WHERE root NOT IN (SELECT root FROM run)")  # noqa: S608  # names of ours

    # What is needed to go on --------------------------------------------------------------------

    def claim(self, root: int, mark: Sequence[object], *, outlives_power: bool) -> int:
        """Claim a turn of a step; gives the number of the attempt."""
        with self._transaction(outlives_power=outlives_power) as database:
            [attempts] = database.execute(
                "SELECT count(*) FROM claim WHERE (root, step, host, item) = (?, ?, ?, ?)",
                (root, *mark),
            ).fetchone()
            row = (root, *mark, attempts + 1)
            database.execute("INSERT INTO claim VALUES (?, ?, ?, ?, ?, 'started', NULL)", row)
        return int(attempts) + 1

    def keep(
        self, root: int, claim: Sequence[object], state: str, outcome: str, *, outlives_power: bool
    ) -> None:
        """Keep what came of an attempt."""
        with self._transaction(outlives_power=outlives_power) as database:
            database.execute(
                "UPDATE claim SET state = ?, outcome = ?"
                " WHERE (root, step, host, item, attempt) = (?, ?, ?, ?, ?)",
                (state, outcome, root, *claim),
            )

    def note(
        self, root: int, notes: Iterable[str], changed: Mapping[str, str] | None = None
    ) -> None:
        """Note something, and together with it the texts of files that have changed."""
        with self._transaction() as database:
            rows = [(root, note) for note in notes]
            database.executemany("INSERT INTO note (root, note) VALUES (?, ?)", rows)
            if changed:
                _keep_sources(database, root, changed)

    def keep_sources(self, root: int, texts: Mapping[str, str]) -> None:
        """Keep the texts of files, by their paths."""
        with self._transaction() as database:
            _keep_sources(database, root, texts)

    def settle(self, root: int) -> None:
        """Forget what was needed to go on: the run has come to a good end."""
        with self._transaction() as database:
            for table in _OF_ROOTS:
                database.execute(f"DELETE FROM {table} WHERE root = ?", (root,))  # noqa: S608  # as above

    def root(self, record: Record) -> int:
        with _as_written():
            [(root,)] = self._rows("SELECT root FROM run WHERE id = ?", (record.id,))
            return int(root)

    def of_root(self, root: int) -> Iterator[Record]:
        """The first run, and those that resumed it, in their order."""
        for row in self._rows("SELECT facts FROM run WHERE root = ? ORDER BY number", (root,)):
            yield _record(row[0])

    def ended_well(self, runs: Sequence[str]) -> Iterator[str]:
        """Those of these first runs which, or the last of which that resumed it, ended well."""
        marks = ", ".join("?" * len(runs))
        query = f"""SELECT first.id, last.facts FROM run AS first, run AS last
            WHERE first.id IN ({marks})
            AND last.number = (SELECT max(number) FROM run WHERE root = first.root)"""  # noqa: S608  # marks only
        for run, facts in self._rows(query, runs) if runs else ():
            if _record(facts).exit_code == ExitCode.OK:
                yield run

    def claims(self, root: int) -> Iterator[tuple[Any, ...]]:
        """Every claim (step, host, item, state, outcome), of each turn the last one last."""
        query = "SELECT step, host, item, state, outcome FROM claim WHERE root = ? ORDER BY attempt"
        with _as_written():
            for *turn, outcome in self._rows(query, (root,)):
                yield (*turn, json.loads(outcome) if outcome else None)

    def notes(self, root: int) -> Iterator[list[Any]]:
        query = "SELECT note FROM note WHERE root = ? ORDER BY number"
        with _as_written():
            yield from (json.loads(note) for (note,) in self._rows(query, (root,)))

    def sources(self, root: int) -> dict[str, str]:
        rows = self._rows("SELECT path, text FROM source WHERE root = ?", (root,))
        with _as_written():
            return {os.fsdecode(path): zlib.decompress(text).decode() for path, text in rows}

    # Reading ------------------------------------------------------------------------------------

    def records(self) -> Iterator[Record]:
        """All runs, the newest first."""
        for row in self._rows("SELECT facts FROM run ORDER BY number DESC", many=True):
            yield _record(row[0])

    def events(self, record: Record) -> Iterator[Event]:
        """The events of a run, from its start."""
        asked = "SELECT number, shapes FROM run WHERE id = ?"
        batches = "SELECT events FROM batch WHERE run = ? ORDER BY number"
        whole = LoopResults()
        with _as_written():
            [(number, shapes)] = self._rows(asked, (record.id,))
            fields = json.loads(shapes)
            for row in self._rows(batches, (number,), many=True):
                yield from map(whole, unpack(row[0], record.id, fields))


@contextmanager
def _as_written() -> Iterator[None]:
    """What is not as any opsplay has written it was damaged: SQLite does not look into texts."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError, zlib.error) as error:
        raise StateError(
            f"the journal is damaged, and what it holds of a run cannot be read ({error}); bring a"
            " copy of it back, or move it away: the runs are forgotten then"
        ) from error


def _record(facts: str) -> Record:
    with _as_written():
        return Record(**json.loads(facts))


def _keep_sources(database: Any, root: int, texts: Mapping[str, str]) -> None:
    # A path need not be a text.
    rows = [
        (root, os.fsencode(path), zlib.compress(text.encode(), 1)) for path, text in texts.items()
    ]
    database.executemany(
        "INSERT INTO source VALUES (?, ?, ?)"
        " ON CONFLICT (root, path) DO UPDATE SET text = excluded.text",
        rows,
    )


def _renewal(record: Record) -> tuple[str, Sequence[str]]:
    return "UPDATE run SET facts = ? WHERE id = ?", (_facts(record), record.id)


def _facts(record: Record) -> str:
    return json.dumps(plain(vars(record)))


def _database(folder: Path, url: str) -> Database:
    """The one of this address, or of this folder; raises UsageError."""
    if url:
        from .postgresql import PostgreSQL

        return PostgreSQL(url, _SCHEMA)
    from .sqlite import SQLite

    return SQLite(folder / "journal.sqlite", _SCHEMA)
