"""A listener that remembers a run before another shows it."""

from __future__ import annotations

from collections.abc import Callable

from ..bus import Bus
from ..events import Event, Listener
from .beginning import Beginning
from .held import Held
from .recorder import Recorder
from .store import Journal


def recorded(
    listener: Listener,
    run: Beginning,
    journal: Journal,
    complain: Callable[[str], None],
) -> Listener:
    """Give a listener that hands on to this one what it has written into the journal."""
    # A bus of its own: a console that fails leaves the journal alone.
    shown = Bus([listener], _as_it_is, complain)
    return Held(Recorder(journal, run, complain), shown.deliver)


def _as_it_is(event: Event) -> Event:
    return event
