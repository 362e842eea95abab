"""The variables that opsplay itself sets, made when they are read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..early import VERSION
from ..errors import NotSet
from ..hearer import deprecate
from ..nodes import SeqNode
from ..playbook import Inherited
from ..whole_paths import whole_path
from . import outer

if TYPE_CHECKING:
    from ..variables import Scope
    from .batch import Batch
    from .hosts import HostState

_Maker = Callable[["Batch", "HostState"], Any]
_MakerOfStep = Callable[["Batch", Inherited], Any]


class HostVars(Mapping[str, "Scope"]):
    """Every host's variables, as `hostvars`; a localhost that nobody told of is not listed."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def __getitem__(self, name: str) -> Scope:
        known = name if name in self._hosts else self._batch.run.live.current.local(name)
        if known is None:
            raise KeyError(name)
        return self._batch.apart_from_play(self._batch.run.host(known))

    def get(self, name: str, _: object = None) -> Any:
        """A host's variables; of a host that is not there nothing is defined, as in Ansible."""
        if name not in self:
            raise NotSet(f"hostvars[{name!r}]")
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._hosts)

    def __len__(self) -> int:
        return len(self._hosts)

    def snapshot(self) -> dict[str, dict[str, Any]]:
        """The variables of all hosts as they are now."""
        return {name: scope.snapshot() for name, scope in self.items()}

    def __repr__(self) -> str:
        return repr(self.snapshot())

    @property
    def _hosts(self) -> Mapping[str, object]:
        return self._batch.run.live.current.hosts


class OfHost(Mapping[str, Any]):
    """What a host is called, where, and its facts: as in Ansible, plays and steps may set these."""

    __slots__ = ("_batch", "_host")

    def __init__(self, batch: Batch, host: HostState) -> None:
        self._batch = batch
        self._host = host

    def __getitem__(self, name: str) -> Any:
        return _MAKERS_OF_HOST[name](self._batch, self._host)

    def __contains__(self, name: object) -> bool:
        return name in _MAKERS_OF_HOST and _is_there(name, self._batch, self._host)

    def __iter__(self) -> Iterator[str]:
        return (name for name in _MAKERS_OF_HOST if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Magic(Mapping[str, Any]):
    """The layer of magic variables of one host in one play, which nobody else can set."""

    __slots__ = ("_batch", "_host", "_inherited")

    def __init__(self, batch: Batch, host: HostState, inherited: Inherited) -> None:
        self._batch = batch
        self._host = host
        self._inherited = inherited

    def __getitem__(self, name: str) -> Any:
        if name in _MAKERS_OF_STEP:
            return _MAKERS_OF_STEP[name](self._batch, self._inherited)
        return _MAKERS[name](self._batch, self._host)

    def __contains__(self, name: object) -> bool:
        return name in _OF_PLAY and _is_there(name, self._batch, self._host)

    def __iter__(self) -> Iterator[str]:
        return (name for name in (*_MAKERS, *_MAKERS_OF_STEP) if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class OfRun(Magic):
    """What of it `hostvars` has: as in Ansible, nothing that a play or a step has made so."""

    __slots__ = ()

    def __contains__(self, name: object) -> bool:
        return name not in _NOT_OF_RUN and super().__contains__(name)


def _is_there(name: object, batch: Batch, host: HostState) -> bool:
    sometimes = _SOMETIMES.get(str(name))
    return sometimes is None or sometimes(batch, host)


def _groups(batch: Batch, _: HostState) -> dict[str, list[str]]:
    return {name: list(group.hosts) for name, group in batch.run.live.current.groups.items()}


def _group_names(batch: Batch, host: HostState) -> list[str]:
    return list(batch.run.live.current.host(host.name).groups)


def _inventory_file(batch: Batch, host: HostState) -> str | None:
    source = batch.run.live.current.host(host.name).source
    return None if source is None else _named(source)


def _inventory_dir(batch: Batch, host: HostState) -> str | None:
    source = _inventory_file(batch, host)
    if source is None:
        return None
    # Of a list it is, as in Ansible, this text.
    return str(Path(source).parent) if Path(source).is_absolute() else "None"


def _comes_from(name: str, batch: Batch, host: HostState) -> bool:
    """Whether a host has this of an inventory: what is set for the host itself wins over it."""
    named = batch.run.live.current.host(host.name)
    return not named.implicit and name not in named.own


def _sources(batch: Batch, _: HostState) -> list[str]:
    """The inventories as they were named; of files, the whole path."""
    return [_named(name) for name in batch.run.settings.inventory]


def _named(source: str) -> str:
    """A list of hosts as it is; of a file, whose name may hold commas, the whole path."""
    is_file = "," not in source or Path(source).exists()
    return str(whole_path(source)) if is_file else source


def _config_file(_: Batch, __: HostState) -> str | None:
    from ..settings import ansible_cfg

    path = ansible_cfg.find(os.environ)
    return None if path is None else str(whole_path(path))


def _short(_: Batch, host: HostState) -> str:
    short = host.name.partition(".")[0]
    return host.name if short != host.name and _is_address(host.name) else short


def _is_address(name: str) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _going_on(batch: Batch, _: HostState) -> list[str]:
    return [host.name for host in map(batch.run.host, batch.of_play) if host.is_named]


def _batch(batch: Batch, _: HostState) -> list[str]:
    return [host.name for host in batch.hosts if host.is_named]


def _at_work(batch: Batch, _: HostState) -> list[str]:
    return [host.name for host in batch.hosts if not (host.given_up or host.unreachable)]


def _failed(batch: Batch, _: HostState) -> list[str]:
    return [host.name for host in batch.hosts if host.given_up]


def _batch_by_its_old_name(batch: Batch, host: HostState) -> list[str]:
    deprecate("The `play_hosts` magic variable is deprecated.", "2.23")
    return _batch(batch, host)


def _facts(_: Batch, host: HostState) -> dict[str, Any]:
    """The facts by their names in Ansible: `ansible_system` is `ansible_facts.system`."""
    return {
        # The facts of one's own are the exception.
        name if name == "ansible_local" else name.removeprefix("ansible_"): value
        # It may learn more meanwhile, in its own thread.
        for name, value in host.facts.copy().items()
    }


def _failed_task(_: Batch, host: HostState) -> Any:
    assert host.handled  # noqa: S101  # otherwise it is not there
    return host.handled.task


def _failed_result(_: Batch, host: HostState) -> Any:
    assert host.handled  # noqa: S101  # as above
    return host.handled.result


def _search_path(batch: Batch, inherited: Inherited) -> list[str]:
    return list(map(str, dict.fromkeys((*inherited.folders, batch.play.folder))))


def _environment(batch: Batch, inherited: Inherited) -> SeqNode:
    """What the play, the blocks and the task say, the outermost first."""
    layers = SeqNode(batch.play.place)
    layers.extend(inherited.environment)
    return layers


def _roles_named(batch: Batch, _: HostState) -> list[str]:
    return batch.roles.named()


def _all_roles(batch: Batch, _: HostState) -> list[str]:
    return list(dict.fromkeys([*batch.roles.needed(), *batch.roles.named()]))


_MAKERS_OF_STEP: Mapping[str, _MakerOfStep] = {
    "ansible_search_path": _search_path,
    "environment": _environment,
}
_MAKERS_OF_HOST: Mapping[str, _Maker] = {
    "inventory_hostname": lambda _, host: host.name,
    "inventory_hostname_short": _short,
    "group_names": _group_names,
    "inventory_file": _inventory_file,
    "inventory_dir": _inventory_dir,
    "ansible_facts": _facts,
}
_MAKERS: Mapping[str, _Maker] = {
    "groups": _groups,
    "hostvars": lambda batch, _: HostVars(batch),
    "ansible_inventory_sources": _sources,
    "ansible_config_file": _config_file,
    "ansible_playbook_python": lambda _, __: sys.executable,
    "playbook_dir": lambda batch, _: str(batch.play.folder),
    "ansible_play_name": lambda batch, _: outer.title_of(batch.run, batch.play),
    "ansible_play_role_names": _roles_named,
    "role_names": _roles_named,
    "ansible_dependent_role_names": lambda batch, _: batch.roles.needed(),
    "ansible_role_names": _all_roles,
    "ansible_play_hosts": _going_on,
    "ansible_play_hosts_all": lambda batch, _: list(batch.of_play),
    "ansible_play_batch": _batch,
    "play_hosts": _batch_by_its_old_name,
    "ansible_current_hosts": _at_work,
    "ansible_failed_hosts": _failed,
    "ansible_run_tags": lambda batch, _: sorted(batch.run.selection.only),
    "ansible_skip_tags": lambda batch, _: sorted(batch.run.selection.skip),
    "ansible_check_mode": lambda batch, _: batch.run.options.check,
    "ansible_diff_mode": lambda batch, _: batch.run.options.diff,
    "ansible_forks": lambda batch, _: batch.run.options.forks,
    "ansible_limit": lambda batch, _: batch.run.options.limit,
    "ansible_verbosity": lambda batch, _: batch.run.options.verbosity,
    "ansible_version": lambda _, __: {**VERSION},
    "ansible_failed_task": _failed_task,
    "ansible_failed_result": _failed_result,
}
_SOMETIMES: Mapping[str, Callable[[Batch, HostState], bool]] = {
    "inventory_file": lambda batch, host: _comes_from("inventory_file", batch, host),
    "inventory_dir": lambda batch, host: _comes_from("inventory_dir", batch, host),
    "ansible_limit": lambda batch, _: batch.run.options.limit is not None,
    "ansible_failed_task": lambda _, host: host.handled is not None,
    "ansible_failed_result": lambda _, host: host.handled is not None,
}
"""Variables that are not always there."""
_NOT_OF_RUN = frozenset(
    {
        *_MAKERS_OF_STEP,
        *("hostvars", "play_hosts", "role_names", "ansible_role_names"),
        *("ansible_dependent_role_names", "ansible_play_name", "ansible_play_role_names"),
        *("ansible_play_hosts", "ansible_play_hosts_all", "ansible_play_batch"),
        *("ansible_current_hosts", "ansible_failed_hosts"),
    }
)
_OF_PLAY = frozenset({*_MAKERS, *_MAKERS_OF_STEP})
NAMES = _OF_PLAY | frozenset(_MAKERS_OF_HOST)
