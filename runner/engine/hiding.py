"""Values of steps under `no_log` are secrets also in what other steps tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import hidden_values
from ..events import WarningGiven

if TYPE_CHECKING:
    from .run import Run

MOST = 1000
"""So many values a run are followed: to look for each of them in all that is told takes time."""


class Hiding:
    def __init__(self, run: Run) -> None:
        self._run = run
        self._followed: set[str] = set()

    def learn(self, args: Mapping[str, object], result: Mapping[str, object]) -> None:
        """Cover what a hidden step was given and what came of it."""
        if len(self._followed) >= MOST:
            return
        new = set(hidden_values.of_step(args, result, self._is_name)) - self._followed
        self._run.secrets.add(*sorted(new)[: MOST - len(self._followed)])
        self._followed |= new
        if len(self._followed) >= MOST:
            text = f"steps under no_log have had {MOST} values; more are covered there alone"
            self._run.send(WarningGiven, text=text)

    def _is_name(self, text: str) -> bool:
        inventory = self._run.live.current
        return text in inventory.groups or inventory.find(text) is not None
