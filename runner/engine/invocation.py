"""What a step was given, as Ansible shows it beside the result with -vvv, and keeps it of items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..dataclasses import asdict
from ..task import Secret
from .reach import ON_THE_HOST

if TYPE_CHECKING:
    from ..registry import TaskType
    from .outcome import Outcome

VERBOSITY = 3
# What Ansible does itself, and not by a module on the host.
_SILENT = frozenset({"fetch", "raw", "script"})
_FREE_FORM = "_raw_params"
# In Ansible's words.
_HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
BY_MODULE = ON_THE_HOST - _SILENT
"""Steps whose arguments Ansible hands to a module as they are."""


def of(step: TaskType, params: Any) -> dict[str, Any] | None:
    """All arguments, those that were not given too; None of a step that Ansible tells none of.

    Of a secret only that it was given: what holds one is not kept for a run that is resumed.
    """
    if step.name not in BY_MODULE:
        return None
    given = asdict(params)
    for name, value in given.items():
        if isinstance(value, Secret):
            given[name] = _HIDDEN
    if step.name == "copy":
        given["content"] = None  # as in Ansible, whose module is given a file in its place
    if step.free_form:
        given[_FREE_FORM] = given.pop(step.free_form)
    return {"module_args": given}


def beside(result: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
    """The result with what was given, if that is known."""
    return result if outcome.invocation is None else {**result, "invocation": outcome.invocation}


def without(result: dict[str, Any]) -> dict[str, Any]:
    """The result as it is shown: what is kept of an item holds it, too."""
    if "invocation" not in result:
        return result
    return {name: value for name, value in result.items() if name != "invocation"}
