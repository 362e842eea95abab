"""Work on this machine that goes on while a server is waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Meanwhile(Generic[T]):
    """Begins at once; it may only read, as nobody waits for it when something else fails."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._done: list[T] = []
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._do, name="meanwhile", daemon=True)
        self._thread.start()

    def _do(self) -> None:
        try:
            self._done.append(self._work())
        except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
            self._failure = error

    def result(self) -> T:
        """Wait for it; raises what the work has raised."""
        self._thread.join()
        if self._failure:
            raise self._failure
        return self._done[0]
