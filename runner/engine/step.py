"""One step on one host: what is told of it, register and notify."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from .. import hearer, params
from ..ansible_words import unheard
from ..dataclasses import dataclass, replace
from ..errors import ExitCode, PlaybookError, Problem
from ..events import (
    Event,
    FailurePlaced,
    ItemFinished,
    NotificationKept,
    StepFinished,
    StepStarted,
    WarningGiven,
)
from ..loop_results import UNTOLD
from ..nodes import MapNode, SeqNode
from ..task import Result
from ..template_text import Template, Vaulted
from . import failure, handlers, invocation, late, loops
from .hosts import GATHERED, Failure, HostState
from .outcome import BAD, Outcome
from .turn import Turn

if TYPE_CHECKING:
    from ..playbook import Loop, Step
    from ..variables import Scope
    from .batch import Batch
    from .memory import Mark

# In Ansible's words: scripts look for them.
_CENSORED = (
    "the output has been hidden due to the fact that 'no_log: true' was specified for this result"
)
_INTERRUPTED = Outcome(status="failed", result={"failed": True, "msg": "interrupted"})
_LINES = 3
"""So many are shown of a task that has failed."""
_RENDERED = frozenset({Template, Vaulted, MapNode, SeqNode})


_Arguments: TypeAlias = tuple[dict[str, Any], Sequence[tuple[object, object]]]


@lru_cache(maxsize=8)
def _arguments(step: Step) -> _Arguments:
    """Once for all hosts: a step may have thousands of them."""
    as_written: dict[str, Any] = {}
    rendered: list[tuple[object, object]] = []
    for name, value in step.args.items():
        if type(name) not in _RENDERED:
            as_written[str(name)] = value
            if name in step.type.expressions or type(value) not in _RENDERED:
                continue
        rendered.append((name, value))
    return as_written, rendered


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StepRun:
    """A step at work on a host. `endures` is how many Ctrl-C it survives."""

    batch: Batch
    step: Step
    host: HostState
    task: int
    endures: int
    rescued: bool
    """Whether a rescue waits for a failure."""
    handler: bool = False
    mark: Mark | None = None
    """What is remembered of it goes by this name."""
    once: bool = False
    """This host acts for all."""

    def run(self) -> Outcome:
        """Do it, and tell it; never raises for what is the user's, the network's or a server's."""
        self.send(StepStarted)
        started = time.monotonic()
        outcome = _INTERRUPTED
        try:
            outcome = self.silently()
            self._remember(outcome)
        finally:
            rescued = outcome.status == "failed" and outcome.failed and self.rescued
            rescued = rescued and not outcome.in_doubt
            self._place(outcome)
            # Not by `send`: to hand on that many names takes a good part of a short step.
            finished = StepFinished(
                run=self.batch.run.id,
                task=self.task,
                host=self.host.name,
                status=outcome.status,
                result=self._told_of(outcome),
                seconds=time.monotonic() - started,
                ignored=outcome.ignored,
                rescued=rescued and not self.stopped(),
                item_count=outcome.items,
                before=outcome.before,
                quiet=outcome.quiet,
                delegated_to=outcome.delegated_to,
            )
            self.batch.run.bus.send(finished)
        return outcome

    def silently(self) -> Outcome:
        """Do it, and tell nobody; what was warned of meanwhile stands in the result."""
        hearer.begin()
        outcome = self._done()
        hearer.tell_in(outcome.result)
        return outcome

    def _done(self) -> Outcome:
        scope = self.batch.scope(self.host, self.step.inherited)
        try:
            loop = self.step.loop
            outcome = self.turn(scope).outcome() if loop is None else self._looped(loop, scope)
            if outcome.result.get("changed") and not outcome.failed:
                return self._notify(outcome)
        except Exception as error:  # noqa: BLE001  # whatever a plugin does, the run goes on
            return self.turn(scope).failed(error)
        return outcome

    @property
    def args(self) -> _Arguments:
        """The arguments as they are in every turn, and those that are rendered in each."""
        return _arguments(self.step)

    @cached_property
    def converted(self) -> Mapping[str, Any]:
        """Arguments that are as written and the same for all items, as the step takes them."""
        if self.step.loop is None:
            return {}
        as_written, rendered = self.args
        same = as_written.keys() - {name for name, _ in rendered}
        kind = params.record(self.step.type.params)
        return kind.converted({name: as_written[name] for name in same})

    def turn(self, scope: Scope, item: int | None = None) -> Turn:
        step = late.resolved(self.step, scope)
        return Turn(self if step is self.step else replace(self, step=step), scope, item)

    def _looped(self, loop: Loop, scope: Scope) -> Outcome:
        from . import repeated

        return repeated.outcome_of(self, loop, scope)

    def run_all(self, prepared: Iterator[object]) -> Iterator[Result | Exception]:
        outcomes: Iterator[Result | Exception] = self.step.type.module.run_all(prepared)
        return outcomes

    # What comes of it -------------------------------------------------------------------------

    @property
    def search_path(self) -> tuple[Path, ...]:
        folders, last = self.step.inherited.folders or (self.step.folder,), self.batch.play.folder
        return folders if last in folders else (*folders, last)

    def told(
        self, loop: Loop, scope: Scope, variables: Mapping[str, Any], outcome: Outcome
    ) -> Outcome:
        kept = {name: value for name, value in variables.items() if name != "ansible_loop"}
        outcome.result.update(kept)
        self._place(outcome)
        finished = ItemFinished(
            run=self.batch.run.id,
            task=self.task,
            host=self.host.name,
            label=loops.CENSORED if outcome.hidden else loops.label(loop, scope),
            status=outcome.status,
            result=self._told_of(outcome),
            ignored=outcome.ignored,
            delegated_to=outcome.delegated_to,
            before=outcome.before,
            quiet=outcome.quiet,
        )
        self.batch.run.bus.send(finished)
        return outcome

    def _notify(self, outcome: Outcome) -> Outcome:
        """Notify handlers; where one is missing, as in Ansible nobody goes on, nor rescues."""
        try:
            for name in dict.fromkeys(outcome.notified):
                self._notify_one(name)
        except PlaybookError as error:
            from ..actions.orders import EndRun

            return replace(outcome, orders=(EndRun(error=error),))
        return outcome

    def _notify_one(self, name: str) -> None:
        found = handlers.called(name, self.batch, self.host)
        if not found:
            if self.batch.run.options.strict_handlers:
                problem = Problem(self.step.place, unheard(name), status=ExitCode.ERROR)
                raise PlaybookError([problem])
            place = str(self.step.place)
            self.batch.run.send(WarningGiven, text=unheard(name), place=place)
            return
        if self.handler:
            handlers.call(found, self.batch, self.host)
        else:
            # Which handlers answer to it is asked when they run: more may be there by then.
            self.host.notified[name] = found
            self.batch.run.send(NotificationKept, host=self.host.name, name=name)

    def _remember(self, outcome: Outcome) -> None:
        if self.step.register:
            self.host.registered[self.step.register] = outcome.result
        # As in Ansible, of an include that is not there its rescue knows nothing.
        if outcome.failed and not outcome.not_found:
            scope = self.batch.scope(self.host, self.step.inherited)
            told = failure.task_told(self.step, scope)
            self.host.failure = Failure(task=told, result=outcome.result)

    def _told_of(self, outcome: Outcome) -> dict[str, Any]:
        shown = self.shown(outcome.result, hidden=outcome.hidden)
        if outcome.hidden:
            return shown
        if outcome.undiffed:
            shown = {name: value for name, value in shown.items() if name != "diff"}
        if outcome.items is not None:
            return {**shown, **UNTOLD}
        loud = self.batch.run.options.verbosity >= invocation.VERBOSITY
        return invocation.beside(shown, outcome) if loud else invocation.without(shown)

    def _place(self, outcome: Outcome) -> None:
        """Tell where the task stands, if it has failed."""
        if outcome.status in BAD:
            from ..report import lines_up_to

            lines = () if outcome.hidden else lines_up_to(self.step.place, _LINES)
            self.batch.run.send(FailurePlaced, task=self.task, source=lines)

    def shown(self, result: dict[str, Any], *, hidden: bool) -> dict[str, Any]:
        if not hidden:
            return {name: _without_own(value) for name, value in result.items()}
        known = {name: result[name] for name in ("attempts",) if name in result}
        return {"censored": _CENSORED, "changed": result.get("changed", False), **known}

    def stopped(self) -> bool:
        return self.batch.run.interrupt.count > self.endures

    def sleep(self, seconds: float) -> None:
        with self.batch.run.interrupt.working(self.endures) as cancellation:
            cancellation.sleep(seconds)

    def send(self, event: Callable[..., Event], **fields: Any) -> None:
        run = self.batch.run
        run.bus.send(event(run=run.id, task=self.task, host=self.host.name, **fields))


def _without_own(value: Any) -> Any:
    """As in Ansible, facts are shown without what is no news of the host."""
    if type(value) is not dict:
        return value
    return {name: _without_own(part) for name, part in value.items() if name != GATHERED}
