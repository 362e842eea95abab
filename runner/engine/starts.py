"""Where hosts begin a play: at its facts and its first task, or at the one that is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..playbook import Step
from . import gathering
from .position import Frame, Position
from .way import HostsWay

if TYPE_CHECKING:
    from .hosts import HostState
    from .outline import Entry, Group
    from .walk import Walk


def begin(walk: Walk, facts: Sequence[Entry], groups: Sequence[Group]) -> None:
    """Put each host of the walk where it begins."""
    start_at, first = walk.run.start_at, Position(Frame(groups))
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
        # As in Ansible, where that is the first of its play, facts are found out in any case.
        always = start_at.waits and here is first and bool(groups[0].block)
        if facts and (always or gathering.wanted(walk.batch, host)):
            here = here._replace(facts=facts[0])
        host.position = here._replace(has_begun=False)
    if is_found:
        start_at.reached()


def _named(walk: Walk, host: HostState) -> Position | None:
    """Where the host is before the step that is named; as in Ansible no rescue begins a run."""
    here, way = host.here, HostsWay(walk, host)
    while True:
        ahead, entry = here.go_on(way)
        if entry is None:
            return None
        if isinstance(entry.what, Step) and walk.run.start_at.names(entry.what):
            return here
        here = ahead
