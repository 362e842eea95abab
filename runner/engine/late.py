"""Which step a task is whose name is a template: `action: "{{ step }} path=/tmp"`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..dataclasses import replace
from ..errors import PlaybookError, TaskError, TemplateError
from ..nodes import MapNode

if TYPE_CHECKING:
    from ..playbook import Step
    from ..variables import Scope


def resolved(step: Step, scope: Scope) -> Step:
    """The step with its name rendered; one that cannot be known says why when it runs."""
    if step.named is None:
        return step
    try:
        return step.named(str(scope.render(step.word)))
    except (TemplateError, PlaybookError, TaskError) as error:
        why = MapNode(step.place)
        why.put("why", step.place, str(error), step.place)
        return replace(step, args=why)
