"""A block with `loop`: all of it, once an item. Each host has items of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ..dataclasses import replace
from ..errors import TemplateError
from ..events import StepFinished, StepStarted, TaskFinished, TaskStarted
from ..playbook import Block, Inherited, Loop, Node, Step
from . import conditions, failure, fatal, loops
from .hosts import Failure
from .outcome import Outcome
from .outline import Handed, Layout

if TYPE_CHECKING:
    from ..variables import Layer
    from .hosts import Hosts, HostState
    from .outline import Entry, Item, Turns
    from .walk import Walk

_Params = Mapping[str, Mapping[str, Any]]


def begin(walk: Walk, entry: Entry, turns: Turns, hosts: Hosts, left: Hosts) -> None:
    """Let each host come to the turn of its next item; if it fails there, that was its last."""
    bad: list[tuple[HostState, Outcome]] = []
    if turns.number == 0:
        turns, bad = _found(walk, turns, hosts)
    inside = [host for host in hosts if len(turns.items.get(host.name, ())) > turns.number]
    if inside:
        _come(walk, entry, turns, inside)
    fatal.look_at(walk, turns.block, bad, left, once=False)


def _come(walk: Walk, entry: Entry, turns: Turns, inside: Hosts) -> None:
    """Put the turn before all that comes next, and the rest of them behind it."""
    params = {host.name: turns.items[host.name][turns.number] for host in inside}
    layout = Layout(walk.run.selection.admits, Handed(params, turns.given))
    rest = replace(entry, what=replace(turns, number=turns.number + 1))
    coming: list[Item] = [*layout.groups([turns.block]), rest]
    walk.comes_next(coming)
    for host in inside:
        host.insert(coming)


def _found(walk: Walk, turns: Turns, hosts: Hosts) -> tuple[Turns, list[tuple[HostState, Outcome]]]:
    """The same with the items, and with tasks that see them; and who has no items to be had."""
    items, bad = {}, []
    for host in hosts:
        try:
            items[host.name] = _items(walk, turns.block, turns.loop, host)
        except TemplateError as error:
            bad.append((host, _fail(walk, turns.block, host, error)))
    given: dict[str, Layer] = {}
    block = _block_with(replace(turns.block, loop=None), given)
    return replace(turns, block=block, items=items, given=given), bad


def _items(walk: Walk, block: Block, loop: Loop, host: HostState) -> list[dict[str, Any]]:
    """The variables of each item; raises TemplateError."""
    scope = walk.batch.scope(host, block.inherited)
    mark = walk.run.memory.mark(walk.batch.number, host.name, block)
    try:
        hidden = block.inherited.may_be_hidden
        items = walk.run.memory.items(mark, lambda: loops.items(loop, scope), hidden=hidden)
        if walk.run.memory.resumes:
            loops.tell_if_edited(walk.run, loop, items)
        return list(loops.variables(loop, items, scope))
    except TemplateError:
        # What is looped over may be missing exactly when the block is not for this host.
        if conditions.first_false(block.inherited.when, scope):
            return []
        raise


def _fail(walk: Walk, block: Block, host: HostState, error: TemplateError) -> Outcome:
    """Tell of a block that cannot begin as of a step that has failed."""
    outcome = Outcome(status="failed", result=failure.result(error))
    number, began = next(walk.run.numbers), time.monotonic()
    of_task = {"task": number, "name": "block"}
    walk.run.send(TaskStarted, **of_task, step="block", place=str(block.place))
    walk.run.send(StepStarted, task=number, host=host.name)
    told = {"status": outcome.status, "result": outcome.result, "rescued": host.here.is_rescued}
    seconds = time.monotonic() - began
    walk.run.send(StepFinished, task=number, host=host.name, seconds=seconds, **told)
    walk.run.send(TaskFinished, **of_task, seconds=seconds)
    host.failure = Failure(task={"name": "block", "action": "block"}, result=outcome.result)
    walk.count(block, host, outcome)
    return outcome


def _with(node: Node, params: _Params) -> Node:
    """The same node, inside of which each host has variables of its own."""
    return _block_with(node, params) if isinstance(node, Block) else _step_with(node, params)


def _step_with(step: Step, params: _Params) -> Step:
    inherited, around = _over(step.inherited, params), _over(step.around, params)
    named = step.named and partial(_named, step.named, params)
    return replace(step, inherited=inherited, around=around, named=named)


def _named(named: Callable[[str], Step], params: _Params, word: str) -> Step:
    """The step that it is with this word, where that is a template."""
    return _step_with(named(word), params)


def _block_with(block: Block, params: _Params) -> Block:
    return replace(
        block,
        inherited=_over(block.inherited, params),
        block=tuple(_with(each, params) for each in block.block),
        rescue=tuple(_with(each, params) for each in block.rescue),
        always=tuple(_with(each, params) for each in block.always),
    )


def _over(inherited: Inherited, params: _Params) -> Inherited:
    return replace(inherited, params=(params, *inherited.params))
