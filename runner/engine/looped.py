"""A block with `loop`: all of it, once an item. Each host has items of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..dataclasses import replace
from ..errors import TemplateError
from ..events import StepFinished, StepStarted, TaskFinished, TaskStarted
from ..playbook import Block, Inherited, Loop, Node, Step
from . import conditions, failure, loops
from .outcome import Outcome

if TYPE_CHECKING:
    from .hosts import Hosts, HostState
    from .walk import Walk
    from .where import Where

_Params = Mapping[str, Mapping[str, Any]]


def enter(walk: Walk, block: Block, loop: Loop, hosts: Hosts, where: Where) -> Hosts:
    """Walk it until no host has an item left; a host that fails does not go on with the next."""
    items: dict[HostState, list[dict[str, Any]]] = {}
    for host in hosts:
        try:
            items[host] = _items(walk, block, loop, host)
        except TemplateError as error:
            _fail(walk, block, host, error, where)
    through = list(items)
    for index in range(max(map(len, items.values()), default=0)):
        inside = [host for host in through if index < len(items[host])]
        params = {host.name: items[host][index] for host in inside}
        turn = _with(replace(block, loop=None), params)
        done = walk.nodes((turn,), inside, where)
        through = [host for host in through if host not in inside or host in done]
    return through


def _items(walk: Walk, block: Block, loop: Loop, host: HostState) -> list[dict[str, Any]]:
    """The variables of each item; raises TemplateError."""
    scope = walk.batch.scope(host, block.inherited)
    mark = walk.run.memory.mark(walk.batch.number, host.name, block)
    try:
        kept = None if block.inherited.may_be_hidden else mark
        items = walk.run.memory.items(kept, lambda: loops.items(loop, scope))
        return list(loops.variables(loop, items, scope))
    except TemplateError:
        # What is looped over may be missing exactly when the block is not for this host.
        if conditions.first_false(block.inherited.when, scope):
            return []
        raise


def _fail(walk: Walk, block: Block, host: HostState, error: TemplateError, where: Where) -> None:
    """Tell of a block that cannot begin as of a step that has failed."""
    outcome = Outcome(status="failed", result=failure.result(error))
    number, began = next(walk.run.numbers), time.monotonic()
    of_task = {"task": number, "name": "block"}
    walk.run.send(TaskStarted, **of_task, step="block", place=str(block.place))
    walk.run.send(StepStarted, task=number, host=host.name)
    told = {"status": outcome.status, "result": outcome.result, "rescued": where.rescued}
    seconds = time.monotonic() - began
    walk.run.send(StepFinished, task=number, host=host.name, seconds=seconds, **told)
    walk.run.send(TaskFinished, **of_task, seconds=seconds)
    walk.count(block, host, outcome, where)


def _with(node: Node, params: _Params) -> Node:
    """The same node, inside of which each host has variables of its own."""
    inherited = _over(node.inherited, params)
    if isinstance(node, Step):
        return replace(node, inherited=inherited, around=_over(node.around, params))
    return replace(
        node,
        inherited=inherited,
        block=tuple(_with(each, params) for each in node.block),
        rescue=tuple(_with(each, params) for each in node.rescue),
        always=tuple(_with(each, params) for each in node.always),
    )


def _over(inherited: Inherited, params: _Params) -> Inherited:
    return replace(inherited, params=(params, *inherited.params))
