"""What a loop came to holds what its items came to; it is told, masked and kept without.

Once with each item is enough. Whoever listens gets the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from .dataclasses import replace
from .events import Event, ItemFinished, StepFinished

UNTOLD: Mapping[str, None] = {"results": None}
"""In the place of the results of items that were told before."""


class LoopResults:
    """Puts them into the end of their step; give it all events in their order."""

    def __init__(self) -> None:
        self._told: dict[tuple[int, str], list[Mapping[str, Any]]] = defaultdict(list)

    def __call__(self, event: Event) -> Event:
        if type(event) is ItemFinished:
            self._told[event.task, event.host].append(event.result)
        elif type(event) is StepFinished and event.item_count is not None:
            told = self._told.pop((event.task, event.host), [])
            if event.result.get("results", told) is None:
                return replace(event, result={**event.result, "results": told})
        return event
