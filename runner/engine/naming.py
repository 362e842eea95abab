"""How a step is called when it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..template_text import Template
from . import includes

if TYPE_CHECKING:
    from ..playbook import Step
    from .hosts import HostState
    from .run import Batch


def name_of(step: Step, batch: Batch, host: HostState) -> str:
    """The step's name as it is shown; a name that cannot be rendered is shown as written."""
    role, name = step.inherited.role, step.word if step.name is None else str(step.name)
    if isinstance(step.name, Template):
        name = str(batch.scope(host, step.inherited).or_as_written(step.name))
    if step.type.name == "include_role":
        # Ansible names here the role that is included, not the one that includes it.
        return name if step.name else f"{name} : {includes.role_named(step)}"
    return f"{role.name} : {name}" if role else name
