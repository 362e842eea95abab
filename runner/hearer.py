"""Who hears what is said where nobody has the run at hand.

A plugin in Python makes a `Display` of its own wherever it likes, and a condition knows only its
variables: what they warn of goes through this module, to the run that goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class Hearer:
    """Nobody, before a run."""

    warn: Callable[[str], None] = staticmethod(lambda _: None)
    deprecate: Callable[[Mapping[str, Any]], None] = staticmethod(lambda _: None)


HEARER = Hearer()


def deprecate(message: str, version: str) -> None:
    """Warn, as Ansible does, of what will not work in some version of it."""
    whose = {"resolved_name": "ansible.builtin"}
    HEARER.deprecate({"msg": message, "version": version, "deprecator": whose})
