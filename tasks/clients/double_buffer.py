"""Two buffers: what is in one is used in a thread while the other one is filled.

To receive a large file takes as long as to write it, where the other end is near. Side by side,
which needs no lock of Python's, both take half as long.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import cycle
from queue import SimpleQueue
from typing import Self, TypeAlias

Use: TypeAlias = Callable[[memoryview], object]

_SIZE = 2 * 1024 * 1024
"""The more of a file comes at once, the quicker; what is not used of it takes no memory."""
_MUCH = 128 * 1024
"""Who gets so much at once has been waited for; else a thread would only be in the way."""


class DoubleBuffer:
    def __init__(self) -> None:
        self._buffers = [memoryview(bytearray(_SIZE)) for _ in range(2)]

    def pump(self, fill: Callable[[memoryview], int], use: Use) -> None:
        """Fill a buffer and use what is in it, by turns, until nothing comes.

        What has come is used before an error of `fill` is raised, or one of `use` in its place.
        """
        with _Beside(use) as beside:
            for buffer in cycle(self._buffers):
                if not (count := fill(buffer)):
                    break
                beside(buffer[:count])


class _Beside:
    """Uses one piece after the other, in a thread as soon as there is much.

    A call returns when the piece before has been used, and raises what went wrong with it.
    """

    def __init__(self, use: Use) -> None:
        self._use = use
        self._thread: threading.Thread | None = None
        self._pieces: SimpleQueue[memoryview | None] = SimpleQueue()
        self._outcomes: SimpleQueue[BaseException | None] = SimpleQueue()
        self._outcomes.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread:
            self._pieces.put(None)
            self._thread.join()
            self._settle()

    def __call__(self, piece: memoryview) -> None:
        if not self._thread:
            if len(piece) < _MUCH:
                self._use(piece)
                return
            self._thread = threading.Thread(target=self._work)
            self._thread.start()
        self._settle()
        self._pieces.put(piece)

    def _settle(self) -> None:
        """Wait until the piece before has been used."""
        if failure := self._outcomes.get():
            self._outcomes.put(None)
            raise failure

    def _work(self) -> None:
        while piece := self._pieces.get():
            try:
                self._use(piece)
            except BaseException as error:  # noqa: BLE001  # raised again by whoever waits for it
                self._outcomes.put(error)
            else:
                self._outcomes.put(None)
