"""From what the sources said to the finished inventory.

The order of variables is that of ansible-core, the lowest first: what the inventory says of `all`,
then of the other groups; the file group_vars/all beside the inventory, then beside the playbook;
the other groups' files, all that lie beside one inventory, then beside the next, at last beside the
playbook; then the host's own three. Groups go by depth, priority and name. So a file group_vars/all
wins over `[web:vars]`: that surprises people, but playbooks rely on it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from functools import cached_property

from ..errors import Problem
from ..source import MapNode
from .draft import Draft, GroupDraft, HostDraft, Where
from .model import Group, Host, Inventory
from .reading import ORDER

_PLACES = {
    "inventory": Where.INVENTORY,
    "plugins_inventory": Where.BESIDE_INVENTORY,
    "plugins_play": Where.BESIDE_PLAYBOOK,
}
"""By the rest of their names in the order."""
_BUILT_IN = ("all", "ungrouped")


def freeze(draft: Draft) -> Inventory:
    """Put everything under `all`, order it, freeze it."""
    _put_under_all(draft)
    _sort_out_ungrouped(draft)
    _warn_of_double_names(draft)
    _warn_of_odd_names(draft)
    reach = _Reach(draft)
    return Inventory(
        hosts={name: _host(host, reach) for name, host in draft.hosts.items()},
        groups={name: _group(draft, group, reach) for name, group in draft.groups.items()},
        implicit={name: _host(host, reach, implicit=True) for name, host in draft.implicit.items()},
        templates=tuple(draft.templates),
        # One script may say the same of many hosts.
        warnings=tuple(dict.fromkeys(draft.warnings)),
        draft=draft,
    )


def _put_under_all(draft: Draft) -> None:
    root = draft.group("all")
    for group in draft.groups.values():
        if group is not root and not group.parents:
            draft.add_child(root, group)


def _sort_out_ungrouped(draft: Draft) -> None:
    groups = [group for name, group in draft.groups.items() if name not in _BUILT_IN]
    grouped = {host for group in groups for host in group.hosts}
    ungrouped = draft.group("ungrouped")
    names = ungrouped.hosts | dict.fromkeys(draft.hosts)
    ungrouped.hosts = {name: None for name in names if name not in grouped}


def _warn_of_double_names(draft: Draft) -> None:
    for name in draft.groups:
        if name in draft.hosts:
            message = f"Found both group and host with same name: {name}"
            warning = Problem(None, message, "as a pattern it means the host")
            if warning not in draft.warnings:
                draft.warnings.append(warning)


def _warn_of_odd_names(draft: Draft) -> None:
    if draft.odd_names:
        message = draft.odd_names_told
        warning = Problem(None, message, "the name of a variable could be read everywhere")
        draft.warnings[:] = [
            known for known in draft.warnings if known.message[:60] != message[:60]
        ]
        draft.warnings.append(warning)


class _Reach:
    """Which groups a host is in, and which variables come from them."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self.deep = draft.reading.deep
        self._known: dict[frozenset[str], tuple[tuple[str, ...], tuple[MapNode, ...]]] = {}

    @cached_property
    def direct(self) -> dict[str, frozenset[str]]:
        """The groups that name a host themselves."""
        names = (*self._draft.hosts, *self._draft.implicit)
        members: dict[str, list[str]] = {name: [] for name in names}
        for group in self._draft.groups.values():
            for host in group.hosts:
                members[host].append(group.name)
        return {name: frozenset(groups) for name, groups in members.items()}

    @cached_property
    def depths(self) -> dict[str, int]:
        """How far below `all` each group lies, by the longest way."""
        groups = self._draft.groups
        waiting = {name: len(group.parents) for name, group in groups.items()}
        depths = dict.fromkeys(groups, 0)
        ready = deque(["all"])
        while ready:
            name = ready.popleft()
            for child in groups[name].children:
                depths[child] = max(depths[child], depths[name] + 1)
                waiting[child] -= 1
                if not waiting[child]:
                    ready.append(child)
        return depths

    def of(self, direct: frozenset[str]) -> tuple[tuple[str, ...], tuple[MapNode, ...]]:
        """The names of all groups of a host but `all`, and their variables, the lowest first."""
        if direct not in self._known:
            self._known[direct] = self._of(direct)
        return self._known[direct]

    def _of(self, direct: frozenset[str]) -> tuple[tuple[str, ...], tuple[MapNode, ...]]:
        draft = self._draft
        found = {name for group in direct for name in (group, *draft.above(group))}
        groups = sorted((draft.groups[name] for name in found - {"all"}), key=self._rank)
        members = {"all": [draft.groups["all"]], "groups": groups}
        layers = [
            layer
            for name in draft.reading.order
            if name in ORDER
            for layer in _layers(members[name.partition("_")[0]], _PLACES[name.partition("_")[2]])
        ]
        return tuple(sorted(group.name for group in groups)), tuple(layers)

    def _rank(self, group: GroupDraft) -> tuple[int, int, str]:
        return self.depths[group.name], group.priority, group.name


def _layers(entities: Sequence[HostDraft], *places: Where) -> Iterator[MapNode]:
    """Of one source after the other; what lies beside the last wins, whichever group it is of."""
    spots = {spot for each in entities for spot in each.layers if spot.where in places}
    for spot in sorted(spots):
        yield from (each.layers[spot] for each in entities if spot in each.layers)


def _host(host: HostDraft, reach: _Reach, *, implicit: bool = False) -> Host:
    groups, layers = reach.of(reach.direct[host.name])
    own = tuple(_layers([host], *Where))
    return Host(
        name=host.name,
        groups=groups,
        layers=(*layers, *own),
        own_layers=len(own),
        source=host.source,
        implicit=implicit,
        deep=reach.deep,
    )


def _group(draft: Draft, group: GroupDraft, reach: _Reach) -> Group:
    tree = [group, *(draft.groups[name] for name in draft.below(group.name))]
    names = dict.fromkeys(host for part in tree for host in part.hosts)
    return Group(
        name=group.name,
        # A controller that no inventory names may be in groups, but is none of `all`.
        hosts=tuple(name for name in names if group.name != "all" or name in draft.hosts),
        own_hosts=tuple(group.hosts),
        children=tuple(group.children),
        depth=reach.depths[group.name],
        priority=group.priority,
        layers=tuple(_layers([group], *Where)),
        deep=reach.deep,
    )
