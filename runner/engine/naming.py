"""How a step is called when it is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING

from ..errors import TemplateError
from ..omit import OMIT
from ..template_text import Template

if TYPE_CHECKING:
    from ..playbook import Step
    from ..variables import Scope
    from .batch import Batch
    from .hosts import HostState


def name_of(step: Step, batch: Batch, host: HostState, *, handler: bool = False) -> str:
    """The step's name as it is shown."""
    role, name = step.inherited.role, str(step.name or step.word)
    if isinstance(step.name, Template):
        name = _rendered_for(step, step.name, batch, host, handler=handler) or step.word
    if step.type.name == "include_role":
        # Ansible names here the role that is included, not the one that includes it.
        return name if step.name else f"{name} : {_role_named(step)}"
    return f"{role.name} : {name}" if role else name


def asked(step: Step, batch: Batch, host: HostState, *, handler: bool) -> str:
    """What it is called where the user is asked about it."""
    name = name_of(step, batch, host, handler=handler)
    return f"HANDLER: {name}" if handler else f"TASK: {name}"


def _rendered_for(
    step: Step, name: Template, batch: Batch, host: HostState, *, handler: bool
) -> str:
    """The name for a host; that of a handler is the one it is notified by, if that can be told."""
    if handler:
        with suppress(TemplateError):
            return str(batch.apart_from_hosts(host, step.inherited).render(name))
    return rendered(name, batch.scope(host, step.inherited))


def _role_named(step: Step) -> object:
    """The role that include_role names, as it was written."""
    return step.args.get("name", step.args.get("role"))


def rendered(name: object, scope: Scope) -> str:
    """A name; in the place of what cannot be rendered stands why, as in Ansible."""
    try:
        value = scope.render(name)
        return "" if value is None or value is OMIT else str(value)
    except TemplateError:
        if not isinstance(name, Template):
            return str(name)
        numbers = count(1)
        within = re.compile(r"\{\{.*?\}\}", re.DOTALL)
        return within.sub(lambda found: _part(name, found, numbers, scope), name)


def _part(name: Template, found: re.Match[str], numbers: Iterator[int], scope: Scope) -> str:
    try:
        return str(scope.render(name.part(found[0], found.start())))
    except TemplateError as error:
        return f"<< error {next(numbers)} - {error.problem.message} >>"
