"""One step on one host: when, loop, arguments, attempts, register."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import params
from ..actions.orders import Include, IncludeRole, Order, Ordered, SetFacts
from ..errors import Cancelled, PlaybookError, Problem, TaskError, TemplateError
from ..events import (
    HandlerNotified,
    ItemFinished,
    StepFinished,
    StepRetried,
    StepStarted,
    WarningGiven,
)
from ..playbook import MAX_DEPTH
from ..task import Cancellation, Context, Result
from ..template import OMIT
from . import conditions, failure, includes, loops, tell
from .hosts import Failure, HostState
from .items import Items
from .outcome import Outcome, status, together

if TYPE_CHECKING:
    from ..playbook import Loop, Step
    from ..variables import Scope
    from .run import Batch

_CENSORED = "the output has been hidden because of no_log"
_RETRIES = 3
# What a step, a template or a playbook says in words; anything else is a bug.
_WORDS = (TaskError, TemplateError, PlaybookError)


@dataclass(frozen=True, kw_only=True)
class StepRun:
    """A step at work on a host. `endures` is how many Ctrl-C it survives."""

    batch: Batch
    step: Step
    host: HostState
    task: int
    rescued: bool
    endures: int
    depth: int
    flags: dict[str, Any] = field(default_factory=dict)

    def run(self) -> Outcome:
        """Do it, and tell it; never raises for what is the user's, the network's or a server's."""
        self._send(StepStarted)
        started = time.monotonic()
        outcome = Outcome(status="failed", result={"failed": True, "msg": "interrupted"})
        try:
            outcome = self._work()
            self._remember(outcome)
        finally:
            self._send(
                StepFinished,
                status=outcome.status,
                result=self._shown(outcome.result),
                seconds=time.monotonic() - started,
                ignored=outcome.ignored,
                rescued=outcome.failed and self.rescued and not self._stopped(),
                item_count=outcome.items,
            )
        return outcome

    def silently(self) -> Outcome:
        """Do it, and tell nobody."""
        return self._work()

    def _work(self) -> Outcome:
        scope = self.batch.scope(self.host, self.step.inherited)
        try:
            return self._decided(scope)
        except Exception as error:  # noqa: BLE001  # whatever a plugin does, the run goes on
            return self.failed(error)

    def _decided(self, scope: Scope) -> Outcome:
        self._read_flags(scope)
        loop = self.step.loop
        outcome = self._once(scope) if loop is None else self._loop(loop, scope)
        if outcome.result.get("changed") and not outcome.failed:
            self._notify(scope)
        return outcome

    def _read_flags(self, scope: Scope) -> None:
        for name, value in self.step.inherited.flags.items():
            self.flags[name] = conditions.flag(name, scope.render(value), self.step.place)

    # Loops ------------------------------------------------------------------------------------

    def _loop(self, loop: Loop, scope: Scope) -> Outcome:
        try:
            items = loops.items(loop, scope)
        except TemplateError:
            # What is looped over may be missing exactly when the step is not for this host.
            if skipped := self.not_wanted(scope):
                return skipped
            raise
        if self._goes_together(loop):
            with self.batch.run.interrupt.working(self.endures) as cancellation:
                return together(list(Items(self, loop, scope, cancellation).outcomes(items)))
        outcomes: list[Outcome] = []
        for variables in loops.variables(loop, items, scope):
            item_scope = scope.over(variables)
            outcomes.append(self._item(loop, item_scope, variables))
            self._learn(outcomes[-1])
            if outcomes[-1].status == "failed" and self._stopped():
                break
            if loop.break_when and conditions.all_hold(loop.break_when, item_scope):
                break
            loops.pause(loop, item_scope, self._sleep, last=len(outcomes) == len(items))
        return together(outcomes)

    def _learn(self, outcome: Outcome) -> None:
        """Let the next item see what this one has set."""
        for order in outcome.orders:
            if isinstance(order, SetFacts):
                self.host.registered.update(order.facts)

    def _item(self, loop: Loop, scope: Scope, variables: Mapping[str, Any]) -> Outcome:
        try:
            outcome = self._once(scope)
        except Exception as error:  # noqa: BLE001  # whatever a plugin does, the run goes on
            outcome = self.failed(error)
        return self.told(loop, scope, variables, outcome)

    def told(
        self, loop: Loop, scope: Scope, variables: Mapping[str, Any], outcome: Outcome
    ) -> Outcome:
        kept = {name: value for name, value in variables.items() if name != "ansible_loop"}
        result = {**outcome.result, **kept, "ansible_loop_var": loop.loop_var}
        label = "(hidden)" if self._hidden() else loops.label(loop, scope)
        self._send(
            ItemFinished,
            label=label,
            status=outcome.status,
            result=self._shown(result),
            ignored=outcome.ignored,
        )
        return replace(outcome, result=result)

    def _goes_together(self, loop: Loop) -> bool:
        """Tell whether the step takes many items at once, and nothing is said between them."""
        between = (self.step.until, self.step.retries, loop.break_when, loop.pause)
        return self.step.type.takes_many and not self._check() and not any(between)

    def run_all(self, prepared: Iterator[object]) -> Iterator[Result | Exception]:
        outcomes: Iterator[Result | Exception] = self.step.type.module.run_all(prepared)
        return outcomes

    def finished(self, done: Result | Exception, scope: Scope) -> Outcome:
        return self._judged(self._result(done, scope), None)

    def ready(self, scope: Scope, cancellation: Cancellation) -> object:
        """What is to be done with an item, or its Result, or what it fails with."""
        built = self._params(scope)
        try:
            return self.step.type.module.prepare(built, self._context(scope, cancellation))
        except _WORDS as error:
            return error

    # One time ---------------------------------------------------------------------------------

    def _once(self, scope: Scope) -> Outcome:
        return self.not_wanted(scope) or self._attempts(scope)

    def not_wanted(self, scope: Scope) -> Outcome | None:
        false = conditions.first_false(self.step.inherited.when, scope)
        if false is None:
            return None
        result = {
            "changed": False,
            "skipped": True,
            "skip_reason": "Conditional result was False",
            "false_condition": str(false.source),
        }
        return Outcome(status="skipped", result=result)

    def _attempts(self, scope: Scope) -> Outcome:
        """Try until `until` holds; without it once, or with `retries` until it succeeds."""
        attempts, built = self._allowed_attempts(scope), self._params(scope)
        result, order = self._attempt(built, scope)
        if attempts == 1:
            return self._judged(result, order)
        for attempt in range(1, attempts):
            result["attempts"] = attempt
            if self._met(result, scope):
                return self._judged(result, order)
            shown = self._shown(result)
            self._send(StepRetried, attempt=attempt, left=attempts - attempt, result=shown)
            self._sleep(conditions.number("delay", scope.render(self.step.delay), self.step.place))
            result, order = self._attempt(built, scope)
        result["attempts"] = attempts
        if not self._met(result, scope):
            # Ansible counts the repetitions here, not the attempts.
            result.update(failed=True, attempts=attempts - 1)
        return self._judged(result, order)

    def _allowed_attempts(self, scope: Scope) -> int:
        if self.step.retries is None:
            return 1 + (_RETRIES if self.step.until else 0)
        retries = conditions.number("retries", scope.render(self.step.retries), self.step.place)
        return 1 + max(0, int(retries))

    def _met(self, result: Mapping[str, Any], scope: Scope) -> bool:
        if not self.step.until:
            return not result["failed"]
        return conditions.all_hold(self.step.until, self._seeing(result, scope))

    def _seeing(self, result: Mapping[str, Any], scope: Scope) -> Scope:
        return scope.over({self.step.register: result}) if self.step.register else scope

    def _attempt(self, built: object, scope: Scope) -> tuple[dict[str, Any], Order | None]:
        done: Result | Exception
        order = None
        try:
            done = self._do(built, scope)
            order = self._order(done, scope)
        except _WORDS as error:
            done = error
        return self._result(done, scope), order

    def _result(self, done: Result | Exception, scope: Scope) -> dict[str, Any]:
        """What `register` keeps, with the last word for the playbook's author."""
        if isinstance(done, Result):
            for warning in done.warnings:
                self.batch.run.send(WarningGiven, text=warning, place=str(self.step.place))
            result = tell.registered(done)
        elif self._stopped():
            raise Cancelled from done
        else:
            result = failure.result(done)
        seen = self._seeing(result, scope)
        if self.step.changed_when:
            result["changed"] = conditions.all_hold(self.step.changed_when, seen)
        if self.step.failed_when:
            failed = conditions.all_hold(self.step.failed_when, seen)
            result["failed"] = result["failed_when_result"] = failed
        return result

    def _order(self, done: Result, scope: Scope) -> Order | None:
        order = done.order if isinstance(done, Ordered) else None
        if not isinstance(order, Include | IncludeRole):
            return order
        if self.depth >= MAX_DEPTH:
            msg = f"includes are nested more than {MAX_DEPTH} deep; does a file include itself?"
            raise TaskError(msg)
        order = includes.checked(order, self.step, self.batch)
        loop = self.step.loop
        names = [*self.step.own_vars]
        if loop:
            names += [loop.loop_var, *([loop.index_var] if loop.index_var else [])]
        # Read now: inside the file, these names may mean something else.
        inside = scope.over(self.step.own_vars)
        return replace(order, params={name: inside[name] for name in names})

    def _do(self, built: object, scope: Scope) -> Result:
        kind = self.step.type
        if self._check() and not kind.supports_check:
            return Result(skipped=True, msg=f"{kind.name} does not support check mode")
        with self.batch.run.interrupt.working(self.endures) as cancellation:
            result: Result = kind.run(built, self._context(scope, cancellation))
        return result

    def _params(self, scope: Scope) -> object:
        """The step's arguments as its Params; raises PlaybookError."""
        cls = self.step.type.params
        try:
            built = params.build(cls, dict(self._rendered_args(scope)))
        except params.ParamsError as error:
            raise PlaybookError(failure.pointing(error, self.step)) from error
        if params.record(cls).secret:
            for secret in params.secrets(built):
                self.batch.run.secrets.add(secret)
        return built

    def _rendered_args(self, scope: Scope) -> Iterator[tuple[str, Any]]:
        expressions = self.step.type.expressions
        for name, value in self.step.args.items():
            rendered = value if name in expressions else scope.render(value)
            if rendered is not OMIT:
                yield str(name), rendered

    def _context(self, scope: Scope, cancellation: Cancellation) -> Context:
        run = self.batch.run
        folders, hidden = self._search_path(), self._hidden()
        return Context(
            host=self.host.name,
            check=self._check(),
            diff=self.flags.get("diff", run.options.diff),
            verbosity=run.options.verbosity,
            playbook_dir=self.batch.play.folder,
            search_path=folders,
            environment=_environment(self.step.inherited.environment, scope),
            templar=tell.StepTemplar(scope, folders, self.step.place),
            cancellation=cancellation,
            pool=run.pool,
            ledger=run.ledger,
            exit_stack=run.exit_stack,
            temp_dir=run.temp_dir,
            on_progress=tell.nobody if hidden else tell.Progress(run, self.task, self.host.name),
            on_line=tell.nobody if hidden else tell.Lines(run, self.task, self.host.name),
            unvault=partial(tell.unvaulted, vault=run.templates.vault),
            read_variables=partial(tell.read_variables, templates=run.templates),
        )

    def _search_path(self) -> tuple[Path, ...]:
        folders = self.step.inherited.folders or (self.step.folder,)
        return tuple(dict.fromkeys((*folders, self.batch.play.folder)))

    def _notify(self, scope: Scope) -> None:
        for written in self.step.inherited.notify:
            name = str(scope.render(written))
            found = list(self._handlers(name, scope))
            if not found:
                msg = f"no handler is called {name}, and none listens to it"
                raise TaskError(msg)
            for index in found:
                self.host.notified[index] = None
            self.batch.run.send(HandlerNotified, host=self.host.name, handler=name)

    def _handlers(self, name: str, scope: Scope) -> Iterator[int]:
        """The numbers of the handlers that answer to this name; of one name, the last wins."""
        named: list[int] = []
        for index, handler in enumerate(self.batch.roles.handlers):
            if name in map(str, map(scope.or_as_written, handler.listen)):
                yield index
            elif name in _names(handler, scope):
                named.append(index)
        yield from named[-1:]

    # What comes of it -------------------------------------------------------------------------

    def failed(self, error: Exception) -> Outcome:
        return self._judged(failure.result(error), None)

    def _judged(self, result: dict[str, Any], order: Order | None) -> Outcome:
        failed = bool(result["failed"])
        ignored = failed and bool(self.flags.get("ignore_errors")) and not self._stopped()
        return Outcome(
            status=status(result),
            result=result,
            ignored=ignored,
            orders=(order,) if order and not failed else (),
        )

    def _remember(self, outcome: Outcome) -> None:
        if self.step.register:
            self.host.registered[self.step.register] = outcome.result
        if outcome.failed:
            task = {
                "name": str(self.step.name or self.step.type.name),
                "action": self.step.type.name,
            }
            self.host.failure = Failure(task=task, result=outcome.result)

    def _shown(self, result: dict[str, Any]) -> dict[str, Any]:
        if not self._hidden():
            return result
        return {"censored": _CENSORED, "changed": result.get("changed", False)}

    def _hidden(self) -> bool:
        return bool(self.flags.get("no_log", "no_log" in self.step.inherited.flags))

    def _check(self) -> bool:
        return bool(self.flags.get("check_mode", self.batch.run.options.check))

    def _stopped(self) -> bool:
        return self.batch.run.interrupt.count > self.endures

    def _sleep(self, seconds: float) -> None:
        with self.batch.run.interrupt.working(self.endures) as cancellation:
            cancellation.sleep(seconds)

    def _send(self, event: type, **fields: Any) -> None:
        self.batch.run.send(event, task=self.task, host=self.host.name, **fields)


def _names(handler: Step, scope: Scope) -> tuple[str, ...]:
    """What a handler answers to; one of a role also with the name of its role before its own."""
    if handler.name is None:
        return ()
    name, role = str(scope.or_as_written(handler.name)), handler.inherited.role
    return (name, f"{role.name} : {name}") if role else (name,)


def _environment(layers: Sequence[object], scope: Scope) -> dict[str, str]:
    merged: dict[str, str] = {}
    for layer in layers:
        rendered = scope.render(layer)
        if not isinstance(rendered, Mapping):
            problem = Problem(None, f"environment must be a mapping, not {rendered!r}")
            raise TemplateError(problem)
        merged.update({str(name): str(value) for name, value in rendered.items()})
    return merged
