"""Events go to the journal first, and to whoever shows them once they are there.

So what was shown is in the journal, however the run ends. A commit a line would make a run of short
tasks a quarter slower; no eye sees a twentieth of a second. So what comes in a burst is held that
long, written in one commit, and then shown. What comes alone is shown at once; so is, on a
terminal, what comes before a question that a step may ask there by itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence

from ..bus import Bus
from ..events import Event, Listener, PlayStarted, RunFinished, StepStarted, TaskFinished

_LONGEST = 0.05
# `pause` asks within a step, `--step` between tasks.
_BEFORE_QUESTIONS = frozenset({PlayStarted, StepStarted, TaskFinished})


class HeldBus(Bus):
    """Holds events back until they are written, each for about `_LONGEST` seconds at most."""

    def __init__(
        self,
        listeners: Iterable[Listener],
        mask: Callable[[Event], Event],
        complain: Callable[[str], None],
        write: Callable[[Sequence[Event]], None],
        *,
        watched: bool,
    ) -> None:
        """`write` raises nothing; `watched`: what is shown appears on a terminal."""
        super().__init__(listeners, mask, complain)
        self._write = write
        self._at_once = {RunFinished, *(_BEFORE_QUESTIONS if watched else ())}
        self._held: list[Event] = []
        self._due = 0.0
        self._over = False
        self._news = threading.Event()
        self._clock: threading.Thread | None = None

    def send(self, event: Event) -> None:
        masked = self._mask(event)
        with self._lock:
            self._held.append(masked)
            if type(event) in self._at_once or time.monotonic() >= self._due:
                self._hand_on()
            elif len(self._held) == 1:
                self._wake_clock()

    def flush(self) -> None:
        """Write and show what is held."""
        with self._lock:
            self._hand_on()

    def _hand_on(self) -> None:
        events, self._held = self._held, []
        if events:
            self._write(events)
            self.deliver(events)
            if type(events[-1]) is RunFinished:
                self._over = True
                self._news.set()
        self._due = time.monotonic() + _LONGEST

    # What no other event follows is handed on by a thread that watches the clock -----------------

    def _wake_clock(self) -> None:
        if self._clock is None:
            self._clock = threading.Thread(target=self._watch_clock, daemon=True)
            self._clock.start()
        self._news.set()

    def _watch_clock(self) -> None:
        while not self._over:
            self._news.wait()
            self._news.clear()
            while self._held:
                # In a burst the next event comes first, and its thread need not be interrupted.
                time.sleep(max(0.0, self._due - time.monotonic()) + _LONGEST / 4)
                with self._lock:
                    if time.monotonic() >= self._due:
                        self._hand_on()
