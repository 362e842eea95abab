"""The SQLite files in the user's state folder: how each is opened, and its faults in words.

There are two. The ledger is small and waits for the disk around effects; the journal is large and
waits for nobody. So neither stands in the other's way, and the journal may be pruned or thrown away
without forgetting what was sent.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from .errors import StateError

if TYPE_CHECKING:
    from sqlite3 import Connection

Schema: TypeAlias = Sequence[Sequence[str]]
"""For each version the statements that make it from the one before."""

_PATIENCE = 30.0
_LOOK_AGAIN = 0.01
_LONGEST = 200
_ROOT = 0
_DAMAGED = (11, 26)
"""SQLite's codes of a file that is damaged, or none of its own."""
_MEND = (
    "bring a copy back of the file that is damaged, or move it away: without journal.sqlite the"
    " runs are forgotten, without ledger.sqlite which mails were sent and fetched"
)


@contextmanager
def in_words(folder: Path) -> Iterator[None]:
    """What the disk or another program does to a state folder, as StateError."""
    import sqlite3

    try:
        yield
    except (OSError, sqlite3.Error) as error:
        is_sqlite = isinstance(error, sqlite3.Error)
        # What is no text, Python finds itself.
        is_damaged = is_sqlite and getattr(error, "sqlite_errorcode", 11) & 0xFF in _DAMAGED
        advice = _MEND if is_damaged else "make room there"
        told = getattr(error, "strerror", "") or str(error)
        raise StateError(
            f"cannot keep state in {folder}: {told:.{_LONGEST}};"
            f" {advice}, or name another folder with --state-dir"
        ) from error


def make_folder(folder: Path) -> None:
    """Raises StateError if others could put something of theirs where ours is to be."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.stat()
    for is_open, why in (
        (found.st_uid not in (_ROOT, os.geteuid()), "it belongs to somebody else"),
        (found.st_mode & stat.S_IWOTH, "everybody may write there (chmod o-w)"),
    ):
        if is_open:
            raise StateError(
                f"cannot keep state in {folder}: {why}; name another folder with --state-dir"
            )


def open_database(file: Path, schema: Schema) -> Connection:
    """Open a file, of the newest version; raises StateError, OSError or sqlite3.Error."""
    import sqlite3

    make_folder(file.parent)
    if not file.exists():  # what SQLite adds beside it takes over its permissions
        file.touch(mode=0o600)
    database = sqlite3.connect(file, timeout=_PATIENCE, check_same_thread=False)
    try:
        # Twice SQLite's own: what a large result costs is halved.
        database.execute("PRAGMA page_size = 8192")
        # Kept by the file, and by each connection; before there are tables, as those wait for no
        # disk then.
        _into_wal(database)
        database.execute("PRAGMA synchronous = NORMAL")
        _migrate(database, schema, file.parent)
    except BaseException:
        database.close()
        raise
    return database


def _into_wal(database: Connection) -> None:
    """For this, SQLite itself does not wait while another run makes the tables of a new file."""
    import sqlite3

    end = time.monotonic() + _PATIENCE
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(_LOOK_AGAIN)
        else:
            return


def _migrate(database: Connection, schema: Schema, folder: Path) -> None:
    if _version(database) < len(schema):
        # Two runs may meet here the first time: the second waits, and finds what the first made.
        database.execute("BEGIN IMMEDIATE")
        for statements in schema[_version(database) :]:
            for statement in statements:
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {len(schema)}")
        database.commit()
    if _version(database) > len(schema):
        raise StateError(
            f"the state in {folder} was written by a newer opsplay; use that one, or"
            " name another folder with --state-dir"
        )


def _version(database: Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])
