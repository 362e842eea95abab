"""The journal of one user on one machine: a file in the state folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..database import Schema, in_words, open_database

if TYPE_CHECKING:
    from sqlite3 import Connection


class SQLite:
    def __init__(self, file: Path, schema: Schema) -> None:
        self._file = file
        self._schema = schema
        # A transaction belongs to the connection, not to the thread that has begun it.
        self._lock = threading.Lock()

    @property
    def exists(self) -> bool:
        return self._file.exists()

    @cached_property
    def _connection(self) -> Connection:
        connection = open_database(self._file, self._schema)
        # What is written over may have been secret, as is known later.
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    @contextmanager
    def transaction(self, *, outlives_power: bool = False) -> Iterator[Connection]:
        with in_words(self._file.parent), self._lock:
            if outlives_power:
                self._connection.execute("PRAGMA synchronous = FULL")
            try:
                with self._connection as connection:
                    yield connection
            finally:
                if outlives_power:
                    self._connection.execute("PRAGMA synchronous = NORMAL")

    def rows(
        self,
        query: str,
        values: Sequence[Any] = (),
        *,
        many: bool = False,  # noqa: ARG002  # SQLite gives them one by one anyway
    ) -> Iterator[tuple[Any, ...]]:
        with in_words(self._file.parent):
            yield from self._connection.execute(query, values)

    def shrink(self) -> None:
        with in_words(self._file.parent):
            self._connection.execute("VACUUM")
        self.close()

    def close(self) -> None:
        if (connection := self.__dict__.pop("_connection", None)) is not None:
            with in_words(self._file.parent):
                connection.close()

    # The ledger knows who is at work on this machine, and there is no other.

    def hold(self, name: str) -> bool:  # noqa: ARG002
        return True

    def let_go(self, name: str) -> None:
        pass

    def is_held(self, name: str) -> bool:  # noqa: ARG002
        return False
