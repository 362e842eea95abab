"""What `--list-hosts`, `--list-tasks` and `--list-tags` print, in ansible-playbook's form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..engine.tags import Selection
from ..errors import PatternError, PlaybookError, Problem
from ..inventory.patterns import of_play
from ..playbook import Block
from ..selected import limit_of
from ..template_text import Template
from ..variables import Scope

if TYPE_CHECKING:
    from ..playbook import Node, Play, Step
    from ..session import Session


def listing(
    session: Session,
    chosen: Selection | None,
    *,
    limit: str | None,
    hosts: bool,
    tasks: bool,
    tags: bool,
) -> str:
    """The playbooks, their plays, and of each what is asked for; raises PlaybookError."""
    lines: list[str] = []
    within = limit_of(session, limit)
    for path, plays in session.by_playbook:
        lines += ["", f"playbook: {path}"]
        for number, play in enumerate(plays, start=1):
            scope = Scope(session.templates, (session.extra_vars, play.vars))
            patterns = _patterns(play, scope)
            lines += ["", _head(number, play, patterns, scope)]
            if hosts:
                lines += _hosts(session, patterns, within)
            if tasks:
                lines += _tasks(play, chosen)
            if tags:
                inner = (step.inherited.tags for step in _steps(play, chosen))
                found = frozenset(play.inherited.tags).union(*inner)
                lines.append(f"      TASK TAGS: [{', '.join(sorted(found))}]")
    return "\n".join(lines) + "\n"


def _patterns(play: Play, scope: Scope) -> list[str]:
    try:
        rendered = isinstance(play.hosts, Template)
        return of_play(scope.or_as_written(play.hosts), rendered=rendered)
    except PatternError as error:
        raise PlaybookError([Problem(play.place, error.message, error.hint)]) from error


def _head(number: int, play: Play, patterns: list[str], scope: Scope) -> str:
    hosts = ",".join(patterns)
    name = scope.or_as_written(play.name) or hosts or "[]"
    return f"  play #{number} ({hosts}): {name}\tTAGS: [{','.join(sorted(play.inherited.tags))}]"


def _hosts(session: Session, patterns: list[str], within: frozenset[str] | None) -> Iterator[str]:
    names = session.inventory.resolve(patterns).hosts if patterns else ()
    chosen = [name for name in names if within is None or name in within]
    yield f"    pattern: {patterns}"
    yield f"    hosts ({len(chosen)}):"
    yield from (f"      {name}" for name in chosen)


def _steps(play: Play, chosen: Selection | None) -> Iterable[Step]:
    steps = _listed((*play.pre_tasks, *play.tasks, *play.post_tasks))
    return (step for step in steps if chosen is None or chosen.admits(step.inherited.tags))


def _listed(nodes: Iterable[Node]) -> Iterator[Step]:
    """As Ansible does: of a block, only what it does if all goes well."""
    for node in nodes:
        if isinstance(node, Block):
            yield from _listed(node.block)
        else:
            yield node


def _tasks(play: Play, chosen: Selection | None) -> Iterator[str]:
    yield "    tasks:"
    for step in _steps(play, chosen):
        tags = ", ".join(sorted(step.inherited.tags))
        # As Ansible does: only what has a name is told with its role, and no role in a role.
        in_role = step.name and step.type.name != "include_role"
        name = step.titles[-1] if in_role else step.name or step.word
        yield f"      {name}\tTAGS: [{tags}]"
