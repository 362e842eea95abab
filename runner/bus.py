"""One event to every listener, each on its own: none can hurt the run or another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from . import system_faults
from .events import Event, Listener, send_off
from .loop_results import LoopResults


class Bus:
    """Hands on events from any thread, one at a time, masked before anyone sees them."""

    def __init__(
        self,
        listeners: Iterable[Listener],
        mask: Callable[[Event], Event],
        complain: Callable[[str], None],
    ) -> None:
        self._listeners = tuple(listeners)
        self._mask = mask
        self._complain = complain
        self._whole = LoopResults()
        self.is_heard = True
        """Whether every listener is still there."""
        # Re-entrant: a signal handler that sends an event may run in the thread that is sending.
        self._lock = threading.RLock()

    def send(self, event: Event) -> None:
        """Mask the event and give it to every listener."""
        self.deliver((self._mask(event),))

    def flush(self) -> None:
        """Show what is held back: nothing here."""

    def deliver(self, events: Sequence[Event]) -> None:
        """Give events to every listener; one that raises is switched off and told of once."""
        with self._lock:
            whole = [self._whole(event) for event in events]
            for listener in self._listeners:
                try:
                    for event in whole:
                        listener(event)
                    send_off(listener)
                except Exception as error:  # noqa: BLE001  # whatever it is, the run goes on
                    self._listeners = tuple(each for each in self._listeners if each != listener)
                    self.is_heard = False
                    why = system_faults.told(error) or repr(error)
                    self._complain(
                        f"{_name(listener)} failed, and the run goes on without it: {why}"
                    )


def _name(listener: Listener) -> str:
    return f"the output {getattr(listener, '__name__', type(listener).__name__)}"
