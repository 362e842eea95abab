"""What an action orders, on its way from the step to the walk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..actions.orders import (
    EndRun,
    Include,
    IncludeRole,
    IncludeVars,
    LearnFacts,
    Order,
    Ordered,
    SetFacts,
)
from ..dataclasses import replace
from ..errors import PlaybookError, TaskError
from ..playbook import MAX_DEPTH
from . import includes, loops

if TYPE_CHECKING:
    from ..nodes import ListKind
    from ..playbook import Loop
    from ..task import Result
    from .step import StepRun
    from .turn import Turn


def of(turn: Turn, whole: StepRun, done: Result) -> tuple[Result, Order | None]:
    """The result, and what is left to do for the walk."""
    order = done.order if isinstance(done, Ordered) else None
    match order:
        case Include() | IncludeRole():
            turn.included = done.data
            return done, _include(turn, whole, order)
        case IncludeVars():
            # They may rest on each other.
            inside = turn.written.scope.over(order.vars)
            read = {name: inside.or_as_written(value) for name, value in order.vars.items()}
            done = replace(done, data={**done.data, "ansible_facts": read})
    if isinstance(order, SetFacts | IncludeVars):
        host = turn.written.facts_of
        return done, replace(order, host=host) if host else order
    if order is None and done.facts:
        return done, LearnFacts(facts=done.facts, host=turn.written.facts_of)
    return done, order


def of_failure(turn: Turn, kind: str, found: Mapping[str, object]) -> Order:
    """What it has found nevertheless counts where `failed_when` does not mind."""
    host = turn.written.facts_of
    if kind == "include_vars":
        return IncludeVars(vars=found, host=host)
    return LearnFacts(facts=found, host=host)


def _include(
    turn: Turn, whole: StepRun, order: Include | IncludeRole
) -> Include | IncludeRole | EndRun:
    if len(whole.step.around.params) >= MAX_DEPTH:
        msg = f"includes are nested more than {MAX_DEPTH} deep; does a file include itself?"
        raise TaskError(msg)
    loop, scope = whole.step.loop, turn.written.scope
    names = loops.names(loop) if loop else ()
    of_item = {name: scope.alone(name) for name in names if name in scope}
    kind: ListKind = "handlers" if whole.handler else "tasks"
    handed_down = (layer.get(whole.host.name, {}) for layer in reversed(whole.step.around.params))
    try:
        with whole.batch.run.building:
            layers = (*handed_down, of_item)
            found = includes.checked(order, whole.step, whole.batch, layers, kind)
    except PlaybookError as error:
        # As in Ansible, a role whose tasks are no list ends the run, a file of tasks fails.
        is_file = isinstance(order, Include)
        turn.not_found = all(one.missing or (one.listless and is_file) for one in error.problems)
        if not turn.not_found:
            return EndRun(error=error)
        raise
    shown = loops.shown(loop, scope) if loop else None
    # As in Ansible what is empty is not told, what is hidden also where there is no loop, and no
    # item where only some may be hidden.
    hidden = whole.step.inherited.may_be_hidden if loop else turn.written.hidden
    shown = loops.CENSORED if hidden else shown
    label = str(shown) if shown else None
    # As in Ansible, its variables are read where they are used.
    params = {**of_item, **whole.step.own_vars}
    if loop and isinstance(found, IncludeRole):
        # Those that repeat are built once for all items.
        found = replace(found, use=replace(found.use, item=found.use.repeats or of_item))
    position = (_position(loop, of_item), str(scope[loop.loop_var])) if loop else None
    return replace(found, params=params, label=label, position=position)


def _position(loop: Loop, params: Mapping[str, Any]) -> object:
    """Its number, and what is around it; as in Ansible its neighbours count, too."""
    return params.get(loop.index_var or ""), repr(params.get("ansible_loop"))
