"""`lock` of a play: no other run is in a play with a lock of this name meanwhile.

The lock is the process's own, and goes with it however it ends; what is remembered of it tells
others who has it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

from .. import who
from ..errors import Cancelled, PlaybookError, Problem, StateError
from ..events import WarningGiven
from . import conditions, outer

if TYPE_CHECKING:
    from ..errors import Place
    from ..playbook import Lock, Play
    from .run import Run

_SPACE = "locks of plays"
_LOOK_AGAIN = 0.1


def take(run: Run, play: Play, until: ExitStack) -> bool:
    """Have the play's lock until then; False if the run was interrupted while it waited.

    Raises PlaybookError, which tells who has it.
    """
    if not play.lock or run.options.check:
        return True
    name, patience = _wanted(run, play, play.lock)
    if not name:
        return True
    waiting = _Waiting(run, play.lock.place, name, patience)
    try:
        until.enter_context(run.ledger.held(f"lock {name}", waiting))
        run.ledger.put(_SPACE, {name: _card(run)}, outlives_power=False)
        _take_from_machines(run, f"lock {name}", waiting, until)
    except Cancelled:
        return False
    except StateError as error:
        message = f"nobody can tell who has the lock {name}: {error}"
        raise PlaybookError([Problem(play.lock.place, message)]) from error
    return True


def _take_from_machines(run: Run, name: str, waiting: _Waiting, until: ExitStack) -> None:
    """Have it among the machines that share what is remembered, too."""
    waiting.is_elsewhere = True
    while not run.memory.hold(name):
        waiting(_LOOK_AGAIN)
    until.callback(run.memory.let_go, name)


def _wanted(run: Run, play: Play, lock: Lock) -> tuple[str, float]:
    """Its name, and for how many seconds to wait."""
    given = outer.scope_of(run, play).render(lock.written)
    if not isinstance(given, Mapping):
        return str(given or ""), 0
    return str(given["name"]), conditions.number("wait", given.get("wait", 0), lock.place)


class _Waiting:
    """Asked again and again while another has it."""

    def __init__(self, run: Run, place: Place, name: str, patience: float) -> None:
        self._run = run
        self._place = place
        self._name = name
        self._end = time.monotonic() + patience
        self._is_told = False
        self.is_elsewhere = False
        """Whether on this machine nobody has it."""

    def __call__(self, seconds: float) -> None:
        left = self._end - time.monotonic()
        if left <= 0:
            hint = "try again when it is done, or wait for it: lock: {name: …, wait: 600}"
            raise PlaybookError([Problem(self._place, self._held, hint)])
        if not self._is_told:
            text = f"{self._held}; waiting"
            self._run.send(WarningGiven, text=text, place=str(self._place))
            self._is_told = True
        with self._run.interrupt.working(0) as cancellation:
            cancellation.sleep(min(seconds, left))

    @property
    def _held(self) -> str:
        if self.is_elsewhere:
            return f"the lock {self._name} is held by a run on another machine"
        card = self._run.ledger.get(_SPACE, self._name)
        if card is None:
            return f"the lock {self._name} is held by another run"
        return (
            f"the lock {self._name} is held by {card['user']} on {card['host']}, process"
            f" {card['pid']}, run {card['run']}, since {card['since']}"
        )


def _card(run: Run) -> Mapping[str, object]:
    return {
        "user": who.user(),
        "host": os.uname().nodename,
        "pid": os.getpid(),
        "run": run.id,
        "since": time.strftime("%Y-%m-%d %H:%M:%S"),
    }
