"""A limit on bytes a second, shared by everything that moves at the same time."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping

from ...runner.task import TaskError

_UNITS: Mapping[str, int] = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_RATE = r"(?i:(\d+(?:\.\d+)?)\s*([kmg]?)i?(?:b(?:/s)?)?)"


def rate(field: str, written: int | str) -> float:
    """Read bytes a second, as `500000`, `500K` or `2.5M` (1K is 1024).

    Raises TaskError, which names the field.
    """
    match = re.fullmatch(_RATE, str(written).strip())
    found = float(match[1]) * _UNITS[match[2].lower()] if match else 0
    if not found:
        raise TaskError(f"{field}: {written!r} is no rate; write bytes a second, as 500K or 2M")
    return found


class Throttle:
    def __init__(self, bytes_per_second: float | None) -> None:
        self._rate = bytes_per_second
        self._lock = threading.Lock()
        self._free_at = time.monotonic()

    @property
    def is_set(self) -> bool:
        """Whether there is a limit."""
        return self._rate is not None

    def take(self, count: int, sleep: Callable[[float], object]) -> None:
        """Wait until so many bytes may have been moved: they just were, and that took time too."""
        if self._rate is None:
            return
        with self._lock:
            now, due = time.monotonic(), count / self._rate
            self._free_at = max(self._free_at, now - due) + due
            wait = self._free_at - now
        sleep(wait)
