"""A step with a loop: done for one item after the other, for some side by side, or for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

from .. import hearer
from ..dataclasses import replace
from ..errors import NotDefined, TemplateError
from ..events import WarningGiven
from . import conditions, growth, loops
from .outcome import Outcome, together

if TYPE_CHECKING:
    from ..playbook import Loop
    from ..variables import Scope
    from .step import StepRun

Tell: TypeAlias = "Callable[[Loop, Scope, Mapping[str, Any], Outcome], Outcome]"

_IN_USE = (
    "The loop variable {!r} is already in use. You should set the `loop_var` value in the"
    " `loop_control` option for the task to something else to avoid variable collisions and"
    " unexpected behavior."
)


def outcome_of(run: StepRun, written: Loop, scope: Scope) -> Outcome:
    """Do it for every item."""
    loop = loops.named(written, scope)
    if loop is not written:
        named = replace(run, step=replace(run.step, loop=loop))
        return outcome_of(named, loop, scope)
    if loop.loop_var in scope:
        text = _IN_USE.format(loop.loop_var)
        run.batch.run.send(WarningGiven, text=text, place=str(loop.place))
    try:
        items = _items(run, loop, scope)
    except NotDefined as missing:
        # What is looped over may be missing exactly when the step is not for this host.
        try:
            skipped = run.turn(scope).not_wanted()
        except TemplateError:
            raise missing from None
        if skipped:
            return skipped
        raise
    if _goes_together(run, loop, scope):
        from .items import Items

        with run.batch.run.interrupt.working(run.endures) as cancellation:
            return together(list(Items(run, loop, scope, cancellation).outcomes(items)))
    if growth.grows(run.step):
        return together(list(_growing(run, loop, items, scope)))
    if loop.parallel is not None:
        return together(list(_side_by_side(run, loop, items, scope)))
    return together(list(_in_turn(run, loop, items, scope, run.told)))


def _items(run: StepRun, loop: Loop, scope: Scope) -> Sequence[Any]:
    hidden = run.step.inherited.may_be_hidden
    memory = run.batch.run.memory
    items = memory.items(run.mark, lambda: loops.items(loop, scope), hidden=hidden)
    if memory.resumes:
        loops.tell_if_edited(run.batch.run, loop, items)
    return items


def _goes_together(run: StepRun, loop: Loop, scope: Scope) -> bool:
    """Tell whether the step takes many items at once, and nothing is said between them."""
    step, flags = run.step, run.step.inherited.flags
    between = (step.until, step.retries, loop.break_when, loop.pause, step.async_seconds)
    if not step.type.takes_many or any(between) or "timeout" in flags:
        return False
    try:
        return not run.turn(scope).written.check
    except TemplateError:
        # It depends on the item.
        return False


def _in_turn(
    run: StepRun, loop: Loop, items: Sequence[Any], scope: Scope, tell: Tell
) -> Iterator[Outcome]:
    before: dict[str, Any] = {}
    pause = loops.pause(loop, scope) if loop.pause and items else 0
    for number, variables in enumerate(loops.variables(loop, items, scope)):
        item_scope = scope.over({**before, **variables} if before else variables)
        turn = run.turn(item_scope, number)
        hearer.next_item()
        outcome = turn.outcome()
        # As in Ansible, a label may lean on what has come of the item.
        seen = turn.seeing(outcome.result) if loop.label else item_scope
        outcome = tell(loop, seen, variables, outcome)
        if run.step.register:
            # As in Ansible, the next item sees under this name what came of this one.
            before[run.step.register] = outcome.result
        # So it does what is set or found out, though the host has it only if all items go well.
        before.update(turn.facts_in(outcome.result))
        yield outcome
        if outcome.status == "failed" and run.stopped():
            break
        if loop.break_when and loops.is_over(loop, turn.seeing(outcome.result)):
            break
        if pause and number < len(items) - 1:
            run.sleep(pause)


def _growing(run: StepRun, loop: Loop, items: Sequence[Any], scope: Scope) -> Iterator[Outcome]:
    """Items are told after the last one: only then is it known which have brought anything new."""
    waiting: list[tuple[Loop, Scope, Mapping[str, Any]]] = []

    def wait(loop: Loop, scope: Scope, variables: Mapping[str, Any], outcome: Outcome) -> Outcome:
        waiting.append((loop, scope, variables))
        return outcome

    outcomes = list(_in_turn(run, loop, items, scope, wait))
    outcomes = growth.all_grown(run, outcomes, [seen for _, seen, _ in waiting])
    for what, outcome in zip(waiting, outcomes, strict=True):
        yield run.told(*what, outcome)


def _side_by_side(
    run: StepRun, loop: Loop, items: Sequence[Any], scope: Scope
) -> Iterator[Outcome]:
    """Some items at a time; they are told in their order."""
    from concurrent.futures import ThreadPoolExecutor

    lanes = conditions.number("parallel", scope.render(loop.parallel), loop.place)
    layers = list(loops.variables(loop, items, scope))
    scopes = [scope.over(layer) for layer in layers]

    def done(scope: Scope, number: int) -> tuple[Scope, Outcome]:
        turn = run.turn(scope, number)
        hearer.begin()
        outcome = turn.outcome()
        hearer.tell_in(outcome.result)
        return turn.seeing(outcome.result), outcome

    with ThreadPoolExecutor(max(1, int(lanes))) as threads:
        found = threads.map(done, scopes, count())
        for layer, (seen, outcome) in zip(layers, found, strict=True):
            yield run.told(loop, seen, layer, outcome)
