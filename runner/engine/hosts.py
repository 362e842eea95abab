"""One host in the course of a run: what it knows, what was notified, how it fared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..events import Recap


@dataclass(frozen=True, kw_only=True)
class Failure:
    """The last failure of a host, for `rescue`."""

    task: Mapping[str, object]
    result: Mapping[str, object]


@dataclass(eq=False, kw_only=True)
class HostState:
    """Changes while the run goes on; touched by one thread at a time."""

    name: str
    inventory: Mapping[str, object]
    facts: dict[str, Any] = field(default_factory=dict)
    registered: dict[str, Any] = field(default_factory=dict)
    """Registered results and set_fact."""
    included: dict[str, object] = field(default_factory=dict)
    """What include_vars has read."""
    roles_begun: set[str] = field(default_factory=set)
    """Roles of this play of which a task has run."""
    roles_done: set[str] = field(default_factory=set)
    """Roles of this play that need not run again."""
    notified: dict[int, None] = field(default_factory=dict)
    """The handlers to run, by their numbers in the play."""
    failure: Failure | None = None
    failed: bool = False
    ended: bool = False
    """The play is over for this host, though it did not fail."""
    counts: Counter[str] = field(default_factory=Counter)

    def recap(self) -> Recap:
        return Recap(**self.counts)
