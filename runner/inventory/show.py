"""The inventory for people (`--graph`) and for programs (`--list`), as ansible-inventory has it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ..template_text import Vaulted
from .model import Group, Inventory


def graph(inventory: Inventory, group: str = "all", *, variables: bool = False) -> str:
    """The tree of groups and hosts under one group, if asked for with their variables."""
    return "\n".join(_tree(inventory, group, 0, variables=variables)) + "\n"


def _tree(inventory: Inventory, name: str, depth: int, *, variables: bool) -> Iterator[str]:
    group = inventory.groups[name]
    yield f"{_indent(depth)}@{name}:"
    for child in group.children:
        yield from _tree(inventory, child, depth + 1, variables=variables)
    for host in _shown(group):
        yield f"{_indent(depth + 1)}{host}"
        yield from _values(inventory.hosts[host].variables, depth + 2) if variables else ()
    yield from _values(group.variables, depth + 1) if variables else ()


def _values(variables: Mapping[str, object], depth: int) -> Iterator[str]:
    for name in sorted(variables):
        yield f"{_indent(depth)}{{{name} = {written(variables[name])}}}"


def _shown(group: Group) -> tuple[str, ...]:
    # Every host is in some group below `all`, if only in `ungrouped`.
    return () if group.name == "all" else group.own_hosts


def _indent(depth: int) -> str:
    return "  |" * depth + "--" * bool(depth)


def to_dict(inventory: Inventory, only: Collection[str] | None = None) -> dict[str, object]:
    """All groups with their children and hosts, and each host's variables as written.

    With `only`, no other hosts.
    """
    hosts = [name for name in inventory.hosts if only is None or name in only]
    hostvars = {
        name: written(variables) for name in hosts if (variables := inventory.hosts[name].variables)
    }
    groups = {
        name: {
            key: list(names)
            for key, names in (("children", group.children), ("hosts", _of(group, hosts)))
            if names
        }
        for name, group in inventory.groups.items()
    }
    shown = {name: content for name, content in groups.items() if content}
    return {"_meta": {"hostvars": hostvars, "profile": "inventory_legacy"}, **shown}


def to_tree(inventory: Inventory, only: Collection[str] | None = None) -> dict[str, object]:
    """The same in the form of a YAML inventory: each host's variables where it first appears."""
    hosts = [name for name in inventory.hosts if only is None or name in only]
    return {"all": _branch(inventory, "all", hosts, set())}


def _branch(inventory: Inventory, name: str, hosts: list[str], seen: set[str]) -> dict[str, object]:
    group = inventory.groups[name]
    children = {child: _branch(inventory, child, hosts, seen) for child in sorted(group.children)}
    filled = {child: content for child, content in children.items() if content}
    own = {}
    for host in _of(group, hosts):
        own[host] = {} if host in seen else written(inventory.hosts[host].variables)
        seen.add(host)
    return {**({"children": filled} if filled else {}), **({"hosts": own} if own else {})}


def _of(group: Group, hosts: Collection[str]) -> list[str]:
    return [host for host in _shown(group) if host in hosts]


def written(value: object) -> object:
    """The value for JSON; what is encrypted stays so, in the form that Ansible's tools know."""
    if isinstance(value, Vaulted):
        return {"__ansible_vault": str(value)}
    if isinstance(value, Mapping):
        return {str(key): written(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [written(inner) for inner in value]
    return str(value) if isinstance(value, str) else value
