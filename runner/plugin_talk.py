"""What plugins say to people while they work, and who hears it.

A plugin makes a `Display` of its own wherever it likes, and nobody hands it one: so what it says
goes through this module, to the run that goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class Hearer:
    """Whoever hears plugins; nobody before a run."""

    warn: Callable[[str], None] = staticmethod(lambda _: None)
    deprecate: Callable[[Mapping[str, Any]], None] = staticmethod(lambda _: None)


HEARER = Hearer()
