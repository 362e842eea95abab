"""Who hears what is said where nobody has the run at hand.

A plugin in Python makes a `Display` of its own wherever it likes, and a condition knows only its
variables: what they warn of goes through this module, to the run that goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any


class Hearer:
    """Nobody, before a run."""

    warn: Callable[[str], None] = staticmethod(lambda _: None)
    deprecate: Callable[[Mapping[str, Any]], None] = staticmethod(lambda _: None)


HEARER = Hearer()


class _OfStep(threading.local):
    """What was said while a step is at work on this thread, for its result; mostly nothing."""

    said: dict[str, list[Any]] | None = None


_OF_STEP = _OfStep()


def begin() -> None:
    """Forget what was said to the step before."""
    _OF_STEP.said = None


def keep(kind: str, said: object) -> None:
    """Keep it for the result of the step, as `warnings` or `deprecations`."""
    kept = _OF_STEP.said = _OF_STEP.said or {}
    if said not in (those := kept.setdefault(kind, [])):
        those.append(said)


def kept() -> Mapping[str, list[Any]]:
    """What was said since the step has begun, by its kind."""
    return _OF_STEP.said or {}


def deprecate(message: str, version: str, *, is_told: bool = False) -> None:
    """Warn, as Ansible does, of what will not work in some version of it.

    `is_told`: the user knows it from the check before the run.
    """
    whose = {"resolved_name": "ansible.builtin"}
    told = {"msg": message, "version": version, "deprecator": whose}
    HEARER.deprecate({**told, "is_told": True} if is_told else told)
