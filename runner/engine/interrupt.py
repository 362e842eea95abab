"""Ctrl-C: stops the steps that are at work, and then the run.

The first one lets `always` sections run, the second one stops those too; whoever asks once more has
waited in vain, for code that heeds nothing. SIGTERM and SIGHUP count as Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from ..errors import ExitCode
from ..task import Cancellation

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STOPS_ALL = 2
_MOMENT = 1.0
"""Seconds in which several signals may ask for the same, as when a terminal is closed."""
_AT_ONCE = (
    b"opsplay: ended at once, as a step did not heed that it was to stop; what it was doing is in"
    b" doubt\n"
)


class Interrupt:
    """Counts how often the user asked to stop; hands a Cancellation to every step at work."""

    def __init__(self) -> None:
        self.count = 0
        self._stopped_all = 0.0
        self._lock = threading.Lock()
        self._working: dict[Cancellation, int] = {}

    def working(self, endures: int) -> AtWork:
        """A step is at work while the body runs; it goes on if asked to stop `endures` times."""
        return AtWork(self, endures)

    def begin(self, cancellation: Cancellation, endures: int) -> None:
        with self._lock:
            self._working[cancellation] = endures
            late = self.count > endures
        if late:
            cancellation.cancel()

    def end(self, cancellation: Cancellation) -> None:
        with self._lock:
            del self._working[cancellation]

    def stop(self) -> None:
        """The user asks to stop."""
        with self._lock:
            self.count += 1
            if self.count == _STOPS_ALL:
                self._stopped_all = time.monotonic()
            working = [step for step, endures in self._working.items() if self.count > endures]
        for cancellation in working:
            cancellation.cancel()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Answer signals while the body runs; only in the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        # A signal handler may not take locks that the thread it interrupts holds, so the signal
        # only wakes up another thread, which does the work.
        ours, theirs = os.pipe()
        os.set_blocking(theirs, False)
        threading.Thread(target=self._watch, args=(ours,), daemon=True).start()
        wakeup = signal.set_wakeup_fd(theirs, warn_on_full_buffer=False)
        before = {number: signal.signal(number, _nothing) for number in _heeded()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(wakeup)
            os.close(theirs)

    def _watch(self, ours: int) -> None:
        with open(ours, "rb", buffering=0) as woken:
            while numbers := woken.read(16):
                for number in numbers:
                    if number in _SIGNALS:
                        self._end_if_in_vain()
                        self.stop()

    def _end_if_in_vain(self) -> None:
        if self.count >= _STOPS_ALL and time.monotonic() - self._stopped_all > _MOMENT:
            with suppress(OSError):
                os.write(2, _AT_ONCE)
            os._exit(ExitCode.INTERRUPTED)


class AtWork:
    """A step that is at work; as a generator this would take a good part of a short one."""

    __slots__ = ("_cancellation", "_endures", "_interrupt")

    def __init__(self, interrupt: Interrupt, endures: int) -> None:
        self._cancellation = Cancellation()
        self._endures = endures
        self._interrupt = interrupt

    def __enter__(self) -> Cancellation:
        self._interrupt.begin(self._cancellation, self._endures)
        return self._cancellation

    def __exit__(self, *_: object) -> None:
        self._interrupt.end(self._cancellation)


def _heeded() -> list[signal.Signals]:
    """The signals that stop us; with `nohup`, a hang-up does not."""
    deaf = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [number for number in _SIGNALS if not deaf or number != signal.SIGHUP]


def _nothing(number: int, frame: FrameType | None) -> None:
    pass
