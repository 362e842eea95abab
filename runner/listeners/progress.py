"""The line at the foot of a terminal that tells how far a long transfer is."""

from __future__ import annotations

from ..events import Progressed
from ..terminal import Paint, one_line, pad, truncate
from .amounts import amount, duration

# Shorter transfers are not worth a line.
_WORTH_SHOWING = 0.5
_REDRAW = 0.1
_BAR = 20
_FIGURES = 50

_ERASE = "\r\x1b[K"


class ProgressLine:
    """Redrawn in place; what it gives is written to the terminal as it is."""

    def __init__(self, width: int, paint: Paint) -> None:
        self._width = width
        self._paint = paint
        self._first: dict[tuple[int, str, str], Progressed] = {}
        self._drawn = 0.0

    def update(self, event: Progressed) -> str:
        """Draw the line anew, if it is time to."""
        key = (event.task, event.host, event.what)
        first = self._first.setdefault(key, event)
        if event.total is not None and event.done >= event.total:
            del self._first[key]
            return self.erase()
        if event.time - first.time < _WORTH_SHOWING or event.time - self._drawn < _REDRAW:
            return ""
        self._drawn = event.time
        return _ERASE + self._paint(truncate(self._line(first, event), self._width - 1), "dim")

    def end(self, task: int, host: str) -> str:
        """Forget the transfers of a step that is done."""
        for key in [key for key in self._first if key[:2] == (task, host)]:
            del self._first[key]
        return self.erase()

    def erase(self) -> str:
        """Make room for other output."""
        if not self._drawn:
            return ""
        self._drawn = 0.0
        return _ERASE

    def _line(self, first: Progressed, now: Progressed) -> str:
        seconds = now.time - first.time
        rate = (now.done - first.done) / seconds
        name = max(10, min(30, self._width - _BAR - _FIGURES))
        parts = [
            pad(truncate(one_line(now.what), name), name),
            *_share(now),
            f"{amount(now.done, now.unit)}{_of(now)}",
            f"{amount(rate, now.unit)}/s",
        ]
        if now.total is not None and rate > 0:
            parts.append(f"{_roughly((now.total - now.done) / rate)} left")
        if others := len(self._first) - 1:
            parts.append(f"(and {others} more)")
        return "  ".join(parts)


def _share(event: Progressed) -> list[str]:
    if not event.total:
        return []
    share = min(1.0, event.done / event.total)
    return [f"[{'#' * int(share * _BAR):-<{_BAR}}] {share:4.0%}"]


def _of(event: Progressed) -> str:
    return "" if event.total is None else f" of {amount(event.total, event.unit)}"


def _roughly(seconds: float) -> str:
    """A guess that is told in hundredths would flicker, and reach beyond 80 columns."""
    return f"{seconds:.0f}s" if seconds < 59.5 else duration(seconds)  # noqa: PLR2004  # rounded
