"""The memory of a run that the journal keeps, and what is there already if it resumes another."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..engine.memory import Before, Decision, Mark, Memory, Result, State
from ..engine.passage import as_json
from ..errors import StateError
from ..events import StepFinished, plain
from ..playbook import Block
from .places import Places
from .sealing import Seal

if TYPE_CHECKING:
    from ..events import Event
    from ..playbook import Step
    from ..session import Session
    from ..vault.opening import Vault
    from .earlier import Earlier
    from .recorder import Recorder
    from .resuming import Resumption


class Kept(Memory):
    """Remembers through the recorder, after the events that came before."""

    def __init__(
        self,
        recorder: Recorder,
        vault: Vault,
        flush: Callable[[], None],
        here: Places,
        earlier: Earlier | None = None,
        doubts: Callable[[Step, Mark, str], Decision] | None = None,
    ) -> None:
        self._recorder = recorder
        self._mask: Callable[[Event], Event] = vault.secrets.mask
        self._seal = Seal(
            vault, recorder.key, lambda kind, text: self._note(kind, Mark("", ""), text)
        )
        self._flush = flush
        self._here = here
        self._earlier = earlier
        self._doubts = doubts
        self._passed: Counter[tuple[int, str, str]] = Counter()
        self._lasting: set[Mark] = set()
        self.resumes = earlier is not None

    def mark(self, play: int, host: str, node: Step | Block) -> Mark | None:
        if not self.resumes and not _is_remembered(node):
            return None
        place = str(node.place)
        self._passed[play, place, host] += 1
        return Mark(self._here.step(play, place, self._passed[play, place, host]), host)

    def once(self, mark: Mark) -> str | None:
        return f"{self._recorder.root_id} {mark}"

    def hold(self, name: str) -> bool:
        return self._recorder.journal.hold(name)

    def let_go(self, name: str) -> None:
        # A server that is away holds nothing.
        with suppress(StateError):
            self._recorder.journal.let_go(name)

    # From before --------------------------------------------------------------------------------

    def before(self, mark: Mark) -> Before | None:
        return self._earlier.turns.get(mark) if self._earlier else None

    def decide(self, step: Step, mark: Mark, what: str) -> Decision | None:
        if self._doubts is None:
            return None
        self._flush()
        return self._doubts(step, mark, what)

    @property
    def answers(self) -> Mapping[str, object]:
        return self._earlier.answers if self._earlier else {}

    # For later ----------------------------------------------------------------------------------

    def items(
        self, mark: Mark | None, find: Callable[[], Sequence[Any]], *, hidden: bool
    ) -> Sequence[Any]:
        if mark is None:
            return find()
        if self._earlier and mark in self._earlier.items:
            return self._earlier.items[mark]
        found = find()
        self._note_what_is_json("items", mark, found, hidden=hidden)
        return found

    def is_answered(self, name: str, answer: object) -> None:
        self._note_what_is_json("answer", Mark(name, ""), answer)

    def is_seen(self, mark: Mark, result: Result, shown: Result) -> None:
        if not as_json(result):
            self._note("not kept", mark, None)
        elif result.get("failed"):
            return
        elif self._covered(shown) != result:
            self._note("result", mark, self._seal.sealed(result), sealed=True)
        elif "invocation" in result:
            # Its event may tell less.
            self._note("result", mark, result)

    def _note_what_is_json(
        self, kind: str, mark: Mark, value: Any, *, hidden: bool = False
    ) -> None:
        if as_json(value):
            is_plain = not hidden and self._covered({kind: value}) == {kind: value}
            kept = value if is_plain else self._seal.sealed(value)
            self._note(kind, mark, kept, sealed=not is_plain)

    def _note(self, kind: str, mark: Mark, value: Any, *, sealed: bool = False) -> None:
        if sealed and value is None:
            kind, sealed = "not kept", False
        self._recorder.note(json.dumps([kind, *mark, value, *([True] if sealed else ())]))

    def claim(self, mark: Mark, *, outlives_power: bool) -> int | None:
        self._flush()
        if outlives_power:
            self._lasting.add(mark)
        return self._recorder.claim(mark, outlives_power=outlives_power)

    def keep(self, mark: Mark, attempt: int, state: State, result: Result, shown: Result) -> None:
        lasting, outcome = mark in self._lasting, self._outcome(result, shown)
        self._recorder.keep((*mark, attempt), state, outcome, outlives_power=lasting)

    def _outcome(self, result: Result, shown: Result) -> str:
        covered = self._covered(shown)
        if covered == result and (whole := as_json(result)):
            return f'{{"result": {whole}, "whole": true}}'
        sealed = self._seal.sealed(result) if as_json(result) else None
        return json.dumps({"result": plain(covered), "whole": False, "sealed": sealed})

    def _covered(self, result: Result) -> Result:
        """The result without secrets."""
        event = StepFinished(run="", task=0, host="", status="ok", result=result, seconds=0)
        masked = self._mask(event)
        return masked.result if isinstance(masked, StepFinished) else {}


def memory(
    recorder: Recorder,
    session: Session,
    flush: Callable[[], None],
    resumption: Resumption | None = None,
) -> Kept:
    """What remembers a run; raises UsageError if it resumes one whose files have changed."""
    plays = (str(play.place) for play in session.plays)
    if resumption is None:
        here = Places.of({}, plays)
        recorder.stands(here)
        return Kept(recorder, session.vault, flush, here)
    changes = resumption.changes(session)
    here = resumption.places(changes, recorder.id, plays)
    recorder.stands(here, changes.texts)
    kept = Kept(
        recorder, session.vault, flush, here, resumption.earlier(session), resumption.decide
    )
    kept.in_doubt = resumption.in_doubt
    return kept


def _is_remembered(node: Step | Block) -> bool:
    """Whether it changes something, or somebody may look at what came of it."""
    if isinstance(node, Block):
        return True
    match node.type.repeat:
        case "harmless":
            return bool(node.register) or node.type.name == "set_fact"
        case "always":
            return node.loop is not None
    return True
