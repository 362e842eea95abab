"""An error as the result of a step that failed, in words."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..errors import OpsplayError, PlaybookError, Problem, TaskError, TemplateError
from ..report import excerpt
from .reach import Unreachable

if TYPE_CHECKING:
    from ..params import ParamsError
    from ..playbook import Step


def result(error: Exception) -> dict[str, Any]:
    """What `register` keeps of a failed step."""
    if isinstance(error, Unreachable):
        return {"changed": False, "failed": False, "unreachable": True, "msg": error.msg}
    if isinstance(error, TaskError):
        return {"changed": False, **error.data, "failed": True, "msg": error.msg}
    if isinstance(error, TemplateError):
        return _failed(excerpt(error.problem))
    if isinstance(error, PlaybookError):
        return _failed("\n".join(map(excerpt, error.problems)))
    if isinstance(error, OpsplayError):
        return _failed(str(error))
    return _failed(_bug(error))


def _failed(msg: str) -> dict[str, Any]:
    return {"changed": False, "failed": True, "msg": msg}


def _bug(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{last.filename}:{last.lineno}, in {last.name}"
    return (
        f"this is a bug in the step, not in the playbook: {type(error).__name__}: {error} ({where})"
    )


def pointing(error: ParamsError, step: Step) -> Iterator[Problem]:
    """What is wrong with the arguments, each at its place in the playbook."""
    for fault in error.faults:
        name = fault.path[0] if fault.path else None
        places = step.args.value_places
        where = f"{fault.name}: " if fault.path else ""
        yield Problem(places.get(name, step.place), f"{where}{fault.message}", fault.hint)
