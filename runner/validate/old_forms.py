"""Forms of a task that work and that Ansible will give up, in its words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..ansible_words import ending
from ..errors import Problem
from ..nodes import MapNode
from ..step_arguments import Call, read
from ..template_text import Template

if TYPE_CHECKING:
    from ..taskform import Form

_ACTIONS = ("action", "local_action")


def of_task(raw: MapNode, form: Form) -> Iterator[Problem]:
    """What to warn of in a task."""
    for key in _ACTIONS:
        if isinstance(raw.get(key), MapNode):
            yield _old(raw, key, f"Using a mapping for `{key[-6:]}` is deprecated.")
    if "args" in raw:
        yield from _of_args(raw, form)


def _of_args(raw: MapNode, form: Form) -> Iterator[Problem]:
    if raw["args"] is None:
        yield _old(raw, "args", "Ignoring empty task `args` keyword.")
    if isinstance(text := raw.get(form.step), str):
        call = Call(form.step, form.place, text, raw.value_places[form.step])
        names = read(call, form.type, Template)[0].keys() - {form.type.free_form, "_raw_params"}
        merged = ", ".join(sorted(map(repr, names)))
        if merged:
            yield _old(raw, "args", f"Merging legacy k=v args ({merged}) into task args.")


def _old(raw: MapNode, key: str, message: str) -> Problem:
    return Problem(raw.key_places[key], f"{message} {ending()}", "", len(key), deprecation=True)
