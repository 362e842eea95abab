"""A play at work on hosts, and the variables that its steps see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from ..dataclasses import dataclass, field
from ..playbook import Inherited
from ..roles import merged
from ..variables import Layer, Scope
from . import tell
from .hosts import HostState
from .magic import Magic, OfHost, OfRun
from .roles import RolesOfPlay

if TYPE_CHECKING:
    from ..lookups import LookupContext
    from ..playbook import Play
    from .includes import Builds
    from .run import Run
    from .vars_files import VarsFiles


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Batch:
    """A play at work on its hosts."""

    run: Run
    play: Play
    hosts: Sequence[HostState]
    roles: RolesOfPlay
    of_play: list[str] = field(default_factory=list)
    """All hosts that the play is for, in this batch or another, failed or not.

    As in Ansible, those that a step has added are named here, too, but take no part yet.
    """
    names: Sequence[str] = ()
    """The hosts that there would be if none had failed before."""
    number: int = 0
    """Of the play."""
    max_fail_percentage: float | None = None

    @property
    def strategy(self) -> str:
        return self.play.strategy or self.run.options.strategy

    @property
    def debugs(self) -> bool:
        """Every failure is asked about, whatever a step says."""
        return self.run.settings.enable_task_debugger or self.strategy == "debug"

    @property
    def free(self) -> bool:
        """Each host goes through it by itself."""
        return self.strategy in ("free", "host_pinned")

    @cached_property
    def builds(self) -> Builds:
        """What its steps have included."""
        from .includes import Builds

        return Builds()

    @cached_property
    def files(self) -> VarsFiles:
        """What `vars_files` give its hosts."""
        from .vars_files import VarsFiles

        return VarsFiles(self)

    def read_files(self, hosts: Iterable[HostState]) -> None:
        """Read `vars_files` before a step begins, as what is wrong with them ends the run."""
        for host in hosts if self.play.vars_files else ():
            self.files.of(host)

    def before_steps(self, host: HostState, files: Layer) -> Scope:
        """What names of `vars_files` may lean on: as in Ansible, nothing that a step has set."""
        inherited = self.play.inherited
        return Scope(
            self.run.templates,
            (
                Magic(self, host, inherited),
                self.run.options.extra_vars,
                files,
                self.play.vars,
                OfHost(self, host),
                self._facts(host),
                host.inventory,
                self.roles.defaults,
                host.address,
            ),
            partial(self._lookups, inherited),
        )

    def apart_from_play(self, host: HostState) -> Scope:
        """What `hostvars` has of a host: as in Ansible, nothing that a play or a role says."""
        nothing = Inherited()
        return Scope(
            self.run.templates,
            (
                OfRun(self, host, nothing),
                self.run.options.extra_vars,
                host.registered,
                host.included,
                OfHost(self, host),
                self._facts(host),
                host.inventory,
            ),
            partial(self._lookups, nothing),
        )

    def apart_from_hosts(self, host: HostState, inherited: Inherited) -> Scope:
        """What the name of a handler may use: as in Ansible, nothing that is a host's own."""
        role, of_all = inherited.role, self.roles
        return Scope(
            self.run.templates,
            (
                Magic(self, host, inherited),
                self.run.options.extra_vars,
                *((inherited.own_params,) if inherited.own_params else ()),
                *(params[host.name] for params in inherited.params if host.name in params),
                *((role.params,) if role else ()),
                *self._around(inherited),
                *((role.vars,) if role else ()),
                of_all.vars,
                *((self.files.of(host),) if self.play.vars_files else ()),
                self.play.vars,
                *((role.defaults,) if role else ()),
                of_all.defaults,
            ),
            partial(self._lookups, inherited),
        )

    def scope(
        self, host: HostState, inherited: Inherited, address: Mapping[str, object] | None = None
    ) -> Scope:
        """The variables of a step, from those that come with the run down to the inventory's."""
        role, of_all = inherited.role, self.roles
        return Scope(
            self.run.templates,
            (
                Magic(self, host, inherited),
                *((role.facts,) if role else ()),
                self.run.options.extra_vars,
                *((inherited.own_params,) if inherited.own_params else ()),
                *(params[host.name] for params in inherited.params if host.name in params),
                *((role.params,) if role else ()),
                host.registered,
                host.included,
                *self._around(inherited),
                *((role.vars,) if role else ()),
                of_all.vars,
                *((self.files.of(host),) if self.play.vars_files else ()),
                self.play.vars,
                OfHost(self, host),
                self._facts(host),
                host.inventory,
                *((role.defaults,) if role else ()),
                of_all.defaults,
                address or host.address,
                self._way(inherited),
            ),
            partial(self._lookups, inherited),
        )

    def _way(self, inherited: Inherited) -> Layer:
        """How a step gets to its host, if the host's variables do not say."""
        written = inherited.flags.get("connection")
        usual = self.run.options.connection or "local"
        return {"ansible_connection": usual if written is None else written}

    def _facts(self, host: HostState) -> Layer:
        """The facts that are variables of their own; as in Ansible, local ones always are."""
        if self.run.options.inject_facts:
            return host.promoted
        return {"ansible_local": host.facts.get("ansible_local", {})}

    def _around(self, inherited: Inherited) -> Sequence[Layer]:
        """What blocks and the step itself say; as in Ansible, these are never put together."""
        if self.run.templates.merges_hashes and len(inherited.vars) > 1:
            return [merged(reversed(inherited.vars))]
        return inherited.vars

    def _lookups(self, inherited: Inherited, scope: Scope) -> LookupContext:
        from ..lookups import LOOKUPS, LookupContext

        folders = inherited.folders or (self.play.folder,)
        return LookupContext(
            playbook_dir=self.play.folder,
            search_path=folders,
            templar=tell.StepTemplar(scope, folders, self.play.folder, self.play.place),
            inventory=self.run.live.current,
            vault=self.run.templates.vault,
            settings=self.run.settings,
            warn=self.run.warn_in_step,
            known=self.run.templates.plugins.over("lookup", LOOKUPS),
        )
