"""What a run reads besides its playbooks, and whether it was changed since the run was heard of.

The texts of these files are not kept: they may be large, and what is secret in them nobody can see.
So all that can be told is that something has happened to them since, and not what.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from ..events import StepFinished, TaskStarted
from ..session import all_steps, steps_in
from ..template_text import has_marks

if TYPE_CHECKING:
    from ..events import Event
    from ..playbook import Step
    from ..session import Session

_SOURCES = {
    "assemble": ("src", "files"),
    "copy": ("src", "files"),
    "script": ("cmd", "files"),
    "template": ("src", "templates"),
    "unarchive": ("src", "files"),
}
"""The steps that bring along what belongs to a playbook: the argument, and the folder for it."""
_VARIABLES = ("group_vars", "host_vars")


class End(NamedTuple):
    """How far a run came."""

    moment: float
    """When it was last heard of."""
    failed: frozenset[str]
    """The places of the steps that have failed."""

    @classmethod
    def of(cls, started: float, events: Iterable[Event]) -> Self:
        places: dict[int, str] = {}
        failed, moment = set(), started
        for event in events:
            moment = max(moment, event.time)
            if isinstance(event, TaskStarted):
                places[event.task] = event.place
            elif isinstance(event, StepFinished) and event.status == "failed":
                failed.add(places[event.task])
        return cls(moment, frozenset(failed))


def changed_since(end: End, session: Session, given: Sequence[str]) -> list[Path]:
    """The files that are known before a run and were written, or moved there, after its end.

    `given` are its extra variables, as they stand on the command line. What a step brings along
    that has failed may be mended.
    """
    places = [*_of_extra_vars(given), *_of_inventory(session), *_of_steps(session, end.failed)]
    return [path for path in dict.fromkeys(_files(places)) if _changed(path) > end.moment]


def _changed(path: Path) -> float:
    try:
        # Not the time of its content, which whoever copies a file may set.
        return path.stat().st_ctime
    except OSError:
        return 0


def _files(places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        yield place
        # A folder counts too: a file of it may be gone.
        for folder, folders, names in os.walk(place):
            yield from (Path(folder, name) for name in (*folders, *names))


def _of_extra_vars(given: Sequence[str]) -> Iterator[Path]:
    yield from (_expanded(text[1:]) for text in given if text.startswith("@"))


def _of_inventory(session: Session) -> Iterator[Path]:
    bases = {path.absolute().parent for path in session.paths}
    for source in map(_expanded, session.settings.inventory):
        yield source
        bases.add(source if source.is_dir() else source.absolute().parent)
    yield from (base / name for base in bases for name in _VARIABLES)


def _of_steps(session: Session, failed: frozenset[str]) -> Iterator[Path]:
    for play in session.plays:
        for step in (*all_steps([play]), *steps_in(play.handlers)):
            found = _source(step, play.folder)
            if found and str(step.place) not in failed:
                yield found


def _source(step: Step, playbook: Path) -> Path | None:
    """The file that a step will find, if its name is known."""
    argument, kind = _SOURCES.get(step.type.name, ("", ""))
    written = step.args.get(argument)
    if not isinstance(written, str) or has_marks(written) or not written.strip():
        return None
    name = _expanded(written.split()[0] if argument == "cmd" else written)
    folders = (*(step.inherited.folders or (step.folder,)), playbook)
    found = (folder / part / name for folder in folders for part in (kind, ""))
    return next((path for path in found if os.path.exists(path)), None)  # noqa: PTH110  # never fails


def _expanded(text: str) -> Path:
    return Path(os.path.expanduser(text))  # noqa: PTH111  # this one never fails
