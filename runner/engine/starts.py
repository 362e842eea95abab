"""Where hosts begin a play: at its facts and its first task, or at the one that is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..playbook import Step
from . import gathering
from .position import Frame, Position

if TYPE_CHECKING:
    from .hosts import Hosts, HostState
    from .outline import Group, Layout
    from .walk import Walk


def begin(walk: Walk, layout: Layout, groups: Sequence[Group]) -> None:
    """Put each host of the walk where it begins."""
    start_at, first = walk.run.start_at, Position(Frame(groups))
    finding_out: list[HostState] = []
    is_found = False
    for host in walk.hosts:
        host.begin(first)
        if host.failed:
            continue
        here = _named(walk, host) if start_at.waits else first
        if here is None:
            host.position = first.end()
            continue
        is_found = True
        host.position = here._replace(has_begun=False)
        # As in Ansible, where that is the first of its play, facts are found out in any case.
        always = start_at.waits and here is first and bool(groups[0].block)
        if always or gathering.wanted(walk.batch, host):
            finding_out.append(host)
    if is_found:
        start_at.reached()
    if finding_out:
        _find_out(walk, layout, finding_out)


def _find_out(walk: Walk, layout: Layout, hosts: Hosts) -> None:
    """Let the hosts come to the step that finds out facts, which takes some time to make."""
    facts = layout.facts(walk.batch.play)
    walk.comes_next(facts)
    for host in hosts if facts else ():
        host.position = host.here._replace(facts=facts[0])


def _named(walk: Walk, host: HostState) -> Position | None:
    """Where the host is before the step that is named; as in Ansible no rescue begins a run."""
    here, way = host.here, walk.ways[host]
    while True:
        ahead, entry = here.go_on(way)
        if entry is None:
            return None
        if isinstance(entry.what, Step) and walk.run.start_at.names(entry.what):
            return here
        here = ahead
