"""What an action orders: includes come next, facts are kept, `meta` steers the walk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..actions.orders import (
    EndRun,
    Include,
    IncludeRole,
    IncludeVars,
    LearnFacts,
    Meta,
    Order,
    SetFacts,
    SetStats,
)
from ..events import FileIncluded
from ..playbook import handlers_in
from ..roles import Role
from . import includes, matching
from .hosts import decides
from .includes import Includes
from .outline import Entry, Layout

if TYPE_CHECKING:
    from ..playbook import Step
    from ..variables import Layer
    from .hosts import HostState
    from .includes import Inclusion
    from .outcome import Outcome
    from .outline import Item
    from .run import Run
    from .walk import Walk


def all_orders(
    walk: Walk, step: Step, done: Sequence[tuple[HostState, Outcome]], *, handler: bool
) -> None:
    """Do what the outcomes of a step order."""
    wanted = Includes()
    for host, outcome in done:
        if found := includes.among(outcome.orders):
            wanted.add(found, host)
        for order in includes.without(outcome.orders):
            _one(walk, order, host)
        if outcome.orders:
            register(step, host, outcome)
    if wanted:
        _include(walk, step, wanted, handler=handler)


def _include(walk: Walk, step: Step, wanted: Includes, *, handler: bool) -> None:
    """Let the hosts come to what they include next.

    As in Ansible, that holds for those, too, that have failed for some items of a loop.
    """
    for include, params in wanted:
        told = {"file": include.title, "item": include.label}
        walk.run.send(FileIncluded, hosts=list(params), **told)
    ahead: dict[str, list[Item]] = {}
    brought: list[Item] = []
    for inclusion in [_built(walk, step, *each) for each in wanted]:
        items = _laid_out(walk, inclusion, handler=handler)
        for name in inclusion.params:
            ahead.setdefault(name, []).extend(items)
        brought += items
    walk.comes_next(brought)
    for name, items in ahead.items():
        walk.run.host(name).insert(items)


def _laid_out(walk: Walk, inclusion: Inclusion, *, handler: bool) -> Sequence[Item]:
    nodes = inclusion.built.nodes
    if not (handler and inclusion.is_of_tasks):
        return Layout(walk.run.selection.admits, inclusion).groups(nodes)
    hosts = [*map(walk.run.host, inclusion.params)]
    return [Entry(step, inclusion, set(hosts)) for step in handlers_in(nodes)]


def of_others(orders: Sequence[Order]) -> tuple[Order, ...]:
    """What counts for the other hosts of a step with run_once, too.

    What is included is walked with the first alone, and what is kept of the run is kept once.
    """
    each = includes.without(orders)
    return tuple(order for order in each if not isinstance(order, SetStats) or order.per_host)


def register(step: Step, host: HostState, outcome: Outcome) -> None:
    """Keep the result; as in Ansible, it wins over a fact of this name that the step has set."""
    if step.register:
        host.registered[step.register] = outcome.result


def learn(run: Run, orders: Sequence[Order], host: HostState) -> None:
    """Keep the facts and variables that a step has set."""
    for order in orders:
        match order:
            case SetFacts():
                target = run.host(order.host) if order.host else host
                target.registered.update(order.facts)
                if order.cacheable:
                    target.learn(order.facts)
            case LearnFacts():
                target = run.host(order.host) if order.host else host
                target.learn(order.facts)
                for name in filter(decides, order.facts if run.options.inject_facts else ()):
                    run.warn_once(f"Removed restricted key from module data: {name}")
            case IncludeVars():
                target = run.host(order.host) if order.host else host
                target.included.update(order.vars)


def _one(walk: Walk, order: Order, host: HostState) -> None:
    match order:
        case EndRun():
            raise order.error
        case SetStats():
            walk.run.stats.take(order, host.name)
        case Meta():
            _meta(walk, order, host)
        case _:
            learn(walk.run, [order], host)


def _meta(walk: Walk, order: Meta, host: HostState) -> None:
    match order.word:
        case "flush_handlers":
            walk.flush(host)
        case "end_host":
            host.end()
        case "end_role":
            _end_role(walk, host)
        case "refresh_inventory":
            _refresh(walk)
        case _:
            for each in walk.batch.hosts:
                _meta_of_all(walk, order.word, each)


def _meta_of_all(walk: Walk, word: str, host: HostState) -> None:
    match word:
        case "end_batch" | "end_play" if not host.unreachable:
            host.end()
            walk.ending.play = walk.ending.play or word == "end_play"
        case "clear_host_errors":
            host.forgive()
        case "clear_facts":
            host.forget()


def _end_role(walk: Walk, host: HostState) -> None:
    """Pass by all that comes before the end of a role."""
    while (ahead := walk.ahead_of(host)) and not isinstance(ahead.what, Role):
        host.take(walk.ways[host])


def _refresh(walk: Walk) -> None:
    """As in Ansible, a play is over for hosts that it is not for any more.

    Those that a step has added stay only if it is for them.
    """
    walk.run.live.refresh()
    walk.batch.of_play[:] = left = matching.by_now(walk.run, walk.batch.play)
    for host in walk.batch.hosts:
        host.left_out = host.left_out or host.name not in left


def _built(
    walk: Walk, step: Step, order: Include | IncludeRole, params: Mapping[str, Layer]
) -> Inclusion:
    """Read what an order names; `params` are by host."""
    with walk.run.building:
        inclusion = walk.batch.builds.of(order, step, params, walk.batch)
        walk.batch.roles.take(inclusion)
    return inclusion
