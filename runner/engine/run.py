"""What all steps of a run share."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..dataclasses import dataclass, field
from ..events import Event, WarningGiven
from ..hearer import keep
from ..inventory.live import LiveInventory
from ..playbook import Inherited
from ..settings import Settings
from ..task import Ledger, Pool
from ..variables import Layer
from . import tell
from .batch import Batch
from .fact_cache import FactCache
from .hosts import HostState
from .interrupt import Interrupt
from .magic import HostVars
from .memory import NOTHING, Memory
from .options import Options, StartAt
from .roles import RolesOfPlay
from .stats import Stats
from .stepping import Stepping
from .throttles import Throttles

if TYPE_CHECKING:
    from ..builder import Built
    from ..bus import Bus
    from ..errors import Place, Problem
    from ..inventory import Inventory
    from ..nodes import ListKind
    from ..playbook import Play
    from ..registry import TaskType
    from ..roles.uses import RoleUse
    from ..secrets import Secrets
    from ..template import Templates
    from .debugger import Debugger
    from .hiding import Hiding
    from .lanes import Lanes
    from .tags import Selection

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Run:
    """The parts of a run, and its open ends: connections, servers, the temporary folder."""

    id: str
    options: Options
    selection: Selection
    start_at: StartAt
    settings: Settings = field(default_factory=Settings)
    stepping: Stepping = field(default_factory=lambda: Stepping(asks=False))
    bus: Bus
    templates: Templates
    inventory: Inventory
    """As it was at the beginning; see `live`."""
    limit: frozenset[str] | None
    """The hosts that `--limit` names."""
    secrets: Secrets
    tasks_of: Callable[[Path, Inherited, Path], Built]
    """The tasks of a file that has been checked, for a playbook in this folder."""
    check_tasks: Callable[[Path, Inherited, Path, ListKind], None]
    """Reads and checks a file of tasks, once; raises PlaybookError."""
    role_of: Callable[[RoleUse, Inherited, Path], Built]
    """The tasks of a role that has been checked."""
    check_role: Callable[[RoleUse, Inherited, Path], None]
    """Reads and checks a role, once; raises PlaybookError."""
    variables_of: Callable[[Path], Layer]
    """Reads a file of variables; raises PlaybookError."""
    module_of: Callable[[str], TaskType | None]
    """The step of this name."""
    ledger: Ledger
    memory: Memory = NOTHING
    interrupt: Interrupt = field(default_factory=Interrupt)
    pool: Pool = field(default_factory=Pool)
    exit_stack: ExitStack = field(default_factory=ExitStack)
    hosts: dict[str, HostState] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    stats: Stats = field(default_factory=Stats)
    throttles: Throttles = field(default_factory=Throttles)
    facts: FactCache = field(default_factory=FactCache)
    """What is known of hosts from earlier runs."""
    overrun: list[str] = field(default_factory=list)
    """In words, why plays ended of which more hosts failed than `max_fail_percentage` allows."""
    _warned: set[str] = field(default_factory=set)
    building: threading.RLock = field(default_factory=threading.RLock)
    """Held by whoever reads, checks or builds what is included."""

    @cached_property
    def live(self) -> LiveInventory:
        """The inventory as it is now."""
        return LiveInventory(self.inventory)

    @cached_property
    def hiding(self) -> Hiding:
        from .hiding import Hiding

        return Hiding(self)

    @cached_property
    def debugger(self) -> Debugger:
        """Who asks what to do about a step, where that is wanted."""
        from .debugger import Debugger

        return Debugger()

    @cached_property
    def unvault(self) -> Callable[[Path], bytes | None]:
        """What an encrypted file holds; None of any other. Raises TaskError."""
        return partial(tell.unvaulted, vault=self.templates.vault)

    @cached_property
    def read_variables(self) -> Callable[[Path], Layer]:
        from .variable_files import VariableFiles

        return VariableFiles(self.templates)

    def send(self, event: type[Event], **fields: Any) -> None:
        self.bus.send(event(run=self.id, **fields))

    def warn_once(
        self, text: str, place: Place | None = None, *, deprecation: bool = False
    ) -> None:
        """Warn of something that may be said again and again."""
        if text not in self._warned:
            self._warned.add(text)
            told = {"place": str(place or ""), "deprecation": deprecation}
            self.send(WarningGiven, text=text, **told)

    def warn_in_step(self, text: str) -> None:
        """Warn of what a step comes across; its result has it, too."""
        keep("warnings", text)
        self.warn_once(text)

    def warn_before(self, seen: Problem) -> None:
        """Warn of what was seen before the run; it is not said again."""
        self._warned.add(seen.told)
        told = {"place": str(seen.place or ""), "deprecation": seen.deprecation}
        self.send(WarningGiven, text=seen.told, **told)

    def host(self, name: str) -> HostState:
        """The state of this host, from its first play to the end of the run."""
        if name not in self.hosts:
            facts = self.facts.read(name, self.warn_once)
            look_up = partial(self._variables, name)
            known = self.live.current.find(name)
            implicit = known is not None and known.implicit
            self.hosts[name] = HostState(name=name, look_up=look_up, implicit=implicit, facts=facts)
        return self.hosts[name]

    def host_vars(self, play: Play) -> HostVars:
        """`hostvars`, as a play sees them before any of its hosts is at work."""
        return HostVars(Batch(run=self, play=play, hosts=(), roles=RolesOfPlay(play)))

    def _variables(self, name: str) -> Layer:
        """What the inventory says; of a host that it does not know (any more), nothing."""
        host = self.live.current.find(name)
        return {} if host is None else host.variables

    def map(self, work: Callable[[HostState], T], hosts: Sequence[HostState]) -> list[T]:
        """Do the work for every host, `forks` at a time; results in the order of the hosts."""
        if len(hosts) == 1 or self.options.forks == 1:
            return [work(host) for host in hosts]
        done: dict[str, T] = {}

        def one(host: HostState) -> None:
            done[host.name] = work(host)

        self._lanes.each(one, hosts, min(self.options.forks, len(hosts)))
        return [done[host.name] for host in hosts]

    @cached_property
    def _lanes(self) -> Lanes:
        from .lanes import Lanes

        lanes = Lanes()
        self.exit_stack.callback(lanes.close)
        return lanes

    @cached_property
    def _temp_dir(self) -> Path:
        from tempfile import TemporaryDirectory

        folder = TemporaryDirectory(prefix="opsplay-", ignore_cleanup_errors=True)
        return Path(self.exit_stack.enter_context(folder))

    def temp_dir(self) -> Path:
        """The run's own folder, 0700, removed at its end."""
        return self._temp_dir

    def close(self) -> None:
        """Stop servers, close connections, remove the temporary folder; keep facts."""
        # Of the others, the files may be newer than what was read of them, and grow old.
        learned = {name: host.facts for name, host in self.hosts.items() if host.learned}
        try:
            self.facts.keep(learned)
        except OSError as error:
            self.warn_once(f"facts could not be kept: {error}")
        self.pool.close()
        self.exit_stack.close()
