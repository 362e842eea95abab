"""What the command line says of how a run goes."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from ..dataclasses import dataclass, field

if TYPE_CHECKING:
    from ..playbook import Step
    from ..variables import Layer


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Options:
    """The switches of the command line that change how a run goes."""

    check: bool = False
    diff: bool = False
    forks: int = 5
    verbosity: int = 0
    force_handlers: bool = False
    limit: str | None = None
    """`--limit` as it was written."""
    inject_facts: bool = True
    """Whether facts are variables, beside being in `ansible_facts`."""
    lone_plays: Literal["nobody", "error", "warning", "ignore"] = "nobody"
    """What it is if patterns match no host; `nobody` is an error of plays without any."""
    extra_vars: Layer = field(default_factory=dict)
    strict_handlers: bool = True
    """Whether it is an error to notify a handler that is not there."""
    any_errors_fatal: bool = False
    gathering: str = "explicit"
    strategy: str = "linear"
    """Of plays that do not name one."""
    connection: str | None = None
    """Of hosts that do not say how they are reached; `local` if nobody says."""


class StartAt:
    """Which step a run begins at, as `--start-at-task` names it."""

    def __init__(self, pattern: str | None) -> None:
        self._pattern = pattern

    @property
    def waits(self) -> bool:
        """No host has come to it yet."""
        return self._pattern is not None

    def reached(self) -> None:
        self._pattern = None

    def names(self, step: Step) -> bool:
        pattern = self._pattern
        return pattern is not None and any(fnmatchcase(name, pattern) for name in step.titles)
