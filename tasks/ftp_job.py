"""What an upload or a download has to do for one file."""

from __future__ import annotations

from ..runner.dataclasses import dataclass
from .clients.transfer_plan import Step


@dataclass(slots=True, eq=False, repr=False)
class Job:
    """A file to move, and how that went."""

    step: Step
    seconds: float = 0.0
    attempts: int = 0
    done: int = 0
    """How many bytes are at the other end."""
    checksum: str | None = None
    is_done: bool = False
    is_proved: bool = False
    """Whether all of it is known to have arrived."""
    is_sent: bool = False
    """Whether all of it lies at the other end, though perhaps not under its name yet."""
