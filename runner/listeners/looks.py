"""How a run looks to a person, as the settings have it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from ..dataclasses import dataclass
from .diff import AS_USUAL, Limits


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Looks:
    """By default as in a file: without colours, and with nothing that moves."""

    colour: bool = False
    width: int = 80
    verbosity: int = 0
    interactive: bool = False
    stats: bool = False
    """Show what set_stats has kept."""
    results: Literal["auto", "text", "json", "yaml"] = "text"
    """`auto` is text; where nothing is interactive, scripts find Ansible's words in it."""
    untold: Collection[str] = ()
    """What came out as one of these is not shown."""
    pretty: bool | None = None
    """Spread results over lines; by default those of some steps."""
    markers: bool = False
    """Say what is done in check mode."""
    starts: bool = False
    """Tell of each host that it begins a task."""
    paths: bool = False
    """Tell where a task is written that failed."""
    diffs: Limits = AS_USUAL
    """How much of them."""
