"""What a run remembers of its steps, so that it can be resumed.

A run that is resumed is walked again from its start. Each turn of a step asks first what is known
of it, and what is done is not done again: its result is taken as if it had just come. A step that
changes something is claimed before its effect, and its outcome is kept after it:

    (nothing)  not started
    started    claimed; if the run died, nobody knows how far it came
    failed     it failed and ended its host's part in the run; to be tried again
    done       its outcome is kept
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from ..dataclasses import dataclass

if TYPE_CHECKING:
    from ..playbook import Block, Step

State: TypeAlias = Literal["started", "failed", "done"]
Decision: TypeAlias = Literal["repeat", "skip", "fail"]
Result: TypeAlias = Mapping[str, Any]
InDoubt: TypeAlias = Literal["ask", "repeat", "skip", "fail"]

ALONE = -1
"""In the place of an item's number: the step has no loop."""


class Mark(NamedTuple):
    """A turn of a step, named by what is the same when the run is walked again."""

    step: str
    """Its play, its place, and how often this host has come by."""
    host: str
    item: int = ALONE

    def __str__(self) -> str:
        number = "" if self.item == ALONE else f"[{self.item}]"
        return f"{self.step}{number} {self.host}"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Before:
    """What is known of a turn from the run that is resumed."""

    state: State
    result: Mapping[str, Any]
    whole: bool = True
    """Whether all of its result was kept: nothing in it was a secret, or is no JSON."""
    claimed: bool = False

    @property
    def skipped(self) -> bool:
        return self.state == "done" and bool(self.result.get("skipped"))


class Memory:
    """Of a run that is not remembered."""

    resumes = False
    in_doubt: InDoubt | None = None
    """What was said about steps of which not all is known."""

    @property
    def answers(self) -> Mapping[str, object]:
        """What the user has answered before, by the names of variables."""
        return {}

    def is_answered(self, name: str, answer: object) -> None:
        """Remember an answer."""

    def mark(self, play: int, host: str, node: Step | Block) -> Mark | None:
        """Name what this host has come to; None if nothing has to be remembered of it."""

    def before(self, mark: Mark) -> Before | None:
        """What is known from before."""

    def items(
        self,
        mark: Mark | None,  # noqa: ARG002  # for those who remember
        find: Callable[[], Sequence[Any]],
        *,
        hidden: bool,  # noqa: ARG002  # as above
    ) -> Sequence[Any]:
        """What a loop goes over: as it was before, as its own steps may change what it finds."""
        return find()

    def claim(self, mark: Mark, *, outlives_power: bool) -> int | None:
        """Remember that a step begins; gives the number of the attempt, from 1."""

    def keep(self, mark: Mark, attempt: int, state: State, result: Result, shown: Result) -> None:
        """Remember what became of what was claimed; `shown` is what may be told of it."""

    def is_seen(self, mark: Mark, result: Result, shown: Result) -> None:
        """Somebody may look at what came of a step that claims nothing: its event tells `shown`."""

    def once(self, mark: Mark) -> str | None:
        """A name for the effect of this turn, the same whenever the run is resumed."""

    def decide(self, step: Step, mark: Mark, what: str) -> Decision | None:
        """What to do with a step of which not all is known."""

    def hold(self, name: str) -> bool:  # noqa: ARG002  # for those who share it
        """Hold a name among the machines that share this memory; False if another one has it."""
        return True

    def let_go(self, name: str) -> None:
        """Hold it no more."""


NOTHING = Memory()
