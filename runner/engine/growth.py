"""What steps bring into the inventory: hosts and groups, for the steps and plays that follow.

They count from the end of their step on, if that is a good one: as in Ansible, the items of a loop
see nothing of each other, and if one of them fails, none brings anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..dataclasses import replace
from ..playbook import Step
from . import conditions
from .outcome import BAD, Outcome, status

if TYPE_CHECKING:
    from ..actions.orders import Order
    from ..events import Status
    from ..playbook import Node, Play
    from ..variables import Scope
    from .step import StepRun

_GROWS = frozenset({"add_host", "group_by"})
# What they bring is known when they run.
_UNKNOWN = frozenset({"include_role", "include_tasks"})


def may_add_hosts(play: Play) -> bool:
    """Tell whether a step of the play adds hosts, or may include one that does."""
    nodes = (*play.pre_tasks, *play.tasks, *play.post_tasks, *play.handlers)
    return any(name in _GROWS or name in _UNKNOWN for name in _names(nodes))


def _names(nodes: Iterable[Node]) -> Iterable[str]:
    for node in nodes:
        if isinstance(node, Step):
            yield node.type.name
        else:
            yield from _names((*node.block, *node.rescue, *node.always))


def grows(step: Step) -> bool:
    return step.type.name in _GROWS


def grown(run: StepRun, result: dict[str, Any], order: Order, scope: Scope) -> Status:
    """Take what has gone well into the inventory; what is new there is a change."""
    draft = run.batch.run.live.current.draft
    was_warned_of = bool(draft.odd_names)
    is_new = _taken(run, order)
    if draft.odd_names and not was_warned_of:
        run.batch.run.warn_once(draft.odd_names_told, run.step.place)
    result["changed"] = is_new
    if run.step.changed_when:
        name = run.step.register
        knowing = scope.over({name: result}) if name else scope
        result["changed"] = conditions.all_hold(run.step.changed_when, knowing)
    return status(result)


def all_grown(run: StepRun, outcomes: Sequence[Outcome], scopes: Sequence[Scope]) -> list[Outcome]:
    """The same for the items of a loop."""
    if any(outcome.status in BAD for outcome in outcomes):
        return [_without_growth(run, outcome) for outcome in outcomes]
    return [
        replace(outcome, status=grown(run, outcome.result, outcome.orders[0], scope))
        if outcome.orders
        else outcome
        for outcome, scope in zip(outcomes, scopes, strict=True)
    ]


def _without_growth(run: StepRun, outcome: Outcome) -> Outcome:
    if outcome.orders and not run.step.changed_when:
        outcome.result["changed"] = False
        return replace(outcome, status=status(outcome.result))
    return outcome


def _taken(run: StepRun, order: Order) -> bool:
    """Take it into the inventory; tells whether it, or a part of it, is new there."""
    from ..actions.orders import AddGroup, AddHost

    batch = run.batch
    if isinstance(order, AddGroup):
        return batch.run.live.add_group(order.host, order.group, order.parents)
    if not isinstance(order, AddHost):
        return False
    is_new = batch.run.live.add_host(order.name, order.groups, order.variables)
    if is_new and order.name not in batch.of_play:
        batch.of_play.append(order.name)
    return is_new
