"""One turn of a step on a host: alone, or with one item of its loop. When, arguments, attempts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled, PlaybookError, TaskError, TemplateError, Undecided
from ..events import INCLUDES, JobWatched, StepRetried
from ..task import Cancellation, Result
from . import conditions, failure, growth, invocation, last_word, naming, passage, tell, tracebacks
from .hosts import harmless
from .outcome import BAD, Outcome, status
from .written import Written

if TYPE_CHECKING:
    from ..actions.orders import Order
    from ..events import Status
    from ..task import Context
    from ..variables import Scope
    from .step import StepRun

_RETRIES = 3
# In Ansible's words.
_NO_CHECK = {
    "raw": "",
    "uri": "This action (uri) does not support check mode.",
}
_NO_CHECK_OF_MOST = "remote module ({}) does not support check mode"
_UNTIMED = nullcontext()
_GOOD = frozenset({"ok", "changed"})
# About such a result the playbook's author has no say, nor about a step that was left out: what
# came of it is not known.
_UNKNOWN = frozenset({"unreachable", "timedout"})
_SETS_VARIABLES = frozenset({"set_fact", "include_vars"})
_GATHERS = "gather_facts"
_REFUSING = frozenset({"debug", "pause", "set_fact"})
"""What these fail with is wrong before they are under way."""
_HIDDEN_DOUBT = (
    "whether this was done before the run ended is not known; look for yourself, and then resume"
    " with --in-doubt repeat, to do it again, or with --in-doubt skip, to go on behind it"
)
_LEAVING_OUT = frozenset({"fetch", "script", "unarchive", "uri"})
"""What these leave out is settled; as in Ansible, what others do is asked about all the same."""
# What a step, a template or a playbook says in words; anything else is a bug.
_WORDS = (TaskError, TemplateError, PlaybookError)


class Turn:
    """`whole` is the step at work on the host; `scope` holds the item's variables, too."""

    def __init__(self, whole: StepRun, scope: Scope, item: int | None = None) -> None:
        self._whole = whole
        self._step = whole.step
        self._run = whole.batch.run
        self.passage = passage.of(whole, item)
        self.written = Written(whole, scope, self.passage)
        self._scope = self.written.scope
        self.not_found = False
        self.in_doubt = False
        """What it includes is not there."""
        self.included: Mapping[str, object] = {}
        """What an include says of itself."""
        self._quiet = False
        self._invocation: Mapping[str, object] | None = None
        # As in Ansible, what is kept of an item says what it was given, and a single step does not.
        self._is_kept = item is not None and whole.step.register is not None
        self._is_told = self._is_kept or self._run.options.verbosity >= invocation.VERBOSITY

    def outcome(self) -> Outcome:
        """Never raises for what is the user's, the network's or a server's."""
        try:
            return self.settled() or self.passage.end(self._attempts())
        except Exception as error:  # noqa: BLE001  # whatever a plugin does, the run goes on
            return self.failed(error)

    def settled(self) -> Outcome | None:
        """What came of it in the run that is resumed, or that it is not wanted."""
        return self.passage.known(self) or (None if self.passage.was_wanted else self.not_wanted())

    def not_wanted(self) -> Outcome | None:
        false = conditions.first_false(self._step.inherited.when, self._scope)
        if false is None:
            return None
        result = {
            "changed": False,
            "skipped": True,
            "skip_reason": "Conditional result was False",
            "false_condition": conditions.meant(false, self._scope),
        }
        return Outcome(status="skipped", result=result, hidden=self.written.hidden)

    # Attempts ---------------------------------------------------------------------------------

    def _attempts(self) -> Outcome:
        """Try until `until` holds; without it once, or with `retries` until it succeeds."""
        attempts, delay = self._allowed_attempts(), self.written.number("delay", self._step.delay)
        # As in Ansible, it is read also where nobody waits.
        self.written.number("poll", self._step.poll)
        built = self._built()
        if self._is_told and not isinstance(built, Exception):
            self._invocation = invocation.of(self._step.type, built)
        result, order = self._attempt(built, 1 if attempts > 1 else None)
        if attempts == 1:
            return self.judged(result, order)
        for attempt in range(1, attempts):
            if not self._is_to_be_repeated(result):
                return self.judged(result, order)
            shown = self._whole.shown(result, hidden=self.written.hidden)
            self.passage.again(shown)
            self._whole.send(
                StepRetried,
                attempt=attempt,
                left=attempts - attempt,
                result=shown,
                name=naming.rendered(self._step.name or "", self._scope),
                delegated_to=self.written.told_delegate(),
            )
            self._whole.sleep(delay)
            result, order = self._attempt(built, attempt + 1)
        if self._is_to_be_repeated(result):
            # Ansible counts the repetitions here, not the attempts.
            result.update(failed=True, attempts=attempts - 1)
        return self.judged(result, order)

    def _built(self) -> object:
        """The arguments, or what is wrong with them, where a module would fail with that."""
        try:
            return self.written.params()
        except PlaybookError as error:
            if self._step.type.name in invocation.BY_MODULE:
                return error
            raise

    def _allowed_attempts(self) -> int:
        if self._step.retries is None:
            return 1 + (_RETRIES if self._step.until else 0)
        return 1 + max(0, int(self.written.number("retries", self._step.retries)))

    def _is_to_be_repeated(self, result: Mapping[str, Any]) -> bool:
        if result.get("skipped") and self._step.type.name in _LEAVING_OUT:
            return False
        return _UNKNOWN.isdisjoint(result) and not self._met(result)

    def _met(self, result: Mapping[str, Any]) -> bool:
        if not self._step.until:
            return not result.get("failed")
        return conditions.all_hold(self._step.until, self.seeing(result))

    def seeing(self, result: Mapping[str, Any]) -> Scope:
        """What is known once this has come of it: facts that it has found or set, too."""
        name = self._step.register
        own = {**self.facts_in(result), **({name: result} if name else {})}
        return self._scope.over(own) if own else self._scope

    def facts_in(self, result: Mapping[str, Any]) -> Mapping[str, Any]:
        """The variables by which they are seen before the host has them.

        As in Ansible, `ansible_facts` is not among them.
        """
        found: Mapping[str, Any] = result.get("ansible_facts") or {}
        if not found or self.written.facts_of:
            return {}
        if self._step.type.name in _SETS_VARIABLES:
            return found
        return harmless(found) if self._run.options.inject_facts else {}

    def _attempt(self, built: object, number: int | None) -> tuple[dict[str, Any], Order | None]:
        done: Result | Exception
        order = None
        try:
            done, order = self._ordered(self._do(built))
        except _WORDS as error:
            if self._is_final(error) and not self._whole.stopped():
                raise
            done = error
            order = self._nevertheless(error)
        return self._result(done, number), order

    def _do(self, built: object) -> Result:
        if isinstance(built, PlaybookError):
            raise built
        kind = self._step.type
        if self.written.check and not kind.supports_check:
            usual = _NO_CHECK_OF_MOST.format(kind.name)
            return Result(skipped=True, msg=_NO_CHECK.get(kind.name, usual))
        self.written.check_reach()
        self.passage.begin(self)
        seconds = self.written.number("timeout", self._step.inherited.flags.get("timeout"))
        with self._run.interrupt.working(self._whole.endures) as cancellation:
            # Once somebody wants to stop, what begins is not claimed any more.
            cancellation.check()
            if longest := self.written.number("async", self._step.async_seconds):
                return self._beside(longest, cancellation)
            context = self.written.context(cancellation)
            with _limited(seconds, cancellation) if seconds else _UNTIMED:
                run = self._gather if kind.name == _GATHERS else kind.run
                result: Result = run(built, context)
        return result

    def _gather(self, built: object, context: Context) -> Result:
        from . import fact_modules

        task = self._whole.task
        return fact_modules.gathered(self._run, self._step, self._scope, built, context, task)

    def _beside(self, longest: float, cancellation: Cancellation) -> Result:
        """Do it in a process of its own, and with `poll` wait for that."""
        if not self._step.type.may_be_async:
            msg = f"This action ({self._step.type.name}) does not support async."
            raise TaskError(msg)
        from . import jobs

        context = self.written.context(cancellation)
        job = jobs.start(self._step.type, self.written.args, context, longest)
        written, usual = self._step.poll, self._run.settings.poll_interval
        poll = usual if written is None else self.written.number("poll", written)
        if not poll:
            # As in Ansible, what is only begun does not say what it was given.
            self._invocation = None
            return jobs.begun(job)
        return jobs.follow(job, longest, poll, cancellation, partial(self._job_watched, job.name))

    def _job_watched(self, job: str, state: str) -> None:
        told = None if self.written.hidden else job
        self._whole.send(JobWatched, job=told, state=state)

    def ready(self, cancellation: Cancellation) -> object:
        """What is to be done with an item, or its Result, or what it fails with."""
        built = self.written.params()
        try:
            self.written.check_reach()
            self.passage.begin(self)
            return self._step.type.module.prepare(built, self.written.context(cancellation))
        except _WORDS as error:
            return error

    # What comes of it -------------------------------------------------------------------------

    def _ordered(self, done: Result) -> tuple[Result, Order | None]:
        """The result, and what is left to do for the walk."""
        if type(done) is Result and not done.facts:
            return done, None
        from . import ordered

        return ordered.of(self, self._whole, done)

    def _nevertheless(self, error: Exception) -> Order | None:
        found = error.data.get("ansible_facts") if isinstance(error, TaskError) else None
        if not found or not isinstance(found, Mapping):
            return None
        from . import ordered

        return ordered.of_failure(self, self._step.type.name, found)

    def _result(self, done: Result | Exception, attempt: int | None = None) -> dict[str, Any]:
        """What `register` keeps, with the last word for the playbook's author."""
        if isinstance(done, Result):
            self._tell(done.warnings, done.data)
            self._quiet = done.quiet
            result = tell.registered(done)
            self.passage.amend(result)
        elif self._whole.stopped():
            raise Cancelled from done
        else:
            told = done.data if isinstance(done, TaskError) else {}
            warnings = told.get("warnings")
            self._tell(warnings if isinstance(warnings, list) else (), told)
            self._quiet = isinstance(done, TaskError) and done.quiet
            result = self._failure(done)
        # A module tells itself what it was given.
        if told := result.pop("invocation", None):
            self._invocation = told if self._is_told else None
        if attempt and _UNKNOWN.isdisjoint(result):
            result["attempts"] = attempt
        if self._is_final(done) or _is_unknown(result):
            return result
        return last_word.of(self._step, result, self.seeing)

    def _tell(self, warnings: Sequence[str], told: Mapping[str, Any]) -> None:
        """Warn of what the step says in its result, or as it fails, and of what it is itself."""
        for warning in warnings:
            self._run.warn_once(warning, self._step.place)
        for said in (self._step.type.deprecations, told.get("deprecations")):
            if said:
                from . import deprecations

                deprecations.tell(self._run, said, self._step.place)

    def _is_final(self, done: Result | Exception) -> bool:
        """As in Ansible, nobody has a say in what is wrong before a step is under way."""
        if isinstance(done, TaskError):
            return done.final or self._step.type.name in _REFUSING
        return isinstance(done, TemplateError)

    def finished(self, done: Result | Exception) -> Outcome:
        return self.passage.end(self.judged(self._result(done), None))

    def failed(self, error: Exception) -> Outcome:
        return self.passage.end(self.judged(self._failure(error), None))

    def _failure(self, error: Exception) -> dict[str, Any]:
        if isinstance(error, Undecided):
            self.in_doubt = True
            if self.written.hidden:
                # Its result is not told, and nobody would know what to do.
                self._run.warn_once(_HIDDEN_DOUBT, self._step.place)
        return tracebacks.of_failure(self._run.settings, failure.result(error), error)

    def _delegate_as_told(self, found: Status) -> str | None:
        """As in Ansible, the address of one that is out of reach is not told."""
        written = self.written
        return written.told_delegate() if found == "unreachable" else written.told_address()

    def judged(self, result: dict[str, Any], order: Order | None) -> Outcome:
        itself = found = status(result)
        if order and found in _GOOD:
            found = self._ordering(found, result, order)
        bad = found in BAD
        # As in Ansible, no handler hears of what an order of it changes.
        is_heard = found == itself and not bad and found != "skipped"
        if bad:
            self._explain(found, result)
        self.written.hide(result)
        if self._is_kept and self._invocation and found != "unreachable":
            result["invocation"] = self._invocation
        return Outcome(
            status=found,
            result=result,
            ignored=bad and self._is_ignored(found),
            not_found=int(self.not_found),
            in_doubt=self.in_doubt,
            hidden=self.written.hidden,
            orders=(order,) if order and not bad else (),
            quiet=self._quiet,
            undiffed="diff" in result and not (self._run.options.diff or self.written.diff),
            invocation=self._invocation,
            notified=self.written.notified() if is_heard else (),
            delegated_to=self._delegate_as_told(found),
        )

    def _ordering(self, found: Status, result: dict[str, Any], order: Order) -> Status:
        """How it went so far, with something left to do for the walk."""
        step = self._step
        if not step.loop and growth.grows(step):
            found = growth.grown(self._whole, result, order, self._scope)
        if found == "ok" and step.type.name in INCLUDES:
            # As in Ansible, nothing is said of what is yet to come.
            for name in ("failed", "changed") if step.loop else ("failed",):
                del result[name]
        return found

    def _explain(self, found: Status, result: dict[str, Any]) -> None:
        """Add the words that playbooks for Ansible look for in what went wrong."""
        result.setdefault("exception", tracebacks.without_error(self._run.settings))
        if found == "failed":
            # Only what the playbook's author calls a failure has no words for it.
            result.setdefault("msg", last_word.UNKNOWN)
            if self.not_found:
                result.update({**self.included, "reason": result.get("msg", "")})

    def _is_ignored(self, found: Status) -> bool:
        keyword = "ignore_unreachable" if found == "unreachable" else "ignore_errors"
        forgiven = not (self.not_found or self.in_doubt) and self.written.forgives(keyword)
        return forgiven and not self._whole.stopped()


def _is_unknown(result: Mapping[str, Any]) -> bool:
    return bool(result.get("skipped")) or not result.keys().isdisjoint(_UNKNOWN)


def _limited(seconds: float, cancellation: Cancellation) -> AbstractContextManager[None]:
    from . import time_limit

    return time_limit.within(seconds, cancellation)
