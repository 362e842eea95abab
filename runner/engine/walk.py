"""The walk of a play: what its hosts come to next, and what is done with it.

With all hosts of a play it is the strategy `linear`: of those that go on, all that come to the same
entry do it together, and the others wait. With each host by itself it is `free`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from typing import TYPE_CHECKING

from ..dataclasses import replace
from ..errors import ExitCode, PlaybookError, Problem
from ..events import WarningGiven
from ..omit import OMIT
from ..playbook import Step
from ..roles import Role
from . import conditions, fatal, handlers, tally
from .naming import asked
from .outcome import Outcome
from .outline import Flush, Turns, entries
from .performing import perform
from .way import HostsWay

if TYPE_CHECKING:
    from ..playbook import Node
    from .batch import Batch
    from .ending import Ending
    from .hosts import Hosts, HostState
    from .outline import Entry, Item

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
MOST_BEHIND = 10_000
"""Of so many entries at least it is looked at whether hosts may still come to them."""
_NO_LIMIT = nullcontext()
_NOTHING = Outcome(status="ok", result={})


class Walk:
    """A play, for one batch of its hosts or, with the strategy `free`, for one of them."""

    def __init__(
        self,
        batch: Batch,
        hosts: Hosts,
        items: Iterable[Item],
        ending: Ending,
        slots: AbstractContextManager[object] = _NO_LIMIT,
    ) -> None:
        """`slots` lets as many hosts work as may, when each goes its own way."""
        self.batch = batch
        self.run = batch.run
        self.ending = ending
        self.hosts = hosts
        self.slots = slots
        self.free = batch.free
        self._order = [*entries(items)] if len(hosts) > 1 else []
        """All entries, where those that wait for each other look for who is first."""
        self._at = self._kept = 0
        self.ways = {host: HostsWay(self, host) for host in hosts}

    def play(self) -> None:
        """Walk until no host goes on."""
        while not self.ending.batch and self.run.interrupt.count <= 1:
            left = [host for host in self.hosts if host.takes_part]
            found = self._next(left)
            if found is None:
                for host in left:
                    host.take(self.ways[host])
                return
            self._visit(*found, left)

    @property
    def goes_on(self) -> bool:
        """Whether there is something left for a host."""
        return not self.run.interrupt.count and any(
            host.takes_part and self.ahead_of(host) for host in self.hosts
        )

    # Who comes to what --------------------------------------------------------------------------

    def _next(self, left: Hosts) -> tuple[Entry, Hosts] | None:
        """The entry that comes next, and the hosts that take it."""
        if len(self.hosts) == 1 and left:
            entry = left[0].take(self.ways[left[0]])
            return (entry, left) if entry else None
        ahead = {host: host.here.go_on(self.ways[host]) for host in left}
        wanted = {entry for _, entry in ahead.values() if entry}
        if not wanted:
            return None
        first = self._first(wanted)
        hosts = [host for host, (_, entry) in ahead.items() if entry is first]
        for host in hosts:
            host.position = ahead[host][0]
        return first, hosts

    def _first(self, wanted: Collection[Entry]) -> Entry:
        """As in Ansible, the next one behind the last; from the top, if there is none."""
        if self._at > max(MOST_BEHIND, 2 * self._kept):
            self._forget()
        ahead = chain(range(self._at, len(self._order)), range(self._at))
        self._at = 1 + next(number for number in ahead if self._order[number] in wanted)
        return self._order[self._at - 1]

    def _forget(self) -> None:
        """Keep nothing that no host can come to any more: a block may have a million turns."""
        there = {entry for host in self.hosts for entry in host.here.all_entries()}
        behind = [entry for entry in self._order[: self._at] if entry in there]
        self._order[: self._at] = behind
        self._at = self._kept = len(behind)

    def comes_next(self, items: Iterable[Item]) -> None:
        """Find these before all others from now on."""
        if len(self.hosts) > 1:
            self._order[self._at : self._at] = entries(items)

    def ahead_of(self, host: HostState) -> Entry | None:
        """What a host would take next."""
        return host.here.go_on(self.ways[host])[1]

    # What is done -------------------------------------------------------------------------------

    def _visit(self, entry: Entry, hosts: Hosts, left: Hosts) -> None:
        if entry.handed:
            for host in hosts:
                entry.handed.begin(host.name)
        match entry.what:
            case Step():
                self._step(entry.what, hosts, left, entry.due)
                return
            case Flush():
                for host in hosts:
                    self.flush(host)
            case Turns():
                from . import looped

                looped.begin(self, entry, entry.what, hosts, left)
                return
            case Role():
                for host in hosts:
                    if entry.what.identity in host.roles_begun:
                        host.roles_done.add(entry.what.identity)
        fatal.look_at_percentage(self, (), left)

    def _step(self, step: Step, hosts: Hosts, left: Hosts, due: set[HostState] | None) -> None:
        """Do it; `due` tells for whom a handler was to run."""
        once = self._once(step, hosts[0])
        one = once or step.type.runs_once
        if not self._stepped(step, hosts[0], handler=due is not None):
            # As in Ansible, a handler is due the next time, too.
            return
        if due is not None:
            due.difference_update(due.copy() if one else hosts)
        fatal.warn_if_free(self, step)
        acting = hosts[:1] if one else hosts
        outcomes = perform(self, step, acting, handler=due is not None, once=once)
        acted = list(zip(acting, outcomes, strict=True))
        if once:
            outcomes = self._shared(step, outcomes[0], hosts)
        elif one:
            # What comes of it is known to the first alone.
            outcomes = [*outcomes, *[_NOTHING] * (len(hosts) - 1)]
        if any(outcome.orders for outcome in outcomes):
            from . import obey

            done = list(zip(hosts, outcomes, strict=True))
            obey.all_orders(self, step, done, handler=due is not None)
        fatal.look_at(self, step, acted, left, once=one)

    def _stepped(self, step: Step, host: HostState, *, handler: bool) -> bool:
        """Whether `--step` lets it through."""
        run = self.run
        if step.type.name == "meta" or not run.stepping.asks:
            return True
        return run.stepping.wants(asked(step, self.batch, host, handler=handler), run.interrupt)

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
        return not self.free

    def flag(self, name: str, step: Step, host: HostState) -> bool:
        """A keyword that is yes or no, as the first host sees it."""
        written = step.inherited.flags.get(name)
        if written is None:
            return False
        value = self.batch.scope(host, step.inherited).render(written)
        return value is not OMIT and conditions.flag(name, value, step.place)

    def _shared(self, step: Step, outcome: Outcome, hosts: Hosts) -> list[Outcome]:
        """With run_once, every host of the play knows the outcome of the first."""
        from . import obey

        for host in self.batch.hosts:
            if host.unreachable:
                continue
            if host not in hosts:
                obey.learn(self.run, outcome.orders, host)
            obey.register(step, host, outcome)
        others = replace(outcome, orders=obey.of_others(outcome.orders))
        return [outcome, *[others] * (len(hosts) - 1)]

    # Failures -----------------------------------------------------------------------------------

    def count(self, node: Node, host: HostState, outcome: Outcome) -> None:
        """Keep for the recap how a step went, and let its host fail with it."""
        rescued = outcome.failed and not outcome.in_doubt and self._seems_rescued(host)
        tally.count(node.inherited.role, host, outcome, rescued=rescued)
        if outcome.failed and outcome.unreachable:
            host.unreachable = True
            host.removals += 1
        elif outcome.not_found:
            # As in Ansible even a rescue does not save it.
            fatal.give_up([host])
        elif outcome.failed:
            self._fail(node, host, rescued=rescued, for_good=outcome.in_doubt)

    def _seems_rescued(self, host: HostState) -> bool:
        stopped = self.run.interrupt.count > int(host.here.is_tidying)
        return host.here.seems_rescued and not stopped

    def _fail(self, node: Node, host: HostState, *, rescued: bool, for_good: bool) -> None:
        """Let it fail; with run_once, each host of the play."""
        once = isinstance(node, Step) and self.flag("run_once", node, host)
        for each in self.batch.hosts if once else (host,):
            if not each.unreachable:
                each.fail(for_good=for_good)
        if host.failed and self.ahead_of(host) is None:
            # As in Ansible, one that has yet to walk through an `always` is not given up.
            host.given_up = True
        if rescued:
            host.handled = host.failure
            host.removals -= 1

    # Handlers -----------------------------------------------------------------------------------

    def flush(self, host: HostState) -> None:
        """Let the host run what is due, in the order of definition."""
        handlers.become_due(self.batch, host)
        every = self.batch.roles.entries
        if self._order[self._at : self._at + len(every)] != every:
            # Otherwise another host has just come to them, too.
            self.comes_next(every)
        host.flush(tuple(every))
