"""An error as the result of a step that failed, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import params, system_faults
from ..ansible_words import unsupported
from ..errors import OpsplayError, Place, PlaybookError, Problem, TaskError, TemplateError
from .naming import rendered
from .reach import Unreachable

if TYPE_CHECKING:
    from ..kinds.record import Fault
    from ..params import ParamsError
    from ..playbook import Step
    from ..variables import Scope

_FLAGS: Mapping[str, object] = {
    **dict.fromkeys(("delegate_to", "delegate_facts", "ignore_errors", "ignore_unreachable")),
    **dict.fromkeys(("run_once", "check_mode", "diff", "debugger")),
    **dict.fromkeys(("any_errors_fatal", "no_log"), False),
    **dict.fromkeys(("throttle", "timeout"), 0),
}
"""Keywords, and what they come to if nobody has said them."""
_POLL = 15


def result(error: Exception) -> dict[str, Any]:
    """What `register` keeps of a failed step."""
    if isinstance(error, Unreachable):
        return {"changed": False, "unreachable": True, "msg": error.msg}
    if isinstance(error, TaskError):
        return {"changed": False, "msg": error.msg, **error.data, "failed": True}
    if isinstance(error, TemplateError):
        told = _pointing_result([error.problem], error.purpose)
        if not error.purpose.startswith("Task failed"):
            # As in Ansible, a loop that did not begin has no say in whether anything changed.
            del told["changed"]
        return told
    if isinstance(error, PlaybookError):
        return _pointing_result(error.problems)
    if isinstance(error, OpsplayError):
        return _failed(str(error))
    return _failed(system_faults.told(error) or _bug(error))


def _failed(msg: str) -> dict[str, Any]:
    return {"changed": False, "failed": True, "msg": msg}


def _pointing_result(problems: Sequence[Problem], purpose: str = "") -> dict[str, Any]:
    """The words alone are the message, as in Ansible; where it happened stands beside them."""
    from ..report import excerpt

    words = purpose + "\n".join(problem.message for problem in problems)
    return {**_failed(words), "origin": "\n".join(map(excerpt, problems))}


def _bug(error: Exception) -> str:
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{last.filename}:{last.lineno}, in {last.name}"
    return (
        f"this is a bug in the step, not in the playbook: {type(error).__name__}: {error} ({where})"
    )


def task_told(step: Step, scope: Scope) -> dict[str, object]:
    """What a rescue may ask of the task that has failed."""
    inherited, told = step.inherited, scope.or_as_written
    conditions = {name: getattr(step, name) for name in ("until", "changed_when", "failed_when")}
    return {
        **{name: told(inherited.flags.get(name, usual)) for name, usual in _FLAGS.items()},
        **{name: [each.source for each in held] for name, held in conditions.items()},
        "name": rendered(step.name or "", scope),
        "action": step.word,
        "args": {argument(name, step): told(value) for name, value in step.args.items()},
        "register": step.register,
        "tags": sorted(inherited.tags),
        "when": [each.source for each in inherited.when],
        "vars": {name: told(value) for name, value in step.own_vars.items()},
        "environment": [told(each) for each in inherited.environment],
        "notify": [told(each) for each in inherited.notify] or None,
        "loop": step.loop and told(step.loop.items),
        "loop_with": step.loop and step.loop.lookup,
        **dict.fromkeys(("async", "async_val"), told(step.async_seconds or 0)),
        "poll": _POLL if step.poll is None else told(step.poll),
        "retries": told(step.retries),
        "delay": told(step.delay),
    }


def argument(name: object, step: Step) -> str:
    """Its name; what may stand right after the step's name, Ansible calls otherwise."""
    return "_raw_params" if name == step.type.free_form else str(name)


def pointing(error: ParamsError, step: Step) -> Iterator[Problem]:
    """What is wrong with the arguments, each at its place in the playbook."""
    unknown = [fault for fault in error.faults if fault.is_unknown and len(fault.path) == 1]
    if unknown:
        yield _unsupported(unknown, step)
    for fault in error.faults:
        if fault not in unknown:
            words = step.type.lacking if fault.is_lacking and not fault.path else ""
            yield Problem(_place(fault, step), words or fault.told_as_ansible, fault.hint)


def _unsupported(faults: Sequence[Fault], step: Step) -> Problem:
    """In Ansible's words, which playbooks look for."""
    from ..spelling import did_you_mean

    names = [fault.name for fault in faults]
    told = unsupported(step.type.name, names, _supported(step))
    place = step.args.key_places.get(names[0])
    hint = did_you_mean(names[0], step.type.schema["properties"])
    return Problem(place or step.place, told, hint, len(names[0]) if place else 1)


def _supported(step: Step) -> str:
    """The names of its arguments, and behind them their other names."""
    if step.type.free_form:
        return ", ".join(sorted(step.type.schema["properties"]))
    fields = params.fields(step.type.params)
    others = ", ".join(sorted(alias for field in fields for alias in field.aliases))
    names = ", ".join(sorted(field.name for field in fields))
    return f"{names} ({others})" if others else names


def _place(fault: Fault, step: Step) -> Place:
    name = fault.path[0] if fault.path else None
    return step.args.value_places.get(name, step.place)
