"""One turn of a step between what is known of it from before and what is to be known after it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from itertools import chain
from types import NoneType
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import Undecided
from ..json_text import encode, of_result
from .hosts import GATHERED
from .memory import ALONE, Before, Mark, State

if TYPE_CHECKING:
    from ..actions.orders import Order
    from ..task import Repeat
    from .outcome import Outcome
    from .step import StepRun
    from .written import Written

_SKIPPED = "whether it was done is not known, and it was not to be repeated"


class Turn(Protocol):
    """What a passage asks of its turn."""

    written: Written

    def judged(self, result: dict[str, Any], order: Order | None) -> Outcome: ...


class Unmarked:
    """Of what nothing is remembered."""

    was_wanted = False
    once: str | None = None

    def known(self, turn: Turn) -> Outcome | None:
        """What came of it before, if that settles it; raises Undecided."""

    def begin(self, turn: Turn) -> None:
        """An attempt begins."""

    def amend(self, result: dict[str, Any]) -> None:
        """Bring in what is known of attempts in earlier runs."""

    def again(self, result: Mapping[str, Any]) -> None:
        """An attempt has failed, and another follows."""

    def end(self, outcome: Outcome) -> Outcome:
        """Keep what came of it."""
        return outcome


_UNMARKED = Unmarked()


def of(whole: StepRun, item: int | None) -> Unmarked:
    """The passage of a turn: alone, or with the item of this number."""
    if whole.mark is None:
        return _UNMARKED
    return Passage(whole, whole.mark._replace(item=ALONE if item is None else item))


class Passage(Unmarked):
    def __init__(self, whole: StepRun, mark: Mark) -> None:
        self._whole = whole
        self._step = whole.step
        self._memory = whole.batch.run.memory
        self._mark = mark
        self._attempt: int | None = None
        self._changed_before = False

    @property
    def once(self) -> str | None:  # type: ignore[override]  # known only if it is asked for
        return self._memory.once(self._mark)

    # Before -----------------------------------------------------------------------------------

    def known(self, turn: Turn) -> Outcome | None:
        before = self._before() if self._memory.resumes else None
        if before is None or before.state == "failed":
            return None
        self.was_wanted = not before.skipped
        if before.skipped:
            return self._as_before(turn, before)
        kind = self._kind(turn)
        if kind == "always" or (self._is_claimed(kind) and not before.claimed):
            return None
        if before.state == "done" and (before.whole or not self._is_seen(before.result)):
            return self._as_before(turn, before)
        if kind == "unsafe":
            return self._decided(turn, before)
        self._changed_before = bool(before.result.get("changed", kind == "safe"))
        return None

    def _before(self) -> Before | None:
        found = self._memory.before(self._mark)
        if found is None and self._whole.once:
            # Whichever host comes first acts for all, and then it may have been another.
            names = [host.name for host in self._whole.batch.hosts]
            marks = [self._mark._replace(host=name) for name in names]
            found = next(filter(None, map(self._memory.before, marks)), None)
        return found

    def _kind(self, turn: Turn) -> Repeat:
        repeat = self._step.type.repeat
        return repeat(turn.written.params()) if callable(repeat) else repeat

    def _is_claimed(self, kind: Repeat) -> bool:
        """Whether its effect is claimed before, and only that claim tells of it."""
        # What takes many items remembers itself what it has done (`ctx.once`).
        is_among_many = self._step.type.takes_many and self._mark.item != ALONE
        return kind == "unsafe" or (kind == "safe" and not is_among_many)

    def _is_seen(self, result: Mapping[str, Any]) -> bool:
        """Whether somebody may look at the result."""
        return bool(self._step.register or "ansible_facts" in result or result.get("failed"))

    def _as_before(self, turn: Turn, before: Before) -> Outcome:
        """Its result, as if it had just come."""
        turn.written.learn_secrets()
        result = {"failed": False, **before.result}
        outcome = turn.judged(result, self._order(turn, result))
        return outcome.from_before()

    def _order(self, turn: Turn, result: Mapping[str, Any]) -> Order | None:
        from ..actions.orders import LearnFacts, SetFacts

        facts, host = result.get("ansible_facts"), turn.written.facts_of
        if not isinstance(facts, dict):
            return None
        if self._step.type.name != "set_fact":
            gathered = {GATHERED: True} if self._step.type.name == "gather_facts" else {}
            return LearnFacts(facts={**facts, **gathered}, host=host)
        cacheable = bool(turn.written.args.get("cacheable"))
        return SetFacts(facts=facts, cacheable=cacheable, host=host)

    def _decided(self, turn: Turn, before: Before) -> Outcome | None:
        done = before.state == "done"
        what = (
            "it was done, but its result held a secret or what cannot be written, and was not kept"
            if done
            else "it had begun when the run ended, and whether it was done is not known"
        )
        match self._memory.decide(self._step, self._mark, what):
            case "repeat":
                return None
            case "skip":
                result = before.result if done else {"skipped": True, "msg": _SKIPPED}
                return self._as_before(turn, Before(state="done", result=result))
        msg = (
            f"{what}; look for yourself, and then resume with --in-doubt repeat, to do it again,"
            " or with --in-doubt skip, to go on behind it"
        )
        raise Undecided(msg)

    # While it is at work ------------------------------------------------------------------------

    def begin(self, turn: Turn) -> None:
        if self._tidies_up():
            return
        kind = "harmless" if turn.written.check else self._kind(turn)
        if self._is_claimed(kind):
            self._attempt = self._memory.claim(self._mark, outlives_power=kind == "unsafe")

    def _tidies_up(self) -> bool:
        """What tidies up after a failure does so again, after what is to follow."""
        return self._whole.host.here.tidies_up or bool(self._whole.batch.run.interrupt.count)

    def amend(self, result: dict[str, Any]) -> None:
        if self._changed_before and not result.get("failed") and not result.get("skipped"):
            # It finds done what the run that was killed has done.
            result["changed"] = True

    def again(self, result: Mapping[str, Any]) -> None:
        if self._attempt:
            self._memory.keep(self._mark, self._attempt, "failed", result, result)

    # After --------------------------------------------------------------------------------------

    def end(self, outcome: Outcome) -> Outcome:
        if not outcome.before and not outcome.in_doubt:
            shown = self._whole.shown(outcome.result, hidden=outcome.hidden)
            if self._attempt:
                self._keep(self._attempt, outcome, shown)
            elif self._is_seen(outcome.result) and not self._tidies_up():
                self._memory.is_seen(self._mark, outcome.result, shown)
        return outcome

    def _keep(self, attempt: int, outcome: Outcome, shown: Mapping[str, Any]) -> None:
        stopped = self._whole.stopped()
        if not _is_unknown(outcome, stopped=stopped):
            failed = outcome.failed and (stopped or not self._whole.rescued)
            state: State = "failed" if failed else "done"
            self._memory.keep(self._mark, attempt, state, outcome.result, shown)


def _is_unknown(outcome: Outcome, *, stopped: bool) -> bool:
    """Nobody knows how far it came."""
    return outcome.failed and (stopped or "timedout" in outcome.result)


def as_json(value: object) -> str | None:
    """The value as JSON; None if it is not the same when it is read again."""
    try:
        if not _is_json(value):
            return None
        text = of_result(value) if isinstance(value, dict) else encode(value)
        if not text.isascii():  # a large one need not be copied
            text.encode()
    except UnicodeEncodeError:  # half of a pair
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return None
    return text


def _is_json(value: object) -> bool:
    # To read it again, and to compare, would need as much memory as a large result once more.
    if isinstance(value, list):
        return _are_json(value)
    if isinstance(value, dict):
        texts = set(map(type, value)) <= _TEXTS or all(isinstance(key, str) for key in value)
        return texts and _are_json(value.values())
    return value is None or isinstance(value, (str, int, float))


def _are_json(values: Collection[object]) -> bool:
    # Most are plain, and of the others many are alike: to ask each of them in a call takes longer.
    kinds = set(map(type, values)) - _PLAIN
    if kinds == _DICTS:
        dicts = [each for each in values if type(each) is dict]
        if set(map(type, chain.from_iterable(dicts))) <= _TEXTS:
            return _are_json([*chain.from_iterable(map(dict.values, dicts))])
    return not kinds or all(_is_json(each) for each in values if type(each) not in _PLAIN)


_TEXTS = frozenset({str})
_DICTS = frozenset({dict})
_PLAIN = frozenset({str, int, float, bool, NoneType})
