"""What `--list-hosts`, `--list-tasks` and `--list-tags` print, in ansible-playbook's form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .engine.tags import Selection
from .playbook import Block
from .selected import limit_of
from .session import all_steps

if TYPE_CHECKING:
    from .playbook import Node, Play, Step
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
    steps = _listed((*play.pre_tasks, *play.tasks, *play.post_tasks))
    return (step for step in steps if selection.admits(step.inherited.tags))


def _listed(nodes: Iterable[Node]) -> Iterator[Step]:
    """As Ansible does: of a block, only what it does if all goes well."""
    for node in nodes:
        if isinstance(node, Block):
            yield from _listed(node.block)
        else:
            yield node


def _tasks(play: Play, selection: Selection) -> Iterator[str]:
    yield "    tasks:"
    for step in _steps(play, selection):
        if step.type.name != "meta":
            tags = ", ".join(sorted(step.inherited.tags))
            # As Ansible does: only what has a name is told with its role.
            name = step.titles[-1] if step.name else step.type.name
            yield f"      {name}\tTAGS: [{tags}]"


def _tags(play: Play, selection: Selection) -> list[str]:
    """As Ansible does: if nothing is chosen, also the tags of what never runs."""
    steps = all_steps([play]) if selection == Selection() else _steps(play, selection)
    return sorted({tag for step in steps for tag in step.inherited.tags})
