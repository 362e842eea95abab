"""The forms in which a task may be written, brought to one: the step and its arguments by name.

copy: {src: a, dest: b}           copy: src=a dest=b         command: ls -l chdir=/tmp
action: copy src=a dest=b         action: {module: copy, src: a}
command: ls -l                    args: {chdir: /tmp}
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from .. import schema
from .errors import Place, PlaybookError, Problem
from .key_values import words
from .nodes import MapNode
from .registry import bare
from .spelling import did_you_mean
from .step_arguments import Call, Written, read
from .template_text import Template

if TYPE_CHECKING:
    from .registry import Registry, TaskType

_ACTIONS = ("action", "local_action")


@dataclass(frozen=True, slots=True)
class Form:
    """A task's step, as it is named there, and its arguments."""

    step: str
    place: Place
    type: TaskType
    args: MapNode


@cache
def keywords() -> frozenset[str]:
    """Every word that may stand in a task beside its step."""
    task = schema.definition("handler")
    return frozenset([*task["properties"], *task["later"]])


def is_keyword(name: object) -> bool:
    """Whether this word of a task is a keyword; otherwise it should be a step."""
    return name in keywords() or str(name).startswith("with_")


def split(raw: MapNode, registry: Registry, written: Written = Template) -> Form:
    """The step and its arguments; raises PlaybookError with all that is wrong with the form."""
    call = _call(raw, registry)
    found = registry.find(call.step)
    if found is None:
        raise PlaybookError([_unknown(raw, call.step, call.place, registry)])
    args = read(call, found, written)
    more = raw.get("args")
    if isinstance(more, MapNode):
        whole = MapNode(args.place)
        whole.take(more)
        whole.take(args)
        args = whole
    return Form(call.step, call.place, found, args)


# Which step ----------------------------------------------------------------------------------


def _call(raw: MapNode, registry: Registry) -> Call:
    names = [key for key in raw if key in _ACTIONS or not is_keyword(key)]
    steps = [key for key in names if key in _ACTIONS or registry.find(str(key))]
    if len(names) == 1:
        return _call_of(raw, names[0])
    problems = [
        _unknown(raw, key, raw.key_places[key], registry, steps)
        for key in names
        if key not in steps
    ]
    problems += [_second_step(raw, key, steps[0]) for key in steps[1:]]
    if not names:
        hint = "write one, with its arguments: debug: {msg: hello}"
        problems = [Problem(raw.place, "this task names no step", hint)]
    raise PlaybookError(problems)


def _call_of(raw: MapNode, key: object) -> Call:
    place, value, value_place = raw.key_places[key], raw[key], raw.value_places[key]
    if key not in _ACTIONS:
        return Call(str(key), place, value, value_place)
    if isinstance(value, MapNode) and "module" in value:
        rest = MapNode(value.place)
        rest.take(value)
        name = rest.drop("module")
        return Call(str(name), value.value_places["module"], rest, value.place)
    if isinstance(value, str) and value.strip():
        first = next(words(value))
        return Call(value[first.start : first.end], value_place, value, value_place, first.end)
    problem = Problem(value_place, f"{key} names no step", f"write {key}: copy src=a dest=b")
    raise PlaybookError([problem])


def _second_step(raw: MapNode, key: object, first: object) -> Problem:
    place = raw.key_places[key]
    line = raw.key_places[first].line
    message = f"a second step in one task: {key}, after {first} in line {line}"
    return Problem(place, message, "begin a task of its own with -", len(str(key)))


def _is_later(name: object) -> bool:
    return bare(str(name)) in schema.language()["later_steps"]


def _unknown(
    raw: MapNode, key: object, place: Place, registry: Registry, steps: list[object] | None = None
) -> Problem:
    """What is wrong with a word that is neither a keyword nor a step."""
    width = len(str(key))
    if _is_later(key):
        return Problem(place, f"the step {key} is not supported yet", "", width)
    if not steps:
        as_step = did_you_mean(bare(str(key)), registry.names())
        hint = as_step or did_you_mean(key, keywords()) or "`opsplay doc` lists the steps"
        what = "step" if as_step or isinstance(raw.get(key), MapNode) else "step or keyword"
        return Problem(place, f"there is no {what} named {key}", hint, width)
    found = registry.find(str(steps[0]))
    arguments = found.schema["properties"] if found else {}
    if key in arguments:
        hint = f"indent it, so that it stands below {steps[0]}"
        return Problem(place, f"{key} is an argument of {steps[0]}, not a keyword", hint, width)
    hint = did_you_mean(key, [*keywords(), *arguments])
    return Problem(place, f"there is no keyword named {key}", hint, width)
