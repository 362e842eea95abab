"""Lines of what is going on: which of them are worth a person's time while a step runs."""

from __future__ import annotations

from collections import deque

from ..dataclasses import dataclass, field
from ..events import LineLogged

# A step that runs this long shows its lines; those of a short one would only double its result.
_LONG_STEP = 1.0
_HELD = 1000


@dataclass(eq=False, repr=False)
class _Running:
    since: float
    held: deque[str] = field(default_factory=lambda: deque(maxlen=_HELD))
    shown: bool = False


class LiveLines:
    """Holds a step's lines back until it has run for long."""

    def __init__(self, *, of_steps: bool, of_servers: bool) -> None:
        self._of_steps = of_steps
        self._of_servers = of_servers
        self._running: dict[tuple[int, str], _Running] = {}

    def begin(self, task: int, host: str, time: float) -> None:
        """A step, or the next item of its loop, starts."""
        self._running[task, host] = _Running(time)

    def add(self, event: LineLogged) -> list[str]:
        """The lines to show now."""
        running = self._running.get((event.task, event.host))
        if not running:  # a server outlives the step that started it
            return [event.text] if self._of_servers else []
        if not self._of_steps:
            return []
        running.held.append(event.text)
        if event.time - running.since < _LONG_STEP:
            return []
        lines = list(running.held)
        running.held.clear()
        running.shown = True
        return lines

    def end(self, task: int, host: str) -> bool:
        """Whether the step's lines were shown."""
        running = self._running.pop((task, host), None)
        return running is not None and running.shown
