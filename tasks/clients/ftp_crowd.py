"""Dialogues as generators: they yield whatever they would wait for.

So one thread can lead many of them at once. Threads would do, but where each step is as short as
for a small file they spend most of their time on handing over Python's lock.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")
Wait: TypeAlias = Sequence[tuple[socket.socket, int]]
"""Sockets, and what one of them must be ready for: POLLIN or POLLOUT."""
Steps: TypeAlias = Generator[Wait, socket.socket, T]
"""Is sent the socket that is ready; returns what a dialogue gives."""

_ROUND = 500
"""Milliseconds after which those are looked for that have waited too long."""


class Crowd:
    """Leads dialogues side by side; one that waits for longer than `seconds` is broken off."""

    def __init__(self, seconds: float, check: Callable[[], None]) -> None:
        self._seconds = seconds
        self._check = check
        self._poller = select.poll()
        self._waiting: dict[int, _Waiting] = {}
        self._now = time.monotonic()
        self._next_look = 0.0

    def lead(self, dialogues: Iterable[Steps[None]]) -> None:
        """Go through all of them; what one of them raises, or `check`, ends the others.

        The next may still be made when the first has begun.
        """
        begun: list[Steps[None]] = []
        try:
            for steps in dialogues:
                begun.append(steps)
                self._go_on(steps, None)
            while self._waiting:
                self._check()
                ready = self._poller.poll(_ROUND)
                self._now = time.monotonic()
                for descriptor, _ in ready:
                    if waiting := self._waiting.get(descriptor):
                        self._unpark(waiting)
                        self._go_on(waiting.steps, waiting.socket)
                self._break_off()
        finally:
            for steps in begun:
                steps.close()

    def _go_on(self, steps: Steps[None], ready: socket.socket | None) -> None:
        try:
            wait = steps.send(ready)  # type: ignore[arg-type]  # None starts it
        except StopIteration:
            return
        self._park(steps, wait)

    def _park(self, steps: Steps[None], wait: Wait) -> None:
        for sock, event in wait:
            descriptor = sock.fileno()
            self._poller.register(descriptor, event)
            self._waiting[descriptor] = _Waiting(steps, sock, wait, self._now)

    def _unpark(self, waiting: _Waiting) -> None:
        for sock, _ in waiting.wait:
            descriptor = sock.fileno()
            self._poller.unregister(descriptor)
            del self._waiting[descriptor]

    def _break_off(self) -> None:
        if self._now < self._next_look:
            return
        self._next_look = self._now + _ROUND / 1000
        for descriptor, waiting in list(self._waiting.items()):
            is_late = self._now - waiting.since > self._seconds
            if is_late and self._waiting.get(descriptor) is waiting:
                self._unpark(waiting)
                with suppress(StopIteration):
                    self._park(waiting.steps, waiting.steps.throw(TimeoutError()))


class _Waiting(NamedTuple):
    steps: Steps[None]
    socket: socket.socket
    wait: Wait
    since: float
