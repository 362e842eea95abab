"""What is known of a run beside its events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..dataclasses import dataclass
from ..errors import ExitCode

RUNNING = "running"
KILLED = "killed"

_STATUSES = {
    ExitCode.OK: "ok",
    ExitCode.FAILED: "failed",
    ExitCode.INVALID: "invalid",
    ExitCode.INTERRUPTED: "interrupted",
}
_ERROR = "error"
STATUSES = (RUNNING, *_STATUSES.values(), KILLED, _ERROR)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Record:
    """A run; what is not known before its end has a default."""

    id: str
    playbooks: Sequence[str]
    arguments: Mapping[str, Any]
    user: str
    machine: str
    folder: str
    started: float
    owner: str
    """The process that has run it, as the ledger calls it."""
    verbosity: int = 0
    commit: str | None = None
    dirty: bool | None = None
    finished: float | None = None
    exit_code: int | None = None
    lost: int = 0
    """How many of its events could not be written."""
    resumes: str | None = None
    """The run that it goes on with."""
    first: str | None = None
    """The first of those that go on with each other, if it is another."""
    given: Sequence[str] = ()
    """Its extra variables, so that they can be given again; stars for what is secret."""

    @property
    def family(self) -> str:
        """What it has in common with those that go on with each other: the first one's name."""
        return self.first or self.id

    def status(self, is_alive: Callable[[str], bool]) -> str:
        """One of STATUSES."""
        if self.exit_code is None:
            return RUNNING if is_alive(self.owner) else KILLED
        return _STATUSES.get(ExitCode(self.exit_code), _ERROR)
