"""What `gather_facts` runs: the modules that the setting `facts_modules` names, or a variable.

`smart`, the default, is `setup`. Other modules are given what `module_defaults` says of them.
Hosts that gather together are on the same machine: `setup` is run for the first of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
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


class _Together:
    """What was found last, and for whom."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._whose: object = None
        self._found = Result()

    def find(self, whose: object, find: Callable[[], Result]) -> Result:
        with self._lock:
            if self._whose != whose:
                self._found = find()
                self._whose = whose
            return self._found


def gathered(
    run: Run, step: Step, scope: Scope, built: object, context: Context, task: int
) -> Result:
    """The facts of all modules together, a later one over those before; `task` is its number."""
    together = run.pool.remember("facts gathered together", _Together)
    whose = task, vars(built), context.environment
    facts: dict[str, Any] = {}
    failed: dict[str, Mapping[str, object]] = {}
    warnings: list[str] = []
    names = _names(run, step, scope)
    for name in names:
        kind = _module(run, name)
        try:
            if kind.params is step.type.params:
                found = together.find(whose, partial(kind.run, built, context))
            else:
                found = kind.run(_given(kind, step, scope), context)
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
