"""Who hears what is said where nobody has the run at hand.

A plugin in Python makes a `Display` of its own wherever it likes, and a condition knows only its
variables: what they warn of goes through this module, to the run that goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any


class Hearer:
    """Nobody, before a run."""

    warn: Callable[[str], None] = staticmethod(lambda _: None)
    deprecate: Callable[[Mapping[str, Any]], None] = staticmethod(lambda _: None)


HEARER = Hearer()


class _OfStep(threading.local):
    """What was said while a step is at work on this thread, for its result; mostly nothing."""

    said: dict[str, list[Any]] | None = None
    of_items: Mapping[str, int] = {}
    """How much of it was said to the items before this one."""
    is_asked: bool = True
    """Whether somebody has asked for what is read, and all is not read in advance."""


_OF_STEP = _OfStep()


def begin() -> None:
    """Forget what was said to the step before."""
    _OF_STEP.said = None
    _OF_STEP.of_items = {}


def next_item() -> None:
    """What was said to other items of a loop may be said again."""
    if said := _OF_STEP.said:
        _OF_STEP.of_items = {kind: len(each) for kind, each in said.items()}


def keep(kind: str, said: object) -> None:
    """Keep it for the result of the step, as `warnings` or `deprecations`, once for each item."""
    kept = _OF_STEP.said = _OF_STEP.said or {}
    those = kept.setdefault(kind, [])
    if said not in those[_OF_STEP.of_items.get(kind, 0) :]:
        those.append(said)


def kept() -> Mapping[str, list[Any]]:
    """What was said since the step has begun, by its kind."""
    return _OF_STEP.said or {}


def tell_in(result: dict[str, Any]) -> None:
    """Let what was said since the step has begun stand in its result."""
    for kind, told in kept().items():
        result[kind] = [*result.get(kind, ()), *told]


def deprecate(message: str, version: str, *, is_told: bool = False) -> None:
    """Warn, as Ansible does, of what will not work in some version of it.

    `is_told`: the user knows it from the check before the run.
    """
    if not _OF_STEP.is_asked:
        return
    whose = {"resolved_name": "ansible.builtin"}
    told = {"msg": message, "version": version, "deprecator": whose}
    HEARER.deprecate({**told, "is_told": True} if is_told else told)


@contextmanager
def in_advance() -> Iterator[None]:
    """What the body reads nobody has asked for, so that nothing is deprecated in it."""
    before, _OF_STEP.is_asked = _OF_STEP.is_asked, False
    try:
        yield
    finally:
        _OF_STEP.is_asked = before
