"""A step on every host that takes part: its banner, its end, and what is counted."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from ..ansible_words import WHATEVER
from ..dataclasses import replace
from ..errors import ExitCode, PlaybookError, Problem
from ..events import TaskFinished, TaskStarted
from ..omit import OMIT
from . import growth, late
from .naming import name_of
from .step import StepRun

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..playbook import Step
    from .hosts import Hosts, HostState
    from .outcome import Outcome
    from .walk import Walk

_OPEN = nullcontext()
# In Ansible's words: scripts look for them.
_NO_THROTTLE = "Failed to convert the throttle value to an integer"


def perform(walk: Walk, step: Step, hosts: Hosts, *, handler: bool, once: bool) -> list[Outcome]:
    """Do the step on every host, and tell it; steps of `meta` are told in their own way.

    `once`: the host acts for all.
    """
    number = next(walk.run.numbers)
    walk.batch.read_files(hosts)
    asked = _asked(step) if step.type.name == "meta" else step
    # Hosts that come to the same entry have the same around it, but where handlers run.
    around = None if handler else _around(hosts[0], handler=False, once=once)
    runs = {
        host: _step_run(walk, asked, host, number, around or _around(host, handler=True, once=once))
        for host in hosts
    }
    if step.type.name == "meta":
        outcomes = [runs[host].silently() for host in hosts]
        if not runs[hosts[0]].stopped():
            _tell_steered(walk, step, dict(zip(hosts, outcomes, strict=True)), handler=handler)
            return outcomes
    outcomes = _aloud(walk, step, number, runs)
    for host, outcome in zip(hosts, outcomes, strict=True):
        walk.count(step, host, outcome)
    return outcomes


def _aloud(walk: Walk, step: Step, number: int, runs: Mapping[HostState, StepRun]) -> list[Outcome]:
    """Do the step between its banner and its end."""
    hosts, first = [*runs], next(iter(runs.values()))
    name = name_of(step, walk.batch, hosts[0], handler=first.handler)
    started = time.monotonic()
    is_debugged = walk.batch.debugs or "debugger" in step.inherited.flags

    def run(host: HostState) -> Outcome:
        gate = walk.run.throttles.passing(step.place, limit) if limit else _OPEN
        with gate, walk.slots:
            return walk.run.debugger.done(runs[host]) if is_debugged else runs[host].run()

    told = _told_of(walk, step, handler=first.handler)
    kind = first.step.type.name
    walk.run.send(TaskStarted, task=number, name=name, step=kind, alone=walk.free, **told)
    try:
        limit = _throttle(walk, step, hosts[0])
        # Groups have their hosts in the order in which these came.
        in_turn = growth.grows(step)
        return [*map(run, hosts)] if in_turn else walk.run.map(run, hosts)
    finally:
        seconds = time.monotonic() - started
        walk.run.send(TaskFinished, task=number, name=name, seconds=seconds)


def _asked(step: Step) -> Step:
    """As in Ansible, an environment, and a condition of some words, is not even looked at."""
    when = () if step.args["word"] in WHATEVER else step.inherited.when
    return replace(step, inherited=replace(step.inherited, when=when, environment=()))


def _tell_steered(
    walk: Walk, step: Step, outcomes: Mapping[HostState, Outcome], *, handler: bool
) -> None:
    """Raises PlaybookError for a condition that cannot be told: as in Ansible the run ends."""
    from . import steering

    for host, outcome in outcomes.items():
        if outcome.status == "failed":
            words = outcome.result["msg"].removeprefix("Task failed: ")
            problem = Problem(step.place, words, status=ExitCode.ERROR)
            raise PlaybookError([problem])
        steering.tell(walk, step, host, outcome, handler=handler)


def _told_of(walk: Walk, step: Step, *, handler: bool) -> dict[str, Any]:
    """What a task's banner may tell, besides its name and step."""
    return {
        "place": str(step.place),
        "handler": handler,
        "check": bool(step.inherited.flags.get("check_mode", walk.run.options.check)),
        "arguments": _arguments(walk, step),
    }


def _arguments(walk: Walk, step: Step) -> str:
    """Those that stand beside a task's name, if a setting asks for them; as they are written."""
    if not walk.run.settings.display_args_to_stdout or "no_log" in step.inherited.flags:
        return ""
    free, args = step.type.free_form, step.args.items()
    return ", ".join(f"{'_raw_params' if name == free else name}={value}" for name, value in args)


def _around(host: HostState, *, handler: bool, once: bool) -> Mapping[str, Any]:
    here = host.here
    around = {"endures": int(here.is_tidying), "rescued": here.is_rescued}
    return {**around, "handler": handler, "once": once}


def _step_run(
    walk: Walk, step: Step, host: HostState, number: int, around: Mapping[str, Any]
) -> StepRun:
    return StepRun(
        batch=walk.batch,
        step=late.resolved(step, walk.batch.scope(host, step.inherited)) if step.named else step,
        host=host,
        task=number,
        mark=walk.run.memory.mark(walk.batch.number, host.name, step),
        **around,
    )


def _throttle(walk: Walk, step: Step, host: HostState) -> int:
    """At how many hosts at a time the step may be at work; 0 if nothing is said."""
    written = step.inherited.flags.get("throttle")
    if written is None:
        return 0
    value = walk.batch.scope(host, step.inherited).render(written)
    try:
        return 0 if value is OMIT else max(0, int(value))
    except (TypeError, ValueError) as error:
        problem = Problem(step.place, f"{_NO_THROTTLE}: {error}", status=ExitCode.ERROR)
        raise PlaybookError([problem]) from None
