"""The inventory while a run goes on: hosts and groups come in, and its sources are read again.

What comes in is a change of the draft; the frozen inventory is made anew when somebody looks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from ..dataclasses import replace
from ..errors import Place, PlaybookError
from .draft import Draft, HostDraft, Where
from .freeze import freeze
from .model import Inventory

_PLACE = Place("add_host", 1, 1)


class LiveInventory:
    """What every host and group is at this moment; safe to use from several threads."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._stale = False
        self._came: list[Callable[[Draft], bool]] = []
        self._lock = threading.RLock()
        self._may_grow = False

    @property
    def current(self) -> Inventory:
        if self._stale:
            with self._lock:
                self._freeze()
        return self._inventory

    @property
    def may_grow(self) -> bool:
        """Whether a play may bring hosts in, or has: others may then be for nobody."""
        return self._may_grow or self.has_grown

    def expect_growth(self) -> None:
        """A play of the run may bring hosts in."""
        self._may_grow = True

    @property
    def has_grown(self) -> bool:
        """Whether a host or a group has come in."""
        return bool(self._came)

    def add_host(self, name: str, groups: Iterable[str], variables: Mapping[str, object]) -> bool:
        """Take a host in, or more about one; tells whether anything is new."""
        return self._take(partial(_host_in, name=name, groups=[*groups], variables=variables))

    def add_group(self, host: str, group: str, parents: Iterable[str]) -> bool:
        """Put a host into a group below others; tells whether anything is new."""
        return self._take(partial(_group_in, host=host, group=group, parents=[*parents]))

    def stand_beside(self, folder: Path) -> None:
        """Take variables from beside a playbook in another folder: its plays have their own."""
        with self._lock:
            if folder.absolute() != self._inventory.beside.absolute():
                self._inventory.draft.forget(Where.BESIDE_PLAYBOOK)
                self._inventory = replace(self._inventory, beside=folder)
                self._stale = True

    def refresh(self) -> None:
        """Read the sources again; what came in while the run went on stays."""
        with self._lock:
            beside = self._inventory.beside
            self._inventory, self._stale = self._inventory.reload(), False
            self.stand_beside(beside)
            for come_in in self._came:
                self._apply(come_in)

    def _take(self, come_in: Callable[[Draft], bool]) -> bool:
        with self._lock:
            self._came.append(come_in)
            return self._apply(come_in)

    def _apply(self, come_in: Callable[[Draft], bool]) -> bool:
        changed = come_in(self._inventory.draft)
        self._stale = self._stale or changed
        return changed

    def _freeze(self) -> None:
        old = self._inventory
        old.read_more(old.draft, old.beside)
        if old.draft.problems:
            raise PlaybookError(old.draft.problems)
        self._inventory = replace(
            freeze(old.draft), beside=old.beside, reload=old.reload, read_more=old.read_more
        )
        self._stale = False


def _host_in(
    draft: Draft, *, name: str, groups: Sequence[str], variables: Mapping[str, object]
) -> bool:
    changed = name not in draft.hosts
    if changed:
        # As in Ansible: what comes in goes before what was there.
        draft.groups["all"].hosts[name] = None
        draft.hosts[name] = HostDraft(name)
    for group in groups or ("ungrouped",) * changed:
        changed = _member(draft, group, name) or changed
    layer = draft.hosts[name].layer(Where.INVENTORY)
    for key, value in variables.items():
        changed = changed or key not in layer or layer[key] != value
        layer.put(key, _PLACE, draft.together(layer.get(key), value), _PLACE)
    return changed


def _group_in(draft: Draft, *, host: str, group: str, parents: Sequence[str]) -> bool:
    changed = any(parent not in draft.groups for parent in parents)
    changed = _member(draft, group, host) or changed
    child = draft.group(group)
    for name in parents:
        parent = draft.group(name)
        changed = changed or child.name not in parent.children
        draft.add_child(parent, child)
    return changed


def _member(draft: Draft, group: str, host: str) -> bool:
    """Put a host into a group, which makes one that is there by itself none of the inventory's."""
    members = draft.group(group).hosts
    new = host not in members
    members[host] = None
    return new
