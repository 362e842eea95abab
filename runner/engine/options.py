"""What the command line says of how a run goes."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from ..dataclasses import dataclass, field
from ..playbook import Step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..playbook import Node
    from ..variables import Layer
    from .tags import Selection


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
    """Holds every step back until the one that `--start-at-task` names."""

    def __init__(self, pattern: str | None) -> None:
        self._pattern = pattern

    def apart(self) -> StartAt:
        """The same, for a host that goes its own way."""
        return StartAt(self._pattern)

    def join(self, others: Iterable[StartAt]) -> None:
        """Hold nothing back any more if one of these does not."""
        if not all(other.waits for other in others):
            self._pattern = None

    @property
    def waits(self) -> bool:
        return self._pattern is not None

    def reached(self, step: Step) -> bool:
        if self._names(step):
            self._pattern = None
        return not self.waits

    def lies_ahead(self, nodes: Iterable[Node], selection: Selection) -> bool:
        """Whether it is held back until one of these; as in Ansible no rescue begins a run."""
        return any(
            self._names(node) and selection.admits(node.inherited.tags)
            if isinstance(node, Step)
            else self.lies_ahead((*node.block, *node.always), selection)
            for node in nodes
        )

    def is_first(self, nodes: Iterable[Node], selection: Selection) -> bool:
        """Whether it is held back until the very first step of these."""
        first = _first(nodes, selection)
        return first is not None and self._names(first)

    def _names(self, step: Step) -> bool:
        pattern = self._pattern
        return pattern is not None and any(fnmatchcase(name, pattern) for name in step.titles)


def _first(nodes: Iterable[Node], selection: Selection) -> Step | None:
    """The first step that is wanted."""
    for node in nodes:
        if isinstance(node, Step):
            found = node if selection.admits(node.inherited.tags) else None
        else:
            found = _first(node.block, selection)
        if found:
            return found
    return None
