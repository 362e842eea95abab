"""The forms in which a task may be written, brought to one: the step and its arguments by name.

copy: {src: a, dest: b}           copy: src=a dest=b         command: ls -l chdir=/tmp
action: copy src=a dest=b         action: {module: copy, src: a}
command: ls -l                    args: {chdir: /tmp}
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, cast

from .. import schema
from .dataclasses import dataclass, replace
from .errors import ExitCode, Place, PlaybookError, Problem
from .kinds.kind import describe
from .nodes import MapNode
from .registry import bare
from .spelling import did_you_mean
from .step_arguments import UNEXPECTED, Call, Written, read
from .template_text import Template, has_marks

if TYPE_CHECKING:
    from .registry import Registry, TaskType

_ACTIONS = ("action", "local_action")
_RAW = "_raw_params"
# In Ansible's words: scripts look for them.
_OFTEN = "This often indicates a misspelling, missing collection, or incorrect module path."
_REJECTED = "the file that the setting plugin_filters_cfg names lets nobody use it"
_OF_PLAYS = "as a keyword it belongs to a play, not to a task"
_NO_INCLUDE = (
    "The 'ansible.builtin.include' action plugin has been removed."
    " Use include_tasks or import_tasks instead."
)
_LONE = r"(?s)\s*\{\{((?!\}\}).)*\}\}\s*"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Form:
    """A task's step, as it is named there, and its arguments."""

    step: str
    place: Place
    type: TaskType
    args: MapNode
    more: tuple[Template, ...] = ()
    """Templates that come to mappings of more arguments when the step runs; the last one wins."""


@cache
def keywords() -> frozenset[str]:
    """Every word that may stand in a task beside its step."""
    return frozenset(schema.definition("handler")["properties"])


@lru_cache(maxsize=10_000)
def is_keyword(name: object) -> bool:
    """Whether this word of a task is a keyword; otherwise it should be a step."""
    return name in keywords() or str(name).startswith("with_")


def split(raw: MapNode, registry: Registry) -> Form:
    """The step and its arguments of a task that is right; raises PlaybookError."""
    form: Form | None = raw.form
    if form is None:
        form, problems = read_form(raw, registry)
        if problems or form is None:
            raise PlaybookError(problems)
    return form


def read_form(
    raw: MapNode, registry: Registry, written: Written = Template, collections: Sequence[str] = ()
) -> tuple[Form | None, list[Problem]]:
    """The step and its arguments, as far as they can be told, and all that is wrong with them.

    Short names are looked for in the `collections` first.
    """
    raw.form, problems = _read(raw, registry, written, collections)
    return raw.form, problems


def _read(
    raw: MapNode, registry: Registry, written: Written, collections: Sequence[str]
) -> tuple[Form | None, list[Problem]]:
    call, problems = _call(raw, registry)
    if call is None:
        return None, problems
    if isinstance(call.step, Template):
        unresolved = registry.unresolved(call.step)
        return Form(call.step, call.place, unresolved, MapNode(call.value_place)), problems
    found = registry.find(registry.in_scope(call.step, collections))
    if found is None:
        return None, [*problems, _no_step(call.step, call.place, registry)]
    more = _templates_for_all(raw, call, found)
    if any(each is call.value for each in more):
        call = replace(call, value=None)
    args, wrong = read(call, found, written)
    problems += wrong
    args = _with_free_text_named(_together(raw, args, found), found)
    return (None if wrong else Form(call.step, call.place, found, args, more)), problems


def called(raw: MapNode, name: str) -> MapNode:
    """The task, with the name of its step in the place of the template for it."""
    key = next(key for key in _ACTIONS if key in raw)
    value = raw[key]
    task = MapNode(raw.place)
    task.take(raw)
    if isinstance(value, MapNode):
        task[key] = inner = MapNode(value.place)
        inner.take(value)
        inner["module"] = _named(name, value["module"], value.value_places["module"])
    else:
        task[key] = _named(name, value, raw.value_places[key])
    return task


def _named(name: str, value: object, place: Place) -> Template:
    from .key_values import words

    text = str(value)
    return Template(name + text[next(words(text)).end :], place)


def _templates_for_all(raw: MapNode, call: Call, step: TaskType) -> tuple[Template, ...]:
    """What stands for all arguments: in `args`, or right behind a step that takes no text."""
    return tuple(
        value
        for value in (raw.get("args"), None if step.free_form else call.value)
        if isinstance(value, Template) and not call.offset and re.fullmatch(_LONE, value)
    )


def _with_free_text_named(args: MapNode, step: TaskType) -> MapNode:
    """The text behind a step's name has a name that Ansible calls it by inside."""
    if _RAW not in args or step.free_form is None:
        return args
    whole = MapNode(args.place)
    whole.take(args)
    value, place, key_place = args[_RAW], args.value_places[_RAW], args.key_places[_RAW]
    whole.drop(_RAW)
    whole.put(step.free_form, key_place, value, place)
    return whole


def _together(raw: MapNode, args: MapNode, step: TaskType) -> MapNode:
    """All arguments: also those of `args:`, and those that stand beside the step by mistake."""
    more = raw.get("args")
    known = step.schema.get("properties", {})
    misplaced = [key for key in raw if key in known and not is_keyword(key) and key != step.name]
    if not misplaced and not isinstance(more, MapNode):
        return args
    whole = MapNode(args.place)
    for key in misplaced:
        whole.put(key, raw.key_places[key], raw[key], raw.value_places[key])
    if isinstance(more, MapNode):
        whole.take(more)
    whole.take(args)
    return whole


# Which step ----------------------------------------------------------------------------------


def _call(raw: MapNode, registry: Registry) -> tuple[Call | None, list[Problem]]:
    names = [key for key in raw if key in _ACTIONS or not is_keyword(key)]
    if len(names) == 1:
        return _call_of(raw, names[0])
    known = [key for key in names if key in _ACTIONS or registry.find(str(key))]
    # What could be either is a keyword of plays that has slipped beside a step.
    steps = [key for key in known if key not in _of_plays()] or known
    others = [key for key in names if key not in steps]
    if not names:
        hint = "write one, with its arguments: debug: {msg: hello}"
        return None, [Problem(raw.place, "no module/action detected in task.", hint)]
    if not steps:
        both = "; conflicting action statements: " + ", ".join(map(str, others[:2]))
        missing = (_no_step(key, raw.key_places[key], registry) for key in others)
        return None, [replace(each, message=each.message + both) for each in missing]
    problems = [_no_keyword(raw, key, str(steps[0]), registry) for key in others]
    problems += [_second_step(raw, key, steps[0]) for key in steps[1:]]
    call, wrong = _call_of(raw, steps[0])
    return call, problems + wrong


def _call_of(raw: MapNode, key: object) -> tuple[Call | None, list[Problem]]:
    place, value, value_place = raw.key_places[key], raw[key], raw.value_places[key]
    if key not in _ACTIONS:
        return Call(str(key), place, value, value_place), []
    if isinstance(value, MapNode) and "module" in value:
        return _call_in_mapping(value), []
    if isinstance(value, str) and value.strip():
        return _call_in_text(value, value_place), []
    hint = f"write {key}: copy src=a dest=b"
    if isinstance(value, MapNode):
        message = "no module/action detected in task."
    elif isinstance(value, str):
        message = f"{key} names no step"
    else:
        message = f"{UNEXPECTED}{describe(value)}"
    return None, [Problem(value_place, message, hint)]


def _call_in_mapping(value: MapNode) -> Call:
    rest = MapNode(value.place)
    rest.take(value)
    name = rest.drop("module")
    if isinstance(rest.get("args"), MapNode):
        rest.take(cast("MapNode", rest.drop("args")))
    place = value.value_places["module"]
    if isinstance(name, str) and name.strip():
        # Arguments may stand behind it, too: `module: command echo hi`.
        return replace(_call_in_text(name, place), beside=rest)
    return Call(str(name), place, rest, value.place)


def _call_in_text(value: str, place: Place) -> Call:
    from .key_values import words

    first = next(words(value))
    step = value[first.start : first.end]
    if has_marks(step) and isinstance(value, Template):
        step = value.part(step, first.start)
    return Call(step, place, value, place, first.end)


def _second_step(raw: MapNode, key: object, first: object) -> Problem:
    place = raw.key_places[key]
    line = raw.key_places[first].line
    message = f"conflicting action statements: {first}, {key}"
    if {first, key} == set(_ACTIONS):
        message = "action and local_action are mutually exclusive"
    hint = f"{first} is in line {line}; begin a task of its own with -"
    return Problem(place, message, hint, len(str(key)))


def _no_step(key: object, place: Place, registry: Registry) -> Problem:
    """What is wrong with a word that should be the step."""
    width = len(str(key))
    if bare(str(key)) == "include":
        return Problem(place, _NO_INCLUDE, "", width, status=ExitCode.ERROR)
    if told := registry.removed(str(key)):
        return Problem(place, told, "", width, status=ExitCode.ERROR)
    name = bare(str(key))
    hint = (
        _REJECTED
        if name in registry.rejected
        else _OF_PLAYS
        if key in _of_plays()
        else did_you_mean(name, registry.names())
        or did_you_mean(key, keywords())
        or "`opsplay doc` lists the steps"
    )
    # In Ansible's words, as those above: scripts look for them.
    return Problem(place, f"couldn't resolve module/action '{key}'. {_OFTEN}", hint, width)


def _no_keyword(raw: MapNode, key: object, step: str, registry: Registry) -> Problem:
    """What is wrong with a word that stands beside a step."""
    found = registry.find(step)
    arguments = found.schema["properties"] if found else {}
    hint = ""
    if key in arguments:
        message = f"{key} is an argument of {step}, not a keyword"
        hint = f"indent it, so that it stands below {step}"
    elif key in _of_plays():
        message = f"{key} is a keyword of plays, not of tasks"
    else:
        message = f"there is no keyword named {key}"
        hint = did_you_mean(key, [*keywords(), *arguments])
    both = ", ".join(str(word) for word in raw if word in (key, step))
    message = f"{message}; conflicting action statements: {both}"
    return Problem(raw.key_places[key], message, hint, len(str(key)))


@cache
def _of_plays() -> frozenset[str]:
    return frozenset(schema.definition("play")["properties"])
