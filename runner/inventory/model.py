"""The inventory as frozen data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from ..dataclasses import dataclass, field
from ..errors import PatternError, Problem
from ..source import MapNode, Template
from ..spelling import did_you_mean
from . import patterns
from .draft import Draft
from .joining import joined


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Group:
    """A group of hosts; `layers` are its variables by where they stand."""

    name: str
    hosts: tuple[str, ...]
    """Its own hosts, then those of the groups below it."""
    own_hosts: tuple[str, ...]
    children: tuple[str, ...]
    depth: int
    priority: int
    layers: tuple[MapNode, ...]
    deep: bool = False
    """Whether mappings that several layers set are put together."""

    @cached_property
    def variables(self) -> Mapping[str, object]:
        """What the group itself sets."""
        return merged(self.layers, deep=self.deep)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Host:
    """A host; `layers` are all variables that reach it, the lowest first."""

    name: str
    groups: tuple[str, ...]
    """Sorted by name; every group but `all`, as `group_names` has it."""
    layers: tuple[MapNode, ...]
    own_layers: int = 0
    """So many of them, the last, are its own."""
    source: str | None = None
    """The inventory file that first names it; None for a host of a list and an implicit one."""
    implicit: bool = False
    deep: bool = False
    """As for a group."""

    @cached_property
    def variables(self) -> Mapping[str, object]:
        """Levels 2 to 4 of the order of variables, merged; the values are as written."""
        return merged(self.layers, deep=self.deep)

    @property
    def own(self) -> Mapping[str, object]:
        """What is set for the host itself."""
        return merged(self.layers[len(self.layers) - self.own_layers :], deep=self.deep)


def merged(layers: Sequence[MapNode], *, deep: bool) -> Mapping[str, object]:
    variables: dict[str, object] = {}
    for layer in layers:
        if deep:
            own = {key: joined(variables.get(str(key)), value) for key, value in layer.items()}
        else:
            own = layer
        variables.update(own)  # type: ignore[arg-type]  # the readers let only names through
    return variables


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Inventory:
    """All hosts and groups. `localhost` is there even when no inventory names it."""

    hosts: Mapping[str, Host]
    groups: Mapping[str, Group]
    implicit: Mapping[str, Host]
    """The controller under its names, for patterns that name it although no inventory does."""
    templates: Sequence[Template] = ()
    warnings: Sequence[Problem] = ()
    draft: Draft = field(default_factory=Draft, repr=False)
    """What it was made of; see live.py."""
    reload: Callable[[], Inventory] = field(default_factory=lambda: _nowhere, repr=False)
    """Reads its sources again."""
    beside: Path = field(default_factory=Path)
    """The folder of the playbook beside which variables were read."""
    read_more: Callable[[Draft, Path], None] = field(default=lambda _, __: None, repr=False)
    """Reads the folders of variables, also for hosts and groups that came later."""

    @cached_property
    def _members(self) -> Mapping[str, Sequence[str]]:
        return {name: group.hosts for name, group in self.groups.items()}

    def host(self, name: str) -> Host:
        """The host of this name; the controller's names are always known."""
        return self.hosts.get(name) or self.implicit[name]

    def find(self, name: str) -> Host | None:
        """The host of this name, if there is one."""
        return self.hosts.get(name) or self.implicit.get(name)

    def select(self, pattern: str | Sequence[str]) -> list[str]:
        """The names of the hosts that match, at least one; raises PatternError."""
        selection = self.resolve(pattern)
        if not selection.hosts:
            raise self._nothing(pattern, selection)
        return list(selection.hosts)

    def resolve(self, pattern: str | Sequence[str]) -> patterns.Selection:
        """The hosts that match, and the parts of the pattern that match nothing."""
        return patterns.select(pattern, self.hosts, self._members, self.local)

    def local(self, name: str) -> str | None:
        """The name of the controller, if this is one of its names."""
        if name not in self.implicit:
            return None
        told = next((host for host in self.hosts if host in self.implicit), None)
        return told or self.draft.controller(name)

    def _nothing(self, pattern: str | Sequence[str], selection: patterns.Selection) -> PatternError:
        text = pattern if isinstance(pattern, str) else ",".join(pattern)
        if not self.hosts:
            told = (
                f"{warning.place}: {warning.told}" if warning.place else warning.told
                for warning in self.warnings
            )
            hint = "\n".join(told) or "provided hosts list is empty; name one with -i"
        else:
            known = [*self.groups, *self.hosts]
            hints = (did_you_mean(name, known) for name in selection.unmatched)
            hint = next(filter(None, hints), "")
        # In Ansible's words too: scripts look for them.
        unmatched = (f"; {patterns.UNMATCHED}: {part}" for part in selection.unmatched)
        return PatternError(f'"{text}" matches no host{"".join(unmatched)}', hint)


def _nowhere() -> Inventory:
    return Inventory(hosts={}, groups={}, implicit={})
