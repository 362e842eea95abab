"""Handlers that no task notifies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..template_text import Template
from .rule import Finding, Rule

if TYPE_CHECKING:
    from .program import PlayView, Program, Task


def _find(program: Program) -> Iterator[Finding]:
    for view in program.plays:
        notified = _notified(view)
        if notified is None:
            continue
        for task in view.handlers:
            names = _names(task)
            if names is not None and notified.isdisjoint(names):
                yield _told(task, names[0] if names else "")


def _notified(view: PlayView) -> set[str] | None:
    """The names and topics that are notified; None if that is known only by the run."""
    names = [name for task in view.all for name in task.step.inherited.notify]
    if view.unknown or any(isinstance(name, Template) for name in names):
        return None
    return set(map(str, names))


def _names(task: Task) -> list[str] | None:
    """What a handler answers to; None for those of roles, which others may use too."""
    step = task.step
    names = [name for name in (step.name, *step.listen) if name is not None]
    is_own = step.inherited.role is None and not task.around.depth
    if not is_own or any(isinstance(name, Template) for name in names):
        return None
    return list(map(str, names))


def _told(task: Task, name: str) -> Finding:
    if not name:
        message = "this handler has no name by which a task could notify it"
        return Finding(task.step.place, message, "give it a name")
    word = "name" if "name" in task.raw else "listen"
    message = f"no task notifies the handler {name}"
    place = task.raw.value_places.get(word, task.step.place)
    return Finding(place, message, "notify it, or leave it out", len(name))


UNNOTIFIED = Rule(
    name="handler-never-notified",
    summary="A handler of a play is notified by no task, neither by its name nor by a topic.",
    find=_find,
)
