"""Results that nobody looks at: registered ones, and failures that are ignored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .rule import Finding, Removal, Rule

if TYPE_CHECKING:
    from .program import Program, Task

_IGNORE = "ignore_errors"


def _unused(program: Program) -> Iterator[Finding]:
    if not program.is_whole:
        return
    for task in program.written:
        name = task.step.register
        if name and name not in program.mentioned and not _ignores(task):
            place = task.raw.value_places["register"]
            fix = Removal("register", task.place_of("register"))
            hint = "leave register out"
            yield Finding(place, f"nobody looks at {name}", hint, len(name), fix)


def _ignored(program: Program) -> Iterator[Finding]:
    for task in program.written:
        name = task.step.register
        looked_at = name and (name in program.mentioned or not program.is_whole)
        if _ignores(task) and not looked_at:
            message = "a failure is ignored, and nobody looks whether there was one"
            hint = "register the result and look at it, or say with failed_when what may happen"
            yield Finding(task.place_of(_IGNORE), message, hint, len(_IGNORE))


def _ignores(task: Task) -> bool:
    return task.raw.get(_IGNORE) is True


UNUSED = Rule(
    name="unused-register",
    summary="A result is registered under a name that nothing reads.",
    find=_unused,
    fix="takes `register` out",
)
IGNORED = Rule(
    name="ignored-failure",
    summary="`ignore_errors` stands on a task whose result nothing looks at.",
    find=_ignored,
)
