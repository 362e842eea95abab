"""The walk of a play: sections, blocks, steps and handlers, over the hosts that still take part.

Each function takes the hosts that are to do something and returns those that got through it. With
all hosts of a play it is the strategy `linear`: every host finishes a step before the next begins.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..actions.orders import Include, IncludeRole, IncludeVars, Meta, SetFacts
from ..events import FileIncluded, TaskFinished, TaskStarted
from ..playbook import Block, Node, Step
from . import conditions, includes
from .hosts import HostState
from .includes import Includes
from .outcome import Outcome
from .step import StepRun

if TYPE_CHECKING:
    from ..roles import Role
    from ..variables import Layer
    from .run import Batch

Hosts = Sequence[HostState]


@dataclass(frozen=True)
class Where:
    """What surrounds a step: whether a rescue waits, how many Ctrl-C it survives, what it is.

    `depth` counts the includes around it.
    """

    rescued: bool = False
    endures: int = 0
    handler: bool = False
    depth: int = 0


class Walk:
    """One play on one batch of hosts."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.run = batch.run
        self._over = False

    def play(self) -> None:
        """Walk through all of the play."""
        play = self.batch.play
        for section in (play.pre_tasks, play.tasks, play.post_tasks):
            for node in section:
                # Asked anew each time: clear_host_errors brings hosts back.
                self._nodes((node,), self._taking_part(), Where())
            self._flush_handlers()

    def _taking_part(self) -> Hosts:
        return [host for host in self.batch.hosts if not host.failed and not host.ended]

    def _stopped(self, where: Where) -> bool:
        return self.run.interrupt.count > where.endures

    # Blocks -----------------------------------------------------------------------------------

    def _nodes(self, nodes: Iterable[Node], hosts: Hosts, where: Where) -> Hosts:
        for node in nodes:
            hosts = [host for host in hosts if not host.ended]
            if self._stopped(where):
                return []
            if not hosts or self._over:
                break
            if isinstance(node, Block):
                hosts = self._block(node, hosts, where)
            else:
                hosts = self._step(node, hosts, where)
        return hosts

    def _role(self, block: Block, role: Role, hosts: Hosts, where: Where) -> Hosts:
        """The tasks of a role, for the hosts on which nothing of the kind has run yet."""
        done = [] if role.repeats else [h for h in hosts if role.identity in h.roles_done]
        inside = [host for host in hosts if host not in done]
        through = self._nodes(block.block, inside, where)
        for host in through:
            if role.identity in host.roles_begun:
                host.roles_done.add(role.identity)
        return [host for host in hosts if host in done or host in through]

    def _block(self, block: Block, hosts: Hosts, where: Where) -> Hosts:
        if block.role:
            return self._role(block, block.role, hosts, where)
        inner = replace(where, rescued=where.rescued or bool(block.rescue))
        through = self._nodes(block.block, hosts, inner)
        fallen = [host for host in hosts if host not in through and not host.ended]
        if fallen and block.rescue and not self._stopped(where):
            rescued = self._nodes(block.rescue, fallen, where)
            through = [host for host in hosts if host in through or host in rescued]
        # What tidies up is not stopped by the Ctrl-C that stopped the rest.
        tidied = self._nodes(block.always, hosts, replace(where, endures=1))
        return [host for host in through if host in tidied]

    # Steps ------------------------------------------------------------------------------------

    def _step(self, step: Step, hosts: Hosts, where: Where) -> Hosts:
        if not where.handler and not self.run.selection.admits(step.inherited.tags):
            return hosts
        if not self.run.start_at.reached(step.name):
            return hosts
        once = step.type.runs_once or self._flag("run_once", step, hosts[0])
        acting = hosts[:1] if once else hosts
        outcomes = self._told(step, acting, where)
        if len(acting) < len(hosts):
            outcomes = self._shared(step, outcomes[0], hosts, where)
        through = [
            host for host, outcome in zip(hosts, outcomes, strict=True) if not outcome.failed
        ]
        if len(through) < len(hosts) and self._flag("any_errors_fatal", step, hosts[0]):
            self._mark_failed(hosts, where)
            through = []
        return self._obey(step, list(zip(hosts, outcomes, strict=True)), through, where)

    def _told(self, step: Step, hosts: Hosts, where: Where) -> list[Outcome]:
        """Do the step on every host, with its banner and its end; steps of `meta` have neither."""
        number = next(self.run.numbers)
        runs = {host: self._step_run(step, host, number, where) for host in hosts}
        if step.type.name == "meta":
            outcomes = [runs[host].silently() for host in hosts]
            if not any(outcome.failed for outcome in outcomes):
                return outcomes
        name, started = self._name(step, hosts[0]), time.monotonic()
        what = {"step": step.type.name, "place": str(step.place), "handler": where.handler}
        self.run.send(TaskStarted, task=number, name=name, **what)
        try:
            outcomes = self.run.map(lambda host: runs[host].run(), hosts)
        finally:
            seconds = time.monotonic() - started
            self.run.send(TaskFinished, task=number, name=name, seconds=seconds)
        for host, outcome in zip(hosts, outcomes, strict=True):
            self._count(step, host, outcome, where)
        return outcomes

    def _step_run(self, step: Step, host: HostState, number: int, where: Where) -> StepRun:
        return StepRun(
            batch=self.batch,
            step=step,
            host=host,
            task=number,
            rescued=where.rescued,
            endures=where.endures,
            depth=where.depth,
        )

    def _name(self, step: Step, host: HostState) -> str:
        """The step's name as it is shown; a name that cannot be rendered is shown as written."""
        role, name = step.inherited.role, step.name
        if name is not None:
            name = self.batch.scope(host, step.inherited).or_as_written(name)
        elif step.type.name == "include_role":
            name = f"include_role : {step.args['name']}"
        else:
            name = step.type.name
        return f"{role.name} : {name}" if role else str(name)

    def _shared(self, step: Step, outcome: Outcome, hosts: Hosts, where: Where) -> list[Outcome]:
        """With run_once, every host has the outcome of the first."""
        for host in hosts[1:]:
            if step.register:
                host.registered[step.register] = outcome.result
            host.failure = hosts[0].failure
        if outcome.failed:
            self._mark_failed(hosts, where)
        return [outcome] * len(hosts)

    def _flag(self, name: str, step: Step, host: HostState) -> bool:
        written = step.inherited.flags.get(name)
        if written is None:
            return False
        value = self.batch.scope(host, step.inherited).or_as_written(written)
        return conditions.flag(name, value, step.place)

    def _mark_failed(self, hosts: Hosts, where: Where) -> None:
        if not where.rescued or self._stopped(where):
            for host in hosts:
                host.failed = True

    def _count(self, step: Step, host: HostState, outcome: Outcome, where: Where) -> None:
        counts, role = host.counts, step.inherited.role
        if role and outcome.status != "skipped":
            host.roles_begun.add(role.identity)
        if outcome.failed:
            handled = where.rescued and not self._stopped(where)
            counts["rescued" if handled else "failed"] += 1
            self._mark_failed([host], where)
        elif outcome.status == "skipped":
            counts["skipped"] += 1
        else:
            counts["ok"] += 1
            counts["changed"] += bool(outcome.result.get("changed"))
            counts["ignored"] += outcome.ignored

    # What an action orders ----------------------------------------------------------------------

    def _obey(
        self,
        step: Step,
        done: Sequence[tuple[HostState, Outcome]],
        through: Hosts,
        where: Where,
    ) -> Hosts:
        wanted = Includes()
        for host, outcome in done:
            for index, order in enumerate(outcome.orders):
                if isinstance(order, Include | IncludeRole):
                    wanted.add(index, order, host)
                elif isinstance(order, SetFacts):
                    host.registered.update(order.facts)
                elif isinstance(order, IncludeVars):
                    host.included.update(order.vars)
                else:
                    self._meta(order, host, where)
        for order, params in wanted:
            through = self._included(step, order, params, through, where)
        return through

    def _included(
        self,
        step: Step,
        order: Include | IncludeRole,
        params: Mapping[str, Layer],
        hosts: Hosts,
        where: Where,
    ) -> Hosts:
        """Walk what the order names with the hosts that included it; `params` are by host."""
        built = includes.built(order, step, params, self.batch)
        self.batch.roles.take(built)
        inside = [host for host in hosts if host.name in params]
        self.run.send(FileIncluded, file=order.title, hosts=[host.name for host in inside])
        through = self._nodes(built.nodes, inside, replace(where, depth=where.depth + 1))
        return [host for host in hosts if host not in inside or host in through]

    def _meta(self, order: Meta, host: HostState, where: Where) -> None:
        match order.word:
            case "flush_handlers":
                self._flush_handlers(where)
            case "end_play":
                self._over = True
            case "end_host":
                host.ended = True
            case "clear_host_errors":
                for each in self.batch.hosts:
                    each.failed = False
            case "clear_facts":
                host.facts.clear()
            case "noop":
                pass

    # Handlers -----------------------------------------------------------------------------------

    def _flush_handlers(self, where: Where = Where()) -> None:  # it is frozen
        """Run what was notified, in the order of definition, until nothing is left."""
        while not self._stopped(where) and not self._over:
            before = [list(host.notified) for host in self.batch.hosts]
            for index, handler in enumerate(self.batch.roles.handlers):
                hosts = [host for host in self.batch.hosts if self._due(index, host)]
                for host in hosts:
                    del host.notified[index]
                if hosts:
                    self._nodes((handler,), hosts, replace(where, handler=True))
            if before == [list(host.notified) for host in self.batch.hosts]:
                break

    def _due(self, index: int, host: HostState) -> bool:
        return index in host.notified and not host.ended and (not host.failed or self._forced(host))

    def _forced(self, host: HostState) -> bool:
        written = self.batch.play.force_handlers
        if written is None:
            return self.run.options.force_handlers
        value = self.batch.scope(host, self.batch.play.inherited).or_as_written(written)
        return conditions.flag("force_handlers", value, self.batch.play.place)
