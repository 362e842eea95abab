"""The walk of a play: sections, blocks, steps and handlers, over the hosts that still take part.

Each function takes the hosts that are to do something and returns those that got through it. With
all hosts of a play it is the strategy `linear`: every host finishes a step before the next begins.
With each host by itself it is `free`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from ..dataclasses import replace
from ..errors import ExitCode, PlaybookError, Problem
from ..events import WarningGiven
from ..omit import OMIT
from ..playbook import Block, Node, Step
from . import blocks, conditions, fatal, gathering, handlers, tally
from .naming import name_of
from .outcome import Outcome
from .performing import perform
from .where import Ending, Where

if TYPE_CHECKING:
    from .batch import Batch
    from .hosts import Hosts, HostState
    from .options import StartAt

_EACH_HOST = frozenset({"noop", "reset_connection", "end_host", "end_role", "flush_handlers"})
"""Words of `meta` that each host is asked about; the others, the first alone."""
# In Ansible's words: scripts look for them.
_NOT_ONCE = (
    "Using run_once with the free strategy is not currently supported."
    " This task will still be executed for every host in the inventory list."
)
_NEVER_FREE = (
    "The {!r} module bypasses the host loop, which is currently not supported in the free strategy"
    " and would instead execute for every host in the inventory list."
)
_NO_LIMIT = nullcontext()
_ALWAYS = frozenset({"always"})
_NOTHING = Outcome(status="ok", result={})


class Walk:
    """A play, for one batch of its hosts or, with the strategy `free`, for one of them."""

    def __init__(
        self,
        batch: Batch,
        hosts: Hosts,
        ending: Ending,
        slots: AbstractContextManager[object] = _NO_LIMIT,
        start_at: StartAt | None = None,
    ) -> None:
        """`slots` lets as many hosts work as may, when each goes its own way."""
        self.batch = batch
        self.run = batch.run
        self.start_at = start_at or batch.run.start_at
        self.ending = ending
        self.hosts = hosts
        self.slots = slots
        self.free = batch.free
        self._forces_handlers = False
        self.comes_back = any(host.passing for host in hosts)
        # In Ansible, what runs handlers and what notes the end of a role are tasks with this tag.
        self.closes = self.run.selection.admits(_ALWAYS)

    def play(self) -> None:
        """Walk through all of the play."""
        play = self.batch.play
        self._gather()
        self._forces_handlers = forces = handlers.forced(self.batch, self.hosts[0])
        # As in Ansible, where handlers are forced, a block is around each section.
        within = Where(outermost=not forces, home="" if forces else play.place.file)
        for section in (play.pre_tasks, play.tasks, play.post_tasks):
            for number, node in enumerate(section):
                self.nodes((node,), self._taking_part(), within)
                self._note_end(section, number)
            if self.closes:
                self._flush_all()
            for host in self.hosts:
                if host.struck and host.goes_on:
                    host.leave()
                host.struck = 0
                if host.failed:
                    # It has had its turn; the handlers of later sections are not for it.
                    host.due.clear()

    def _gather(self) -> None:
        """Find out facts; where a run begins at a task, for the play that has it.

        As in Ansible, where that is the first of its play, facts are found out in any case.
        """
        play, start_at = self.batch.play, self.start_at
        nodes = (*play.pre_tasks, *play.tasks, *play.post_tasks)
        if start_at.waits and not start_at.lies_ahead(nodes, self.run.selection):
            return
        always = start_at.is_first(nodes, self.run.selection) and not play.force_handlers
        taking_part = self._taking_part()
        hosts = [host for host in taking_part if always or gathering.wanted(self.batch, host)]
        if hosts:
            self.nodes((play.gathering(),), hosts, Where(gathering=True))

    def _flush_all(self) -> None:
        """Run the handlers of a section."""
        flushed = [host for host in self.hosts if self._is_due(host)]
        for host in flushed:
            if host.failed:
                # What strikes it now is nothing new to it.
                host.sunk, host.struck = True, 0
        self.flush(flushed, Where())
        for host in flushed:
            if host.struck:
                host.fall(host.struck, rescued=False)
            host.sunk = host.sunk or (host.failed and not self._forces_handlers)

    def _note_end(self, section: Sequence[Node], number: int) -> None:
        """Keep for whoever failed at this node where what it has left ends.

        As in Ansible, what is imported is a block; where handlers are forced, any steps in a row.
        """
        place = section[number].place
        for host in [host for host in self.hosts if host.failed and host.at == place]:
            rest = islice(section, number, None)
            row = takewhile(
                lambda node: isinstance(node, Step) and node.place.file == place.file, rest
            )
            host.behind = host.behind or list(row)[-1].place

    def _taking_part(self) -> Hosts:
        return [host for host in self.hosts if host.goes_on]

    def _is_due(self, host: HostState) -> bool:
        if host.ended or host.passing or not (host.notified or host.due):
            return False
        return not host.failed or handlers.forced(self.batch, host)

    def stopped(self, where: Where) -> bool:
        return self.run.interrupt.count > where.endures

    # Blocks -----------------------------------------------------------------------------------

    def nodes(self, nodes: Iterable[Node], hosts: Hosts, where: Where) -> Hosts:
        """Walk through them, one after the other; whoever waits may be struck meanwhile."""
        for node in nodes:
            hosts = [host for host in hosts if not host.away]
            if self.stopped(where):
                return []
            if not hosts or self.ending.batch:
                break
            if isinstance(node, Block):
                through = blocks.enter(self, node, hosts, where)
            else:
                through = self._step(node, hosts, where)
                self._sink(node, hosts, where)
            struck = [host for host in through if host.struck]
            for host in struck:
                host.fall(host.struck, rescued=where.rescued)
            hosts = [host for host in through if host not in struck]
        return hosts

    def _sink(self, step: Step, hosts: Hosts, where: Where) -> None:
        """A step of the outermost block itself leaves it a failure."""
        for host in hosts if step.place.file == where.home else ():
            host.sunk = host.sunk or (host.failed and host.at == step.place)

    # Steps ------------------------------------------------------------------------------------

    def _step(self, step: Step, hosts: Hosts, where: Where) -> Hosts:
        if not self.comes_back:
            return self._reached(step, hosts, where)
        passing = [host for host in hosts if host.passes(step.place)]
        there = [host for host in hosts if host not in passing]
        through = self._reached(step, there, where) if there else ()
        fallen = [host for host in passing if host.falls and not host.passing]
        for host in fallen:
            host.at = step.place
            host.fall(host.falls, rescued=where.rescued)
        passing = [host for host in passing if host not in fallen]
        return [host for host in hosts if host in passing or host in through]

    def _reached(self, step: Step, hosts: Hosts, where: Where) -> Hosts:
        if not self._wanted(step, hosts[0], where):
            return hosts
        for host in hosts:
            if where.handler:
                host.stuck_at += 1
            else:
                host.at = step.place
        if step.place in self.ending.failed_once:
            hosts[0].fall(1, rescued=where.rescued)
            return []
        once = self._once(step, hosts[0])
        fatal.warn_if_free(self, step)
        one = once or step.type.runs_once
        acting = hosts[:1] if one else hosts
        outcomes = perform(self, step, acting, where, once=one)
        acted = list(zip(acting, outcomes, strict=True))
        if once:
            outcomes = self._shared(step, outcomes[0], hosts)
        elif one:
            # What comes of it is known to the first alone.
            outcomes = [*outcomes, *[_NOTHING] * (len(hosts) - 1)]
        done = list(zip(hosts, outcomes, strict=True)) if one else acted
        through = [host for host, outcome in done if not outcome.failed]
        if fatal.look_at(self, step, acted, hosts, where, once=once):
            through = []
        if not any(outcome.orders for outcome in outcomes):
            return through
        from . import obey

        return obey.all_orders(self, step, done, through, where)

    def _wanted(self, step: Step, host: HostState, where: Where) -> bool:
        """Whether the command line lets it through."""
        if not where.handler and not self.run.selection.admits(step.inherited.tags):
            return False
        reached = where.gathering or self.start_at.reached(step)
        return reached and self._stepped(step, host)

    def _stepped(self, step: Step, host: HostState) -> bool:
        """Whether `--step` lets it through."""
        run = self.run
        if step.type.name == "meta" or not run.stepping.asks:
            return True
        return run.stepping.wants(f"TASK: {name_of(step, self.batch, host)}", run.interrupt)

    def _once(self, step: Step, host: HostState) -> bool:
        """Whether what comes of the first host counts for all."""
        if self.free and step.type.runs_once:
            message = _NEVER_FREE.format(step.word)
            raise PlaybookError([Problem(step.place, message, status=ExitCode.ERROR)])
        if step.type.name == "meta":
            return step.args.get("word") not in _EACH_HOST
        if not self.flag("run_once", step, host):
            return False
        if self.free:
            self.run.send(WarningGiven, text=_NOT_ONCE, place=str(step.place))
            self.ending.came.setdefault(step.place, set()).add(host)
        return not self.free

    def flag(self, name: str, step: Step, host: HostState) -> bool:
        """A keyword that is yes or no, as the first host sees it."""
        written = step.inherited.flags.get(name)
        if written is None:
            return False
        value = self.batch.scope(host, step.inherited).render(written)
        return value is not OMIT and conditions.flag(name, value, step.place)

    def _shared(self, step: Step, outcome: Outcome, hosts: Hosts) -> list[Outcome]:
        """With run_once, every host of the play has the outcome of the first, failed or not."""
        from . import obey

        for host in map(self.run.host, self.batch.names):
            if host.unreachable:
                continue
            if host not in hosts:
                obey.learn(self.run, outcome.orders, host)
            obey.register(step, host, outcome)
        for host in hosts[1:]:
            host.lost = None
            # As in Ansible, whoever is out of reach leaves the rescue to the others.
            if outcome.failed and not outcome.unreachable:
                host.lost = step.place.file
        others = replace(outcome, orders=obey.of_others(outcome.orders))
        return [outcome, *[others] * (len(hosts) - 1)]

    # Failures ---------------------------------------------------------------------------------

    def count(self, node: Node, host: HostState, outcome: Outcome, where: Where) -> None:
        """Keep for the recap how a step went, and that its host has failed."""
        rescued = where.rescued and not self.stopped(where)
        tally.count(node.inherited.role, host, outcome, rescued=rescued, spares=where.spares)
        if host.unreachable:
            host.left_at = node.place
        if outcome.failed:
            host.behind = None
        if outcome.failed and rescued:
            host.handled = host.failure
        if outcome.not_found:
            # As in Ansible even a rescue does not save it.
            host.condemned = True
            self.ending.fallen.add(host)
        awaited = rescued or where.awaited or self._has_handlers_left(host)
        if outcome.failed and host.failed and not awaited:
            # As in Ansible, a host that has yet to walk through an `always` does not count.
            self.ending.fallen.add(host)

    def _has_handlers_left(self, host: HostState) -> bool:
        """Whether handlers that run in any case wait for it, as an `always` around each section."""
        return self._forces_handlers and bool(host.notified or any(h.due for h in self.hosts))

    # Handlers -----------------------------------------------------------------------------------

    def _served(self, handler: Step, due: Hosts) -> Hosts:
        """For whom it is done then: as in Ansible, for all hosts if it runs once."""
        is_once = not self.free and self._once(handler, due[0])
        return self.batch.hosts if is_once else due

    def flush(self, hosts: Hosts, where: Where) -> Hosts:
        """Run what is due, in the order of definition; gives the hosts that got through it."""
        for host in hosts:
            handlers.become_due(self.batch, host)
        spares = where.rescued or where.rescuable
        inside = replace(where, handler=True, rescuing="", spares=spares)
        every = self.batch.roles.handlers
        number = min((each for host in hosts for each in host.due), default=len(every))
        stuck_at = {host: host.stuck_at for host in hosts}
        included = dict.fromkeys(hosts, 0)
        # A handler may include a role that brings more of them.
        while number < len(every) and any(host.due for host in hosts):
            due = [host for host in hosts if number in host.due and number > stuck_at[host]]
            if due:
                for host in self._served(every[number], due):
                    host.due.discard(number)
                for host in due:
                    host.stuck_at = number + included[host] - 1
                through = self.nodes((every[number],), due, inside)
                for host in due:
                    included[host] = host.stuck_at - number
                struck = self._struck(hosts, where)
                left = [host for host in hosts if host not in due or host in through]
                hosts = [host for host in left if host not in struck]
            number += 1
        for host in hosts:
            host.stuck_at = -1
        return hosts

    def _struck(self, hosts: Hosts, where: Where) -> Hosts:
        """Those for whom a handler has failed, too: as in Ansible, they run none behind it."""
        struck = [host for host in hosts if host.struck]
        for host in struck:
            host.fall(host.struck, rescued=where.rescued)
        return struck
