"""A connection to PostgreSQL that does not wait for ever for a server that says nothing any more.

A server that hangs, or somebody on the way to it, keeps its end of the line: TCP has nothing to
complain about, and what the server is told about timeouts it does not obey.
"""

from __future__ import annotations

import time
from typing import Any, TypeVar

from psycopg import Connection, OperationalError
from psycopg.abc import PQGen

T = TypeVar("T")

LONGEST = 20.0
"""Seconds without a word; whoever waits for a lock there is sent away by the server before."""


class PatientConnection(Connection):
    longest = LONGEST

    def wait(self, gen: PQGen[T], *how: Any, **more: Any) -> T:
        return super().wait(self._while_it_answers(gen), *how, **more)

    def _while_it_answers(self, gen: PQGen[T]) -> PQGen[T]:
        """Raises OperationalError; the connection is closed then, as nobody knows what comes."""
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                now = time.monotonic()
                if ready:
                    heard = now
                elif now - heard > self.longest:
                    self.close()
                    raise OperationalError(f"the server has said nothing for {self.longest:.0f} s")
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
