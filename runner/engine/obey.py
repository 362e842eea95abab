"""What an action orders: includes are walked, facts are kept, `meta` steers the walk."""

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
from ..dataclasses import replace
from ..events import FileIncluded
from ..playbook import handlers_in
from . import includes, matching
from .hosts import decides
from .includes import Includes

if TYPE_CHECKING:
    from ..playbook import Step
    from ..variables import Layer
    from .hosts import Hosts, HostState
    from .includes import Inclusion
    from .outcome import Outcome
    from .run import Run
    from .walk import Walk
    from .where import Where


def all_orders(
    walk: Walk,
    step: Step,
    done: Sequence[tuple[HostState, Outcome]],
    through: Hosts,
    where: Where,
) -> Hosts:
    """Do what the outcomes of a step order; gives the hosts that got through that, too."""
    wanted, flushing = Includes(), []
    for host, outcome in done:
        if found := includes.among(outcome.orders):
            wanted.add(found, host)
        for order in includes.without(outcome.orders):
            if isinstance(order, Meta) and order.word == "flush_handlers":
                flushing.append(host)
                continue
            _one(walk, order, host)
            if isinstance(order, Meta) and order.word.startswith("end_"):
                rescued = step.place.file == where.rescuing
                _end(order, host, [host for host, _ in done], rescued=rescued)
                if order.word in ("end_batch", "end_play"):
                    _end_failed(walk, [host for host, _ in done])
        if outcome.orders:
            register(step, host, outcome)
    through = _included(walk, step, wanted, done, through, where)
    if flushing:
        flushed = walk.flush(flushing, where)
        through = [host for host in through if host not in flushing or host in flushed]
    return through


def _included(
    walk: Walk,
    step: Step,
    wanted: Includes,
    done: Sequence[tuple[HostState, Outcome]],
    through: Hosts,
    where: Where,
) -> Hosts:
    """Walk through what a step includes; gives the hosts that got through that, too.

    As in Ansible, who fails for some items of a loop walks what others include on the way to the
    rescue, unless the step was imported there.
    """
    if not wanted:
        return through
    for include, params in wanted:
        told = {"file": include.title, "item": include.label}
        walk.run.send(FileIncluded, hosts=list(params), **told)
    is_caught = step.place.file == where.caught
    caught = [host for host, outcome in done if outcome.failed and is_caught]
    inside: Hosts = [host for host, _ in done if host in through or host in caught]
    # As in Ansible, all bring their handlers before the first is walked.
    for inclusion in [_built(walk, step, *each) for each in wanted]:
        inside = _walked(walk, inclusion, inside, where)
    for host in through:
        if host.failed:
            host.behind = host.behind or step.place
    return [host for host in through if host in inside]


def _end(order: Meta, host: HostState, all_hosts: Hosts, *, rescued: bool) -> None:
    """As in Ansible, only right within a rescue hosts end as rescued, not in what that imports."""
    ended = {"end_host": [host], "end_batch": all_hosts, "end_play": all_hosts}
    for each in ended.get(order.word, ()):
        each.failed = each.sunk and not rescued


def _end_failed(walk: Walk, acting: Hosts) -> None:
    """As in Ansible, those that have failed before are no failures of the play any more.

    Unless their outermost block knows of it; others know only that they are to be left out.
    """
    for host in walk.batch.hosts:
        if host.failed and not (host.unreachable or host.sunk or host in acting):
            host.failed = False
            host.condemned = host in walk.ending.fallen


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
        case "end_play":
            walk.ending.play = walk.ending.batch = True
        case "end_batch":
            walk.ending.batch = True
        case "end_host":
            host.ended = True
        case "end_role":
            host.leaving = True
        case "clear_host_errors":
            for each in map(walk.run.host, walk.batch.names):
                each.forgive()
        case "clear_facts":
            for each in walk.batch.hosts:
                each.forget()
        case "refresh_inventory":
            _refresh(walk)


def _refresh(walk: Walk) -> None:
    """As in Ansible, a play is over for hosts that it is not for any more.

    Those that a step has added stay only if it is for them.
    """
    walk.run.live.refresh()
    walk.batch.of_play[:] = left = matching.by_now(walk.run, walk.batch.play)
    for host in walk.batch.hosts:
        host.ended = host.ended or host.name not in left


def _built(
    walk: Walk, step: Step, order: Include | IncludeRole, params: Mapping[str, Layer]
) -> Inclusion:
    """Read what an order names; `params` are by host."""
    with walk.run.building:
        inclusion = walk.batch.builds.of(order, step, params, walk.batch)
        walk.batch.roles.take(inclusion)
    return inclusion


def _walked(walk: Walk, inclusion: Inclusion, hosts: Hosts, where: Where) -> Hosts:
    """Walk what is included with those of the hosts that have included it.

    Who has been struck in what others have included has failed before it.
    """
    inside = [host for host in hosts if host.name in inclusion.params and not host.struck]
    if not inside:
        return hosts
    inclusion.begin()
    nodes = inclusion.built.nodes
    if where.handler and inclusion.is_of_tasks:
        nodes = tuple(handlers_in(nodes))
    through = walk.nodes(nodes, inside, replace(where.inside, depth=where.depth + 1))
    return [host for host in hosts if host not in inside or host in through]
