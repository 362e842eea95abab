"""Lines of what is going on: which of them are worth a person's time while a step runs."""

from __future__ import annotations

from collections import deque

from ..events import LineLogged

# A step that runs this long shows its lines; those of a short one would only double its result.
_LONG_STEP = 1.0
_HELD = 1000


class LiveLines:
    """Holds a step's lines back until it has run for long."""

    def __init__(self, *, of_steps: bool, of_servers: bool) -> None:
        self._of_steps = of_steps
        self._of_servers = of_servers
        self._since: dict[tuple[int, str], float] = {}
        self._held: dict[tuple[int, str], deque[str]] = {}
        self._shown: set[tuple[int, str]] = set()

    def begin(self, task: int, host: str, time: float) -> None:
        """A step, or the next item of its loop, starts."""
        self._since[task, host] = time

    def add(self, event: LineLogged) -> list[str]:
        """The lines to show now."""
        key = (event.task, event.host)
        if key not in self._since:  # a server outlives the step that started it
            return [event.text] if self._of_servers else []
        if not self._of_steps:
            return []
        held = self._held.setdefault(key, deque(maxlen=_HELD))
        held.append(event.text)
        if event.time - self._since[key] < _LONG_STEP:
            return []
        lines = list(held)
        held.clear()
        self._shown.add(key)
        return lines

    def end(self, task: int, host: str) -> bool:
        """Whether the step's lines were shown."""
        key = (task, host)
        self._since.pop(key, None)
        shown = key in self._shown
        if self._held:
            self._held.pop(key, None)
            self._shown.discard(key)
        return shown
