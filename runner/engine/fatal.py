"""Failures that are those of all hosts: of one that acts for all, fatal ones, too many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..ansible_words import not_for_free
from ..events import HostsGone
from ..playbook import Step
from ..template_text import Template
from . import conditions

if TYPE_CHECKING:
    from ..playbook import Node
    from .hosts import Hosts, HostState
    from .outcome import Outcome
    from .walk import Walk


def look_at(
    walk: Walk,
    node: Node,
    acted: Sequence[tuple[HostState, Outcome]],
    left: Hosts,
    *,
    once: bool,
) -> None:
    """Let the others that are left fail with those that did, if need be."""
    bad = [host for host, outcome in acted if outcome.status == "failed"]
    # As in Ansible, forgiveness does not reach beyond the host that is out of reach.
    worst = bad or [host for host, outcome in acted if outcome.unreachable]
    if worst and _holds_for_all(walk, node, once=once):
        if worst[0].handled is not worst[0].failure:
            what = node.type.name if isinstance(node, Step) else "block"
            walk.ending.fatal = f"{what} failed on {worst[0].name}"
        give_up([host for host in left if host not in bad])
    look_at_percentage(walk, bad, left)


def give_up(hosts: Hosts) -> None:
    """Let them fail; as in Ansible, for later plays they have even where a rescue follows."""
    for host in hosts:
        host.given_up = True
        host.fail()


def _holds_for_all(walk: Walk, node: Node, *, once: bool) -> bool:
    """Whether a failure is one of all hosts; what each host does alone is its own affair."""
    if walk.free or _says(node, "ignore_errors", usual=False):
        return False
    return once or _is_written(walk, node)


def _is_written(walk: Walk, node: Node) -> bool:
    """Whether `any_errors_fatal` is said of it."""
    return _says(node, "any_errors_fatal", usual=walk.run.options.any_errors_fatal)


def warn_if_free(walk: Walk, step: Step) -> None:
    """Say that it means nothing to hosts that go their own way."""
    if walk.free and step.type.name != "meta" and _is_written(walk, step):
        walk.run.warn_once(not_for_free("any_errors_fatal"), step.place)


def look_at_percentage(walk: Walk, bad: Hosts, left: Hosts) -> None:
    """End the play if too many have failed.

    As in Ansible, those that did so just now have one step more in their rescue or `always`.
    """
    limit, size = walk.batch.max_fail_percentage, len(walk.batch.names)
    if limit is None or walk.free:
        return
    failed = sum(host.given_up for host in walk.batch.hosts)
    if failed / size <= limit / 100:
        return
    give_up([host for host in left if host not in bad])
    walk.ending.breaks = f"{failed} of {size} hosts failed (max_fail_percentage: {limit:g})"
    walk.run.overrun.append(walk.ending.breaks)
    ends = sum(host.given_up for host in walk.batch.hosts) >= len(left)
    walk.ending.batch = walk.ending.batch or ends
    walk.run.send(HostsGone, why=walk.ending.breaks, ends=ends)


def _says(node: Node, name: str, *, usual: bool) -> bool:
    """What a keyword says; as in Ansible, a template says yes here, whatever it gives."""
    written = node.inherited.flags.get(name, usual)
    return isinstance(written, Template) or conditions.flag(name, written, node.place)
