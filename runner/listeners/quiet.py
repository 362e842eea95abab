"""The run for those who want to hear of trouble only."""

from __future__ import annotations

from collections import defaultdict

from ..events import (
    Event,
    ItemFinished,
    Listener,
    RunFinished,
    StepFinished,
    TaskFinished,
    TaskStarted,
    WarningGiven,
    send_off,
)

_FAILURES = frozenset({"failed", "unreachable"})


class Quiet:
    """Lets failures that nobody handles, warnings and the recap through to another listener."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._tasks: dict[int, TaskStarted] = {}
        # Whether a failed item matters is known when its step ends.
        self._items: dict[tuple[int, str], list[ItemFinished]] = defaultdict(list)

    def flush(self) -> None:
        """Send off what was written."""
        send_off(self._listener)

    def __call__(self, event: Event) -> None:
        match event:
            case TaskStarted():
                self._tasks[event.task] = event
            case TaskFinished():
                self._tasks.pop(event.task, None)
            case ItemFinished() if event.status in _FAILURES:
                self._items[event.task, event.host].append(event)
            case StepFinished():
                self._step(event)
            case WarningGiven() | RunFinished():
                self._listener(event)

    def _step(self, event: StepFinished) -> None:
        items = self._items.pop((event.task, event.host), [])
        if event.status not in _FAILURES or event.ignored or event.rescued:
            return
        task = self._tasks.get(event.task)
        for told in ([task] if task else []) + [*items, event]:
            self._listener(told)
