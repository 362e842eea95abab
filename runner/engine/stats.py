"""What `set_stats` keeps: words and numbers about the run, and about single hosts."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..actions.orders import SetStats

RUN = "_run"
"""Where those are kept that are about no host."""


class Stats:
    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def take(self, order: SetStats, host: str) -> None:
        with self._lock:
            kept = self.kept.setdefault(host if order.per_host else RUN, {})
            for name, value in order.data.items():
                new = name not in kept or not order.aggregate
                kept[name] = value if new else _together(kept[name], value)


def _together(before: Any, value: Any) -> Any:
    """Numbers, texts and lists are added, mappings joined; of other kinds the first stays."""
    if isinstance(before, Mapping) and isinstance(value, Mapping):
        joined = {**before}
        for name, inner in value.items():
            both = name in joined and isinstance(inner, Mapping)
            joined[name] = _together(joined[name], inner) if both else inner
        return joined
    if type(before) is type(value) and isinstance(value, str | int | float | list):
        return before + value
    return before
