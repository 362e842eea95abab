"""What an action asks of the walk: the result of a step that steers a run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..dataclasses import dataclass, field
from ..task import Result

if TYPE_CHECKING:
    from ..errors import PlaybookError
    from ..roles.uses import RoleUse

Word: TypeAlias = Literal[
    "noop",
    "flush_handlers",
    "clear_facts",
    "clear_host_errors",
    "end_host",
    "end_batch",
    "end_play",
    "end_role",
    "refresh_inventory",
    "reset_connection",
]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class _Including:
    """Go on with other tasks. `params` are variables for them."""

    params: Mapping[str, object] = field(default_factory=dict)
    label: str | None = None
    """How the item of the loop is shown."""
    position: object = None
    """The item, and where it stands, if what is included may know."""
    applied: object = None
    """What its `apply` comes to."""
    naming: Mapping[str, object] = field(default_factory=dict)
    """What includes hand over, if the item of a loop names what is imported there."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Include(_Including):
    """Go on with the tasks of this file."""

    file: str

    @property
    def title(self) -> str:
        return os.path.normpath(Path(self.file).absolute())


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class IncludeRole(_Including):
    """Go on with the tasks of this role."""

    use: RoleUse

    @property
    def title(self) -> str:
        return self.use.name


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EndRun:
    """What is included is no playbook, a handler is missing: as in Ansible nobody goes on."""

    error: PlaybookError


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class IncludeVars:
    """Set variables of the host, or of another, that is named; below registered results."""

    vars: Mapping[str, object]
    host: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SetFacts:
    """Set variables of the host, as high as registered results; or of another, that is named."""

    facts: Mapping[str, object]
    cacheable: bool = False
    """Keep them among the facts as well."""
    host: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LearnFacts:
    """Keep what a step has found out about the host, or about another, that is named."""

    facts: Mapping[str, object]
    host: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AddHost:
    """Take a host into the inventory."""

    name: str
    groups: tuple[str, ...]
    variables: Mapping[str, object]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AddGroup:
    """Put a host into a group of the inventory."""

    host: str
    group: str
    parents: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SetStats:
    """Keep words and numbers about the run."""

    data: Mapping[str, object]
    per_host: bool
    aggregate: bool


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Meta:
    """A word of `meta`."""

    word: Word


Order: TypeAlias = (
    Include
    | IncludeRole
    | EndRun
    | IncludeVars
    | SetFacts
    | LearnFacts
    | AddHost
    | AddGroup
    | SetStats
    | Meta
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Ordered(Result):
    """A result with an order for the walk."""

    order: Order
