"""The inventory for people (`--graph`) and for programs (`--list`), as ansible-inventory has it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ..dataclasses import dataclass, field, replace
from ..roles import put_over
from ..template_text import Template, Vaulted, has_marks
from .model import Group, Inventory

SEALED = "__ansible_vault"
"""The key under which JSON has what is encrypted."""
NEVER_RENDERED = "__ansible_unsafe"
"""The key under which JSON has a text that looks like a template and is none."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Shown:
    """An inventory, and what of it is shown."""

    inventory: Inventory
    only: Collection[str] | None = None
    """No hosts but these."""
    extra: Mapping[str, object] = field(default_factory=dict)
    """Variables that win over all others."""
    export: bool = False
    """Variables stand where they are set, and not with each host that they reach."""
    told_apart: bool = False
    """What is never rendered is marked, so that an inventory made of this knows it."""

    @property
    def hosts(self) -> list[str]:
        return [name for name in self.inventory.hosts if self.only is None or name in self.only]

    def of_host(self, name: str) -> dict[str, object]:
        """A host's variables as written."""
        host = self.inventory.host(name)
        variables = dict(host.own if self.export else host.variables)
        if not self.export:
            put_over(variables, self.extra, deep=host.deep)
        return {key: self._written(value) for key, value in variables.items()}

    def of_group(self, group: Group) -> dict[str, object]:
        """A group's own variables as written."""
        found = {name: self._written(value) for name, value in group.variables.items()}
        usual = group.priority == 1
        return found if usual else {**found, "ansible_group_priority": group.priority}

    def _written(self, value: object) -> object:
        return written(value, told_apart=self.told_apart)


def graph(shown: Shown, group: str = "all", *, variables: bool = False) -> str:
    """The tree of groups and hosts under one group, if asked for with their variables."""
    return "\n".join(_tree(shown, group, 0, variables=variables)) + "\n"


def _tree(shown: Shown, name: str, depth: int, *, variables: bool) -> Iterator[str]:
    group = shown.inventory.groups[name]
    yield f"{_indent(depth)}@{name}:"
    for child in group.children:
        yield from _tree(shown, child, depth + 1, variables=variables)
    for host in _named(group):
        yield f"{_indent(depth + 1)}{host}"
        yield from _values(shown.of_host(host), depth + 2) if variables else ()
    yield from _values(shown.of_group(group), depth + 1) if variables else ()


def _values(variables: Mapping[str, object], depth: int) -> Iterator[str]:
    for name in sorted(variables):
        yield f"{_indent(depth)}{{{name} = {variables[name]}}}"


def _named(group: Group) -> tuple[str, ...]:
    # Every host is in some group below `all`, if only in `ungrouped`.
    return () if group.name == "all" else group.own_hosts


def _indent(depth: int) -> str:
    return "  |" * depth + "--" * bool(depth)


def to_dict(shown: Shown) -> dict[str, object]:
    """All groups with their children and hosts, and each host's variables."""
    shown = replace(shown, told_apart=True)
    hosts = shown.hosts
    hostvars = {name: variables for name in hosts if (variables := shown.of_host(name))}
    groups = {
        name: _filled(
            children=list(group.children),
            hosts=_of(group, hosts),
            vars=shown.of_group(group) if shown.export else {},
        )
        for name, group in shown.inventory.groups.items()
    }
    told = {name: content for name, content in groups.items() if content}
    return {"_meta": {"hostvars": hostvars, "profile": "inventory_legacy"}, **told}


def to_tree(shown: Shown) -> dict[str, object]:
    """The same in the form of a YAML inventory: each group and host in full where it first is."""
    return _filled(all=_branch(shown, "all", shown.hosts, set(), set()))


def _branch(
    shown: Shown, name: str, hosts: list[str], seen_groups: set[str], seen_hosts: set[str]
) -> dict[str, object]:
    group = shown.inventory.groups[name]
    children: dict[str, object] = {}
    for child in group.children:
        if child in seen_groups:
            children[child] = {}
        elif content := _branch(shown, child, hosts, seen_groups, seen_hosts):
            children[child] = content
        seen_groups.add(child)
    own = {}
    for host in _of(group, hosts):
        own[host] = {} if host in seen_hosts else shown.of_host(host)
        seen_hosts.add(host)
    return _filled(
        children=children,
        hosts=own,
        vars=shown.of_group(group) if shown.export else {},
    )


def _filled(**parts: object) -> dict[str, object]:
    return {name: part for name, part in parts.items() if part}


def _of(group: Group, hosts: Collection[str]) -> list[str]:
    return [host for host in _named(group) if host in hosts]


def written(value: object, *, told_apart: bool = False) -> object:
    """The value for JSON; what is encrypted stays so, in the form that Ansible's tools know."""
    if isinstance(value, Vaulted):
        return {SEALED: str(value)}
    if isinstance(value, Mapping):
        return {str(key): written(inner, told_apart=told_apart) for key, inner in value.items()}
    if isinstance(value, list):
        return [written(inner, told_apart=told_apart) for inner in value]
    if not isinstance(value, str):
        return value
    is_data = not isinstance(value, Template) and has_marks(value)
    return {NEVER_RENDERED: value} if told_apart and is_data else str(value)
