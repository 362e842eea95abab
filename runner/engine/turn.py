"""One turn of a step on a host: alone, or with one item of its loop. When, arguments, attempts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from .. import params
from ..actions.orders import (
    AddGroup,
    AddHost,
    Include,
    IncludeRole,
    LearnFacts,
    Order,
    Ordered,
    SetFacts,
)
from ..errors import Cancelled, PlaybookError, Problem, TaskError, TemplateError
from ..events import StepRetried, WarningGiven
from ..nodes import SeqNode
from ..playbook import MAX_DEPTH
from ..task import Cancellation, Context, Result
from ..template import OMIT
from . import conditions, failure, includes, jobs, reach, tell, time_limit
from .outcome import Outcome, status

if TYPE_CHECKING:
    from ..errors import Place
    from ..playbook import Step
    from ..variables import Scope
    from .step import StepRun

_RETRIES = 3
_YES_OR_NO = (
    *("no_log", "ignore_errors", "ignore_unreachable", "check_mode", "diff", "delegate_facts"),
)
# What a step, a template or a playbook says in words; anything else is a bug.
_WORDS = (TaskError, TemplateError, PlaybookError)


class Turn:
    """`whole` is the step at work on the host; `scope` holds the item's variables, too."""

    def __init__(self, whole: StepRun, scope: Scope) -> None:
        self._whole = whole
        self._scope = scope
        self._step = whole.step
        self._run = whole.batch.run

    def outcome(self) -> Outcome:
        """Never raises for what is the user's, the network's or a server's."""
        try:
            return self.not_wanted() or self._attempts()
        except Exception as error:  # noqa: BLE001  # whatever a plugin does, the run goes on
            return self.failed(error)

    def not_wanted(self) -> Outcome | None:
        false = conditions.first_false(self._step.inherited.when, self._scope)
        if false is None:
            return None
        result = {
            "changed": False,
            "skipped": True,
            "skip_reason": "Conditional result was False",
            "false_condition": str(false.source),
        }
        return Outcome(status="skipped", result=result, hidden=self.hidden)

    # Keywords ---------------------------------------------------------------------------------

    @cached_property
    def flags(self) -> Mapping[str, bool]:
        """The keywords that are yes or no."""
        written, place = self._step.inherited.flags, self._step.place
        values = {name: self._scope.render(written[name]) for name in _YES_OR_NO if name in written}
        return {
            name: conditions.flag(name, value, place)
            for name, value in values.items()
            if value is not OMIT
        }

    @property
    def hidden(self) -> bool:
        """What cannot be told from `no_log` is hidden."""
        try:
            return bool(self.flags.get("no_log", False))
        except TemplateError:
            return "no_log" in self._step.inherited.flags

    @property
    def check(self) -> bool:
        return bool(self.flags.get("check_mode", self._run.options.check))

    @cached_property
    def delegate(self) -> str | None:
        """The host that the step is delegated to."""
        written = self._step.inherited.flags.get("delegate_to")
        value = None if written is None else self._scope.render(written)
        if value is None or value is OMIT:
            return None
        if isinstance(value, str) and value:
            return value
        message = f"delegate_to must be the name of a host, not {value!r:.60}"
        raise TemplateError(Problem(self._step.place, message))

    def _number(self, name: str, written: object) -> float:
        """A keyword that is a number; 0 if it is not given."""
        value = 0 if written is None else self._scope.render(written)
        return 0 if value is OMIT else conditions.number(name, value, self._step.place)

    # Attempts ---------------------------------------------------------------------------------

    def _attempts(self) -> Outcome:
        """Try until `until` holds; without it once, or with `retries` until it succeeds."""
        attempts, built = self._allowed_attempts(), self.params()
        result, order = self._attempt(built)
        if attempts == 1:
            return self._judged(result, order)
        for attempt in range(1, attempts):
            result["attempts"] = attempt
            if self._met(result):
                return self._judged(result, order)
            shown = self._whole.shown(result, hidden=self.hidden)
            self._whole.send(StepRetried, attempt=attempt, left=attempts - attempt, result=shown)
            self._whole.sleep(self._number("delay", self._step.delay))
            result, order = self._attempt(built)
        result["attempts"] = attempts
        if not self._met(result):
            # Ansible counts the repetitions here, not the attempts.
            result.update(failed=True, attempts=attempts - 1)
        return self._judged(result, order)

    def _allowed_attempts(self) -> int:
        if self._step.retries is None:
            return 1 + (_RETRIES if self._step.until else 0)
        return 1 + max(0, int(self._number("retries", self._step.retries)))

    def _met(self, result: Mapping[str, Any]) -> bool:
        if not self._step.until:
            return not result["failed"]
        return conditions.all_hold(self._step.until, self._seeing(result))

    def _seeing(self, result: Mapping[str, Any]) -> Scope:
        name = self._step.register
        return self._scope.over({name: result}) if name else self._scope

    def _attempt(self, built: object) -> tuple[dict[str, Any], Order | None]:
        done: Result | Exception
        order = None
        try:
            done, order = self._ordered(self._do(built))
        except _WORDS as error:
            done = error
        return self._result(done), order

    def _do(self, built: object) -> Result:
        kind = self._step.type
        if self.check and not kind.supports_check:
            return Result(skipped=True, msg=f"{kind.name} does not support check mode")
        self._reach()
        seconds = self._number("timeout", self._step.inherited.flags.get("timeout"))
        with self._run.interrupt.working(self._whole.endures) as cancellation:
            if longest := self._number("async", self._step.async_seconds):
                return self._beside(longest, cancellation)
            with time_limit.within(seconds, cancellation):
                result: Result = kind.run(built, self._context(cancellation))
        return result

    def _reach(self) -> None:
        """Raises Unreachable."""
        name, whole = self.delegate, self._whole
        scope = self._scope if name is None else whole.batch.variables_of(name)
        reach.check(self._step.type.name, name or whole.host.name, scope)

    def _beside(self, longest: float, cancellation: Cancellation) -> Result:
        """Do it in a process of its own, and with `poll` wait for that."""
        if not self._step.type.may_be_async:
            msg = f"This action ({self._step.type.name}) does not support async."
            raise TaskError(msg)
        if self.check:
            return Result(skipped=True, msg="check mode and async cannot be used on same task")
        context = self._context(cancellation)
        job = jobs.start(self._step.type, self._args, context, longest)
        poll = self._number("poll", self._step.poll)
        return jobs.follow(job, longest, cancellation) if poll else jobs.begun(job)

    def ready(self, cancellation: Cancellation) -> object:
        """What is to be done with an item, or its Result, or what it fails with."""
        built = self.params()
        try:
            self._reach()
            return self._step.type.module.prepare(built, self._context(cancellation))
        except _WORDS as error:
            return error

    # Arguments --------------------------------------------------------------------------------

    def params(self) -> object:
        """The step's arguments as its Params; raises PlaybookError."""
        cls = self._step.type.params
        try:
            built = params.build(cls, self._args)
        except params.ParamsError as error:
            raise PlaybookError(failure.pointing(error, self._step)) from error
        if params.record(cls).secret:
            for secret in params.secrets(built):
                self._run.secrets.add(secret)
        return built

    @cached_property
    def _args(self) -> dict[str, Any]:
        expressions, args = self._step.type.expressions, self._step.args
        rendered = {
            str(name): value if name in expressions else self._scope.render(value)
            for name, value in args.items()
        }
        return {name: value for name, value in rendered.items() if value is not OMIT}

    def _context(self, cancellation: Cancellation) -> Context:
        run, whole = self._run, self._whole
        folders, hidden = whole.search_path(), self.hidden
        return Context(
            host=whole.host.name,
            check=self.check,
            diff=self.flags.get("diff", run.options.diff),
            verbosity=run.options.verbosity,
            playbook_dir=whole.batch.play.folder,
            search_path=folders,
            environment=_environment(self._step.inherited.environment, self._scope),
            templar=tell.StepTemplar(
                self._scope, folders, self._step.place, dict(_expressions(self._step))
            ),
            cancellation=cancellation,
            pool=run.pool,
            ledger=run.ledger,
            exit_stack=run.exit_stack,
            temp_dir=run.temp_dir,
            on_progress=tell.nobody if hidden else tell.Progress(run, whole.task, whole.host.name),
            on_line=tell.nobody if hidden else tell.Lines(run, whole.task, whole.host.name),
            unvault=partial(tell.unvaulted, vault=run.templates.vault),
            read_variables=partial(tell.read_variables, templates=run.templates),
        )

    # What comes of it -------------------------------------------------------------------------

    def _ordered(self, done: Result) -> tuple[Result, Order | None]:
        """The result, and what is left to do for the walk."""
        order = done.order if isinstance(done, Ordered) else None
        match order:
            case Include() | IncludeRole():
                return done, self._include(order)
            case SetFacts():
                return done, replace(order, host=self._facts_of)
            case AddHost():
                news = self._run.live.add_host(order.name, order.groups, order.variables)
                return replace(done, changed=news), None
            case AddGroup():
                news = self._run.live.is_new(order.host, order.group, order.parents)
                return replace(done, changed=news), order
        if order is None and done.facts:
            return done, LearnFacts(facts=done.facts, host=self._facts_of)
        return done, order

    @property
    def _facts_of(self) -> str | None:
        """The host whose facts they are, if it is another."""
        return self.delegate if self.flags.get("delegate_facts") else None

    def _include(self, order: Include | IncludeRole) -> Include | IncludeRole:
        if self._whole.depth >= MAX_DEPTH:
            msg = f"includes are nested more than {MAX_DEPTH} deep; does a file include itself?"
            raise TaskError(msg)
        with self._run.building:
            found = includes.checked(order, self._step, self._whole.batch)
        loop = self._step.loop
        names = [*self._step.own_vars]
        if loop:
            names += [loop.loop_var, *([loop.index_var] if loop.index_var else [])]
        # Read now: inside the file, these names may mean something else.
        inside = self._scope.over(self._step.own_vars)
        return replace(found, params={name: inside[name] for name in names})

    def _result(self, done: Result | Exception) -> dict[str, Any]:
        """What `register` keeps, with the last word for the playbook's author."""
        if isinstance(done, Result):
            for warning in done.warnings:
                self._run.send(WarningGiven, text=warning, place=str(self._step.place))
            result = tell.registered(done)
        elif self._whole.stopped():
            raise Cancelled from done
        else:
            result = failure.result(done)
        if result.get("unreachable"):
            return result
        seen = self._seeing(result)
        if self._step.changed_when:
            result["changed"] = conditions.all_hold(self._step.changed_when, seen)
        if self._step.failed_when:
            failed = conditions.all_hold(self._step.failed_when, seen)
            result["failed"] = result["failed_when_result"] = failed
        return result

    def finished(self, done: Result | Exception) -> Outcome:
        return self._judged(self._result(done), None)

    def failed(self, error: Exception) -> Outcome:
        return self._judged(failure.result(error), None)

    def _judged(self, result: dict[str, Any], order: Order | None) -> Outcome:
        found = status(result)
        bad = found in ("failed", "unreachable")
        forgiving = "ignore_unreachable" if found == "unreachable" else "ignore_errors"
        return Outcome(
            status=found,
            result=result,
            ignored=bad and self._is_set(forgiving) and not self._whole.stopped(),
            hidden=self.hidden,
            orders=(order,) if order and not bad else (),
            delegated_to=self._told_delegate(),
        )

    def _is_set(self, flag: str) -> bool:
        try:
            return self.flags.get(flag, False)
        except TemplateError:
            return False

    def _told_delegate(self) -> str | None:
        """None also for the host itself: nobody needs to be told."""
        try:
            return None if self.delegate == self._whole.host.name else self.delegate
        except TemplateError:
            return None


def _expressions(step: Step) -> Iterator[tuple[str, Place]]:
    """The expressions among a step's arguments, each with its place."""
    for name in step.type.expressions & step.args.keys():
        value, place = step.args[name], step.args.value_places[name]
        entries = zip(value, value.places, strict=True) if isinstance(value, SeqNode) else ()
        yield from ((str(each), where) for each, where in entries)
        if isinstance(value, str):
            yield value, place


def _environment(layers: Sequence[object], scope: Scope) -> dict[str, str]:
    merged: dict[str, str] = {}
    for layer in layers:
        rendered = scope.render(layer)
        if not isinstance(rendered, Mapping):
            problem = Problem(None, f"environment must be a mapping, not {rendered!r}")
            raise TemplateError(problem)
        merged.update({str(name): str(value) for name, value in rendered.items()})
    return merged
