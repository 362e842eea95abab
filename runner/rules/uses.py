"""The texts of a task, in which variables are used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dataclasses import dataclass
from ..errors import Place
from ..template_text import Template
from .reading import Text, expressions_in, expressions_of, templates_in

if TYPE_CHECKING:
    from .program import Task

_LENIENT = frozenset({("debug", "var")})
"""Arguments that may name what is not defined."""


@dataclass(frozen=True, slots=True)
class Use:
    """A text that is rendered or evaluated for a task."""

    text: Text
    own_result: bool = False
    """It sees what the task itself registers."""
    lenient: bool = False
    """It may name what is not defined."""


def uses(task: Task) -> Iterator[Use]:
    """All that the run renders for a task."""
    for name in task.step.type.expressions & task.step.args.keys():
        lenient = (task.name, name) in _LENIENT
        for text in expressions_of(task.step.args, name):
            yield Use(text, lenient=lenient)
    yield from map(Use, _before(task))
    yield from (Use(text, own_result=True) for text in _after(task))


def template_file(task: Task) -> Text | None:
    """The file that `template` renders; None if it cannot be known before the run."""
    source = task.step.args.get("src")
    if not isinstance(source, str) or isinstance(source, Template):
        return None
    folders = (*task.step.inherited.folders, task.step.folder)
    candidates = [folder / part / source for folder in folders for part in ("templates", "")]
    for path in candidates:
        if path.is_file():
            return Text(path.read_text("utf-8", "replace"), Place(str(path), 1, 1))
    return None


def _before(task: Task) -> Iterator[Text]:
    step = task.step
    yield from expressions_in(step.inherited.when)
    for name, value in step.args.items():
        if name not in step.type.expressions:
            yield from templates_in(value)
    yield from templates_in(step.inherited.environment)
    yield from templates_in(step.inherited.flags)
    for loop in task.loops:
        yield from templates_in((loop.items, loop.pause, loop.extended, loop.parallel))


def _after(task: Task) -> Iterator[Text]:
    step = task.step
    yield from expressions_in((*step.until, *step.changed_when, *step.failed_when))
    yield from templates_in((step.retries, step.delay, step.inherited.notify))
    if step.loop:
        yield from templates_in(step.loop.label)
        yield from expressions_in(step.loop.break_when)
