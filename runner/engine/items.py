"""The items of a loop that a step takes together (`prepare` and `run_all`, see task.py).

The step asks for items as it can take them, so some are in hand while others are told. Each is told
in its turn, also if it needed no work or was not fit for any.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ..dataclasses import dataclass
from ..task import Cancellation, Result
from . import loops

if TYPE_CHECKING:
    from ..playbook import Loop
    from ..variables import Scope
    from .outcome import Outcome
    from .turn import Turn


class Step(Protocol):
    """A step at work on a host, which decides about each item as about any."""

    def run_all(self, prepared: Iterator[object]) -> Iterator[Result | Exception]: ...
    def turn(self, scope: Scope, item: int | None = None) -> Turn: ...
    def told(
        self, loop: Loop, scope: Scope, variables: Mapping[str, Any], outcome: Outcome
    ) -> Outcome: ...


@dataclass(eq=False, repr=False)
class _Item:
    """One item, until it is told."""

    variables: Mapping[str, Any]
    turn: Turn
    outcome: Outcome | None = None


class Items:
    def __init__(self, step: Step, loop: Loop, scope: Scope, cancellation: Cancellation) -> None:
        self._step = step
        self._loop = loop
        self._scope = scope
        self._cancellation = cancellation
        self._waiting: deque[_Item] = deque()

    def outcomes(self, items: Sequence[Any]) -> Iterator[Outcome]:
        """Have all done; after what no item can be blamed for, the rest is left out."""
        try:
            for done in self._step.run_all(self._prepared(items)):
                yield from self._settled()
                item = self._waiting[0]
                item.outcome = item.turn.finished(done)
                yield from self._settled()
        except Exception as error:  # noqa: BLE001  # whatever a plugin does, the run goes on
            yield from self._settled()
            if self._waiting:
                item = self._waiting[0]
                item.outcome = item.turn.failed(error)
        yield from self._settled()

    def _prepared(self, items: Sequence[Any]) -> Iterator[object]:
        for number, variables in enumerate(loops.variables(self._loop, items, self._scope)):
            item = _Item(variables, self._step.turn(self._scope.over(variables), number))
            self._waiting.append(item)
            ready = self._ready(item)
            if item.outcome is None:
                yield ready

    def _ready(self, item: _Item) -> object:
        """What the step is to do; nothing if the item has its outcome without."""
        try:
            item.outcome = item.turn.settled()
            if item.outcome is None:
                ready = item.turn.ready(self._cancellation)
                if not isinstance(ready, (Result, Exception)):
                    return ready
                item.outcome = item.turn.finished(ready)
        except Exception as error:  # noqa: BLE001  # as above
            item.outcome = item.turn.failed(error)
        return None

    def _settled(self) -> Iterator[Outcome]:
        while self._waiting and (outcome := self._waiting[0].outcome):
            item = self._waiting.popleft()
            seen = item.turn.seeing(outcome.result)
            yield self._step.told(self._loop, seen, item.variables, outcome)
