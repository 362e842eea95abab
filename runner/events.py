"""What happens in a run, as data: frozen, named in the past tense.

Every start has an end: RunStarted … RunFinished, PlayStarted … PlayFinished,
TaskStarted … TaskFinished (a task over all its hosts), StepStarted … StepFinished (a task on one
host). Arguments of steps travel in events only with `-vvv`; results do, unless `no_log`.
"""

from __future__ import annotations

import math
import time as _time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from .dataclasses import dataclass, field

Status: TypeAlias = Literal["ok", "changed", "skipped", "failed", "unreachable"]

INCLUDES = frozenset({"include_tasks", "include_role"})
"""Steps whose files are told of by an event of their own, FileIncluded."""
_DEEPEST = 100


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Event:
    """The head that all events share; `time` is seconds since the epoch.

    How they are compared and shown stands here once; generated for each, it would slow every start.
    """

    run: str
    time: float = field(default_factory=_time.time)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.run, self.time))

    def __repr__(self) -> str:
        told = (f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({', '.join(told)})"


@dataclass(frozen=True, kw_only=True)
class Recap:
    """One host's totals, in Ansible's words and order."""

    ok: int = 0
    changed: int = 0
    unreachable: int = 0
    failed: int = 0
    skipped: int = 0
    rescued: int = 0
    ignored: int = 0


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RunStarted(Event):
    playbooks: Sequence[str]
    check: bool
    diff: bool


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PlaybookStarted(Event):
    """The first of the `plays` of a playbook comes next; it ends where another begins.

    `recap` is what the playbooks before it have come to.
    """

    playbook: str
    plays: int
    recap: Mapping[str, Recap] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PlayStarted(Event):
    play: str
    hosts: Sequence[str]
    number: int = 0
    """Which play of the run it is; with `serial`, one has several batches."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TaskStarted(Event):
    """`task` numbers the tasks of a run; `step` is the name in the registry.

    `alone`: one host has come to it, and others come to the same when they do.
    `check`: it only tells what it would change. `arguments` are told if a setting asks for them.
    """

    task: int
    name: str
    step: str
    place: str
    handler: bool = False
    alone: bool = False
    check: bool = False
    arguments: str = ""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StepStarted(Event):
    task: int
    host: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StepRetried(Event):
    """An attempt did not meet `until`; another follows. `name` is the task's own, if any."""

    task: int
    host: str
    attempt: int
    left: int
    result: Mapping[str, Any]
    name: str = ""
    delegated_to: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class JobWatched(Event):
    """A job that the run waits for goes on, or has ended; `job` is None if it is not to be told."""

    task: int
    host: str
    job: str | None
    state: Literal["poll", "ok", "failed"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FailurePlaced(Event):
    """The failure that is told next: `source` holds the lines of its file up to the task."""

    task: int
    source: Sequence[str]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ItemFinished(Event):
    """One item of a loop is done; `label` is how it is shown.

    `delegated_to` is a host, with its address in brackets if that is another.
    """

    task: int
    host: str
    label: str
    status: Status
    result: Mapping[str, Any]
    ignored: bool = False
    delegated_to: str | None = None
    before: bool = False
    quiet: bool = False


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StepFinished(Event):
    """`result` is what `register` keeps; `ignored` and `rescued` say who handles a failure.

    Of a loop, `result` has `results`; its items were told before (`loop_results.py`). What came
    `before` was done in the run that this one resumes. A `quiet` one does not ask for its message
    to be shown.
    """

    task: int
    host: str
    status: Status
    result: Mapping[str, Any]
    seconds: float
    ignored: bool = False
    rescued: bool = False
    item_count: int | None = None
    delegated_to: str | None = None
    before: bool = False
    quiet: bool = False


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TaskFinished(Event):
    task: int
    name: str
    seconds: float


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NotificationKept(Event):
    """A step has notified a handler or a topic; who that is turns out when handlers run."""

    host: str
    name: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class HandlerNotified(Event):
    host: str
    handler: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class HostsGone(Event):
    """So many hosts have failed that the play is over; `ends`: none has a step left even so."""

    why: str
    ends: bool = True


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RunSteered(Event):
    """A word of `meta` was obeyed for a host or, if `skipped`, was not; `name` is the task's.

    `alone`: the host goes its own way.
    """

    host: str
    name: str
    place: str
    word: str
    text: str
    skipped: bool
    handler: bool = False
    alone: bool = False


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FileIncluded(Event):
    """A dynamic include found its file; `item` is how the item of its loop is shown."""

    file: str
    hosts: Sequence[str]
    item: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Progressed(Event):
    """A long transfer is `done` of `total` units (`B` for bytes); `total` may be unknown."""

    task: int
    host: str
    what: str
    done: int
    total: int | None
    unit: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LineLogged(Event):
    """A line of what is going on: a command's output, a server's log."""

    task: int
    host: str
    text: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WarningGiven(Event):
    text: str
    place: str = ""
    deprecation: bool = False
    """It is marked as one in what the user sees."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PlayFinished(Event):
    play: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RetryFileWritten(Event):
    """The hosts that have failed stand in this file, one a line."""

    file: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RunFinished(Event):
    """`stats` is what `set_stats` kept, by host; what is about the run, under `_run`."""

    recap: Mapping[str, Recap]
    seconds: float
    exit_code: int
    stats: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


Listener: TypeAlias = Callable[[Event], None]


def send_off(listener: Listener) -> None:
    """Let one that writes (it has `flush`) send off what it has written of some events."""
    if flush := getattr(listener, "flush", None):
        flush()


def to_dict(event: Event) -> dict[str, Any]:
    """The event as JSON types, its name under `event`."""
    data = {"event": type(event).__name__, **vars(event)}
    if isinstance(event, PlaybookStarted | RunFinished):
        data["recap"] = {host: vars(totals) for host, totals in event.recap.items()}
    return data


def from_dict(data: Mapping[str, Any]) -> Event:
    """The event that `to_dict` made this of; JSON in between does no harm."""
    fields = {name: value for name, value in data.items() if name != "event"}
    if "recap" in fields:
        fields["recap"] = {host: Recap(**totals) for host, totals in fields["recap"].items()}
    kind = next(kind for kind in Event.__subclasses__() if kind.__name__ == data["event"])
    return kind(**fields)


def plain(value: object, depth: int = 0) -> object:
    """What comes nearest to the value and can be said in JSON."""
    if isinstance(value, Mapping | list | tuple) and depth > _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, str | int | None) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return vars(value) if isinstance(value, Recap) else str(value)
