"""How long to wait before something is tried again."""

from __future__ import annotations

_LONGEST = 60.0


def pause(first: float, attempt: int) -> float:
    """Give seconds: `first` after one attempt, then twice as many each time, a minute at most.

    Up to half of it is left out by chance, so that not all come back at once.
    """
    import random

    longest = min(first * 2.0 ** (attempt - 1), _LONGEST)
    return longest * random.uniform(0.5, 1)  # noqa: S311  # nobody gains by guessing it
