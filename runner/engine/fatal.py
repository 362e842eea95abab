"""Failures that are those of all hosts: of one that acts for all, fatal ones, too many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..ansible_words import not_for_free
from ..events import HostsGone
from ..template_text import Template
from . import conditions

if TYPE_CHECKING:
    from ..playbook import Step
    from .hosts import Hosts, HostState
    from .outcome import Outcome
    from .walk import Walk
    from .where import Where


def look_at(
    walk: Walk,
    step: Step,
    acted: Sequence[tuple[HostState, Outcome]],
    hosts: Hosts,
    where: Where,
    *,
    once: bool,
) -> bool:
    """Let others fail with those that did, if need be; gives whether that are all of the hosts."""
    bad = [host for host, outcome in acted if outcome.failed]
    # As in Ansible, forgiveness does not reach beyond the host that is out of reach.
    worst = bad or [host for host, outcome in acted if outcome.unreachable]
    for_all = bool(worst) and _holds_for_all(walk, step, once=once or step.type.runs_once)
    if for_all:
        if not where.rescued:
            walk.ending.fatal = f"{step.type.name} failed on {worst[0].name}"
        _strike_all(walk, bad, hosts, where, times=2 if once else 1)
    if bad and walk.free and walk.flag("run_once", step, hosts[0]):
        _strike_others(walk, step, hosts[0], where)
    _look_at_percentage(walk, bad)
    return for_all


def _holds_for_all(walk: Walk, step: Step, *, once: bool) -> bool:
    """Whether a failure is one of all hosts; what each host does alone is its own affair."""
    if walk.free or _says(step, "ignore_errors", usual=False):
        return False
    return once or _is_written(walk, step)


def _is_written(walk: Walk, step: Step) -> bool:
    """Whether `any_errors_fatal` is said of the step."""
    return _says(step, "any_errors_fatal", usual=walk.run.options.any_errors_fatal)


def warn_if_free(walk: Walk, step: Step) -> None:
    """Say that it means nothing to hosts that go their own way."""
    if walk.free and step.type.name != "meta" and _is_written(walk, step):
        walk.run.warn_once(not_for_free("any_errors_fatal"), step.place)


def _condemn(walk: Walk, bad: Hosts) -> None:
    """As in Ansible the others have failed for later plays, even where a rescue follows.

    That holds for one that just got out of reach, too, which counts twice among the lost.
    """
    failed = [host for host in bad if not host.unreachable]
    for host in walk.batch.hosts:
        reached = host in bad or not host.unreachable
        host.condemned = host.condemned or (reached and host not in failed)
    # Even those that had failed before count now.
    named = map(walk.run.host, walk.batch.names)
    walk.ending.fallen.update(h for h in named if h not in bad and not h.unreachable)


def _strike_all(walk: Walk, bad: Hosts, hosts: Hosts, where: Where, *, times: int) -> None:
    """Let all fail: some here, others where they wait. Who is to come back does so then."""
    _condemn(walk, bad)
    for host in hosts:
        host.failed = host.failed or not where.rescued
    for host in map(walk.run.host, walk.batch.names):
        if host.left_at and host not in walk.batch.hosts:
            host.failed = True  # it was out of reach when the play began
    for host in walk.batch.hosts:
        if host.left_at:
            host.falls = min(2, host.falls + times)
        else:
            host.struck = 0 if host in hosts else times
        if host.struck and host.goes_on and host not in walk.hosts:
            # It is through with the play, and waits for those that had to come back.
            host.leave()


def _strike_others(walk: Walk, step: Step, host: HostState, where: Where) -> None:
    """What should run once and fails, though each goes its own way, as in Ansible.

    Those that have come by here fail where they are, and the others when they come.
    """
    walk.ending.failed_once[step.place] = where.rescued
    for other in walk.ending.came[step.place] - {host}:
        other.struck = 1


def _look_at_percentage(walk: Walk, bad: Hosts) -> None:
    """End the play if too many have failed.

    As in Ansible, those that did so just now have one step more in their rescue or `always`.
    """
    limit, size = walk.batch.max_fail_percentage, len(walk.batch.names)
    if limit is None or walk.free:
        return
    failed = sum(not host.unreachable for host in walk.ending.fallen)
    if failed / size <= limit / 100:
        return
    for host in walk.batch.hosts:
        if host not in bad or host in walk.ending.fallen:
            host.failed = host.ended = True
            walk.ending.fallen.add(host)
    walk.ending.breaks = f"{failed} of {size} hosts failed (max_fail_percentage: {limit:g})"
    walk.run.overrun.append(walk.ending.breaks)
    if all(host.ended for host in walk.batch.hosts):
        walk.run.send(HostsGone, why=walk.ending.breaks)


def _says(step: Step, name: str, *, usual: bool) -> bool:
    """What a keyword says; as in Ansible, a template says yes here, whatever it gives."""
    written = step.inherited.flags.get(name, usual)
    return isinstance(written, Template) or conditions.flag(name, written, step.place)
