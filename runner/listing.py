"""What `--list-hosts`, `--list-tasks` and `--list-tags` print, in ansible-playbook's form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .selected import limit_of
from .session import steps_in

if TYPE_CHECKING:
    from .engine.tags import Selection
    from .playbook import Play, Step
    from .session import Session


def listing(
    session: Session,
    selection: Selection,
    *,
    limit: str | None,
    hosts: bool,
    tasks: bool,
    tags: bool,
) -> str:
    """The playbooks, their plays, and of each what is asked for."""
    lines: list[str] = []
    within = limit_of(session, limit)
    for path in session.paths:
        lines += ["", f"playbook: {path}"]
        for number, play in enumerate(session.plays_of(path), start=1):
            lines += ["", _head(number, play)]
            if hosts:
                lines += _hosts(session, play, within)
            if tasks:
                lines += _tasks(play, selection)
            if tags:
                lines.append(f"      TASK TAGS: [{', '.join(_tags(play, selection))}]")
    return "\n".join(lines) + "\n"


def _head(number: int, play: Play) -> str:
    name = play.name or play.hosts
    tags = ", ".join(sorted(play.inherited.tags))
    return f"  play #{number} ({play.hosts}): {name}\tTAGS: [{tags}]"


def _hosts(session: Session, play: Play, within: frozenset[str] | None) -> Iterator[str]:
    names = session.inventory.resolve(str(play.hosts)).hosts
    chosen = [name for name in names if within is None or name in within]
    yield f"    pattern: ['{play.hosts}']"
    yield f"    hosts ({len(chosen)}):"
    yield from (f"      {name}" for name in chosen)


def _steps(play: Play, selection: Selection) -> Iterable[Step]:
    steps = steps_in((*play.pre_tasks, *play.tasks, *play.post_tasks))
    return (step for step in steps if selection.admits(step.inherited.tags))


def _tasks(play: Play, selection: Selection) -> Iterator[str]:
    yield "    tasks:"
    for step in _steps(play, selection):
        if step.type.name != "meta":
            tags = ", ".join(sorted(step.inherited.tags))
            yield f"      {step.name or step.type.name}\tTAGS: [{tags}]"


def _tags(play: Play, selection: Selection) -> list[str]:
    return sorted({tag for step in _steps(play, selection) for tag in step.inherited.tags})
