"""The inventory for people (`--graph`) and for programs (`--list`), as ansible-inventory has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..template_text import Vaulted
from .model import Group, Inventory


def graph(inventory: Inventory, group: str = "all") -> str:
    """The tree of groups and hosts under one group."""
    return "\n".join(_tree(inventory, group, 0)) + "\n"


def _tree(inventory: Inventory, name: str, depth: int) -> Iterator[str]:
    group = inventory.groups[name]
    yield f"{_indent(depth)}@{name}:"
    for child in group.children:
        yield from _tree(inventory, child, depth + 1)
    for host in _shown(group):
        yield f"{_indent(depth + 1)}{host}"


def _shown(group: Group) -> tuple[str, ...]:
    # Every host is in some group below `all`, if only in `ungrouped`.
    return () if group.name == "all" else group.own_hosts


def _indent(depth: int) -> str:
    return "  |" * depth + "--" * bool(depth)


def to_dict(inventory: Inventory) -> dict[str, object]:
    """All groups with their children and hosts, and each host's variables as written."""
    hostvars = {name: _written(host.variables) for name, host in inventory.hosts.items()}
    groups = {
        name: {
            key: list(names)
            for key, names in (("children", group.children), ("hosts", _shown(group)))
            if names
        }
        for name, group in inventory.groups.items()
    }
    shown = {name: content for name, content in groups.items() if content}
    return {"_meta": {"hostvars": hostvars}, **shown}


def _written(value: object) -> object:
    """The value for JSON; what is encrypted stays so, in the form that Ansible's tools know."""
    if isinstance(value, Vaulted):
        return {"__ansible_vault": str(value)}
    if isinstance(value, Mapping):
        return {key: _written(inner) for key, inner in value.items()}
    return [_written(inner) for inner in value] if isinstance(value, list) else value
