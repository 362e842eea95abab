"""Work for many hosts side by side, in threads that are kept for the whole run.

Each takes the host that comes next; to hand every host to a thread would cost more than a short
step. The standard library's executor does that, and takes ten milliseconds to be imported.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")
Job = Callable[[], None]


class Lanes:
    def __init__(self) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads = 0

    def each(self, work: Callable[[T], object], what: Sequence[T], lanes: int) -> None:
        """Do the work for each, in so many threads, of which this is one."""
        waiting, done, errors = iter(what), threading.Semaphore(0), list[BaseException]()

        def lane() -> None:
            for one in waiting:
                try:
                    work(one)
                except BaseException as error:  # noqa: BLE001  # whoever asked has it
                    errors.append(error)
                finally:
                    done.release()

        for _ in range(lanes - 1):
            self._jobs.put(lane)
        self._have(lanes - 1)
        lane()
        # Not for the threads: what is at work elsewhere may come here when there is nothing left.
        for _ in what:
            done.acquire()
        if errors:
            raise errors[0]

    def _have(self, wanted: int) -> None:
        while self._threads < wanted:
            self._threads += 1
            threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while job := self._jobs.get():
            job()

    def close(self) -> None:
        """Let the threads go."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0
