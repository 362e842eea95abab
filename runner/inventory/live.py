"""The inventory while a run goes on: hosts and groups come in, and its sources are read again.

What comes in is a change of the draft; the frozen inventory is made anew when somebody looks.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..dataclasses import dataclass, replace
from ..errors import Place, PlaybookError
from .draft import LOCALHOST, Draft, HostDraft, Where
from .freeze import freeze
from .model import Inventory

_PLACE = Place("add_host", 1, 1)


@dataclass(frozen=True, eq=False, repr=False)
class _NewHost:
    name: str
    groups: tuple[str, ...]
    variables: Mapping[str, object]


@dataclass(frozen=True, eq=False, repr=False)
class _NewGroup:
    host: str
    group: str
    parents: tuple[str, ...]


class LiveInventory:
    """What every host and group is at this moment; safe to use from several threads."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._stale = False
        self._came: list[_NewHost | _NewGroup] = []
        self._lock = threading.RLock()

    @property
    def current(self) -> Inventory:
        if self._stale:
            with self._lock:
                self._freeze()
        return self._inventory

    @property
    def has_grown(self) -> bool:
        """Whether a host or a group has come in."""
        return bool(self._came)

    def add_host(self, name: str, groups: Iterable[str], variables: Mapping[str, object]) -> bool:
        """Take a host in, or more about one; tells whether anything is new."""
        return self._take(_NewHost(name, tuple(groups), variables))

    def add_group(self, host: str, group: str, parents: Iterable[str]) -> bool:
        """Put a host into a group below others; tells whether anything is new."""
        return self._take(_NewGroup(host, group, tuple(parents)))

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
            for news in self._came:
                self._apply(news)

    def _take(self, news: _NewHost | _NewGroup) -> bool:
        with self._lock:
            self._came.append(news)
            return self._apply(news)

    def _apply(self, news: _NewHost | _NewGroup) -> bool:
        draft = self._inventory.draft
        changed = _host_in(draft, news) if isinstance(news, _NewHost) else _group_in(draft, news)
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


def _host_in(draft: Draft, news: _NewHost) -> bool:
    changed = news.name not in draft.hosts
    if changed:
        # As in Ansible: what comes in goes before what was there.
        draft.groups["all"].hosts[news.name] = None
    for group in news.groups or ("ungrouped",) * changed:
        changed = _member(draft, group, news.name) or changed
    if changed:
        draft.hosts.setdefault(news.name, HostDraft(news.name))
    layer = draft.hosts[news.name].layer(Where.INVENTORY)
    for name, value in news.variables.items():
        changed = changed or name not in layer or layer[name] != value
        layer.put(name, _PLACE, value, _PLACE)
    return changed


def _group_in(draft: Draft, news: _NewGroup) -> bool:
    changed = any(name not in draft.groups for name in news.parents)
    changed = _member(draft, news.group, news.host) or changed
    child = draft.group(news.group)
    for name in news.parents:
        parent = draft.group(name)
        changed = changed or child.name not in parent.children
        draft.add_child(parent, child)
    return changed


def _member(draft: Draft, group: str, host: str) -> bool:
    """Put a host into a group; one that is there by itself becomes one of the inventory's."""
    new = group not in draft.groups or host not in draft.groups[group].hosts
    if host in LOCALHOST and host not in draft.hosts:
        draft.hosts[host] = draft.implicit[host]
    draft.host(host, draft.group(group))
    return new
