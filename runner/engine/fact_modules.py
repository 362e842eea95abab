"""What `gather_facts` runs: the modules that the setting `facts_modules` names, or a variable.

`smart`, the default, is `setup`. Other modules are given what `module_defaults` says of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import params
from ..defaults import completed
from ..errors import TaskError
from ..filters.containers import combine
from ..nodes import MapNode
from ..registry import bare
from ..task import Result
from . import tracebacks
from .hosts import GATHERED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..playbook import Step
    from ..registry import TaskType
    from ..task import Context
    from ..variables import Scope
    from .run import Run

_VARIABLE = "ansible_facts_modules"


def gathered(run: Run, step: Step, scope: Scope, built: object, context: Context) -> Result:
    """The facts of all modules together, a later one over those before."""
    facts: dict[str, Any] = {}
    failed: dict[str, Mapping[str, object]] = {}
    warnings: list[str] = []
    names = _names(run, step, scope)
    for name in names:
        kind = _module(run, name)
        try:
            given = built if kind.params is step.type.params else _given(kind, step, scope)
            found: Result = kind.run(given, context)
        except TaskError as error:
            told = {"failed": True, "msg": str(error), **error.data}
            failed[name] = tracebacks.of_failure(run.settings, told, error)
            continue
        facts = combine(facts, dict(found.facts), recursive=True, list_merge="append_rp")
        warnings += found.warnings
    if failed:
        # In Ansible's words: scripts look for them.
        msg = f"The following modules failed to execute: {', '.join(failed)}."
        raise TaskError(msg, ansible_facts=facts, failed_modules=failed)
    return Result(facts={**facts, GATHERED: True}, warnings=warnings)


def _names(run: Run, step: Step, scope: Scope) -> list[str]:
    known = _VARIABLE in scope
    named = scope.templates.evaluate(_VARIABLE, step.place, scope) if known else None
    if not isinstance(named, str | list | None):
        # In Ansible's words.
        where = f"Config 'FACTS_MODULES' from 'var: {_VARIABLE}' has an invalid value"
        raise TaskError(f"{where}: Invalid value provided for 'list': {named!r}")
    names = named.split(",") if isinstance(named, str) else named
    found = [str(name).strip() for name in names or run.settings.facts_modules]
    others = [name for name in found if name != "smart"]
    is_there = any(bare(name) == "setup" for name in others)
    return others if len(others) == len(found) or is_there else [*others, "setup"]


def _module(run: Run, name: str) -> TaskType:
    kind = run.module_of(name)
    if kind is None:
        msg = f"The module {name} was not found in configured module paths"
        raise TaskError(msg)
    return kind


def _given(kind: TaskType, step: Step, scope: Scope) -> object:
    args = completed(MapNode(step.place), kind, step.inherited.defaults)
    return params.build(kind.params, {str(name): scope.render(args[name]) for name in args})
