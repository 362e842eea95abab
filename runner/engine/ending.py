"""Why a play does not go on to its last task."""

from __future__ import annotations

from ..dataclasses import dataclass


@dataclass(eq=False, repr=False)
class Ending:
    """Shared by all who walk the play."""

    fatal: str = ""
    """In words, when a failure has ended it for all hosts."""
    breaks: str = ""
    """The same, when it is the end of the playbook, too."""
    batch: bool = False
    """None of the hosts goes on."""
    play: bool = False
    """`end_play`: nor do those of batches to come."""
