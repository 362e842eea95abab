"""`throttle`: on how many hosts at a time a step may be at work, whatever the strategy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..errors import Place


class Throttles:
    def __init__(self) -> None:
        self._gates: dict[tuple[Place, int], threading.Semaphore] = {}
        self._lock = threading.Lock()

    @contextmanager
    def passing(self, step: Place, limit: int) -> Iterator[None]:
        """Wait until there are fewer than `limit` at work."""
        with self._lock:
            gate = self._gates.setdefault((step, limit), threading.Semaphore(limit))
        with gate:
            yield
