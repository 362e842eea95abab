"""The time that a step may take: when it is over, the step is stopped, and has failed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import TaskError
from ..task import Cancellation

_LONGEST = 100_000_000
_FRAME = "Configure `DISPLAY_TRACEBACK` to see a traceback on timeout errors."
"""In Ansible's words; here no setting tells more."""


@contextmanager
def within(seconds: float, cancellation: Cancellation) -> Iterator[None]:
    """Raises TaskError if the body takes longer."""
    if not 0 <= seconds <= _LONGEST:
        message = f"Timeout {seconds:.15g} is invalid, it must be between 0 and {_LONGEST}."
        raise TaskError(f"Task failed: {message}")
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        cancellation.cancel()

    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    try:
        yield
    except TaskError as error:
        if expired.is_set():
            raise _timed_out(seconds) from error
        raise
    finally:
        timer.cancel()
    if expired.is_set():
        raise _timed_out(seconds)


def _timed_out(seconds: float) -> TaskError:
    period = int(seconds) if seconds == int(seconds) else seconds
    return TaskError(
        f"Task failed: Timed out after {seconds:g} second(s).",
        timedout={"frame": _FRAME, "period": period},
    )
