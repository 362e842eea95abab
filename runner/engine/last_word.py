"""What the playbook's author has to say of a result: `changed_when` and `failed_when`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import TemplateError
from . import conditions, tracebacks

if TYPE_CHECKING:
    from ..playbook import Step
    from ..variables import Scope

UNKNOWN = "Task failed: Action failed: Unknown error."
_RETURNING = frozenset(
    {"assert", "fail", "include_vars", "raw", "script", "validate_argument_spec"}
)
"""Of these Ansible makes a result that has failed, without an error that could be suppressed."""


def of(
    step: Step, result: dict[str, Any], seeing: Callable[[dict[str, Any]], Scope]
) -> dict[str, Any]:
    """The result as it counts; `seeing` gives the variables that know of it."""
    for word, wanted in (("changed", step.changed_when), ("failed", step.failed_when)):
        if not wanted:
            continue
        try:
            held = conditions.all_hold(wanted, seeing(result))
        except TemplateError as error:
            told = f"{error.purpose}{error.problem.message}".removeprefix("Task failed: ")
            from ..report import excerpt

            wrong = {"failed": True, f"{word}_when_result": told, "origin": excerpt(error.problem)}
            return {**result, **wrong}
        if word == "failed":
            result["failed_when_result"] = held
            if result["failed"] and not held and step.type.name not in _RETURNING:
                told = result.pop("exception", tracebacks.UNAVAILABLE)
                result["failed_when_suppressed_exception"] = told
        result[word] = held
    return result
