"""What an action asks of the walk: the result of a step that steers a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ..role_use import RoleUse
from ..task import Result


@dataclass(frozen=True, kw_only=True)
class Include:
    """Go on with the tasks of this file. `params` are variables for them."""

    file: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.file


@dataclass(frozen=True, kw_only=True)
class IncludeRole:
    """Go on with the tasks of this role."""

    use: RoleUse
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.use.name


@dataclass(frozen=True, kw_only=True)
class IncludeVars:
    """Set variables of the host, below registered results."""

    vars: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class SetFacts:
    """Set variables of the host, as high as registered results."""

    facts: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Meta:
    """A word of `meta`."""

    word: Literal[
        "noop", "flush_handlers", "clear_host_errors", "end_host", "end_play", "clear_facts"
    ]


Order: TypeAlias = Include | IncludeRole | IncludeVars | SetFacts | Meta


@dataclass(frozen=True, kw_only=True)
class Ordered(Result):
    """A result with an order for the walk."""

    order: Order
