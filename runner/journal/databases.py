"""What the journal asks of a database, in SQL that all of them understand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Statements(Protocol):
    """Does statements, within a transaction; a value stands where a `?` is."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> Any: ...

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> Any: ...


class Database(Protocol):
    """Nothing is opened before it is used; raises StateError."""

    @property
    def exists(self) -> bool:
        """Whether there may be anything in it."""

    def transaction(
        self, *, outlives_power: bool = False
    ) -> AbstractContextManager[Statements]: ...

    def rows(
        self, query: str, values: Sequence[Any] = (), *, many: bool = False
    ) -> Iterator[tuple[Any, ...]]:
        """Ask for rows; `many`: they may be more than the memory should hold."""

    def shrink(self) -> None:
        """Give the disk back what is not used any more."""

    def close(self) -> None: ...

    # Among machines -----------------------------------------------------------------------------

    def hold(self, name: str) -> bool:
        """Hold a name, at most to the end of the process; False if another holds it."""

    def let_go(self, name: str) -> None:
        """Hold it no more; so does `close` with all."""

    def is_held(self, name: str) -> bool:
        """Tell whether anybody on any machine holds a name, as far as can be seen from here."""
