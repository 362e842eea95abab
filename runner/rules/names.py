"""Names that nobody defines, or that are used before a task has made them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from ..dataclasses import dataclass, field
from ..errors import Place
from ..jinja.errors import find
from ..spelling import did_you_mean
from ..template_text import pointer
from .definitions import Definitions
from .reading import Text, templates_in
from .rule import Finding, Rule
from .uses import Use, uses

if TYPE_CHECKING:
    from .program import Program, Task


@dataclass(frozen=True, slots=True)
class _Missing:
    """A name that a text needs and that is not there when the text is used."""

    name: str
    place: Place | None
    width: int
    made_by: Task | None
    """The task that makes it, further down."""
    similar: str


@dataclass
class _Search:
    program: Program
    definitions: Definitions
    seen: set[int] = field(default_factory=set)
    """Variables whose own templates have been looked at."""

    def missing(self, task: Task) -> Iterator[_Missing]:
        """What one task misses, also in the variables that it uses."""
        pending = [use for use in uses(task) if not use.lenient]
        while pending:
            use = pending.pop()
            for name in self.program.reader.names(use.text).needed:
                values = self._values(name, task)
                if values is not None:
                    pending += [Use(text, use.own_result) for text in self._unseen(values)]
                elif name not in self.definitions.outside and not self._is_made(name, task, use):
                    yield self._told(name, use.text, task)

    def _values(self, name: str, task: Task) -> list[object] | None:
        """What a name may stand for; None if only a task can have made it."""
        found = [layer[name] for layer in self.definitions.layers(task) if name in layer]
        return found or ([] if self.definitions.is_given(name, task) else None)

    def _is_made(self, name: str, task: Task, use: Use) -> bool:
        made = self.definitions.made.get(name, ())
        if task.is_handler and made:
            return True
        own = use.own_result or task.step.loop is not None
        return any(each.since < task.order or (own and each.task is task) for each in made)

    def _unseen(self, values: list[object]) -> Iterator[Text]:
        for value in values:
            if id(value) not in self.seen:
                self.seen.add(id(value))
                yield from templates_in(value)

    def _told(self, name: str, text: Text, task: Task) -> _Missing:
        place, width = find(text.text, name, pointer(text.text, text.place))
        made = self.definitions.made.get(name)
        similar = "" if made else did_you_mean(name, sorted(self.definitions.names(task)))
        return _Missing(name, place, width, made[0].task if made else None, similar)


@lru_cache(maxsize=1)
def _missing(program: Program) -> tuple[_Missing, ...]:
    definitions = Definitions(program)
    search = _Search(program, definitions)
    known = filter(definitions.are_known, program.tasks)
    return tuple(missing for task in known for missing in search.missing(task))


def _undefined(program: Program) -> Iterator[Finding]:
    for missing in _missing(program):
        if not missing.made_by:
            hint = missing.similar or "define it, or give it with -e"
            if missing.name == "item":
                hint = "there is no loop here"
            message = f"nobody defines {missing.name}"
            yield Finding(missing.place, message, hint, missing.width)


def _early(program: Program) -> Iterator[Finding]:
    for missing in _missing(program):
        if missing.made_by:
            place = missing.made_by.step.place
            message = f"{missing.name} is used before a task makes it"
            hint = f"it is made in line {place.line}"
            if missing.place and place.file != missing.place.file:
                hint += f" of {place.file}"
            yield Finding(missing.place, message, hint, missing.width)


UNDEFINED = Rule(
    name="undefined-name",
    summary="A template or a condition uses a name that nothing defines: no play, no file of"
    " variables, no role, no inventory, no task, no `-e`.",
    find=_undefined,
)
EARLY = Rule(
    name="used-too-early",
    summary="A variable is used before the task that registers or sets it.",
    find=_early,
)
