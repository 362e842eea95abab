"""Claims of steps that remember themselves what they have done: written with the next events.

Many mails of a loop are one transaction so. A run that is killed before asks such a step again.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence


class Later:
    """What is known of attempts, until it is taken to be written."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._attempts: Counter[Sequence[object]] = Counter()
        self._known: dict[Sequence[object], tuple[str, str | None]] = {}

    def claim(self, mark: Sequence[object]) -> int:
        """Claim a turn of a step; gives the number of the attempt."""
        with self._lock:
            self._attempts[mark] += 1
            self._known[*mark, self._attempts[mark]] = ("started", None)
            return self._attempts[mark]

    def knows(self, claim: Sequence[object]) -> bool:
        """Whether an attempt was claimed here."""
        return self._attempts[claim[:-1]] > 0

    def keep(self, claim: Sequence[object], state: str, outcome: str) -> None:
        """Keep what came of an attempt."""
        with self._lock:
            self._known[claim] = (state, outcome)

    def taken(self) -> list[tuple[object, ...]]:
        """Give the rows of all that was not written yet."""
        with self._lock:
            known, self._known = self._known, {}
        return [(*claim, *outcome) for claim, outcome in known.items()]
